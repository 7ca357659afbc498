"""The component of the watch list. What is done in it reaches the callback, which reads it with ``new_actions``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from spreadscope.dashboard.actions import done_ids
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.page_server import LIVE_PATH

_mount = st.components.v2.component("spreadscope.watch", js="watch.js", css="watch.css")

WATCH = "watch"


def watch_component(timeframe: str, examples: Sequence[str], on_action: Callable[[], None]) -> None:
    """Mount the watch list of a timeframe; ``examples`` are pairs that can be added where there is none."""
    data = {
        "timeframe": timeframe,
        "socket": base_path() + LIVE_PATH,
        "link": f"{base_path()}/",
        "examples": list(examples),
        "done": done_ids(WATCH),
    }
    _mount(key=WATCH, data=data, on_action_change=on_action)
