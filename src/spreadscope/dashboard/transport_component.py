"""The transport of a playback: banner, buttons and slider, drawn in the browser."""

from __future__ import annotations

import streamlit as st

from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.page_server import LIVE_PATH
from spreadscope.dashboard.playback_proxy import address

_mount = st.components.v2.component("spreadscope.transport", js="transport.js", css="transport.css")


def playback_socket(playback: str) -> str:
    """Returns the address of a playback's live socket on this server."""
    return f"{base_path()}{LIVE_PATH}?playback={playback}"


def transport_component(playback: str, timeframe: str) -> None:
    """Mount the transport of a playback; a step is a bar of ``timeframe``."""
    data = {"socket": playback_socket(playback), "address": address(base_path(), playback), "timeframe": timeframe}
    _mount(key="transport", data=data)
