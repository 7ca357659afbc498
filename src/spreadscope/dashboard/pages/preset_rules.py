"""The tab of ready-made rules, each added by one click."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import ANY_PAIR, ANY_SYMBOL, Preset, RuleBody
from spreadscope.dashboard.browser_session import PAIR, Overview, collecting_notices, engine
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.text import escape, sentence

COLUMNS = 3
PAIR_TARGET = "preset-pair"
SYMBOL_TARGET = "preset-symbol"


def show(overview: Overview) -> None:
    try:
        with engine() as client:
            presets, rules = client.presets(), client.rules()
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    st.caption("Each becomes a rule like any other: change it above as you like.")
    pair, symbol = st.columns(2)
    shown_pair = st.session_state.get(PAIR)
    first = overview.pairs.index(shown_pair) if shown_pair in overview.pairs else 0
    pair.selectbox("Rules of a pair watch", [*overview.pairs, ANY_PAIR], index=first, key=PAIR_TARGET)
    symbol.selectbox("Rules of a symbol watch", [*overview.symbols, ANY_SYMBOL], key=SYMBOL_TARGET)
    watched = {(rule.text, rule.subject) for rule in rules}
    for start in range(0, len(presets), COLUMNS):
        for column, preset in zip(st.columns(COLUMNS), presets[start : start + COLUMNS], strict=False):
            target = PAIR_TARGET if preset.of == "pair" else SYMBOL_TARGET
            with column:
                _card(preset, target, exists=(preset.text, st.session_state[target]) in watched)


def _card(preset: Preset, target: str, *, exists: bool) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{escape(preset.title)}** · {escape(preset.severity)}")
        st.markdown(f"`{preset.text}`")
        st.caption(escape(sentence(preset.why)))
        st.button(
            "Watched already" if exists else "Add",
            key=f"preset-{preset.key}",
            on_click=_add,
            args=(preset, target),
            disabled=exists,
            width="stretch",
        )


def _add(preset: Preset, target: str) -> None:
    subject = str(st.session_state[target])
    with collecting_notices() as add_notice, engine() as client:
        # A second click may come before the button shows the result of the first.
        if (preset.text, subject) in {(rule.text, rule.subject) for rule in client.rules()}:
            add_notice("info", f"Watched already: {preset.title}, {subject}.")
            return
        client.add_rule(_rule(preset, subject))
        add_notice("success", f"Watching from now on: {preset.title}, {subject}.")


def _rule(preset: Preset, subject: str) -> RuleBody:
    return RuleBody(
        text=preset.text,
        subject=subject,
        name=preset.title,
        severity=preset.severity,
        recover=preset.recover,
        keep_seconds=preset.keep_seconds,
        cooldown_seconds=preset.cooldown_seconds,
        notify_resolved=preset.notify_resolved,
    )
