"""Adding and removing symbols and pairs."""

from __future__ import annotations

import re

import streamlit as st

from spreadscope.dashboard.client import ApiError, Client
from spreadscope.dashboard.session import PAIR, Overview, Say, engine, telling

CONFLICT = 409


def symbol_form(seen: Overview) -> None:
    with st.form("symbols", border=False, clear_on_submit=True):
        st.text_input("Symbols", key="symbols-text", placeholder="BTCUSDT,ETHUSDT")
        st.form_submit_button("Add", on_click=_add_typed, disabled=seen.problem is not None, width="stretch")
    st.caption("One symbol is recorded; two become a pair, Y first; more are recorded.")


def pair_form(seen: Overview) -> None:
    """Make a pair of symbols that are recorded already."""
    if len(seen.symbols) < 2:
        return
    with st.form("pair-form", border=False):
        left, right = st.columns(2)
        left.selectbox("Y", seen.symbols, key="pair-y")
        right.selectbox("X", seen.symbols, index=1, key="pair-x")
        st.form_submit_button("Add pair", on_click=_add_chosen, disabled=seen.problem is not None, width="stretch")


def split_symbols(text: str) -> list[str]:
    """``"btcusdt, ETHUSDT"`` → its symbols; commas, blanks, semicolons and slashes divide."""
    return [word.upper() for word in re.split(r"[\s,;/]+", text) if word]


def _add_typed() -> None:
    symbols = split_symbols(st.session_state["symbols-text"])
    with telling() as say, engine() as client:
        if not symbols:
            say("error", "Type one or more symbols, such as BTCUSDT,ETHUSDT.")
            return
        if len(symbols) == 2:
            _add_pair(say, client, "/".join(symbols))
            return
        missing = [symbol for symbol in symbols if symbol not in client.symbols()]
        if not missing:
            say("info", f"{', '.join(symbols)}: recorded already.")
            return
        added = client.add_symbols(",".join(missing))
        say("success", f"{', '.join(added)}: recording from now on.")


def _add_chosen() -> None:
    y, x = st.session_state["pair-y"], st.session_state["pair-x"]
    with telling() as say, engine() as client:
        _add_pair(say, client, f"{y}/{x}")


def _add_pair(say: Say, client: Client, pair: str) -> None:
    try:
        pair = client.add_pair(pair)
    except ApiError as error:
        if error.status != CONFLICT:
            raise
        say("info", f"{pair} is followed already.")
    st.session_state[PAIR] = pair


def remove_pair(pair: str) -> None:
    with telling() as say, engine() as client:
        client.remove_pair(pair)
        say("info", f"{pair} is no longer followed. What is stored of it stays, and adding it again takes it up.")
        st.session_state.pop(PAIR, None)
