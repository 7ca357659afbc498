"""Exports of the store: CSV and NDJSON, page by page, and Parquet.

The name of a file with demo data and the comment lines at its head say so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from spreadscope.model.errors import ConfigError
from spreadscope.model.facts import PairRow
from spreadscope.model.instrument import Pair
from spreadscope.model.states import ExportFormat, ExportKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trade_limits import trades_among
from spreadscope.store.alert_tables import ALERT_COLUMNS, AlertFilter
from spreadscope.store.labels import Label, Ranges
from spreadscope.store.reader import EVERY_ALERT, StoreReader
from spreadscope.store.tables import VALUE_COLUMNS
from spreadscope.store.trading_export import INTEGERS, TEXTS, TRADING_COLUMNS, trading_pages
from spreadscope.store.trading_reader import HistoryFilter

_DAY_MS = 86_400_000
_PAGE_MS = {Timeframe.S1: _DAY_MS // 24, Timeframe.M1: _DAY_MS, Timeframe.M5: 5 * _DAY_MS}


COLUMNS: dict[ExportKind, tuple[str, ...]] = {
    ExportKind.TICKS: ("id", "time", "price", "quantity", "buyer_maker"),
    ExportKind.BARS: ("open_time", "open", "high", "low", "close", "volume", "trades", "complete"),
    ExportKind.ANALYTICS: (
        "time",
        "price_y",
        "price_x",
        "age_y",
        "age_x",
        "n",
        *VALUE_COLUMNS,
        "state",
        "stale",
        "incomplete",
        "reasons",
        "source_y",
        "source_x",
        "mixed",
    ),
    ExportKind.SIGNALS: (
        "time",
        "action",
        "state",
        "z",
        "spread",
        "beta",
        "price_y",
        "price_x",
        "cause",
        "kind",
        "space",
    ),
    ExportKind.ALERTS: tuple(name for name in ALERT_COLUMNS if name != "channels"),
    **TRADING_COLUMNS,
}


class ExportRequest(msgspec.Struct, frozen=True):
    """A request for an export by the API or the command line. ``start`` and ``end`` bound the times (ms), half-open.

    ``account`` is the paper account of what is of one.
    """

    kind: ExportKind
    format: ExportFormat = ExportFormat.CSV
    symbol: str | None = None
    pair: Pair | None = None
    timeframe: Timeframe = Timeframe.M1
    start: int = 0
    end: int = 1 << 62
    alerts: AlertFilter = EVERY_ALERT
    account: str = ""

    def check(self) -> None:
        """Refuse a request that names no subject of the right kind."""
        if self.kind in {ExportKind.TICKS, ExportKind.BARS} and self.symbol is None:
            raise ConfigError(f"{self.kind} are of a symbol: name one, for example BTCUSDT")
        if self.kind in {ExportKind.ANALYTICS, ExportKind.SIGNALS} and self.pair is None:
            raise ConfigError(f"{self.kind} are of a pair: name one, for example BTCUSDT/ETHUSDT")
        if self.kind.of_account and not self.account:
            raise ConfigError(f"{self.kind} are of a paper account: name one, for example paper")

    def file_name(self, *, demo: bool) -> str:
        """Returns a name for the file that says what is in it."""
        if self.kind is ExportKind.ALERTS:
            return f"{'DEMO-' if demo else ''}alerts.{self.format}"
        if self.kind.of_account:
            return f"{'DEMO-' if demo else ''}{self.account.replace(' ', '-')}-{self.kind}.{self.format}"
        subject = (self.symbol if self.symbol is not None else str(self.pair)).replace("/", "-").replace(":", "-")
        frame = "" if self.kind is ExportKind.TICKS else f"-{self.timeframe}"
        return f"{'DEMO-' if demo else ''}{subject}-{self.kind}{frame}.{self.format}"


def row_pages(
    reader: StoreReader, request: ExportRequest, skipped: list[int] | None = None
) -> Iterator[list[tuple[Any, ...]]]:
    """Returns pages of rows in the order of ``COLUMNS``; each page is one short read of the store.

    ``skipped`` gets the ids of prints that are no market trades: a store of an earlier version can have them.
    """
    request.check()
    if request.kind is ExportKind.TICKS:
        return _tick_pages(reader, request, [] if skipped is None else skipped)
    if request.kind is ExportKind.ALERTS:
        return _alert_pages(reader, request)
    if request.kind.of_account:
        wanted = HistoryFilter(pair=request.pair, start=request.start, end=request.end)
        return trading_pages(reader.trading, request.kind, request.account, wanted)
    return _pages_by_time(reader, request)


def _tick_pages(reader: StoreReader, request: ExportRequest, skipped: list[int]) -> Iterator[list[tuple[Any, ...]]]:
    """Yields the market trades; ``skipped`` gets the ids of the others."""
    for page in reader.trade_pages(request.symbol or "", request.start, request.end):
        is_trade = trades_among(page[2], page[3])
        skipped += page[0][~is_trade].tolist()
        yield list(zip(*(column[is_trade].tolist() for column in page), strict=True))


def _alert_pages(reader: StoreReader, request: ExportRequest) -> Iterator[list[tuple[Any, ...]]]:
    """Yields alerts, the newest first, of the pair or symbol of the request."""
    subject = request.alerts.subject or request.symbol or (str(request.pair) if request.pair else None)
    alert_filter = msgspec.structs.replace(request.alerts, subject=subject, start=request.start, end=request.end)
    for page in reader.alert_pages(alert_filter):
        yield [tuple(getattr(alert, name) for name in COLUMNS[ExportKind.ALERTS]) for alert in page]


def _pages_by_time(reader: StoreReader, request: ExportRequest) -> Iterator[list[tuple[Any, ...]]]:
    if request.kind is ExportKind.SIGNALS:
        signals = reversed(reader.signals(request.pair, request.timeframe, request.start))
        yield [
            (
                s.time,
                s.action.value,
                s.state.value,
                s.z,
                s.spread,
                s.beta,
                s.price_y,
                s.price_x,
                s.cause,
                s.kind.value,
                s.space.value,
            )
            for s in signals
            if s.time < request.end
        ]
        return
    low, step = request.start, _PAGE_MS[request.timeframe]
    while (bounds := _span(reader, request, low)) is not None and bounds[0] < request.end:
        low, end = bounds[0], min(bounds[1] + 1, request.end)
        while low < end:
            page = _page(reader, request, low, min(low + step, end))
            yield page
            low += step
            if not page:
                break  # a bar with a time years ahead must not cost a page for every hour until then


def _span(reader: StoreReader, request: ExportRequest, start: int) -> tuple[int, int] | None:
    if request.kind is ExportKind.BARS:
        return reader.bars_span(request.symbol or "", request.timeframe, start)
    return reader.rows_span(request.pair, request.timeframe, start)


def _page(reader: StoreReader, request: ExportRequest, low: int, high: int) -> list[tuple[Any, ...]]:
    if request.kind is ExportKind.BARS:
        bars = reader.bars(request.symbol or "", request.timeframe, low, high)
        return [(b.open_time, b.open, b.high, b.low, b.close, b.volume, b.trades, b.complete) for b in bars]
    return (
        [analytics_cells(row) for row in reader.rows(request.pair, request.timeframe, low, high)]
        if request.pair
        else []
    )


def analytics_cells(row: PairRow) -> tuple[Any, ...]:
    """Returns a row in the order of the columns of an export of analytics."""
    values = [row[name] for name in VALUE_COLUMNS]
    reasons = "; ".join(
        f"{name}: {value.reason}" for name, value in zip(VALUE_COLUMNS, values, strict=True) if value.reason
    )
    return (
        row.time,
        row.price_y,
        row.price_x,
        row.age_y,
        row.age_x,
        row.n,
        *(value.value for value in values),
        row.state.value,
        row.stale,
        row.incomplete,
        reasons,
        row.source_y.value if row.source_y else None,
        row.source_x.value if row.source_x else None,
        row.mixed,
    )


def text_chunks(
    reader: StoreReader, request: ExportRequest, advance: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """Yields the export as CSV or NDJSON; ``advance`` is called with the number of rows of each chunk."""
    columns = COLUMNS[request.kind]
    skipped: list[int] = []
    pages = _count_rows(row_pages(reader, request, skipped), advance)
    label = _label(reader, request)
    if request.format is ExportFormat.CSV:
        yield "".join(f"# {line}\n" for line in label.lines()).encode()
        yield (",".join(columns) + "\n").encode()
        yield from map(csv_lines, pages)
        yield "".join(f"# {line}\n" for line in Label(no_trades=_id_ranges(skipped)).lines()).encode()
        return
    if document := label.document():
        yield msgspec.json.encode(document) + b"\n"
    for page in pages:
        yield b"".join(msgspec.json.encode(dict(zip(columns, row, strict=True))) + b"\n" for row in page)
    if skipped:
        yield msgspec.json.encode(Label(no_trades=_id_ranges(skipped)).document()) + b"\n"


def chunks(
    reader: StoreReader, request: ExportRequest, advance: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """Yields the export as CSV, NDJSON or an Arrow stream; ``advance`` is called with the number of rows of each
    chunk."""
    make = _arrow_chunks if request.format is ExportFormat.ARROW else text_chunks
    return make(reader, request, advance)


def _arrow_chunks(
    reader: StoreReader, request: ExportRequest, advance: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """Yields the export as an Arrow IPC stream, a record batch a page; the label is the schema's metadata."""
    import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

    schema = parquet_schema(request.kind, _label(reader, request))
    sink = _Chunks()
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), schema) as writer:
        for page in _count_rows(row_pages(reader, request), advance):
            if page:
                writer.write_table(arrow_table(page, schema))
                yield sink.take()
    yield sink.take()


class _Chunks(io.RawIOBase):
    """A file whose bytes are taken out while it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def write_parquet(
    reader: StoreReader, request: ExportRequest, path: Path, advance: Callable[[int], None] | None = None
) -> int:
    """Write the export as one Parquet file. Returns the number of rows."""
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # ships no types

    label, skipped = _label(reader, request), list[int]()
    schema = parquet_schema(request.kind, label)
    written = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for page in _count_rows(row_pages(reader, request, skipped), advance):
            if page:
                writer.write_table(arrow_table(page, schema))
                written += len(page)
        if skipped:
            ranges = (*_id_ranges(skipped), *label.no_trades)
            writer.add_key_value_metadata({"no_trades": msgspec.json.encode(ranges).decode()})
    return written


def parquet_schema(kind: ExportKind, label: Label) -> Any:
    """Returns the Arrow schema of an export's columns, with its label."""
    import pyarrow as pa

    schema = pa.schema([(name, _arrow_type(pa, name)) for name in COLUMNS[kind]])
    document = label.document()
    return (
        schema.with_metadata(
            {name: value if isinstance(value, str) else msgspec.json.encode(value) for name, value in document.items()}
        )
        if document
        else schema
    )


def arrow_table(rows: Sequence[tuple[Any, ...]], schema: Any) -> Any:
    """Returns rows as an Arrow table."""
    import pyarrow as pa

    from spreadscope.store.arrow import from_cells

    cells = zip(zip(*rows, strict=True), schema.types, strict=True)
    return pa.table([from_cells(*column) for column in cells], schema=schema)


def csv_lines(rows: Iterable[tuple[Any, ...]]) -> bytes:
    """Returns rows as lines of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(map(_cells, rows))
    return buffer.getvalue().encode()


def _count_rows(
    pages: Iterator[list[tuple[Any, ...]]], advance: Callable[[int], None] | None
) -> Iterator[list[tuple[Any, ...]]]:
    for page in pages:
        yield page
        if advance is not None:
            advance(len(page))


def _label(reader: StoreReader, request: ExportRequest) -> Label:
    return reader.label(request.symbol if request.kind is ExportKind.TICKS else None, request.start, request.end)


def _id_ranges(ids: list[int]) -> Ranges:
    """Returns ascending ids as ranges."""
    ranges: list[tuple[int, int]] = []
    for number in ids:
        if ranges and ranges[-1][1] + 1 == number:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)


def _cells(row: Iterable[Any]) -> list[Any]:
    """Returns CSV cells: booleans in lower case, and text that a spreadsheet would run made plain."""
    return [
        ("true" if cell else "false")
        if isinstance(cell, bool)
        else _neutralise(cell)
        if isinstance(cell, str)
        else cell
        for cell in row
    ]


def _neutralise(text_chunks: str) -> str:
    return f"'{text_chunks}" if text_chunks[:1] in {"=", "+", "-", "@", "\t", "\r"} else text_chunks


_INTEGERS = INTEGERS | {"id", "time", "open_time", "trades", "n", "age_y", "age_x"}
_BOOLEANS = frozenset({"buyer_maker", "complete", "stale", "incomplete", "late", "mixed"})
_TEXTS = frozenset(
    {"state", "action", "cause", "reasons", "rule_id", "name", "text", "subject", "timeframe", "severity", "incident"}
    | {"words", "notify", "suppressed", "source_y", "source_x", "kind", "space"}
    | TEXTS
)


def _arrow_type(pa: Any, name: str) -> Any:
    if name in _INTEGERS:
        return pa.int64()
    if name in _BOOLEANS:
        return pa.bool_()
    return pa.string() if name in _TEXTS else pa.float64()
