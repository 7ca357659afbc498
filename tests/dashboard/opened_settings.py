"""The settings page, opened as a script of its own, and what it says."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

SCRIPT = Path(__file__).parent / "settings_script.py"


def opened() -> AppTest:
    page = AppTest.from_file(str(SCRIPT), default_timeout=20).run()
    assert not page.exception
    return page


def words(elements: object) -> str:
    return " ".join(element.value for element in elements).replace("\\", "")  # type: ignore[attr-defined]
