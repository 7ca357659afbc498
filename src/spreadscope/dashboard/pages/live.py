"""The live page: the live chart of a pair, what changes the pairs, and the tabs below."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import TIMEFRAMES
from spreadscope.contract.spelling import spelled
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import PAIR, TIMEFRAME, Overview, engine
from spreadscope.dashboard.chart_component import PaperMark, chart_component
from spreadscope.dashboard.pages import (
    data_tables,
    paper_accounts,
    paper_dialogs,
    paper_ticket,
    parameter_forms,
    waiting,
    watch_forms,
)
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.text import escape, shorten

MARKED_TRADES = 100
ADDRESS = "address"
"""The session key of pair and timeframe in the address, as the script has last seen them."""


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Live", url_path="live", default=True)


def show() -> None:
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    # In a container: else the box would replace the chart while the page waits for a hanging engine.
    with st.container(key="live-state"):
        if overview.problem is not None:
            waiting.show_last_known(overview.problem)
    if not overview.pairs:
        _show_empty(overview)
        return
    pair, timeframe = _chosen(overview)
    watch_forms.show_removed_pair(overview)
    _controls(overview, pair, timeframe)
    chart_component(pair, timeframe, overview.pairs, paper=_paper_marks(pair))
    if overview.problem is None:
        data_tables.show(overview, pair, timeframe)
    _ticket(overview, pair, timeframe)


def _paper_marks(pair: str) -> list[PaperMark]:
    """Returns the marks of the newest paper trades of a pair."""
    account = paper_accounts.known()
    if not account:
        return []
    try:
        with engine() as client:
            trades = client.closed_paper_trades(account, pair=pair, limit=MARKED_TRADES)
            trades += [trade for trade in client.paper_trades(account) if trade.pair == pair]
    except (ApiRequestError, EngineDownError):
        return []  # the chart says itself that no engine answers
    marks = [PaperMark(trade.decided, "buy" if trade.side > 0 else "sell", trade.id) for trade in trades]
    marks += [PaperMark(trade.closed, "close", trade.id) for trade in trades if trade.closed]
    return sorted(marks, key=lambda mark: (mark.time, mark.trade))


def _ticket(overview: Overview, pair: str, timeframe: str) -> None:
    """Draw the ticket while it is open."""
    match paper_dialogs.opened():
        case Dialog.TICKET, _:
            paper_ticket.dialog(overview, (), pair, timeframe)


def _show_empty(overview: Overview) -> None:
    if PAIR in st.session_state:
        watch_forms.note_removed_elsewhere(str(st.session_state.pop(PAIR)))
    watch_forms.show_removed_pair(overview)
    st.subheader("No pair yet")
    st.write(
        "Type two symbols of Binance USD-M futures, such as **BTCUSDT,ETHUSDT**, and press Enter. "
        "The first is Y, the second X: the spread is ln Y − β ln X − α."
    )
    watch_forms.symbol_form(overview)
    waiting.rerun_when_pairs()
    if overview.symbols:
        st.caption(f"Recorded so far: {', '.join(overview.symbols)}.")
        watch_forms.pair_form(overview)


def _controls(overview: Overview, pair: str, timeframe: str) -> None:
    """Draw what changes the pairs; ``page.css`` lays it beside the words above the figures."""
    row = st.container(horizontal=True, key="live-controls")
    with row.popover("Add symbols or pair"):
        watch_forms.symbol_form(overview)
        watch_forms.pair_form(overview)
    # A key for each pair: an open popover would else offer to remove the next pair.
    with row.popover("Remove pair", key=f"remove-{pair}"):
        watch_forms.remove_form(pair, disabled=overview.problem is not None)
    with row:
        parameter_forms.button(pair, timeframe, disabled=overview.problem is not None)
        paper_ticket.button(disabled=overview.problem is not None)


def _chosen(overview: Overview) -> tuple[str, str]:
    """Returns pair and timeframe: those of the address where it changed, else as before, else the first.

    The chart writes into the address what it shows (``address.js``). A pair that the script chose since, such as a new
    one, stands until the chart shows it: the address is then still that of before.
    """
    state = st.session_state
    address = (str(st.query_params.get(PAIR, "")), str(st.query_params.get(TIMEFRAME, "")))
    if address != state.get(ADDRESS):
        state[ADDRESS] = address
        pair, timeframe = spelled(address[0]), address[1].lower()
        if pair in overview.pairs:
            state[PAIR] = pair
        elif pair and PAIR not in state:
            st.info(f"{escape(shorten(pair, 60))} is not followed. Add it to see it.")
        if timeframe in TIMEFRAMES:
            state[TIMEFRAME] = timeframe
    if state.get(PAIR) not in overview.pairs:
        if PAIR in state:
            watch_forms.note_removed_elsewhere(str(state[PAIR]))
        state[PAIR] = overview.pairs[0]
    if state.get(TIMEFRAME) not in TIMEFRAMES:
        state[TIMEFRAME] = overview.timeframe
    return str(state[PAIR]), str(state[TIMEFRAME])
