"""The editor of a rule as the script sees it: what it is given, and what becomes of what is saved."""

from __future__ import annotations

from functools import partial

import streamlit as st

from spreadscope.dashboard.alert_components import asked, editor
from spreadscope.dashboard.client import ApiError, EngineDownError, Json
from spreadscope.dashboard.pages.alert_actions import body_of
from spreadscope.dashboard.session import Overview, engine, notify
from spreadscope.dashboard.words import sentence

ANY_PAIR = "any pair"
ANY_SYMBOL = "any symbol"


def show(key: str, seen: Overview, subject: str, timeframe: str, *, quick: bool = False) -> None:
    """``quick``: one line for a rule of ``subject``; else every option, and a preview."""
    given = {
        "quick": quick,
        "pairs": seen.pairs,
        "symbols": seen.symbols,
        "subject": subject,
        "timeframe": timeframe,
        "channels": [] if quick else _channels(),
        "draft": _draft(key),
        "answer": st.session_state.get(_answer(key)),
    }
    editor(key, given, partial(_save, key), partial(edit, key, None))


def edit(key: str, rule: Json | None) -> None:
    """Have the editor take ``rule``, or begin anew, in place of what is typed."""
    st.session_state[f"{key}-draft"] = {"token": _draft(key)["token"] + 1, "rule": rule}
    st.session_state.pop(_answer(key), None)


def _draft(key: str) -> Json:
    """``{token, rule}``: another token tells the editor that ``rule`` is new."""
    return dict(st.session_state.setdefault(f"{key}-draft", {"token": 0, "rule": None}))


def _answer(key: str) -> str:
    return f"{key}-answer"


def _save(key: str) -> None:
    """Make or replace the rule. A refusal goes back to the editor, which keeps the text."""
    wanted = asked(key, "save")
    if wanted is None:
        return
    body, rule_id = body_of(wanted["body"]), wanted.get("rule_id")
    try:
        with engine() as client:
            rule = client.replace_rule(str(rule_id), body) if rule_id else client.add_rule(body)
    except (ApiError, EngineDownError) as error:
        st.session_state[_answer(key)] = {"attempt": wanted["attempt"], "message": sentence(str(error))}
        return
    edit(key, None)
    st.session_state.pop("notices", None)
    name = rule.get("name") or rule["text"]
    notify("success", f"{'Changed' if rule_id else 'Watching from now on'}: {name}, {rule['subject']}.")


def _channels() -> list[str]:
    """Names to choose from. Why there are none is told where delivery is shown."""
    try:
        with engine() as client:
            return [str(channel["name"]) for channel in client.channels()]
    except (ApiError, EngineDownError):
        return []
