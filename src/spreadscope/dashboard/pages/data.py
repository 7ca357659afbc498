"""The data page: the health of each symbol's tape, gaps, and connections."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import ConnectionState, ConnectionStatus, Gap, Level, SymbolState, SymbolStatus
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import Overview, engine
from spreadscope.dashboard.figures import TableRow, table
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.text import demo_text, escape, sentence, utc

REFRESH_SECONDS = 2
GAP_ROWS = 500


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Data", url_path="data")


@st.fragment(run_every=REFRESH_SECONDS)
def show() -> None:
    overview = browser_session.overview()
    if isinstance(overview, str):
        st.subheader("Waiting for the engine")
        st.error(escape(sentence(overview)))
        st.caption("This page tries again by itself. Nothing that is stored is lost.")
        return
    if overview.problem is not None:
        st.error(waiting.last_known_text(overview.problem))
    if overview.demo:
        st.warning(f"**DEMO** · {escape(demo_text(overview.status))}.")
    _summary(overview)
    _symbols(overview)
    _gaps(overview)
    _connections(overview)


def _summary(overview: Overview) -> None:
    status = overview.status
    st.caption(
        f"Source: {escape(status.source)} · stored in {escape(status.data)} · engine {status.version}, "
        f"started {utc(status.started)[:19]} UTC · {status.rates.messages_per_second:,.0f} messages/s, "
        f"{status.rates.trades_per_second:,.0f} trades/s"
    )
    boxes = {Level.ERROR: st.error, Level.WARNING: st.warning}
    for alarm in status.alarms:
        boxes[alarm.level](escape(sentence(alarm.message)))


def _symbols(overview: Overview) -> None:
    st.subheader("Tape")
    symbols = overview.status.symbols
    if not symbols:
        st.caption("Nothing is recorded yet. Add symbols on the Live page.")
        return
    rows = [_symbol_row(symbol, overview.stale_ms) for symbol in symbols]
    st.dataframe(table(rows, {"last price": None, "age, s": 1, "lag, ms": 0}), hide_index=True, key="tape")


def _symbol_row(symbol: SymbolStatus, stale_ms: float) -> TableRow:
    """Returns the table row of a symbol. ``stale_ms``: the age of the status in ms; 0 while it is current."""
    return {
        "symbol": symbol.symbol,
        "state": _state(symbol.state, stale_ms),
        "last price": symbol.last_price,
        "last trade (UTC)": utc(symbol.last_time),
        "age, s": None if symbol.age_ms is None else round((symbol.age_ms + stale_ms) / 1000, 1),
        "lag, ms": symbol.lag_ms,
        "trades stored": symbol.trades,
        "first id": symbol.first_id,
        "last id": symbol.last_id,
        "open gaps": symbol.open_gaps,
        "missing trades": symbol.missing,
        "detail": symbol.detail,
    }


def _state(state: SymbolState | ConnectionState, stale_ms: float) -> str:
    """Returns a state, named as past where the status is not current."""
    return f"unknown (was {state})" if stale_ms else state


def _gaps(overview: Overview) -> None:
    st.subheader("Gaps")
    if overview.problem is not None:
        st.caption("Not known while no engine answers.")
        return
    try:
        with engine() as client:
            gaps = client.gaps(GAP_ROWS)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    if not gaps:
        st.caption("No gap: every id between the first and the last is there.")
        return
    st.dataframe([_gap_row(gap) for gap in gaps], hide_index=True, key="gaps")


def _gap_row(gap: Gap) -> TableRow:
    return {
        "symbol": gap.symbol,
        "state": gap.state,
        "first id": gap.first,
        "last id": gap.last,
        "trades": gap.last - gap.first + 1,
        "from (UTC)": utc(gap.from_time),
        "to (UTC)": utc(gap.to_time),
        "seen (UTC)": utc(gap.time),
        "evidence": gap.evidence,
    }


def _connections(overview: Overview) -> None:
    st.subheader("Connections")
    connections = overview.status.connections
    if not connections:
        st.caption("None is open: there is nothing to record yet.")
        return
    rows = [_connection_row(connection, overview.stale_ms) for connection in connections]
    st.dataframe(table(rows, {"last frame, s ago": 1}), hide_index=True, key="connections")


def _connection_row(connection: ConnectionStatus, stale_ms: float) -> TableRow:
    age = connection.last_frame_age_ms
    return {
        "name": connection.name,
        "state": _state(connection.state, stale_ms),
        "since (UTC)": utc(connection.since)[:19],
        "streams": connection.streams,
        "reconnects": connection.reconnects,
        "last frame, s ago": None if age is None else round((age + stale_ms) / 1000, 1),
        "detail": connection.detail,
    }
