"""Queries of the store: short reads on separate connections, so that the checkpoints of the writer never wait."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.events import StoredQuotes, Trades
from spreadscope.model.facts import (
    Alert,
    Bar,
    Gap,
    PairRow,
    Signal,
)
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import Scope, Values
from spreadscope.model.states import BarOrigin, GapState
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.alert_tables import AlertFilter, DamagedRow, StoredRule, alert_key, read_alerts, read_rules
from spreadscope.store.archive import archive_catalog, retirement
from spreadscope.store.labels import Label, label_of_tape
from spreadscope.store.parameters_table import read_parameters
from spreadscope.store.reading import reading
from spreadscope.store.stored_rows import bar_rows, pair_row_of, quotes_of_bars, signal_of_row, with_archive
from spreadscope.store.trades import paging, proof, trade_blocks
from spreadscope.store.trades.bars_from_trades import trades_between, trades_of_ids
from spreadscope.store.trades.trade_columns import TradeColumns
from spreadscope.store.trading_reader import TradingReader
from spreadscope.tape.ledger import IdRange

ALL_TIMES = (0, 1 << 62)
EVERY_ALERT = AlertFilter()
ALERTS_A_PAGE = 5_000


class StoredSession(msgspec.Struct, frozen=True):
    """A stored run of an engine, for replay and comparison: ``hash`` is over all its facts, ``config`` is JSON.

    ``digest`` tells what the hash covers (``engine/digest.py``; 1: every field of every fact of the version that wrote
    it), and ``statistics`` which statistics of pair rows.
    """

    session_id: int
    started_ns: int
    ended_ns: int
    version: str
    config: str
    facts: int
    trades: int
    hash: str
    digest: int
    statistics: tuple[str, ...]


class BarCloses(NamedTuple):
    """Bars of one symbol as columns: open times (ms), closes, volumes in the base asset."""

    times: IntArray
    closes: FloatArray
    volumes: FloatArray


class StoreReader:
    """Queries of the store; ``trading`` has those of paper trading. Safe to use from several threads: every query opens
    its own connection."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self.trading = TradingReader(database)

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return reading(self._database)

    def meta(self) -> dict[str, str]:
        """Returns the table ``meta``, for example ``mode`` and ``source`` of the data."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT key, value FROM meta").fetchall())

    def unprovable(self) -> dict[str, str]:
        """Returns the symbols whose trades came without the exchange's ids, with their source."""
        with self._reading() as connection:
            return proof.unprovable(connection)

    def label(self, symbol: str | None, start: int = ALL_TIMES[0], end: int = ALL_TIMES[1]) -> Label:
        """Returns the label of a file of these rows (``symbol``: the tape of the rows)."""
        with self._reading() as connection:
            return label_of_tape(connection, symbol, start, end)

    def symbols(self) -> list[str]:
        """Returns every symbol with a tape, watched or not."""
        with self._reading() as connection:
            return [row[0] for row in connection.execute("SELECT symbol FROM symbols ORDER BY symbol")]

    def watched(self, kind: str) -> list[str]:
        """Returns the symbols or pairs (``kind``) that an earlier run watched."""
        with self._reading() as connection:
            return [
                row[0] for row in connection.execute("SELECT name FROM watched WHERE kind = ? ORDER BY name", (kind,))
            ]

    def parameters(self) -> list[tuple[Scope, Values]]:
        """Returns the layers of parameters above the configuration, the lowest first. Raises ``StoreError``."""
        with self._reading() as connection:
            return read_parameters(connection)

    def rules(self) -> list[StoredRule]:
        """Returns the stored alert rules with the lives of their alerts; rows that cannot be read are left out."""
        with self._reading() as connection:
            return read_rules(connection)[0]

    def damaged_rules(self) -> list[DamagedRow]:
        """Returns the rows of alert rules and their lives that cannot be read."""
        with self._reading() as connection:
            return read_rules(connection)[1]

    def ledger(self, symbol: str) -> tuple[tuple[IdRange, ...], tuple[tuple[int, int], ...]]:
        """Returns the contiguous ranges of stored ids, and the holes that were given up."""
        with self._reading() as connection:
            ranges = connection.execute(
                "SELECT first, last, first_time, last_time FROM ledger NATURAL JOIN symbols WHERE symbol = ? ORDER "
                "BY first",
                (symbol,),
            ).fetchall()
            given_up = connection.execute(
                "SELECT first, last FROM gaps NATURAL JOIN symbols WHERE symbol = ? AND state = 'permanent'", (symbol,)
            ).fetchall()
        return tuple(IdRange(*row) for row in ranges), tuple(given_up)

    def sessions(self) -> list[StoredSession]:
        """Returns the runs whose journal the store keeps, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT session_id, started_ns, ended_ns, version, config, facts, trades, hash, digest, statistics "
                "FROM sessions"
                " ORDER BY session_id"
            ).fetchall()
        return [StoredSession(*(*row[:-1], tuple(msgspec.json.decode(row[-1])))) for row in rows]

    def session_spans(self) -> dict[int, tuple[int, int]]:
        """Returns first and last market time (ms) in the journal of every session that has any."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT session_id, min(nullif(first_time, 0)), max(last_time) FROM journal GROUP BY session_id"
            ).fetchall()
        return {session_id: (first, last) for session_id, first, last in rows if first}

    def journal(self, session_id: int) -> Iterator[tuple[bytes, int]]:
        """Yields the entries of a session's journal with the format they are written in, in order; each is one short
        read.
        """
        after = 0
        while True:
            with self._reading() as connection:
                rows = connection.execute(
                    "SELECT seq, entries, format FROM journal WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT 100",
                    (session_id, after),
                ).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            yield from ((entries, entry_format) for _, entries, entry_format in rows)

    def trades_of_ids(self, symbol: str, first: int, last: int) -> Trades:
        """Returns the stored trades ``first … last``, by id, of the database and the archive."""
        with self._reading() as connection:
            return trades_of_ids(connection, self._symbol_id(connection, symbol), symbol, first, last)

    def trades(self, symbol: str, start: int = ALL_TIMES[0], end: int = ALL_TIMES[1]) -> Trades:
        """Returns the stored trades of ``[start, end)`` (ms), by id."""
        with self._reading() as connection:
            return trades_between(connection, self._symbol_id(connection, symbol), symbol, start=start, end=end)

    def trade_pages(self, symbol: str, start: int = ALL_TIMES[0], end: int = ALL_TIMES[1]) -> Iterator[TradeColumns]:
        """Yields the stored trades of ``[start, end)`` by id, page by page; each page is one short read."""
        after = -1 << 62
        while True:
            try:
                for page in self._pages_after(after, symbol, start, end):
                    yield page
                    after = int(page[0][-1])
            except _ArchiveChangedError:
                continue  # pages already yielded stay valid: only the trades after them are searched again
            return

    def _pages_after(self, after: int, symbol: str, start: int, end: int) -> Iterator[TradeColumns]:
        with self._reading() as connection:
            files = archive_catalog.parts(connection, archive_catalog.TRADES, symbol, "", start, end)
            archive_folder = archive_catalog.archive_folder(connection)
            archive_counts = _archive_counts(connection)
        in_files = paging.archive_pages(archive_folder, files, after, start, end)
        return paging.merge_pages(in_files, self._database_pages(after, symbol, start, end, archive_counts))

    def _database_pages(
        self, after: int, symbol: str, start: int, end: int, archive_counts: tuple[int, int]
    ) -> Iterator[TradeColumns]:
        """Yields pages of the trades in the database until a day moves to the archive."""
        while True:
            with self._reading() as connection:
                if _archive_counts(connection) != archive_counts:
                    raise _ArchiveChangedError
                next_page = trade_blocks.page(connection, self._symbol_id(connection, symbol), after, start, end)
            if next_page is None:
                return
            after, page = next_page
            if len(page[0]):
                yield page

    def trade_count(self, symbol: str) -> int:
        with self._reading() as connection:
            symbol_id = self._symbol_id(connection, symbol)
            rows = connection.execute("SELECT first, last FROM ledger WHERE symbol_id = ?", (symbol_id,))
            return sum(last - first + 1 for first, last in rows)

    def bars(
        self, symbol: str, timeframe: Timeframe, start: int = ALL_TIMES[0], end: int = ALL_TIMES[1], limit: int = -1
    ) -> list[Bar]:
        """Returns the newest ``limit`` bars that open in ``[start, end)``, ascending."""
        with self._reading() as connection:
            rows = bar_rows(connection, symbol, timeframe, start, end, limit)
        return [
            Bar(symbol, timeframe, t, o, h, low, c, v, n, bool(complete), BarOrigin(origin), bid, ask)
            for t, o, h, low, c, v, n, complete, origin, bid, ask in reversed(rows)
        ]

    def closes(
        self, symbol: str, timeframe: Timeframe, start: int = ALL_TIMES[0], end: int = ALL_TIMES[1]
    ) -> BarCloses:
        """Returns the bars that open in ``[start, end)`` as columns, ascending."""
        with self._reading() as connection:
            rows = bar_rows(connection, symbol, timeframe, start, end)
        columns = [(row[0], row[4], row[5]) for row in reversed(rows)]
        times, closes, volumes = zip(*columns, strict=True) if columns else ((), (), ())
        return BarCloses(
            np.array(times, dtype=np.int64), np.array(closes, dtype=np.float64), np.array(volumes, dtype=np.float64)
        )

    def quotes(
        self, symbols: Iterable[str], timeframes: Iterable[Timeframe], start: int, end: int
    ) -> list[StoredQuotes]:
        """Returns the best bid and ask at the end of the bars of ``[start, end)``, ascending, from one read.

        There is one batch for each symbol and timeframe that has quotes.
        """
        with self._reading() as connection:
            subjects = [(symbol, timeframe) for symbol in symbols for timeframe in timeframes]
            found = [bar_rows(connection, *subject, start, end) for subject in subjects]
        batches = [quotes_of_bars(*subject, rows) for subject, rows in zip(subjects, found, strict=True)]
        return [batch for batch in batches if len(batch.times)]

    def rows(
        self, pair: Pair, timeframe: Timeframe, start: int = ALL_TIMES[0], end: int = ALL_TIMES[1], limit: int = -1
    ) -> list[PairRow]:
        """Returns the newest ``limit`` analytics rows of ``[start, end)``, ascending."""
        columns = ", ".join(archive_catalog.ROW_COLUMNS)
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {columns}"  # noqa: S608 - names of ours
                " FROM analytics NATURAL JOIN pairs WHERE y = ? AND x = ? AND timeframe = ?"
                " AND time >= ? AND time < ? ORDER BY time DESC LIMIT ?",
                (*pair.symbols, timeframe, start, end, limit),
            ).fetchall()
            rows = with_archive(connection, archive_catalog.ANALYTICS, str(pair), timeframe, start, end, limit, rows)
        return [pair_row_of(pair, timeframe, row) for row in reversed(rows)]

    def z(self, pair: Pair, timeframe: Timeframe, start: int, limit: int) -> list[tuple[int, float | None]]:
        """Returns (end of the bar, z) of the oldest ``limit`` rows since ``start`` in the database, ascending."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT time, z FROM analytics NATURAL JOIN pairs WHERE y = ? AND x = ?"
                " AND timeframe = ? AND time >= ? ORDER BY time LIMIT ?",
                (*pair.symbols, timeframe, start, limit),
            ).fetchall()
        return [(time + timeframe.milliseconds, value) for time, value in rows]

    def newest_z(
        self, pairs: Iterable[Pair], timeframe: Timeframe, limit: int
    ) -> dict[Pair, list[tuple[int, float | None]]]:
        """Returns (open time of the bar, z) of the newest ``limit`` rows of each pair in the database, ascending."""
        query = (
            "SELECT time, z FROM analytics NATURAL JOIN pairs WHERE y = ? AND x = ? AND timeframe = ?"
            " ORDER BY time DESC LIMIT ?"
        )
        with self._reading() as connection:
            return {
                pair: connection.execute(query, (*pair.symbols, timeframe, limit)).fetchall()[::-1] for pair in pairs
            }

    def bars_span(self, symbol: str, timeframe: Timeframe, start: int = 0) -> tuple[int, int] | None:
        """Open times of the first and last bar since ``start``; None where there is none."""
        return self._span(
            "SELECT min(open_time), max(open_time) FROM bars NATURAL JOIN symbols WHERE symbol = ? AND timeframe = ?"
            " AND open_time >= ?",
            (symbol, timeframe),
            (archive_catalog.BARS, symbol, timeframe),
            start,
        )

    def rows_span(self, pair: Pair | None, timeframe: Timeframe, start: int = 0) -> tuple[int, int] | None:
        """Returns times of the first and last analytics row since ``start``; None where there is none."""
        return self._span(
            "SELECT min(time), max(time) FROM analytics NATURAL JOIN pairs WHERE y = ? AND x = ? AND timeframe = ?"
            " AND time >= ?",
            (*(pair.symbols if pair else ("", "")), timeframe),
            (archive_catalog.ANALYTICS, str(pair), timeframe),
            start,
        )

    def _span(
        self, query: str, values: tuple[object, ...], archive_key: tuple[str, str, str], start: int
    ) -> tuple[int, int] | None:
        with self._reading() as connection:
            low, high = connection.execute(query, (*values, start)).fetchone()
            archive_files = archive_catalog.parts(connection, *archive_key, start)
        times = [time for part in archive_files for time in (max(part.first_time, start), part.last_time)]
        times += [] if low is None else [low, high]
        return (min(times), max(times)) if times else None

    def signals(
        self, pair: Pair | None = None, timeframe: Timeframe | None = None, start: int = 0, limit: int = -1
    ) -> list[Signal]:
        """Returns the newest ``limit`` signals since ``start``, newest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT y, x, timeframe, time, action, state, z, spread, beta, price_y, price_x, cause, kind, space"
                " FROM signals NATURAL JOIN pairs"
                " WHERE (?1 IS NULL OR (y = ?1 AND x = ?2)) AND (?3 IS NULL OR timeframe = ?3) AND time >= ?4"
                " ORDER BY time DESC LIMIT ?5",
                (pair.y if pair else None, pair.x if pair else None, timeframe, start, limit),
            ).fetchall()
        return [signal_of_row(row) for row in rows]

    def gaps(self, symbol: str | None = None, limit: int = -1) -> list[Gap]:
        """Returns the gaps of the tapes and their states, newest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT symbol, first, last, state, time, from_time, to_time, evidence FROM gaps NATURAL JOIN symbols"
                " WHERE ?1 IS NULL OR symbol = ?1 ORDER BY time DESC, first DESC LIMIT ?2",
                (symbol, limit),
            ).fetchall()
        return [Gap(s, first, last, GapState(state), *rest) for s, first, last, state, *rest in rows]

    def alerts(self, limit: int = -1, alert_filter: AlertFilter = EVERY_ALERT) -> list[Alert]:
        """Returns the stored alerts, newest first."""
        with self._reading() as connection:
            return read_alerts(connection, alert_filter, limit, ())

    def alert_pages(
        self, alert_filter: AlertFilter = EVERY_ALERT, *, rows_a_page: int = ALERTS_A_PAGE
    ) -> Iterator[list[Alert]]:
        """Yields the stored alerts, newest first, page by page; each page is one short read."""
        after: tuple[Any, ...] = ()
        while True:
            with self._reading() as connection:
                page = read_alerts(connection, alert_filter, rows_a_page, after)
            if not page:
                return
            yield page
            after = alert_key(page[-1])

    @staticmethod
    def _symbol_id(connection: sqlite3.Connection, symbol: str) -> int:
        row = connection.execute("SELECT symbol_id FROM symbols WHERE symbol = ?", (symbol,)).fetchone()
        return -1 if row is None else int(row[0])


class _ArchiveChangedError(Exception):
    """The error that trades moved from the database to the archive while they were read."""


def _archive_counts(connection: sqlite3.Connection) -> tuple[int, int]:
    """Returns how many files the archive has, and how many were retired: either changes when trades move."""
    return len(archive_catalog.parts(connection, archive_catalog.TRADES)), len(retirement.files(connection))
