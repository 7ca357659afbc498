"""The watch page: every watched pair in one line, with its current figures."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import TIMEFRAMES, Timeframe
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.actions import PageAction, new_actions
from spreadscope.dashboard.browser_session import PAGE, TIMEFRAME, Overview, collecting_notices, engine
from spreadscope.dashboard.pages import alert_editor, paper_accounts, parameter_forms, waiting, watch_forms
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.text import escape
from spreadscope.dashboard.watch_component import WATCH, watch_component

_OPEN = "watch-open"
"""The session key of what a line's menu opens: the operation, and its pair."""
_RULE = "watch-rule"


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
    chosen = str(
        st.segmented_control(
            "Timeframe", TIMEFRAMES, key=TIMEFRAME, required=True, persist_state="session", label_visibility="collapsed"
        )
    )
    watch_component(chosen, watch_forms.example_pairs(overview), _on_action, account=paper_accounts.known())
    operation, pair = st.session_state.pop(_OPEN, ("", ""))
    if operation == "parameters":
        parameter_forms.open_dialog(pair, chosen)
    elif operation == "rule":
        _rule_dialog(overview, pair, chosen)


def _on_action() -> None:
    for action in new_actions(WATCH):
        if action.op in {"rule", "parameters"}:
            st.session_state[_OPEN] = (action.op, action.subject or "")
        else:
            run_action(action)


def run_action(action: PageAction, area: str = PAGE) -> None:
    """Follow pairs or stop following them, in a component's callback, and show the result in ``area``."""
    with collecting_notices(area) as add_notice, engine() as client:
        if action.op == "follow":
            watch_forms.follow_typed(add_notice, client, " ".join(action.watch))
        elif action.op == "unfollow":
            watch_forms.stop_following(add_notice, client, action.watch)


@st.dialog("Make a rule", width="large")
def _rule_dialog(overview: Overview, pair: str, timeframe: str) -> None:
    st.markdown(f"**{escape(pair)}** at {timeframe}")
    alert_editor.show(f"{_RULE}-{pair}", overview, pair, Timeframe(timeframe), quick=True)
