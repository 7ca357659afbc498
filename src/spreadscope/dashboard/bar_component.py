"""The bar of every page: the pair in view, timeframe, health lamp, alarm, and the palette that finds everything.

It draws in the browser what the relay sends (topics ``alerts`` and ``status``). What a user does there reaches the
callback, which reads it with ``actions.new_actions``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.dashboard import page_switch
from spreadscope.dashboard.actions import done_ids
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.editor_proxy import ADDRESS
from spreadscope.dashboard.page_server import LIVE_PATH

_mount = st.components.v2.component("spreadscope.bar", js="bar.js", css="bar.css")

# A fixed key, so that Streamlit keeps the bar when the script runs again.
BAR = "bar"


def bar_component(pages: Sequence[StreamlitPage], current: StreamlitPage, on_action: Callable[[], None]) -> None:
    """Mount the bar. ``pages`` are those that the palette finds."""
    data = {
        "key": BAR,
        "socket": base_path() + LIVE_PATH,
        "ask": base_path() + ADDRESS,
        "base": base_path(),
        "done": done_ids(BAR),
        "pages": [{"title": page.title, "path": page.url_path} for page in pages],
        "page": current.url_path,
        "wanted": page_switch.wanted(current.url_path),
    }
    _mount(key=BAR, data=data, on_action_change=on_action)
