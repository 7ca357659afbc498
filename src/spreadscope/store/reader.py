"""Reading the store: short reads on connections of their own, so that the writer's checkpoints are never held up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from spreadscope.model.errors import StoreError
from spreadscope.model.events import StoredQuotes, Trades
from spreadscope.model.facts import (
    Alert,
    Bar,
    Gap,
    PairRow,
    Signal,
)
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.states import Action, BarOrigin, Cause, GapState, PriceSource, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import NOT_STORED, Reason, Value
from spreadscope.store.alert_tables import AlertFilter, DamagedRow, Remembered, alert_key, read_alerts, read_rules
from spreadscope.store.archive import archive_catalog, retirement
from spreadscope.store.directory import SQLITE_ERRORS, connect
from spreadscope.store.labels import Label, label_of
from spreadscope.store.tables import VALUE_COLUMNS, require_current
from spreadscope.store.trades import paging, proof, trade_blocks
from spreadscope.store.trades.bars_from_trades import trades_between, trades_of_ids
from spreadscope.store.trades.trade_columns import TradeColumns
from spreadscope.tape.ledger import IdRange

EVERYTHING = (0, 1 << 62)
EVERY_ALERT = AlertFilter()
ALERTS_A_PAGE = 5_000


class StoredSession(msgspec.Struct, frozen=True):
    """One run of an engine, and what it said in all: ``hash`` is over its facts, ``config`` is JSON.

    ``digest`` says what the hash covers (``engine/digest.py``; 1: every field of every fact of the version that wrote it), and
    ``statistics`` which ones of a pair's rows.
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


class StoreReader:
    """Queries of the store. Safe to use from several threads: every query opens its own connection."""

    def __init__(self, database: Path) -> None:
        self._database = database

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        connection = connect(self._database, read_only=True)
        try:
            require_current(connection, self._database)
            connection.execute("BEGIN")  # the list of archived files and the rows are of one moment
            yield connection
        except SQLITE_ERRORS as error:
            raise StoreError(f"cannot read the store {self._database}: {error}") from None
        finally:
            connection.close()

    def meta(self) -> dict[str, str]:
        """What the store says of itself: ``mode`` and ``source`` of its data."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT key, value FROM meta").fetchall())

    def unprovable(self) -> dict[str, str]:
        """Symbols whose trades came without the exchange's ids, with where they came from."""
        with self._reading() as connection:
            return proof.unprovable(connection)

    def label(self, symbol: str | None, start: int = EVERYTHING[0], end: int = EVERYTHING[1]) -> Label:
        """What a file of these rows must say of them (``symbol``: of whose tape the rows are)."""
        with self._reading() as connection:
            return label_of(connection, symbol, start, end)

    def symbols(self) -> list[str]:
        """Every symbol with a tape, watched or not."""
        with self._reading() as connection:
            return [row[0] for row in connection.execute("SELECT symbol FROM symbols ORDER BY symbol")]

    def watched(self, kind: str) -> list[str]:
        """What an earlier run watched: ``kind`` is ``symbol`` or ``pair``."""
        with self._reading() as connection:
            return [
                row[0] for row in connection.execute("SELECT name FROM watched WHERE kind = ? ORDER BY name", (kind,))
            ]

    def rules(self) -> list[Remembered]:
        """The alert rules there are, each with what is remembered of its alerts; rows that cannot be read are left out."""
        with self._reading() as connection:
            return read_rules(connection)[0]

    def damaged_rules(self) -> list[DamagedRow]:
        """The rows of alert rules and their lives that cannot be read."""
        with self._reading() as connection:
            return read_rules(connection)[1]

    def ledger(self, symbol: str) -> tuple[tuple[IdRange, ...], tuple[tuple[int, int], ...]]:
        """→ the contiguous ranges held, and the holes that were given up."""
        with self._reading() as connection:
            ranges = connection.execute(
                "SELECT first, last, first_time, last_time FROM ledger NATURAL JOIN symbols WHERE symbol = ? ORDER BY first",
                (symbol,),
            ).fetchall()
            lost = connection.execute(
                "SELECT first, last FROM gaps NATURAL JOIN symbols WHERE symbol = ? AND state = 'permanent'", (symbol,)
            ).fetchall()
        return tuple(IdRange(*row) for row in ranges), tuple(lost)

    def sessions(self) -> list[StoredSession]:
        """The runs whose journal the store keeps, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT session_id, started_ns, ended_ns, version, config, facts, trades, hash, digest, statistics FROM sessions"
                " ORDER BY session_id"
            ).fetchall()
        return [StoredSession(*(*row[:-1], tuple(msgspec.json.decode(row[-1])))) for row in rows]

    def journal(self, session_id: int) -> Iterator[tuple[bytes, int]]:
        """The entries of a session's journal with the format they are written in, in order; each is one short read."""
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
            yield from ((entries, form) for _, entries, form in rows)

    def trades_of_ids(self, symbol: str, first: int, last: int) -> Trades:
        """The stored trades ``first … last``, by id, of the database and the archive."""
        with self._reading() as connection:
            return trades_of_ids(connection, self._symbol_id(connection, symbol), symbol, first, last)

    def trades(self, symbol: str, start: int = EVERYTHING[0], end: int = EVERYTHING[1]) -> Trades:
        """The stored trades of ``[start, end)`` (ms), by id."""
        with self._reading() as connection:
            return trades_between(connection, self._symbol_id(connection, symbol), symbol, start=start, end=end)

    def trade_pages(self, symbol: str, start: int = EVERYTHING[0], end: int = EVERYTHING[1]) -> Iterator[TradeColumns]:
        """The stored trades of ``[start, end)`` by id, page by page; each page is one short read."""
        after = -1 << 62
        while True:
            try:
                for page in self._pages_after(after, symbol, start, end):
                    yield page
                    after = int(page[0][-1])
            except _MovedError:
                continue  # what was read stays read: only the rest is looked for anew, where it lies now
            return

    def _pages_after(self, after: int, symbol: str, start: int, end: int) -> Iterator[TradeColumns]:
        with self._reading() as connection:
            files = archive_catalog.parts(connection, archive_catalog.TRADES, symbol, "", start, end)
            place = archive_catalog.folder(connection)
            moves = _moves(connection)
        in_files = paging.of_files(place, files, after, start, end)
        return paging.merged(in_files, self._hot_pages(after, symbol, start, end, moves))

    def _hot_pages(
        self, after: int, symbol: str, start: int, end: int, moves: tuple[int, int]
    ) -> Iterator[TradeColumns]:
        """The pages of what lies in the database, as long as no day moves from there to the archive."""
        while True:
            with self._reading() as connection:
                if _moves(connection) != moves:
                    raise _MovedError
                found = trade_blocks.page(connection, self._symbol_id(connection, symbol), after, start, end)
            if found is None:
                return
            after, page = found
            if len(page[0]):
                yield page

    def trade_count(self, symbol: str) -> int:
        with self._reading() as connection:
            symbol_id = self._symbol_id(connection, symbol)
            rows = connection.execute("SELECT first, last FROM ledger WHERE symbol_id = ?", (symbol_id,))
            return sum(last - first + 1 for first, last in rows)

    def bars(
        self, symbol: str, timeframe: Timeframe, start: int = EVERYTHING[0], end: int = EVERYTHING[1], limit: int = -1
    ) -> list[Bar]:
        """The newest ``limit`` bars that open in ``[start, end)``, ascending."""
        with self._reading() as connection:
            rows = _bar_rows(connection, symbol, timeframe, start, end, limit)
        return [
            Bar(symbol, timeframe, t, o, h, low, c, v, n, bool(complete), BarOrigin(origin), bid, ask)
            for t, o, h, low, c, v, n, complete, origin, bid, ask in reversed(rows)
        ]

    def quotes(
        self, symbols: Iterable[str], timeframes: Iterable[Timeframe], start: int, end: int
    ) -> list[StoredQuotes]:
        """The best bid and ask at the end of the bars of ``[start, end)`` that have any, ascending: a batch for each symbol and
        timeframe that has some, all of one read."""
        with self._reading() as connection:
            subjects = [(symbol, timeframe) for symbol in symbols for timeframe in timeframes]
            found = [_bar_rows(connection, *subject, start, end) for subject in subjects]
        batches = [_quotes(*subject, rows) for subject, rows in zip(subjects, found, strict=True)]
        return [batch for batch in batches if len(batch.times)]

    def rows(
        self, pair: Pair, timeframe: Timeframe, start: int = EVERYTHING[0], end: int = EVERYTHING[1], limit: int = -1
    ) -> list[PairRow]:
        """The newest ``limit`` analytics rows of ``[start, end)``, ascending."""
        columns = ", ".join(archive_catalog.ROW_COLUMNS)
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {columns}"  # noqa: S608 - names of ours
                " FROM analytics NATURAL JOIN pairs WHERE y = ? AND x = ? AND timeframe = ?"
                " AND time >= ? AND time < ? ORDER BY time DESC LIMIT ?",
                (*pair.symbols, timeframe, start, end, limit),
            ).fetchall()
            rows = _with_archive(connection, archive_catalog.ANALYTICS, str(pair), timeframe, start, end, limit, rows)
        return [_pair_row(pair, timeframe, row) for row in reversed(rows)]

    def z(self, pair: Pair, timeframe: Timeframe, start: int, limit: int) -> list[tuple[int, float | None]]:
        """(end of the bar, traded z) of the oldest ``limit`` rows since ``start`` that are in the database, ascending."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT time, z FROM analytics NATURAL JOIN pairs WHERE y = ? AND x = ?"
                " AND timeframe = ? AND time >= ? ORDER BY time LIMIT ?",
                (*pair.symbols, timeframe, start, limit),
            ).fetchall()
        return [(time + timeframe.milliseconds, value) for time, value in rows]

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
        """Times of the first and last analytics row since ``start``; None where there is none."""
        return self._span(
            "SELECT min(time), max(time) FROM analytics NATURAL JOIN pairs WHERE y = ? AND x = ? AND timeframe = ?"
            " AND time >= ?",
            (*(pair.symbols if pair else ("", "")), timeframe),
            (archive_catalog.ANALYTICS, str(pair), timeframe),
            start,
        )

    def _span(
        self, query: str, values: tuple[object, ...], of_archive: tuple[str, str, str], start: int
    ) -> tuple[int, int] | None:
        with self._reading() as connection:
            low, high = connection.execute(query, (*values, start)).fetchone()
            found = archive_catalog.parts(connection, *of_archive, start)
        times = [time for part in found for time in (max(part.first_time, start), part.last_time)]
        times += [] if low is None else [low, high]
        return (min(times), max(times)) if times else None

    def signals(
        self, pair: Pair | None = None, timeframe: Timeframe | None = None, start: int = 0, limit: int = -1
    ) -> list[Signal]:
        """The newest ``limit`` signals since ``start``, newest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT y, x, timeframe, time, action, state, z, spread, beta, price_y, price_x, cause, kind, space"
                " FROM signals NATURAL JOIN pairs"
                " WHERE (?1 IS NULL OR (y = ?1 AND x = ?2)) AND (?3 IS NULL OR timeframe = ?3) AND time >= ?4"
                " ORDER BY time DESC LIMIT ?5",
                (pair.y if pair else None, pair.x if pair else None, timeframe, start, limit),
            ).fetchall()
        return [_signal(row) for row in rows]

    def gaps(self, symbol: str | None = None, limit: int = -1) -> list[Gap]:
        """Holes of the tapes and what became of them, newest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT symbol, first, last, state, time, from_time, to_time, evidence FROM gaps NATURAL JOIN symbols"
                " WHERE ?1 IS NULL OR symbol = ?1 ORDER BY time DESC, first DESC LIMIT ?2",
                (symbol, limit),
            ).fetchall()
        return [Gap(s, first, last, GapState(state), *rest) for s, first, last, state, *rest in rows]

    def alerts(self, limit: int = -1, wanted: AlertFilter = EVERY_ALERT) -> list[Alert]:
        """What was said of alert rules, newest first."""
        with self._reading() as connection:
            return read_alerts(connection, wanted, limit, ())

    def alert_pages(
        self, wanted: AlertFilter = EVERY_ALERT, *, rows_a_page: int = ALERTS_A_PAGE
    ) -> Iterator[list[Alert]]:
        """Likewise page by page; each page is one short read."""
        after: tuple[Any, ...] = ()
        while True:
            with self._reading() as connection:
                page = read_alerts(connection, wanted, rows_a_page, after)
            if not page:
                return
            yield page
            after = alert_key(page[-1])

    @staticmethod
    def _symbol_id(connection: sqlite3.Connection, symbol: str) -> int:
        row = connection.execute("SELECT symbol_id FROM symbols WHERE symbol = ?", (symbol,)).fetchone()
        return -1 if row is None else int(row[0])


class _MovedError(Exception):
    """Trades left the database for the archive while they were read."""


def _moves(connection: sqlite3.Connection) -> tuple[int, int]:
    """How often files were added to the archive, and taken out of it."""
    return len(archive_catalog.parts(connection, archive_catalog.TRADES)), len(retirement.files(connection))


def _bar_rows(
    connection: sqlite3.Connection, symbol: str, timeframe: Timeframe, start: int, end: int, limit: int = -1
) -> list[tuple[Any, ...]]:
    """The columns of the newest ``limit`` bars that open in ``[start, end)``, newest first."""
    rows = connection.execute(
        f"SELECT {', '.join(archive_catalog.BAR_COLUMNS)}"  # noqa: S608 - names of ours
        " FROM bars NATURAL JOIN symbols WHERE symbol = ? AND timeframe = ?"
        " AND open_time >= ? AND open_time < ? ORDER BY open_time DESC LIMIT ?",
        (symbol, timeframe, start, end, limit),
    ).fetchall()
    return _with_archive(connection, archive_catalog.BARS, symbol, timeframe, start, end, limit, rows)


def _quotes(symbol: str, timeframe: Timeframe, bars: list[tuple[Any, ...]]) -> StoredQuotes:
    """What bars (newest first) have of quotes."""
    quoted = [(t, bid, ask) for t, *_, bid, ask in reversed(bars) if bid is not None and ask is not None]
    times, bids, asks = zip(*quoted, strict=True) if quoted else ((), (), ())
    return StoredQuotes(
        symbol,
        timeframe,
        np.array(times, dtype=np.int64),
        np.array(bids, dtype=np.float64),
        np.array(asks, dtype=np.float64),
    )


def _with_archive(
    connection: sqlite3.Connection, kind: str, subject: str, timeframe: Timeframe, start: int, end: int, limit: int,
    stored: list[tuple[Any, ...]],
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Rows of the database (newest first) with those of the archive, the newest ``limit``."""
    found = archive_catalog.parts(connection, kind, subject, timeframe, start, end)
    if not found or (
        0 <= limit <= len(stored) and (not stored or stored[-1][0] > max(part.last_time for part in found))
    ):
        return stored
    cold = archive_catalog.keyed(connection, kind, subject, timeframe, start, end, limit)
    own = {row[0]: row for row in stored}
    both = cold | own if kind == archive_catalog.BARS else own | cold
    times = sorted(both, reverse=True)
    return [both[time] for time in (times[:limit] if limit >= 0 else times)]


def _signal(row: tuple[Any, ...]) -> Signal:
    y, x, timeframe, time, action, state, z, spread, beta, price_y, price_x, cause, kind, space = row
    return Signal(
        Pair(y, x), Timeframe(timeframe), time, Action(action), SignalState(state), z, spread, beta, price_y, price_x, cause,
        Cause(kind), Space(space),
    )  # fmt: skip


def _pair_row(pair: Pair, timeframe: Timeframe, row: tuple[Any, ...]) -> PairRow:
    time, price_y, price_x, age_y, age_x, n, state, stale, incomplete, reasons, source_y, source_x, mixed = row[:13]
    numbers = row[13:]
    why: dict[str, str] = msgspec.json.decode(reasons)
    values = {
        name: Value(number) if number is not None else Value(None, Reason(why[name])) if name in why else NOT_STORED
        for name, number in zip(VALUE_COLUMNS, numbers, strict=True)
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
