"""The components of alerts: the list of rules, and the editor of a rule.

Each draws in the browser what the relay sends (topic ``alerts``). Actions of the user reach the callback of the
component, which reads them with ``actions.new_actions``.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import streamlit as st

from spreadscope.contract import Rule
from spreadscope.dashboard.actions import done_ids
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.editor_proxy import ADDRESS
from spreadscope.dashboard.page_server import LIVE_PATH

_rules = st.components.v2.component("spreadscope.rules", js="rules.js", css="rules.css")
_editor = st.components.v2.component("spreadscope.editor", js="editor.js", css="editor.css")

# Fixed keys, so that Streamlit keeps the components when the script runs again.
RULES = "alert-rules"
EDITOR = "rule-editor"
QUICK = "quick-rule"


class Draft(msgspec.Struct, frozen=True):
    """The rule to edit. With a new ``token`` the editor replaces its content by ``rule``, or clears it."""

    token: int
    rule: Rule | None


class SaveRefusal(msgspec.Struct, frozen=True):
    """The engine's refusal of an attempt to save."""

    attempt: int | None
    message: str


class EditorData(msgspec.Struct, frozen=True, kw_only=True):
    """The data of an editor. ``quick``: one line for a rule of ``subject``; else every option, and a preview."""

    quick: bool
    pairs: tuple[str, ...]
    symbols: tuple[str, ...]
    subject: str
    timeframe: str
    channels: tuple[str, ...]
    draft: Draft
    answer: SaveRefusal | None


def rules_component(
    on_action: Callable[[], None], on_stale: Callable[[], None], *, socket: str = "", key: str = RULES
) -> None:
    """Mount the list of rules with live state, of the live engine or of another ``socket``.

    ``on_stale`` is called after new alerts, when tables are old.
    """
    data = _common_data(key) | ({"socket": socket} if socket else {})
    _rules(key=key, data=data, on_action_change=on_action, on_stale_change=on_stale)


def editor_component(key: str, editor_data: EditorData, on_action: Callable[[], None]) -> None:
    """Mount the editor of a rule, which lets the engine check every typed word."""
    data = {**msgspec.to_builtins(editor_data), **_common_data(key), "ask": base_path() + ADDRESS}
    _editor(key=key, data=data, on_action_change=on_action)


def _common_data(key: str) -> dict[str, object]:
    """Returns the data of every component: its key, the address of the socket, and the actions that were done."""
    return {"key": key, "socket": base_path() + LIVE_PATH, "done": done_ids(key)}
