"""The forms that add and remove symbols and pairs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from spreadscope.client import CONFLICT, NOT_FOUND, ApiRequestError, Client, EngineDownError
from spreadscope.contract import TIMEFRAMES
from spreadscope.contract.spelling import spelled
from spreadscope.dashboard.browser_session import (
    NEW_PAIR,
    PAIR,
    PAIR_ADDED,
    TIMEFRAME,
    AddNotice,
    Overview,
    collecting_notices,
    engine,
)
from spreadscope.dashboard.page_server import current_server
from spreadscope.dashboard.text import escape, sentence, shorten

DEFAULT_SYMBOLS = ("BTCUSDT", "ETHUSDT")
MAX_ENTRY = 400
MOST_AT_ONCE = 100
_REASONS = 3  # of refusals that are told one by one
_NAMED = 5  # pairs in one sentence
REMOVED_PAIR = "gone-pair-name"
"""The session key of a pair that was removed, and whether it was removed here."""
# The listed symbols change a few times a week; an engine that still waits for them is asked again soon.
CACHE_SECONDS = 30


def symbol_form(overview: Overview) -> None:
    listed = _listed_symbols(current_server().engine.api) if overview.problem is None else []
    example = ",".join(example_of(listed))
    with st.form("symbols", border=False, clear_on_submit=True):
        st.text_input("Symbols", key="symbols-text", placeholder=example, max_chars=MAX_ENTRY)
        if listed:
            st.multiselect(
                "or find them",
                listed,
                key="symbols-found",
                placeholder=f"Search what the exchange lists ({len(listed)})",
            )
        st.form_submit_button("Add", on_click=_add_typed, disabled=overview.problem is not None, width="stretch")
    st.caption(
        "One symbol is recorded; two become a pair, Y first; more are recorded. Several pairs: Y/X, Y/X."
        " Of Binance Spot: binance-spot:BTCUSDT."
    )


def example_of(listed: list[str]) -> tuple[str, ...]:
    """Returns two listed symbols as an example."""
    return DEFAULT_SYMBOLS if not listed or set(DEFAULT_SYMBOLS) <= set(listed) else tuple(listed[:2])


@st.cache_data(ttl=CACHE_SECONDS, show_spinner=False)
def _listed_symbols(api: str) -> list[str]:
    """Returns the symbols that trade at the exchange; empty while the engine does not know them."""
    del api  # which is a part of the cache's key
    try:
        with engine() as client:
            return sorted(item.symbol for item in client.instruments() if item.status == "TRADING")
    except (ApiRequestError, EngineDownError):
        return []


def pair_form(overview: Overview) -> None:
    """Draw the form that makes a pair of two recorded symbols."""
    if len(overview.symbols) < 2:
        return
    with st.form("pair-form", border=False):
        left, right = st.columns(2)
        left.selectbox("Y", overview.symbols, key="pair-y")
        right.selectbox("X", overview.symbols, index=1, key="pair-x")
        st.form_submit_button("Add pair", on_click=_add_chosen, disabled=overview.problem is not None, width="stretch")


def parse_entry(text: str) -> tuple[list[str], list[str]]:
    """Returns the typed pairs and symbols: commas, blanks and semicolons separate, a slash joins two to a pair.

    >>> parse_entry("btcusdt, ETHUSDT"), parse_entry("BTCUSDT / ETHUSDT; SOLUSDT/ETHUSDT XRPUSDT")
    ((['BTCUSDT/ETHUSDT'], []), (['BTCUSDT/ETHUSDT', 'SOLUSDT/ETHUSDT'], ['XRPUSDT']))
    >>> parse_entry("btcusdt/BINANCE-SPOT:btcusdt")
    (['BTCUSDT/binance-spot:BTCUSDT'], [])
    """
    joined = re.sub(r"\s*/\s*", "/", text)
    words = list(dict.fromkeys(spelled(word) for word in re.split(r"[\s,;]+", joined) if word))
    pairs = [word for word in words if "/" in word]
    symbols = [word for word in words if "/" not in word]
    return ([f"{symbols[0]}/{symbols[1]}"], []) if not pairs and len(symbols) == 2 else (pairs, symbols)


def _add_typed() -> None:
    selected = st.session_state.get("symbols-found") or []
    pairs, symbols = parse_entry(" ".join([st.session_state["symbols-text"], *selected]))
    with collecting_notices() as add_notice, engine() as client:
        if not pairs and not symbols:
            add_notice("error", "Type one or more symbols, or choose them from the list.")
            return
        for pair in pairs:
            _add_pair(add_notice, client, pair)
        if len(pairs) > 1:
            add_notice("success", f"{', '.join(pairs)}: followed from now on.")
        if not symbols:
            return
        recorded = client.symbols()
        missing = [symbol for symbol in symbols if symbol not in recorded]
        if not missing:
            add_notice("info", f"{', '.join(symbols)}: recorded already.")
            return
        added = client.add_symbols(",".join(missing))
        add_notice("success", f"{', '.join(added)}: recording from now on.")


def example_pairs(overview: Overview) -> tuple[str, ...]:
    """Returns pairs that can be followed, as examples: of the first symbols that the exchange lists."""
    listed = _listed_symbols(current_server().engine.api) if overview.problem is None else []
    y, x = example_of(listed)
    others = [symbol for symbol in ("SOLUSDT", "BNBUSDT", *listed) if symbol not in {y, x} and symbol in listed]
    return (f"{y}/{x}", *(f"{symbol}/{x}" for symbol in others[:1]))


def follow_typed(add_notice: AddNotice, client: Client, text: str) -> None:
    """Follow the typed pairs, also several at once. What is refused does not keep back the others."""
    pairs, symbols = parse_entry(text)
    if not pairs or symbols:
        wrong = f"{shorten(symbols[0], 40)} is one symbol" if symbols else "nothing was typed"
        add_notice("error", f"Pairs are written Y/X, as BTCUSDT/ETHUSDT; {wrong}. Nothing was added.")
        return
    if len(pairs) > MOST_AT_ONCE:
        add_notice("error", f"At most {MOST_AT_ONCE} pairs are added at once; these are {len(pairs)}. None was added.")
        return
    known = set(client.status().pairs)
    added, refused = [], []
    for pair in pairs:
        if pair in known:
            continue
        try:
            added.append(client.add_pair(pair))
        except ApiRequestError as error:
            refused.append(f"{shorten(pair, 60)}: {error}")
    _tell_added(add_notice, added, [pair for pair in pairs if pair in known], known)
    for reason in refused[:_REASONS]:
        add_notice("error", sentence(reason))
    if len(refused) > _REASONS:
        add_notice("error", f"{len(refused) - _REASONS} more pairs were refused.")


def _tell_added(add_notice: AddNotice, added: Sequence[str], there: Sequence[str], known: set[str]) -> None:
    if added:
        add_notice("success", f"{_named(added)}: followed from now on.")
    if there:
        add_notice("info", f"{_named(there)}: followed already.")
    turned = [other for pair in added if (other := "/".join(reversed(pair.split("/")))) in {*known, *added}]
    if turned:
        add_notice("info", f"{_named(turned)}: followed too, with the same legs the other way round.")


def stop_following(add_notice: AddNotice, client: Client, pairs: Sequence[str]) -> None:
    """Stop following pairs; one that is gone already is what was wanted."""
    for pair in pairs:
        try:
            client.remove_pair(pair)
        except ApiRequestError as error:
            if error.status != NOT_FOUND:
                raise
    add_notice("info", f"{_named(pairs)}: no longer followed. What is stored stays.")


def _named(pairs: Sequence[str]) -> str:
    """Returns a few names of pairs, and how many more there are.

    >>> _named(["A/B", "C/D"]), _named(["A/B"] * 9)
    ('A/B, C/D', 'A/B, A/B, A/B, A/B, A/B and 4 more')
    """
    more = f" and {len(pairs) - _NAMED} more" if len(pairs) > _NAMED else ""
    return ", ".join(pairs[:_NAMED]) + more


def _add_chosen() -> None:
    y, x = st.session_state["pair-y"], st.session_state["pair-x"]
    with collecting_notices() as add_notice, engine() as client:
        _add_pair(add_notice, client, f"{y}/{x}")


def follow(text: str, area: str) -> None:
    """Watch the pair that was chosen in the bar, and have it shown; a notice says where that cannot be."""
    with collecting_notices(area) as add_notice, engine() as client:
        st.session_state[PAIR_ADDED] = _add_pair(add_notice, client, spelled(text))


def _add_pair(add_notice: AddNotice, client: Client, pair: str) -> bool:
    """Watch a pair and show it. A refusal becomes a notice, so that other pairs of a line are still added.

    Returns whether it is followed.
    """
    try:
        pair = client.add_pair(pair)
    except ApiRequestError as error:
        if error.status != CONFLICT or pair not in client.status().pairs:  # else there are too many, or it is no pair
            add_notice("error", sentence(str(error)))
            return False
        add_notice("info", f"{pair} is followed already.")
    else:
        if st.session_state.get(TIMEFRAME) == TIMEFRAMES[0]:
            st.session_state[TIMEFRAME] = NEW_PAIR
    st.session_state[PAIR] = pair
    st.session_state.pop(REMOVED_PAIR, None)
    return True


def remove_form(pair: str, *, disabled: bool) -> None:
    """Ask for confirmation: open alerts and the position end with the pair."""
    st.markdown(f"**Stop following {escape(pair)}?** Its position and its open alerts end. What is stored of it stays.")
    st.button(
        "Stop following", key="remove-pair", on_click=_remove_pair, args=(pair,), disabled=disabled, width="stretch"
    )


def _remove_pair(pair: str) -> None:
    with collecting_notices(), engine() as client:
        client.remove_pair(pair)
        st.session_state.pop(PAIR, None)
        st.session_state[REMOVED_PAIR] = (pair, True)


def note_removed_elsewhere(pair: str) -> None:
    """Note that the shown pair was removed by another program or window."""
    st.session_state[REMOVED_PAIR] = (pair, False)


def show_removed_pair(overview: Overview) -> None:
    """Show which pair was removed, with a button to add it again."""
    pair, removed_here = st.session_state.get(REMOVED_PAIR, ("", True))
    with st.container(key="gone-pair"):
        if not pair or pair in overview.pairs:
            return
        why = "" if removed_here else ": it was removed in another window or by another program"
        instead = (
            f" {escape(str(st.session_state[PAIR]))} is shown instead." if overview.pairs and not removed_here else ""
        )
        box = st.container(horizontal=True, vertical_alignment="center")
        box.warning(f"**{escape(pair)} is no longer followed{why}.**{instead} What is stored of it stays.")
        box.button(
            "Follow it again",
            key="gone-again",
            on_click=_add_again,
            args=(pair,),
            disabled=overview.problem is not None,
        )
        box.button("Close", key="gone-close", on_click=_close)


def _add_again(pair: str) -> None:
    with collecting_notices() as add_notice, engine() as client:
        _add_pair(add_notice, client, pair)


def _close() -> None:
    st.session_state.pop(REMOVED_PAIR, None)
