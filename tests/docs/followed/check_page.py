"""Run in the copy after the guide: the new page is among the pages, and the whole dashboard goes to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import spreadscope
from spreadscope.dashboard import page_server
from spreadscope.dashboard.deep_links import PATHS
from spreadscope.dashboard.pages import PAGES
from tests.dashboard.fake_api import FakeApi, serving

ROOT = Path(__file__).parents[3]


def test_it_is_the_copy() -> None:
    assert Path(spreadscope.__file__).is_relative_to(ROOT / "src")


def test_it_is_in_the_navigation_and_has_an_address() -> None:
    assert PAGES[-1] == "instruments"
    assert PATHS[-1] == "/instruments"


def test_the_whole_dashboard_still_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_server, "_servers", [])
    with serving(FakeApi()) as engine:
        monkeypatch.setenv("SPREADSCOPE_ENGINE", engine.api)
        page = AppTest.from_file(str(page_server.SCRIPT), default_timeout=20).run()
        assert not page.exception
