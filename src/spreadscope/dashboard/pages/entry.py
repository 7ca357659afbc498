"""Adding and removing symbols and pairs."""

from __future__ import annotations

import re

import streamlit as st

from spreadscope.dashboard.client import ApiError, Client, EngineDownError
from spreadscope.dashboard.server import current
from spreadscope.dashboard.session import PAIR, Overview, Say, engine, telling

CONFLICT = 409
USUAL = ("BTCUSDT", "ETHUSDT")
LONGEST_ENTRY = 500
# What the exchange lists changes a few times a week; an engine that waits for it is asked again soon.
KEPT_SECONDS = 30


def symbol_form(seen: Overview) -> None:
    listed = _listed(current().engine.api) if seen.problem is None else []
    example = ",".join(example_of(listed))
    with st.form("symbols", border=False, clear_on_submit=True):
        st.text_input("Symbols", key="symbols-text", placeholder=example, max_chars=LONGEST_ENTRY)
        if listed:
            st.multiselect(
                "or find them",
                listed,
                key="symbols-found",
                placeholder=f"Search what the exchange lists ({len(listed)})",
            )
        st.form_submit_button("Add", on_click=_add_typed, disabled=seen.problem is not None, width="stretch")
    st.caption("One symbol is recorded; two become a pair, Y first; more are recorded. Several pairs: Y/X, Y/X.")


def example_of(listed: list[str]) -> tuple[str, ...]:
    """Two symbols to begin with, of those that are listed."""
    return USUAL if not listed or set(USUAL) <= set(listed) else tuple(listed[:2])


@st.cache_data(ttl=KEPT_SECONDS, show_spinner=False)
def _listed(api: str) -> list[str]:
    """What can be added: the symbols of the exchange that trade. Empty while the engine does not know them."""
    client = Client(api)
    try:
        return sorted(str(item["symbol"]) for item in client.instruments() if item["status"] == "TRADING")
    except (ApiError, EngineDownError):
        return []
    finally:
        client.close()


def pair_form(seen: Overview) -> None:
    """Make a pair of symbols that are recorded already."""
    if len(seen.symbols) < 2:
        return
    with st.form("pair-form", border=False):
        left, right = st.columns(2)
        left.selectbox("Y", seen.symbols, key="pair-y")
        right.selectbox("X", seen.symbols, index=1, key="pair-x")
        st.form_submit_button("Add pair", on_click=_add_chosen, disabled=seen.problem is not None, width="stretch")


def read_entry(text: str) -> tuple[list[str], list[str]]:
    """``"btcusdt, ETHUSDT"`` or ``"BTCUSDT/ETHUSDT, SOLUSDT/ETHUSDT"``: the pairs and the other symbols that it names.

    Commas, blanks and semicolons divide. Two symbols alone are a pair.
    """
    words = [word.upper() for word in re.split(r"[\s,;]+", re.sub(r"\s*/\s*", "/", text)) if word]
    pairs = [word for word in words if "/" in word]
    symbols = [word for word in words if "/" not in word]
    if not pairs and len(symbols) == 2:
        return ["/".join(symbols)], []
    return list(dict.fromkeys(pairs)), list(dict.fromkeys(symbols))


def _add_typed() -> None:
    found = st.session_state.get("symbols-found") or []
    pairs, symbols = read_entry(" ".join([st.session_state["symbols-text"], *found]))
    with telling() as say, engine() as client:
        if not pairs and not symbols:
            say("error", "Type one or more symbols, or choose them from the list.")
            return
        for pair in pairs:
            _add_pair(say, client, pair)
        if len(pairs) > 1:
            say("success", f"{', '.join(pairs)}: followed from now on.")
        if not symbols:
            return
        held = client.symbols()
        missing = [symbol for symbol in symbols if symbol not in held]
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
