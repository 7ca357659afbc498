"""The alerts page: the rules and how they stand, the editor, ready-made rules, what has fired, and delivery."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import ANY_PAIR, TIMEFRAMES
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.actions import asked
from spreadscope.dashboard.alert_components import EDITOR, RULES, rules_list
from spreadscope.dashboard.browser_session import PAIR, TIMEFRAME, Overview
from spreadscope.dashboard.pages import (
    alert_actions,
    alert_delivery,
    alert_editor,
    alert_history,
    preset_rules,
    waiting,
)
from spreadscope.dashboard.pages.fragments import framed
from spreadscope.dashboard.text import demo_words, escape, sentence


def page() -> StreamlitPage:
    """This page, for the navigation and for links to it."""
    return st.Page(framed(show), title="Alerts", url_path="alerts")


def show() -> None:
    seen = browser_session.overview()
    if isinstance(seen, str):
        waiting.for_engine()
        return
    # What may come and go has a place of its own, lest the tabs below open anew at the first.
    with st.container(key="alerts-state"):
        if seen.problem is not None:
            waiting.over(seen.problem)
        if seen.demo:
            st.warning(f"**DEMO** · {escape(demo_words(seen.status))}.")
        if error := seen.status.alerts.file.error:
            st.error(f"**alerts.toml is not in force; what it said before is.** {escape(sentence(error))}")
        if not seen.pairs:
            st.info(
                "No pair yet: add one on the Live page. A rule of any pair watches every pair from the moment it is there."
            )
    rules_list(_on_list, _noted)
    if seen.problem is not None:
        return
    alert_editor.show(EDITOR, seen, _subject(seen), _timeframe(seen))
    history, ready, score, delivery = st.tabs(["History", "Ready-made rules", "Scorecard", "Delivery"])
    with history:
        alert_history.show_history(seen)
    with ready:
        preset_rules.show(seen)
    with score:
        alert_history.show_scorecard()
    with delivery:
        alert_delivery.show(seen.status.alerts.file.path)


def _subject(seen: Overview) -> str:
    """The pair that was looked at on the Live page, else the first there is."""
    chosen = st.session_state.get(PAIR)
    if chosen in seen.pairs:
        return str(chosen)
    return seen.pairs[0] if seen.pairs else ANY_PAIR


def _timeframe(seen: Overview) -> str:
    chosen = st.session_state.get(TIMEFRAME)
    return str(chosen) if chosen in TIMEFRAMES else seen.timeframe


def _on_list() -> None:
    for action in asked(RULES):
        if action.op == "edit":
            alert_editor.edit(EDITOR, action.rule_id or "")
        else:
            alert_actions.carry_out(action)


def _noted() -> None:
    """Alerts are new: the run that follows draws the tables anew."""
