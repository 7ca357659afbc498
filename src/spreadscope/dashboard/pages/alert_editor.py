"""The editor of a rule in the page script: its data, and the saving of its content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import msgspec
import streamlit as st

from spreadscope.client import CONFLICT, ApiRequestError, Client, EngineDownError
from spreadscope.contract import Rule, RuleBody
from spreadscope.dashboard.actions import PageAction, new_actions
from spreadscope.dashboard.alert_components import Draft, EditorData, SaveRefusal, editor_component
from spreadscope.dashboard.browser_session import AddNotice, Overview, collecting_notices, engine
from spreadscope.dashboard.pages.alert_actions import find_rule
from spreadscope.dashboard.text import sentence


@dataclass
class EditorState:
    """The state of one editor in the session. It is changed in place (see ``browser_session.collecting_notices``)."""

    token: int = 0
    """With a new token the editor replaces its content by ``rule``, or clears it."""
    rule: Rule | None = None
    answer: SaveRefusal | None = None

    def set_rule(self, rule: Rule | None) -> None:
        self.token, self.rule, self.answer = self.token + 1, rule, None


def show(key: str, overview: Overview, subject: str, timeframe: str, *, quick: bool = False) -> None:
    """Draw an editor. ``quick``: one line for a rule of ``subject``; else every option, and a preview."""
    state = _state(key)
    editor_data = EditorData(
        quick=quick,
        pairs=overview.status.pairs,
        symbols=tuple(overview.symbols),
        subject=subject,
        timeframe=timeframe,
        channels=() if quick else _channels(),
        draft=Draft(state.token, state.rule),
        answer=state.answer,
    )
    editor_component(key, editor_data, partial(_on_editor, key))


def edit_rule(key: str, rule_id: str) -> None:
    """Replace the content of the editor by a rule."""
    state = _state(key)
    with collecting_notices(), engine() as client:
        state.set_rule(find_rule(client, rule_id))


def _state(key: str) -> EditorState:
    state: EditorState = st.session_state.setdefault(f"{key}-state", EditorState())
    return state


def _on_editor(key: str) -> None:
    state = _state(key)
    for action in new_actions(key):
        if action.op == "save":
            _save(state, action)
        else:
            state.set_rule(None)


def _save(state: EditorState, action: PageAction) -> None:
    """Save the rule of an editor. A refusal goes back to the editor, which keeps the text."""
    with collecting_notices() as add_notice:
        try:
            save_rule(action, add_notice)
        except (ApiRequestError, EngineDownError, msgspec.ValidationError) as error:
            state.answer = SaveRefusal(action.attempt, sentence(str(error)))
            return
        state.set_rule(None)


def save_rule(action: PageAction, add_notice: AddNotice) -> None:
    """Create or replace the rule of an action ``save``.

    Raises ``ApiRequestError``, ``EngineDownError`` and ``msgspec.ValidationError`` where it is not saved.
    """
    body = msgspec.convert(action.body, RuleBody)
    with engine() as client:
        _watch(client, action.watch)
        rule = client.replace_rule(action.rule_id, body) if action.rule_id else client.add_rule(body)
    verb = "Changed" if action.rule_id else "Watching from now on"
    add_notice("success", f"{verb}: {rule.name or rule.text}, {rule.subject}.")
    for warning in rule.warnings:
        add_notice("warning", sentence(warning))


def _watch(client: Client, subjects: Iterable[str]) -> None:
    """Watch subjects of the rule that are not watched. Another user may just have added them."""
    for subject in subjects:
        try:
            if "/" in subject:
                client.add_pair(subject)
            else:
                client.add_symbols(subject)
        except ApiRequestError as error:
            if error.status != CONFLICT or subject not in client.status().pairs:
                raise


def _channels() -> tuple[str, ...]:
    """Returns the names of channels; empty without an answer, which the delivery tab explains."""
    try:
        with engine() as client:
            return tuple(channel.name for channel in client.channels())
    except (ApiRequestError, EngineDownError):
        return ()
