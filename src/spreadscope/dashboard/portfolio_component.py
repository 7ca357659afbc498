"""The component of the portfolio, which draws a paper account as it is now (topic ``paper:<account>``).

What is done in it reaches the callback, which reads it with ``new_actions``.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from spreadscope.dashboard.actions import done_ids
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.page_server import LIVE_PATH

_mount = st.components.v2.component("spreadscope.portfolio", js="portfolio.js", css="portfolio.css")

# A fixed key, so that Streamlit keeps the component when the script runs again.
PORTFOLIO = "portfolio"


def portfolio_component(account: str, on_action: Callable[[], None], on_stale: Callable[[], None]) -> None:
    """Mount the view of an account. ``on_stale`` is called after fills, decisions and closed trades, when the tables
    below are old."""
    data = {
        "key": PORTFOLIO,
        "socket": base_path() + LIVE_PATH,
        "account": account,
        "done": done_ids(PORTFOLIO),
    }
    _mount(key=PORTFOLIO, data=data, on_action_change=on_action, on_stale_change=on_stale)
