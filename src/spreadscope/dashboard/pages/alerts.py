"""The alerts page: rules with their state, editor, ready-made rules, history, and delivery."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import ANY_PAIR, TIMEFRAMES
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.actions import new_actions
from spreadscope.dashboard.alert_components import EDITOR, RULES, rules_component
from spreadscope.dashboard.browser_session import PAIR, TIMEFRAME, Overview
from spreadscope.dashboard.pages import (
    alert_actions,
    alert_delivery,
    alert_editor,
    alert_history,
    preset_rules,
    waiting,
)
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.text import demo_text, escape, sentence


def page() -> StreamlitPage:
    """Returns this page, for the navigation and for links to it."""
    return st.Page(as_fragment(show), title="Alerts", url_path="alerts")


def show() -> None:
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    # A container for optional boxes, so that the tabs below keep their position.
    with st.container(key="alerts-state"):
        if overview.problem is not None:
            waiting.show_last_known(overview.problem)
        if overview.demo:
            st.warning(f"**DEMO** · {escape(demo_text(overview.status))}.")
        if error := overview.status.alerts.file.error:
            st.error(f"**alerts.toml is not in force; what it said before is.** {escape(sentence(error))}")
        if not overview.pairs:
            st.info(
                "No pair yet: add one on the Live page. A rule of any pair watches every pair from the moment it is "
                "there."
            )
    rules_component(_on_list, _on_stale)
    if overview.problem is not None:
        return
    alert_editor.show(EDITOR, overview, _subject(overview), _timeframe(overview))
    history, ready_made, score, delivery = st.tabs(["History", "Ready-made rules", "Scorecard", "Delivery"])
    with history:
        alert_history.show_history(overview)
    with ready_made:
        preset_rules.show(overview)
    with score:
        alert_history.show_scorecard()
    with delivery:
        alert_delivery.show(overview.status.alerts.file.path)


def _subject(overview: Overview) -> str:
    """Returns the pair that was shown on the Live page, else the first pair."""
    chosen = st.session_state.get(PAIR)
    if chosen in overview.pairs:
        return str(chosen)
    return overview.pairs[0] if overview.pairs else ANY_PAIR


def _timeframe(overview: Overview) -> str:
    chosen = st.session_state.get(TIMEFRAME)
    return str(chosen) if chosen in TIMEFRAMES else overview.timeframe


def _on_list() -> None:
    for action in new_actions(RULES):
        if action.op == "edit":
            alert_editor.edit_rule(EDITOR, action.rule_id or "")
        else:
            alert_actions.run_action(action)


def _on_stale() -> None:
    """Do nothing: the script run that follows draws the tables again."""
