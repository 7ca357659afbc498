"""The page script that Streamlit runs for each session: navigation, alarm, and the page."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import streamlit as st

from spreadscope.dashboard import browser_session
from spreadscope.dashboard.actions import new_actions
from spreadscope.dashboard.alert_components import ALARM, alarm_component
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
    alarm_component(_on_alarm)
    browser_session.show_notices(browser_session.ALARM)


def _on_alarm() -> None:
    for action in new_actions(ALARM):
        alert_actions.run_action(action, browser_session.ALARM)


main()
