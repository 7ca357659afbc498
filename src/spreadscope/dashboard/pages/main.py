"""The page script that Streamlit runs for each session: navigation, and what every page shows above itself."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import streamlit as st

from spreadscope.dashboard import browser_session
from spreadscope.dashboard.actions import asked
from spreadscope.dashboard.alert_components import ALARM, alarm
from spreadscope.dashboard.pages import PAGES, alert_actions

ASSETS = Path(__file__).parent.parent / "assets"
ICON = str(ASSETS / "icon.svg")


def main() -> None:
    # A local icon: a page must not ask any other server for anything.
    st.set_page_config(page_title="Spreadscope", page_icon=ICON, layout="wide")
    st.logo(ICON, size="medium")
    st.html(ASSETS / "page.css")
    pages = [import_module(f"spreadscope.dashboard.pages.{name}").page() for name in PAGES]
    page = st.navigation(pages, position="top")
    _alarm()
    page.run()


@st.fragment
def _alarm() -> None:
    alarm(_on_alarm)
    browser_session.show_notices(browser_session.ALARM)


def _on_alarm() -> None:
    for action in asked(ALARM):
        alert_actions.carry_out(action, browser_session.ALARM)


main()
