"""The live chart: a packaged Streamlit component, which draws in the browser what the relay sends it."""

from __future__ import annotations

import streamlit as st

from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.page_server import LIVE_PATH

_mount = st.components.v2.component("spreadscope.live", js="live.js", css="live.css")

# Fixed, so that Streamlit keeps the mounted chart when the script runs again.
KEY = "live-chart"


def live_chart(pair: str, timeframe: str, pairs: list[str]) -> object:
    """Draw ``pair``. The script runs again when alerts or signals are new, or the engine's pairs differ from ``pairs``."""
    data = {"pair": pair, "timeframe": timeframe, "pairs": pairs, "socket": base_path() + LIVE_PATH}
    return _mount(key=KEY, data=data, on_stale_change=_noted)


def _noted() -> None:
    """Streamlit wants a callback for each event; the script run that follows it is all we need."""
