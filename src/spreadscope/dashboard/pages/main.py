"""The page script that Streamlit runs for each session: navigation, bar, and the page."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.dashboard import browser_session, page_switch
from spreadscope.dashboard.actions import new_actions
from spreadscope.dashboard.bar_component import BAR, bar_component
from spreadscope.dashboard.pages import PAGES, alert_actions, undone_actions, watch_forms

ASSETS = Path(__file__).parent.parent / "assets"
ICON = str(ASSETS / "icon.svg")


def main() -> None:
    # A local icon: a page must not ask any other server for anything.
    st.set_page_config(page_title="Spreadscope", page_icon=ICON, layout="wide")
    st.logo(ICON, size="medium")
    st.html(ASSETS / "page.css")
    pages = [import_module(f"spreadscope.dashboard.pages.{name}").page() for name in PAGES]
    page = st.navigation(pages, position="top")
    _bar(pages, page)
    page.run()


@st.fragment
def _bar(pages: list[StreamlitPage], current: StreamlitPage) -> None:
    bar_component(pages, current, _on_action)
    browser_session.show_notices(browser_session.BAR)
    # The page is another fragment, which this one's run does not draw.
    if st.session_state.pop(browser_session.PAIR_ADDED, False):
        page_switch.open_page(page_switch.LIVE)
        st.rerun()


def _on_action() -> None:
    for action in new_actions(BAR):
        if action.source not in {"", BAR}:  # another component left it undone
            undone_actions.run_action(action)
        elif action.op == "follow":
            watch_forms.follow(action.subject or "", browser_session.BAR)
        else:
            alert_actions.run_action(action, browser_session.BAR)


main()
