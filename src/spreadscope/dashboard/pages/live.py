"""The live page: the selection of a pair, its live chart, and the tabs below."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import TIMEFRAMES
from spreadscope.contract.spelling import spelled
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import PAIR, TIMEFRAME, Overview
from spreadscope.dashboard.chart_component import chart_component
from spreadscope.dashboard.pages import data_tables, parameter_forms, waiting, watch_forms
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.text import escape, shorten


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
    pair, timeframe = _top_bar(overview)
    watch_forms.show_removed_pair(overview)
    chart_component(pair, timeframe, overview.pairs)
    if overview.problem is None:
        data_tables.show(overview, pair, timeframe)


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


def _top_bar(overview: Overview) -> tuple[str, str]:
    """Draw the selection of pair and timeframe. Returns both: as chosen, else of the address, else the first."""
    _set_defaults(overview)
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    pair = bar.selectbox("Pair", overview.pairs, key=PAIR, persist_state="session", width=320)
    timeframe = bar.segmented_control("Timeframe", TIMEFRAMES, key=TIMEFRAME, required=True, persist_state="session")
    with bar.popover("Add symbols or pair"):
        watch_forms.symbol_form(overview)
        watch_forms.pair_form(overview)
    # A key for each pair: an open popover would else offer to remove the next pair.
    with bar.popover("Remove pair", key=f"remove-{pair}"):
        watch_forms.remove_form(str(pair), disabled=overview.problem is not None)
    with bar:
        parameter_forms.button(str(pair), str(timeframe), disabled=overview.problem is not None)
    # The chart writes both into the address (`address.js`); a write by the script would add a step for Back each time.
    return str(pair), str(timeframe)


def _set_defaults(overview: Overview) -> None:
    """Set pair and timeframe to existing values before they are drawn."""
    state, address = st.session_state, st.query_params
    if state.get(PAIR) not in overview.pairs:
        requested = spelled(str(address.get(PAIR, "")))
        if PAIR in state:
            watch_forms.note_removed_elsewhere(str(state[PAIR]))
        elif requested and requested not in overview.pairs:
            st.info(f"{escape(shorten(requested, 60))} is not followed. Add it to see it.")
        state[PAIR] = requested if requested in overview.pairs else overview.pairs[0]
    if state.get(TIMEFRAME) not in TIMEFRAMES:
        requested = str(address.get(TIMEFRAME, "")).lower()
        state[TIMEFRAME] = requested if requested in TIMEFRAMES else overview.timeframe
