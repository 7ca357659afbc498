"""The data page: how healthy the tape of each symbol is, and what is stored."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.contract import ConnectionState, ConnectionStatus, Gap, Level, SymbolState, SymbolStatus
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.api_client import ApiRequestError, EngineDownError
from spreadscope.dashboard.browser_session import Overview, engine
from spreadscope.dashboard.figures import Line, table
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.pages.fragments import framed
from spreadscope.dashboard.text import demo_words, escape, sentence, utc

REFRESH_SECONDS = 2
GAP_ROWS = 500


def page() -> StreamlitPage:
    """This page, for the navigation."""
    return st.Page(framed(show), title="Data", url_path="data")


@st.fragment(run_every=REFRESH_SECONDS)
def show() -> None:
    seen = browser_session.overview()
    if isinstance(seen, str):
        st.subheader("Waiting for the engine")
        st.error(escape(sentence(seen)))
        st.caption("This page tries again by itself. Nothing that is stored is lost.")
        return
    if seen.problem is not None:
        st.error(waiting.last_known(seen.problem))
    if seen.demo:
        st.warning(f"**DEMO** · {escape(demo_words(seen.status))}.")
    _facts(seen)
    _symbols(seen)
    _gaps(seen)
    _connections(seen)


def _facts(seen: Overview) -> None:
    status = seen.status
    st.caption(
        f"Source: {escape(status.source)} · stored in {escape(status.data)} · engine {status.version}, "
        f"started {utc(status.started)[:19]} UTC · {status.rates.messages_per_second:,.0f} messages/s, "
        f"{status.rates.trades_per_second:,.0f} trades/s"
    )
    boxes = {Level.ERROR: st.error, Level.WARNING: st.warning}
    for alarm in status.alarms:
        boxes[alarm.level](escape(sentence(alarm.message)))


def _symbols(seen: Overview) -> None:
    st.subheader("Tape")
    symbols = seen.status.symbols
    if not symbols:
        st.caption("Nothing is recorded yet. Add symbols on the Live page.")
        return
    rows = [_symbol_row(symbol, seen.since) for symbol in symbols]
    st.dataframe(table(rows, {"last price": None, "age, s": 1, "lag, ms": 0}), hide_index=True, key="tape")


def _symbol_row(symbol: SymbolStatus, since: float) -> Line:
    """``since``: milliseconds by which what is known has aged; 0 where it is the present."""
    return {
        "symbol": symbol.symbol,
        "state": _state(symbol.state, since),
        "last price": symbol.last_price,
        "last trade (UTC)": utc(symbol.last_time),
        "age, s": None if symbol.age_ms is None else round((symbol.age_ms + since) / 1000, 1),
        "lag, ms": symbol.lag_ms,
        "trades stored": symbol.trades,
        "first id": symbol.first_id,
        "last id": symbol.last_id,
        "open gaps": symbol.open_gaps,
        "missing trades": symbol.missing,
        "detail": symbol.detail,
    }


def _state(state: SymbolState | ConnectionState, since: float) -> str:
    """A state of which nothing was heard since is of the past."""
    return f"unknown (was {state})" if since else state


def _gaps(seen: Overview) -> None:
    st.subheader("Gaps")
    if seen.problem is not None:
        st.caption("Not known while no engine answers.")
        return
    try:
        with engine() as client:
            gaps = client.gaps(GAP_ROWS)
    except (ApiRequestError, EngineDownError) as error:
        waiting.for_answer(error)
        return
    if not gaps:
        st.caption("No gap: every id between the first and the last is there.")
        return
    st.dataframe([_gap_row(gap) for gap in gaps], hide_index=True, key="gaps")


def _gap_row(gap: Gap) -> Line:
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


def _connections(seen: Overview) -> None:
    st.subheader("Connections")
    connections = seen.status.connections
    if not connections:
        st.caption("None is open: there is nothing to record yet.")
        return
    rows = [_connection_row(each, seen.since) for each in connections]
    st.dataframe(table(rows, {"last frame, s ago": 1}), hide_index=True, key="connections")


def _connection_row(connection: ConnectionStatus, since: float) -> Line:
    age = connection.last_frame_age_ms
    return {
        "name": connection.name,
        "state": _state(connection.state, since),
        "since (UTC)": utc(connection.since)[:19],
        "streams": connection.streams,
        "reconnects": connection.reconnects,
        "last frame, s ago": None if age is None else round((age + since) / 1000, 1),
        "detail": connection.detail,
    }
