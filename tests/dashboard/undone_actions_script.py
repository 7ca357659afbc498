"""A page that does one action that another page left undone, as the bar does."""

from __future__ import annotations

import streamlit as st

from spreadscope.dashboard import browser_session
from spreadscope.dashboard.pages import undone_actions

undone_actions.run_action(st.session_state["action"])
browser_session.show_notices(browser_session.BAR)
