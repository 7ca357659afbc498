"""What moves on the pages without the script: the alarm on every page, the list of rules, and the editor of a rule.

Each draws in the browser what the relay sends it (topic ``alerts``). What somebody does there comes to the script as
actions, and the callback reads them with ``asked``. An event of Streamlit's takes the place of an earlier one that the
script has not seen yet; so a page tells of every action again until it hears that it was done (``outbox.js``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
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


# How many actions that were done are remembered: a page tells again of each until it hears that it was done.
DONE = 50


def alarm(on_action: Callable[[], None]) -> None:
    """Toasts, sound, the browser's notifications and the count in the title, on whatever page is open."""
    _alarm(key=ALARM, data=_given(ALARM), on_action_change=on_action)


def rules_list(on_action: Callable[[], None], on_stale: Callable[[], None]) -> None:
    """Every rule with its live state. ``on_stale``: alerts are new, so tables made by the script are old."""
    _rules(key=RULES, data=_given(RULES), on_action_change=on_action, on_stale_change=on_stale)


def editor(key: str, given: Json, on_action: Callable[[], None]) -> None:
    """``given``: ``quick`` (one line, or everything), ``pairs``, ``symbols``, ``subject``, ``timeframe``, ``channels``,
    ``draft`` (``{token, rule}``, what to edit; a new token replaces what is typed), ``answer`` (``{attempt, message}``).
    """
    _editor(key=key, data={**given, **_given(key), "ask": base_path() + ADDRESS}, on_action_change=on_action)


def asked(key: str) -> Iterator[Json]:
    """In the callback of the component ``key``: each action asked there, once, however often the page tells of it.

    An action counts as done when the next one is taken: what is done with it must not raise.
    """
    state: Any = st.session_state.get(key)
    done = _done(key)
    for action in (None if state is None else state.get("action")) or []:
        if action["id"] in done:
            continue
        yield dict(action)
        done.append(action["id"])


def _given(key: str) -> Json:
    return {"socket": base_path() + LIVE_PATH, "done": list(_done(key))}


def _done(key: str) -> deque[str]:
    held: deque[str] = st.session_state.setdefault(f"{key}-done", deque(maxlen=DONE))
    return held
