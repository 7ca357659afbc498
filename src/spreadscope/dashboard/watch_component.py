"""The component of the watch list. What is done in it reaches the callback, which reads it with ``new_actions``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from spreadscope.dashboard.actions import done_ids
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.page_server import LIVE_PATH

_mount = st.components.v2.component("spreadscope.watch", js="watch.js", css="watch.css")

WATCH = "watch"


def watch_component(
    timeframe: str,
    examples: Sequence[str],
    on_action: Callable[[], None],
    *,
    socket: str = "",
    account: str = "",
    link: str = "",
    key: str = WATCH,
) -> None:
    """Mount the watch list of a timeframe, of the live engine or of another ``socket``.

    ``examples`` are pairs that can be added where there is none; ``link`` is where a pair leads to. ``account`` is the
    paper account whose trades are shown (empty: none).
    """
    data = {
        "key": key,
        "timeframe": timeframe,
        "socket": socket or base_path() + LIVE_PATH,
        "account": account,
        "link": link or f"{base_path()}/",
        "examples": list(examples),
        "done": done_ids(key),
    }
    _mount(key=key, data=data, on_action_change=on_action)
