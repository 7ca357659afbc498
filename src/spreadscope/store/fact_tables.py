"""The functions that write the facts of each kind as rows of their tables, inside the writer's transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import msgspec
import structlog

from spreadscope.model.errors import StoreError
from spreadscope.model.facts import (
    Alert,
    AlertBudget,
    AlertLife,
    Bar,
    BarsOutdated,
    ContentConflict,
    Fact,
    Fault,
    Gap,
    PairRow,
    Signal,
    TradeRefused,
    TradesAccepted,
)
from spreadscope.model.instrument import Pair
from spreadscope.model.states import GapState
from spreadscope.store.alert_tables import write_alerts, write_lives
from spreadscope.store.tables import VALUE_COLUMNS
from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.bars_from_trades import rebuild_bar, rebuild_incomplete_bars
from spreadscope.store.trades.trade_columns import TradeColumns
from spreadscope.store.trading_tables import TRADING_WRITERS

log = structlog.get_logger()


class TableWriter(Protocol):
    """What the functions here need of the writer: the ids of symbols and pairs, and the merging of small blocks."""

    def symbol_id(self, connection: sqlite3.Connection, symbol: str) -> int: ...

    def pair_id(self, connection: sqlite3.Connection, pair: Pair) -> int: ...

    def merge(self, connection: sqlite3.Connection, symbol_id: int) -> None: ...


def write_trades(writer: TableWriter, connection: sqlite3.Connection, facts: list[TradesAccepted]) -> None:
    """Write one block a symbol, however many batches came of it: each block costs some bytes and time."""
    pieces: dict[str, list[TradeColumns]] = {}
    for fact in facts:
        trades = fact.trades
        columns = (trades.ids, trades.times, trades.prices, trades.quantities, trades.buyer_maker)
        pieces.setdefault(trades.symbol, []).append(columns)
    for symbol, columns_of_symbol in pieces.items():
        symbol_id = writer.symbol_id(connection, symbol)
        trade_blocks.add(connection, symbol_id, columns_of_symbol)
        writer.merge(connection, symbol_id)


def _write_bars(writer: TableWriter, connection: sqlite3.Connection, facts: list[Bar]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                writer.symbol_id(connection, bar.symbol),
                bar.timeframe,
                bar.open_time,
                bar.open,
                bar.high,
                bar.low,
                bar.close,
                bar.volume,
                bar.trades,
                bar.complete,
                bar.origin,
                bar.bid,
                bar.ask,
            )
            for bar in facts
        ],
    )


# A row or a signal stays as a trader saw it: a pair that is watched again passes old bars, but rewrites nothing.
_ROW_COLUMNS = (
    *("pair_id", "timeframe", "time", "price_y", "price_x", "age_y", "age_x", "n"),
    *VALUE_COLUMNS,
    *("state", "stale", "incomplete", "reasons", "source_y", "source_x", "mixed"),
)
_ROW_SQL = (
    f"INSERT OR IGNORE INTO analytics ({', '.join(_ROW_COLUMNS)})"  # noqa: S608 - names of ours
    f" VALUES ({', '.join('?' * len(_ROW_COLUMNS))})"
)


def _rebuild_bars(writer: TableWriter, connection: sqlite3.Connection, facts: list[BarsOutdated]) -> None:
    """Rebuild bars from the stored trades: they got a late trade after they left the memory of the core."""
    outdated = {(fact.symbol, fact.timeframe, fact.open_time) for fact in facts}
    for symbol, timeframe, start in sorted(outdated):
        symbol_id = writer.symbol_id(connection, symbol)
        with _log_unrepaired(symbol):
            rebuild_bar(connection, symbol_id, timeframe, start)


@contextmanager
def _log_unrepaired(symbol: str) -> Iterator[None]:
    """Log an error instead of raising it: bars whose trades are damaged or missing must not stop newer trades."""
    try:
        yield
    except StoreError as error:
        log.error("bars are not mended", symbol=symbol, error=str(error))  # noqa: TRY400 - its text says all


def _write_rows(writer: TableWriter, connection: sqlite3.Connection, facts: list[PairRow]) -> None:
    rows = []
    for row in facts:
        values = [row[name] for name in VALUE_COLUMNS]
        reasons = {name: value.reason for name, value in zip(VALUE_COLUMNS, values, strict=True) if value.reason}
        rows.append(
            (
                writer.pair_id(connection, row.pair),
                row.timeframe,
                row.time,
                row.price_y,
                row.price_x,
                row.age_y,
                row.age_x,
                row.n,
                *(value.value for value in values),
                row.state,
                row.stale,
                row.incomplete,
                msgspec.json.encode(reasons).decode(),
                row.source_y,
                row.source_x,
                row.mixed,
            )
        )
    connection.executemany(_ROW_SQL, rows)


def _write_signals(writer: TableWriter, connection: sqlite3.Connection, facts: list[Signal]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO signals (pair_id, timeframe, time, action, state, z, spread, beta, price_y, price_x, "
        "cause, kind,"
        " space) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                writer.pair_id(connection, s.pair),
                s.timeframe,
                s.time,
                s.action,
                s.state,
                s.z,
                s.spread,
                s.beta,
                s.price_y,
                s.price_x,
                s.cause,
                s.kind,
                s.space,
            )
            for s in facts
        ],
    )


def _write_alerts(writer: TableWriter, connection: sqlite3.Connection, facts: list[Alert]) -> None:
    del writer
    write_alerts(connection, facts)


def _write_lives(
    writer: TableWriter, connection: sqlite3.Connection, facts: list[AlertLife] | list[AlertBudget]
) -> None:
    del writer
    write_lives(connection, facts)


def _write_gaps(writer: TableWriter, connection: sqlite3.Connection, facts: list[Gap]) -> None:
    for gap in facts:
        symbol_id = writer.symbol_id(connection, gap.symbol)
        row = (symbol_id, gap.first, gap.last, gap.state, gap.time, gap.from_time, gap.to_time, gap.evidence)
        connection.execute("INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        if gap.state in {GapState.FILLED, GapState.UPSTREAM}:
            with _log_unrepaired(gap.symbol):
                rebuild_incomplete_bars(connection, symbol_id, gap.from_time, gap.to_time)


def _write_conflicts(writer: TableWriter, connection: sqlite3.Connection, facts: list[ContentConflict]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO conflicts VALUES (?, ?, ?)",
        [(writer.symbol_id(connection, c.symbol), c.trade_id, c.time) for c in facts],
    )


def _write_refused(writer: TableWriter, connection: sqlite3.Connection, facts: list[TradeRefused]) -> None:
    """Store refused trades in the table of the frames that could not be read: both came and were not accepted."""
    del writer
    connection.executemany(
        "INSERT INTO quarantine VALUES (?, ?, ?, ?)",
        [(time.time_ns(), f"trade of {fact.symbol}", fact.why, msgspec.json.encode(fact)) for fact in facts],
    )


def _write_faults(writer: TableWriter, connection: sqlite3.Connection, facts: list[Fault]) -> None:
    del writer
    connection.executemany(
        "INSERT INTO faults VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (time.time_ns(), fact.part, fact.subject, fact.time, fact.error, fact.consequence, fact.trace, fact.count)
            for fact in facts
        ],
    )


def _alone(
    write: Callable[[sqlite3.Connection, list[Any]], None],
) -> Callable[[TableWriter, sqlite3.Connection, list[Fact]], None]:
    """Returns a function that writes without the ids of symbols and pairs."""
    return lambda _, connection, facts: write(connection, facts)


# The order matters: bars of the core first, then gaps, because a filled gap rebuilds the stored bars beside it.
WRITERS: dict[type, Callable[[TableWriter, sqlite3.Connection, list[Fact]], None]] = {
    Bar: _write_bars,  # type: ignore[dict-item]  # each writer gets the facts of its own kind only
    Gap: _write_gaps,  # type: ignore[dict-item]
    BarsOutdated: _rebuild_bars,  # type: ignore[dict-item]
    PairRow: _write_rows,  # type: ignore[dict-item]
    Signal: _write_signals,  # type: ignore[dict-item]
    Alert: _write_alerts,  # type: ignore[dict-item]
    AlertLife: _write_lives,  # type: ignore[dict-item]
    AlertBudget: _write_lives,  # type: ignore[dict-item]
    ContentConflict: _write_conflicts,  # type: ignore[dict-item]
    TradeRefused: _write_refused,  # type: ignore[dict-item]
    Fault: _write_faults,  # type: ignore[dict-item]
    **{kind: _alone(write) for kind, write in TRADING_WRITERS.items()},
}
