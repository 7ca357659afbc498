"""Rows of the store as facts: bars, quotes, signals and pair rows, of the database and the archive together."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec
import numpy as np

from spreadscope.model.events import StoredQuotes
from spreadscope.model.facts import PairRow, Signal
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.states import Action, Cause, PriceSource, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import NOT_STORED, Reason, Value
from spreadscope.store.archive import archive_catalog
from spreadscope.store.tables import VALUE_COLUMNS


def bar_rows(
    connection: sqlite3.Connection, symbol: str, timeframe: Timeframe, start: int, end: int, limit: int = -1
) -> list[tuple[Any, ...]]:
    """Returns the columns of the newest ``limit`` bars that open in ``[start, end)``, newest first."""
    rows = connection.execute(
        f"SELECT {', '.join(archive_catalog.BAR_COLUMNS)}"  # noqa: S608 - names of ours
        " FROM bars NATURAL JOIN symbols WHERE symbol = ? AND timeframe = ?"
        " AND open_time >= ? AND open_time < ? ORDER BY open_time DESC LIMIT ?",
        (symbol, timeframe, start, end, limit),
    ).fetchall()
    return with_archive(connection, archive_catalog.BARS, symbol, timeframe, start, end, limit, rows)


def quotes_of_bars(symbol: str, timeframe: Timeframe, bars: list[tuple[Any, ...]]) -> StoredQuotes:
    """Returns the quotes of bars (newest first) that have any."""
    quotes = [(t, bid, ask) for t, *_, bid, ask in reversed(bars) if bid is not None and ask is not None]
    times, bids, asks = zip(*quotes, strict=True) if quotes else ((), (), ())
    return StoredQuotes(
        symbol,
        timeframe,
        np.array(times, dtype=np.int64),
        np.array(bids, dtype=np.float64),
        np.array(asks, dtype=np.float64),
    )


def with_archive(
    connection: sqlite3.Connection, kind: str, subject: str, timeframe: Timeframe, start: int, end: int, limit: int,
    stored: list[tuple[Any, ...]],
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Returns rows of the database (newest first) with those of the archive, the newest ``limit``."""
    archive_files = archive_catalog.parts(connection, kind, subject, timeframe, start, end)
    if not archive_files or (
        0 <= limit <= len(stored) and (not stored or stored[-1][0] > max(part.last_time for part in archive_files))
    ):
        return stored
    archived = archive_catalog.rows_by_time(connection, kind, subject, timeframe, start, end, limit)
    in_database = {row[0]: row for row in stored}
    merged = archived | in_database if kind == archive_catalog.BARS else in_database | archived
    times = sorted(merged, reverse=True)
    return [merged[time] for time in (times[:limit] if limit >= 0 else times)]


def signal_of_row(row: tuple[Any, ...]) -> Signal:
    """Returns the signal of a row of the table of signals, with the legs of its pair before it."""
    y, x, timeframe, time, action, state, z, spread, beta, price_y, price_x, cause, kind, space = row
    return Signal(
        Pair(y, x), Timeframe(timeframe), time, Action(action), SignalState(state), z, spread, beta, price_y, price_x,
        cause,
        Cause(kind), Space(space),
    )  # fmt: skip


def pair_row_of(pair: Pair, timeframe: Timeframe, row: tuple[Any, ...]) -> PairRow:
    """Returns the pair's row of a row of the table of analytics: what was not stored then has that reason."""
    time, price_y, price_x, age_y, age_x, n, state, stale, incomplete, reasons, source_y, source_x, mixed = row[:13]
    statistic_values = row[13:]
    reasons_by_name: dict[str, str] = msgspec.json.decode(reasons)
    values = {
        name: Value(number)
        if number is not None
        else Value(None, Reason(reasons_by_name[name]))
        if name in reasons_by_name
        else NOT_STORED
        for name, number in zip(VALUE_COLUMNS, statistic_values, strict=True)
    }
    return PairRow(
        pair=pair,
        timeframe=timeframe,
        time=time,
        price_y=price_y,
        price_x=price_x,
        age_y=age_y,
        age_x=age_x,
        n=n,
        statistics=values,
        state=SignalState(state),
        stale=bool(stale),
        incomplete=bool(incomplete),
        source_y=PriceSource(source_y) if source_y else None,
        source_x=PriceSource(source_x) if source_x else None,
        mixed=bool(mixed),
    )
