"""The live chart: a packaged Streamlit component that draws in the browser what the relay sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import streamlit as st

from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.editor_proxy import ADDRESS
from spreadscope.dashboard.page_server import LIVE_PATH

_mount = st.components.v2.component("spreadscope.live", js="live.js", css="live.css")

# A fixed key, so that Streamlit keeps the chart when the script runs again.
KEY = "live-chart"


class PaperMark(msgspec.Struct, frozen=True):
    """The opening or the closing of a paper trade of the shown pair, at ``time`` (ms)."""

    time: int
    action: Literal["buy", "sell", "close"]
    trade: int


def chart_component(
    pair: str,
    timeframe: str,
    pairs: list[str],
    *,
    paper: Sequence[PaperMark] = (),
    socket: str = "",
    key: str = KEY,
) -> object:
    """Mount the chart of ``pair``, of the live engine or of another ``socket``.

    ``paper`` are marks of paper trades, oldest first.

    The script runs again after new alerts or signals, and when the pairs or the shown pair change.
    """
    data = {
        "pair": pair,
        "timeframe": timeframe,
        "pairs": pairs,
        "socket": socket or base_path() + LIVE_PATH,
        "ask": base_path() + ADDRESS,
        "base": base_path(),
        "paper": msgspec.to_builtins(paper),
    }
    return _mount(key=key, data=data, on_stale_change=_run_again, on_show_change=_run_again)


def _run_again() -> None:
    """Do nothing: Streamlit needs a callback for each event, and runs the script after it.

    Which pair is shown is in the address, where the script reads it.
    """
