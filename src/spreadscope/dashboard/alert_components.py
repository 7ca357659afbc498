"""What moves on the pages without the script: the alarm on every page, the list of rules, and the editor of a rule.

Each draws in the browser what the relay sends it (topic ``alerts``). What somebody does there comes to the script as an
event, and the callback reads it with ``asked``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from spreadscope.dashboard.asking import ADDRESS
from spreadscope.dashboard.client import Json
from spreadscope.dashboard.component import base_path
from spreadscope.dashboard.server import LIVE_PATH

_alarm = st.components.v2.component("spreadscope.alarm", js="alarm.js", css="alarm.css")
_rules = st.components.v2.component("spreadscope.rules", js="rules.js", css="rules.css")
_editor = st.components.v2.component("spreadscope.editor", js="editor.js", css="editor.css")

# Fixed, so that Streamlit keeps what is mounted when the script runs again.
ALARM = "alarm"
RULES = "alert-rules"
EDITOR = "rule-editor"
QUICK = "quick-rule"


def alarm(on_action: Callable[[], None]) -> None:
    """Toasts, sound, the browser's notifications and the count in the title, on whatever page is open."""
    _alarm(key=ALARM, data={"socket": base_path() + LIVE_PATH}, on_action_change=on_action)


def rules_list(on_action: Callable[[], None], on_stale: Callable[[], None]) -> None:
    """Every rule with its live state. ``on_stale``: alerts are new, so tables made by the script are old."""
    _rules(key=RULES, data={"socket": base_path() + LIVE_PATH}, on_action_change=on_action, on_stale_change=on_stale)


def editor(key: str, given: Json, on_save: Callable[[], None], on_cancel: Callable[[], None]) -> None:
    """``given``: ``quick`` (one line, or everything), ``pairs``, ``symbols``, ``subject``, ``timeframe``, ``channels``,
    ``draft`` (``{token, rule}``, what to edit; a new token replaces what is typed), ``answer`` (``{attempt, message}``).
    """
    addresses = {"ask": base_path() + ADDRESS, "socket": base_path() + LIVE_PATH}
    _editor(key=key, data={**given, **addresses}, on_save_change=on_save, on_cancel_change=on_cancel)


def asked(key: str, event: str) -> Json | None:
    """What the component ``key`` asks in the callback that runs now."""
    state: Any = st.session_state.get(key)
    value = None if state is None else state.get(event)
    return dict(value) if isinstance(value, dict) else None
