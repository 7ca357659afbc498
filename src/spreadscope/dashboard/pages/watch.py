"""The watch page: every watched pair in one line, with its current figures."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import TIMEFRAMES
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import TIMEFRAME
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.page_server import LIVE_PATH
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.pages.fragments import as_fragment

_mount = st.components.v2.component("spreadscope.watch", js="watch.js", css="watch.css")


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Watch", url_path="watch")


def show() -> None:
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    if st.session_state.get(TIMEFRAME) not in TIMEFRAMES:
        st.session_state[TIMEFRAME] = overview.timeframe
    chosen = st.segmented_control("Timeframe", TIMEFRAMES, key=TIMEFRAME, required=True, persist_state="session")
    watch_component(str(chosen))


def watch_component(timeframe: str, *, socket: str = "", link: str = "", key: str = "watch") -> None:
    """Mount the watch list, of the live engine or of another ``socket``; ``link`` is where a pair leads to."""
    data = {
        "timeframe": timeframe,
        "socket": socket or base_path() + LIVE_PATH,
        "link": link or f"{base_path()}/",
    }
    _mount(key=key, data=data)
