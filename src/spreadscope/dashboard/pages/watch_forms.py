"""Adding and removing symbols and pairs."""

from __future__ import annotations

import re

import streamlit as st

from spreadscope.contract import TIMEFRAMES
from spreadscope.contract.names import spelled
from spreadscope.dashboard.api_client import CONFLICT, ApiClient, ApiRequestError, EngineDownError
from spreadscope.dashboard.browser_session import NEW_PAIR, PAIR, TIMEFRAME, Overview, Say, engine, telling
from spreadscope.dashboard.page_server import current
from spreadscope.dashboard.text import escape, sentence

USUAL = ("BTCUSDT", "ETHUSDT")
LONGEST_ENTRY = 400
GONE = "gone-pair-name"
"""In the session: the pair that is no longer followed, and whether it was removed here."""
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
    st.caption(
        "One symbol is recorded; two become a pair, Y first; more are recorded. Several pairs: Y/X, Y/X."
        " Of Binance Spot: binance-spot:BTCUSDT."
    )


def example_of(listed: list[str]) -> tuple[str, ...]:
    """Two symbols to begin with, of those that are listed."""
    return USUAL if not listed or set(USUAL) <= set(listed) else tuple(listed[:2])


@st.cache_data(ttl=KEPT_SECONDS, show_spinner=False)
def _listed(api: str) -> list[str]:
    """What can be added: the symbols of the exchange that trade. Empty while the engine does not know them."""
    client = ApiClient(api)
    try:
        return sorted(item.symbol for item in client.instruments() if item.status == "TRADING")
    except (ApiRequestError, EngineDownError):
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
    """The pairs and the symbols that somebody typed: commas, blanks and semicolons divide, a slash joins two to a pair.

    >>> read_entry("btcusdt, ETHUSDT"), read_entry("BTCUSDT / ETHUSDT; SOLUSDT/ETHUSDT XRPUSDT")
    ((['BTCUSDT/ETHUSDT'], []), (['BTCUSDT/ETHUSDT', 'SOLUSDT/ETHUSDT'], ['XRPUSDT']))
    >>> read_entry("btcusdt/BINANCE-SPOT:btcusdt")
    (['BTCUSDT/binance-spot:BTCUSDT'], [])
    """
    joined = re.sub(r"\s*/\s*", "/", text)
    words = list(dict.fromkeys(spelled(word) for word in re.split(r"[\s,;]+", joined) if word))
    pairs = [word for word in words if "/" in word]
    symbols = [word for word in words if "/" not in word]
    return ([f"{symbols[0]}/{symbols[1]}"], []) if not pairs and len(symbols) == 2 else (pairs, symbols)


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


def _add_pair(say: Say, client: ApiClient, pair: str) -> None:
    """Follow a pair and show it. A refusal is said, so that the others of a line are added all the same."""
    try:
        pair = client.add_pair(pair)
    except ApiRequestError as error:
        if error.status != CONFLICT or pair not in client.status().pairs:  # else it is one too many, or no pair
            say("error", sentence(str(error)))
            return
        say("info", f"{pair} is followed already.")
    else:
        if st.session_state.get(TIMEFRAME) == TIMEFRAMES[0]:
            st.session_state[TIMEFRAME] = NEW_PAIR
    st.session_state[PAIR] = pair
    st.session_state.pop(GONE, None)


def remove_form(pair: str, *, disabled: bool) -> None:
    """Ask once more: a rule's alert and a position end with the pair."""
    st.markdown(f"**Stop following {escape(pair)}?** Its position and its open alerts end. What is stored of it stays.")
    st.button(
        "Stop following", key="remove-pair", on_click=_remove_pair, args=(pair,), disabled=disabled, width="stretch"
    )


def _remove_pair(pair: str) -> None:
    with telling(), engine() as client:
        client.remove_pair(pair)
        st.session_state.pop(PAIR, None)
        st.session_state[GONE] = (pair, True)


def went_elsewhere(pair: str) -> None:
    """The pair that was shown is followed no more, and not by a click here."""
    st.session_state[GONE] = (pair, False)


def gone(seen: Overview) -> None:
    """Which pair is no longer there to be shown, and the way back to it."""
    pair, here = st.session_state.get(GONE, ("", True))
    with st.container(key="gone-pair"):
        if not pair or pair in seen.pairs:
            return
        why = "" if here else ": it was removed in another window or by another program"
        instead = f" {escape(str(st.session_state[PAIR]))} is shown instead." if seen.pairs and not here else ""
        box = st.container(horizontal=True, vertical_alignment="center")
        box.warning(f"**{escape(pair)} is no longer followed{why}.**{instead} What is stored of it stays.")
        box.button(
            "Follow it again", key="gone-again", on_click=_again, args=(pair,), disabled=seen.problem is not None
        )
        box.button("Close", key="gone-close", on_click=_close)


def _again(pair: str) -> None:
    with telling() as say, engine() as client:
        _add_pair(say, client, pair)


def _close() -> None:
    st.session_state.pop(GONE, None)
