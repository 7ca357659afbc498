"""``spreadscope.open_store``: what is stored as Polars frames, for notebooks and research.

Reads see the database and the archive as one. Times are aware datetimes (UTC, ms); ``start`` and ``end`` are half-open
and take milliseconds, datetimes (UTC where they name no zone) or ISO text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.model.facts import Alert, Gap, Signal
from spreadscope.model.instrument import Pair, parse_pair, parse_symbol
from spreadscope.model.states import ExportKind
from spreadscope.model.timeframe import Timeframe, parse_timeframe
from spreadscope.store.directory import DATABASE, SQLITE_ERRORS, connect, reason
from spreadscope.store.export import COLUMNS, ExportRequest, row_pages
from spreadscope.store.reader import ALL_TIMES, StoreReader
from spreadscope.store.tables import require_current
from spreadscope.store.trades.proof import UNPROVABLE

if TYPE_CHECKING:
    import polars as pl

TimeBound = int | datetime | str | None

_TIMES = frozenset({"time", "open_time", "from_time", "to_time", "first_time", "last_time"})
_INTEGERS = frozenset({"id", "trades", "n", "age_y", "age_x", "first", "last"})
_BOOLEANS = frozenset({"buyer_maker", "complete", "stale", "incomplete", "late", "mixed"})
_TEXTS = frozenset(
    {"state", "action", "cause", "reasons", "symbol", "pair", "timeframe", "evidence", "rule_id", "text", "subject",
     "origin"}
    | {"name", "severity", "incident", "words", "notify", "suppressed", "channels", "source_y", "source_x"}
)  # fmt: skip
_SIGNALS = ("pair", "timeframe", "time", "action", "state", "z", "spread", "beta", "price_y", "price_x", "cause")


class Store:
    """The data of one directory as Polars frames, for notebooks. Every method reads anew; no file stays open."""

    def __init__(self, database: Path) -> None:
        self._reader = StoreReader(database)
        self.path = database.parent

    def __repr__(self) -> str:
        return f"<Store {self.path}: {', '.join(self.symbols) or 'empty'}>"

    @property
    def meta(self) -> dict[str, str]:
        """``mode`` (live, demo, recording, import) and ``source`` of the data."""
        meta = self._reader.meta()
        return {key: meta[key] for key in ("mode", "source") if key in meta}

    @property
    def symbols(self) -> list[str]:
        """The symbols that the store has a tape of."""
        return self._reader.symbols()

    @property
    def unprovable(self) -> dict[str, str]:
        """The symbols whose trades came without the exchange's ids, with their source."""
        return self._reader.unprovable()

    def trades(self, symbol: str, start: TimeBound = None, end: TimeBound = None) -> pl.DataFrame:
        """Returns aggregate trades by id: ``id, time, price, quantity, buyer_maker``."""
        import polars as pl

        trades = self._reader.trades(parse_symbol(symbol), *_bounds(start, end))
        columns = (trades.ids, trades.times, trades.prices, trades.quantities, trades.buyer_maker)
        frame = pl.DataFrame(dict(zip(COLUMNS[ExportKind.TICKS], columns, strict=True)))
        return frame.with_columns(_times(frame.columns))

    def bars(self, symbol: str, timeframe: str = "1m", start: TimeBound = None, end: TimeBound = None) -> pl.DataFrame:
        """Returns bars by open time: OHLCV, ``trades``, ``complete``, ``origin`` (tape or kline), ``bid``, ``ask``."""
        bars = self._reader.bars(parse_symbol(symbol), parse_timeframe(timeframe), *_bounds(start, end))
        names = (*COLUMNS[ExportKind.BARS], "origin", "bid", "ask")
        return _frame(names, ([getattr(bar, name) for name in names] for bar in bars))

    def analytics(
        self, pair: str | Pair, timeframe: str = "1m", start: TimeBound = None, end: TimeBound = None
    ) -> pl.DataFrame:
        """Returns every statistic of a pair by bar; null where undefined, and ``reasons`` says why."""
        low, high = _bounds(start, end)
        request = ExportRequest(
            ExportKind.ANALYTICS, pair=_pair(pair), timeframe=parse_timeframe(timeframe), start=low, end=high
        )
        return _frame(COLUMNS[ExportKind.ANALYTICS], (row for page in row_pages(self._reader, request) for row in page))

    def signals(
        self,
        pair: str | Pair | None = None,
        timeframe: str | None = None,
        start: TimeBound = None,
        end: TimeBound = None,
    ) -> pl.DataFrame:
        """Returns signals by time, of every pair where none is named."""
        low, high = _bounds(start, end)
        parsed: Timeframe | None = parse_timeframe(timeframe) if timeframe else None
        signals = self._reader.signals(_pair(pair) if pair else None, parsed, low)
        return _facts(_SIGNALS, [signal for signal in reversed(signals) if signal.time < high])

    def alerts(self, start: TimeBound = None, end: TimeBound = None) -> pl.DataFrame:
        """Returns the alerts by time: firings, their ends, lost data, digests."""
        low, high = _bounds(start, end)
        stored = _names(Alert)[:8]  # the table holds no more of it yet
        return _facts(stored, [item for item in reversed(self._reader.alerts()) if low <= item.time < high])

    def gaps(self, symbol: str | None = None) -> pl.DataFrame:
        """Returns the gaps of the tapes, their states, and the evidence."""
        return _facts(_names(Gap), list(reversed(self._reader.gaps(parse_symbol(symbol) if symbol else None))))

    def ledger(self, symbol: str) -> pl.DataFrame:
        """Returns the contiguous ranges of stored ids: ``first, last, first_time, last_time``, and what they prove.

        ``evidence`` is empty where the ids are the exchange's (dense, so that nothing is missing in a range), and says
        so where the trades came without ids, whose numbers prove nothing.
        """
        name = parse_symbol(symbol)
        ranges, _ = self._reader.ledger(name)
        evidence = UNPROVABLE if name in self.unprovable else ""
        lines = ([r.first, r.last, r.first_time, r.last_time, evidence] for r in ranges)
        return _frame(("first", "last", "first_time", "last_time", "evidence"), lines)


def open_store(path: str | Path) -> Store:
    """Returns the store of a data directory (or of its database), also while an engine writes to it.

    Raises ``StoreError`` where there is no store that can be read.

    Example::

        store = open_store("data")
        store.bars("BTCUSDT", "1m", start="2026-11-22T15:00")
    """
    database = Path(path) / DATABASE if Path(path).is_dir() else Path(path)
    if not database.is_file():
        raise StoreError(f"there is no store in {path}: name a data directory of Spreadscope")
    connection = connect(database, read_only=True)
    try:
        table_count = connection.execute(
            "SELECT count(*) FROM sqlite_schema WHERE name IN ('bars', 'ledger')"
        ).fetchone()
        if table_count != (2,):
            raise StoreError(f"{database} is a database, but no store of Spreadscope")
        require_current(connection, database)
    except SQLITE_ERRORS as error:
        raise StoreError(f"{database} is no store of Spreadscope: {reason(error)}") from None
    finally:
        connection.close()
    return Store(database)


def _pair(pair: str | Pair) -> Pair:
    return pair if isinstance(pair, Pair) else parse_pair(pair)


def _bounds(start: TimeBound, end: TimeBound) -> tuple[int, int]:
    start_ms, end_ms = _milliseconds(start, ALL_TIMES[0]), _milliseconds(end, ALL_TIMES[1])
    return start_ms, max(start_ms, end_ms)


def _milliseconds(bound: TimeBound, default: int) -> int:
    if bound is None:
        return default
    if isinstance(bound, int):
        return bound
    if isinstance(bound, str):
        try:
            bound = datetime.fromisoformat(bound)
        except ValueError:
            raise ConfigError(f"time {bound!r} is not ISO, for example 2026-11-22T15:00") from None
    aware = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def _names(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(kind.__struct_fields__)


def _facts(names: Sequence[str], facts: Sequence[Gap | Alert | Signal | Any]) -> pl.DataFrame:
    return _frame(names, ([_cell(getattr(fact, name)) for name in names] for fact in facts))


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value) if isinstance(value, Pair) else value


def _frame(names: Sequence[str], lines: Iterable[Sequence[Any]]) -> pl.DataFrame:
    import polars as pl

    columns = list(zip(*lines, strict=True)) or [()] * len(names)
    frame = pl.DataFrame(
        [
            pl.Series(name, [str(cell) for cell in cells] if name in _TEXTS else list(cells), _type(name))
            for name, cells in zip(names, columns, strict=True)
        ]
    )
    return frame.with_columns(_times(names))


def _type(name: str) -> Any:
    import polars as pl

    if name in _TEXTS:
        return pl.String
    if name in _BOOLEANS:
        return pl.Boolean
    return pl.Int64 if name in _TIMES or name in _INTEGERS else pl.Float64


def _times(names: Iterable[str]) -> list[pl.Expr]:
    import polars as pl

    return [pl.col(name).cast(pl.Datetime("ms", "UTC")) for name in names if name in _TIMES]
