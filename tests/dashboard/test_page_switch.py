"""A script opens another page by way of the browser, and by no other way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import spreadscope.dashboard
from spreadscope.dashboard import page_switch


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    monkeypatch.setattr("streamlit.session_state", kept)
    return kept


def test_nothing_is_wanted_at_first(session: dict[str, Any]) -> None:
    assert page_switch.wanted("") is None


def test_a_page_is_wanted_until_it_is_the_current_one(session: dict[str, Any]) -> None:
    page_switch.open_page(page_switch.PORTFOLIO)
    first = page_switch.wanted(page_switch.LIVE)
    assert first is not None
    assert first["path"] == "portfolio"
    assert page_switch.wanted("scanner") == first  # the run whose answer was lost is made up for by the next
    assert page_switch.wanted("portfolio") is None
    assert page_switch.wanted(page_switch.LIVE) is None


def test_each_wish_has_an_id_of_its_own(session: dict[str, Any]) -> None:
    page_switch.open_page("portfolio")
    first = page_switch.wanted("")
    page_switch.open_page("portfolio")
    second = page_switch.wanted("")
    assert first is not None
    assert second is not None
    assert first["id"] != second["id"]


def test_no_page_switches_on_the_server() -> None:
    """See ``page_switch``: a timer under way would leave the browser with a page that it cannot draw."""
    sources = Path(spreadscope.dashboard.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if "st.switch_page(" in path.read_text(encoding="utf-8")] == []


def test_no_page_has_the_browser_read_a_highlighter() -> None:
    """See ``code_component``: it would be half a second of the page's start."""
    sources = Path(spreadscope.dashboard.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if "st.code(" in path.read_text(encoding="utf-8")] == []
