"""The editor of a rule as the script sees it: what it is given, and what becomes of what is saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import msgspec
import streamlit as st

from spreadscope.contract import Rule, RuleBody
from spreadscope.dashboard.actions import PageAction, asked
from spreadscope.dashboard.alert_components import Draft, Editing, SaveRefusal, editor
from spreadscope.dashboard.api_client import CONFLICT, ApiClient, ApiRequestError, EngineDownError
from spreadscope.dashboard.browser_session import Overview, engine, telling
from spreadscope.dashboard.pages.alert_actions import rule_of
from spreadscope.dashboard.text import sentence


@dataclass
class Desk:
    """What one editor works on. Kept whole in the session and changed in place (``session.telling`` says why)."""

    token: int = 0
    """Another one tells the editor to take ``rule``, or nothing, in place of what is typed."""
    rule: Rule | None = None
    answer: SaveRefusal | None = None

    def take(self, rule: Rule | None) -> None:
        self.token, self.rule, self.answer = self.token + 1, rule, None


def show(key: str, seen: Overview, subject: str, timeframe: str, *, quick: bool = False) -> None:
    """``quick``: one line for a rule of ``subject``; else every option, and a preview."""
    desk = _desk(key)
    editing = Editing(
        quick=quick,
        pairs=seen.status.pairs,
        symbols=tuple(seen.symbols),
        subject=subject,
        timeframe=timeframe,
        channels=() if quick else _channels(),
        draft=Draft(desk.token, desk.rule),
        answer=desk.answer,
    )
    editor(key, editing, partial(_on_editor, key))


def edit(key: str, rule_id: str) -> None:
    """Have the editor take a rule in place of what is typed."""
    desk = _desk(key)
    with telling(), engine() as client:
        desk.take(rule_of(client, rule_id))


def _desk(key: str) -> Desk:
    desk: Desk = st.session_state.setdefault(f"{key}-desk", Desk())
    return desk


def _on_editor(key: str) -> None:
    desk = _desk(key)
    for action in asked(key):
        if action.op == "save":
            _save(desk, action)
        else:
            desk.take(None)


def _save(desk: Desk, wanted: PageAction) -> None:
    """Make or replace the rule. A refusal goes back to the editor, which keeps the text."""
    with telling() as say:
        try:
            body = msgspec.convert(wanted.body, RuleBody)
            with engine() as client:
                _watch(client, wanted.watch)
                rule = client.replace_rule(wanted.rule_id, body) if wanted.rule_id else client.add_rule(body)
        except (ApiRequestError, EngineDownError, msgspec.ValidationError) as error:
            desk.answer = SaveRefusal(wanted.attempt, sentence(str(error)))
            return
        desk.take(None)
        done = "Changed" if wanted.rule_id else "Watching from now on"
        say("success", f"{done}: {rule.name or rule.text}, {rule.subject}.")
        for warning in rule.warnings:
            say("warning", sentence(warning))


def _watch(client: ApiClient, subjects: Iterable[str]) -> None:
    """Follow what the rule is about and is not followed yet. Somebody else may just have done so."""
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
    """Names to choose from. Why there are none is told where delivery is shown."""
    try:
        with engine() as client:
            return tuple(channel.name for channel in client.channels())
    except (ApiRequestError, EngineDownError):
        return ()
