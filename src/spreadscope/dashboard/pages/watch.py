"""The watch list: every followed pair in one line, with its figures as they are now."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import TIMEFRAMES
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import TIMEFRAME
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.page_server import LIVE_PATH
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.pages.fragments import framed

_mount = st.components.v2.component("spreadscope.watch", js="watch.js", css="watch.css")


def page() -> StreamlitPage:
    """This page, for the navigation."""
    return st.Page(framed(show), title="Watch", url_path="watch")


def show() -> None:
    seen = browser_session.overview()
    if isinstance(seen, str):
        waiting.for_engine()
        return
    if st.session_state.get(TIMEFRAME) not in TIMEFRAMES:
        st.session_state[TIMEFRAME] = seen.timeframe
    chosen = st.segmented_control("Timeframe", TIMEFRAMES, key=TIMEFRAME, required=True, persist_state="session")
    data = {"timeframe": str(chosen), "socket": base_path() + LIVE_PATH, "link": f"{base_path()}/"}
    _mount(key="watch", data=data)
