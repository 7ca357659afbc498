"""The live page: what to follow, the chart that moves by itself, and what hangs on a pair."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import TIMEFRAMES
from spreadscope.contract.names import spelled
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import PAIR, TIMEFRAME, Overview
from spreadscope.dashboard.chart_component import live_chart
from spreadscope.dashboard.pages import data_tables, waiting, watch_forms
from spreadscope.dashboard.pages.fragments import framed
from spreadscope.dashboard.text import escape, shortened


def page() -> StreamlitPage:
    """This page, for the navigation."""
    return st.Page(framed(show), title="Live", url_path="live", default=True)


def show() -> None:
    seen = browser_session.overview()
    if isinstance(seen, str):
        waiting.for_engine()
        return
    # In a place of its own: else what comes here would take the chart's, which goes until an engine that hangs has been waited for.
    with st.container(key="live-state"):
        if seen.problem is not None:
            waiting.over(seen.problem)
    if not seen.pairs:
        _invite(seen)
        return
    pair, timeframe = _top_bar(seen)
    watch_forms.gone(seen)
    live_chart(pair, timeframe, seen.pairs)
    if seen.problem is None:
        data_tables.show(seen, pair, timeframe)


def _invite(seen: Overview) -> None:
    if PAIR in st.session_state:
        watch_forms.went_elsewhere(str(st.session_state.pop(PAIR)))
    watch_forms.gone(seen)
    st.subheader("No pair yet")
    st.write(
        "Type two symbols of Binance USD-M futures, such as **BTCUSDT,ETHUSDT**, and press Enter. "
        "The first is Y, the second X: the spread is ln Y − β ln X − α."
    )
    watch_forms.symbol_form(seen)
    waiting.for_pairs()
    if seen.symbols:
        st.caption(f"Recorded so far: {', '.join(seen.symbols)}.")
        watch_forms.pair_form(seen)


def _top_bar(seen: Overview) -> tuple[str, str]:
    """The pair and the timeframe to show: as chosen here, else as the address says, else the first there is."""
    _choose_first(seen)
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    pair = bar.selectbox("Pair", seen.pairs, key=PAIR, persist_state="session", width=320)
    timeframe = bar.segmented_control("Timeframe", TIMEFRAMES, key=TIMEFRAME, required=True, persist_state="session")
    with bar.popover("Add symbols or pair"):
        watch_forms.symbol_form(seen)
        watch_forms.pair_form(seen)
    # Of each pair its own: one that stayed open would offer the next pair to the same finger.
    with bar.popover("Remove pair", key=f"remove-{pair}"):
        watch_forms.remove_form(str(pair), disabled=seen.problem is not None)
    # The chart writes both into the address (`address.js`): what the script writes there is a further step for Back each time.
    return str(pair), str(timeframe)


def _choose_first(seen: Overview) -> None:
    """Give both pickers a value that exists before they are drawn."""
    state, address = st.session_state, st.query_params
    if state.get(PAIR) not in seen.pairs:
        wanted = spelled(str(address.get(PAIR, "")))
        if PAIR in state:
            watch_forms.went_elsewhere(str(state[PAIR]))
        elif wanted and wanted not in seen.pairs:
            st.info(f"{escape(shortened(wanted, 60))} is not followed. Add it to see it.")
        state[PAIR] = wanted if wanted in seen.pairs else seen.pairs[0]
    if state.get(TIMEFRAME) not in TIMEFRAMES:
        wanted = str(address.get(TIMEFRAME, "")).lower()
        state[TIMEFRAME] = wanted if wanted in TIMEFRAMES else seen.timeframe
