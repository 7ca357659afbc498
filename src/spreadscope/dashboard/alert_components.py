"""What moves on the pages without the script: the alarm on every page, the list of rules, and the editor of a rule.

Each draws in the browser what the relay sends it (topic ``alerts``). What somebody does there comes to the script as
actions, and the callback reads them with ``actions.asked``.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import streamlit as st

from spreadscope.contract import Rule
from spreadscope.dashboard.actions import done
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.editor_proxy import ADDRESS
from spreadscope.dashboard.page_server import LIVE_PATH

_alarm = st.components.v2.component("spreadscope.alarm", js="alarm.js", css="alarm.css")
_rules = st.components.v2.component("spreadscope.rules", js="rules.js", css="rules.css")
_editor = st.components.v2.component("spreadscope.editor", js="editor.js", css="editor.css")

# Fixed, so that Streamlit keeps what is mounted when the script runs again.
ALARM = "alarm"
RULES = "alert-rules"
EDITOR = "rule-editor"
QUICK = "quick-rule"


class Draft(msgspec.Struct, frozen=True):
    """What to edit: another ``token`` has the editor take ``rule``, or nothing, in place of what is typed."""

    token: int
    rule: Rule | None


class SaveRefusal(msgspec.Struct, frozen=True):
    """The engine's refusal of an attempt to save."""

    attempt: int | None
    message: str


class Editing(msgspec.Struct, frozen=True, kw_only=True):
    """What an editor works on. ``quick``: one line for a rule of ``subject``; else every option, and a preview."""

    quick: bool
    pairs: tuple[str, ...]
    symbols: tuple[str, ...]
    subject: str
    timeframe: str
    channels: tuple[str, ...]
    draft: Draft
    answer: SaveRefusal | None


def alarm(on_action: Callable[[], None]) -> None:
    """Toasts, sound, the browser's notifications and the count in the title, on whatever page is open."""
    _alarm(key=ALARM, data=_given(ALARM), on_action_change=on_action)


def rules_list(on_action: Callable[[], None], on_stale: Callable[[], None]) -> None:
    """Every rule with its live state. ``on_stale``: alerts are new, so tables made by the script are old."""
    _rules(key=RULES, data=_given(RULES), on_action_change=on_action, on_stale_change=on_stale)


def editor(key: str, editing: Editing, on_action: Callable[[], None]) -> None:
    """The editor of a rule: asks the engine about every word that is typed."""
    data = {**msgspec.to_builtins(editing), **_given(key), "ask": base_path() + ADDRESS}
    _editor(key=key, data=data, on_action_change=on_action)


def _given(key: str) -> dict[str, object]:
    """What every component is given: where to listen, and which actions were done."""
    return {"socket": base_path() + LIVE_PATH, "done": done(key)}
