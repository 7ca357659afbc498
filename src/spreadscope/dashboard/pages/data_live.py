"""The tape of each symbol, the rates of the last hour, the REST budget and the connections, as they are now."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import ConnectionState, ConnectionStatus, SymbolState, SymbolStatus, VenueStatus
from spreadscope.dashboard import browser_session, data_components
from spreadscope.dashboard.browser_session import Overview, engine
from spreadscope.dashboard.figures import TableRow, table
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.text import utc

REFRESH_SECONDS = 2
RATES_SECONDS = 5


def show() -> None:
    _tables()
    _rates()


@st.fragment(run_every=REFRESH_SECONDS)
def _tables() -> None:
    overview = browser_session.overview()
    if isinstance(overview, str):
        st.rerun()
    _symbols(overview)
    _venues(overview)
    _connections(overview)


@st.fragment(run_every=RATES_SECONDS)
def _rates() -> None:
    st.subheader("The last hour")
    try:
        with engine() as client:
            history = client.rates()
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    data_components.rates(history)
    st.caption(
        "A sample each 5 seconds since this engine began, at most an hour. Lag: from the exchange's time of a trade to "
        "its arrival here; not known for a recording or a demo of another day."
    )


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


def _venues(overview: Overview) -> None:
    st.subheader("REST budget")
    rows = [_venue_row(venue) for venue in overview.status.venues]
    decimals = {"used, %": 1, "refused for, s": 0, "banned for, s": 0, "clock offset, ms": 1}
    st.dataframe(table(rows, decimals), hide_index=True, key="rest-budget")


def _venue_row(venue: VenueStatus) -> TableRow:
    rest = venue.rest
    return {
        "venue": venue.title,
        "weight used, a minute": rest.weight_used,
        "allowed": rest.weight_limit,
        "used, %": 100 * rest.weight_used / rest.weight_limit if rest.weight_limit else None,
        "refused for, s": rest.blocked_seconds,
        "banned for, s": rest.banned_seconds,
        "refusals": rest.refusals,
        "trades to fetch": rest.trades_missing,
        "fetched": rest.trades_fetched,
        "clock offset, ms": venue.exchange_clock.offset_ms,
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
