"""The import of a file: rows are read, checked, deduplicated and stored block by block; rejected rows are counted and
reported.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from spreadscope.exchange.recording.aggregate import AggTradeBuilder, BuiltAggregate, RecordedTrade
from spreadscope.importing.checking import REASON, Checks
from spreadscope.importing.computed import analytics_rows, signal_rows
from spreadscope.importing.file_subject import Options, Subjects
from spreadscope.importing.kinds import Content
from spreadscope.importing.opening import OpenedFile
from spreadscope.importing.resampling import resample
from spreadscope.importing.text_tables import LINE, RAW
from spreadscope.importing.unnumbered import TradesWithoutIds
from spreadscope.model.errors import StoreError
from spreadscope.model.events import Origin, Trades
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trade_limits import trades_among
from spreadscope.store.import_target import ImportTarget
from spreadscope.store.trades.proof import UNPROVABLE

_SHOWN = 5
_NO_IDS = (0, -1)
# Times of a market never go back by more than this; those of a table with row numbers may.
_MAX_DISORDER_MS = 1_000


class ImportResult(msgspec.Struct):
    """The result of an import: ``read = new + repeated + left_out + bad``.

    Several raw trades make one new aggregate, and several short bars one stored bar.
    """

    file: str
    content: str = ""
    subjects: list[str] = []
    read: int = 0
    new: int = 0
    repeated: int = 0
    left_out: int = 0
    bad: int = 0
    conflicts: int = 0
    bars: int = 0
    missing: int = 0
    unprovable: bool = False
    notes: list[str] = []

    @property
    def has_stored_rows(self) -> bool:
        """Whether rows of the file are in the store."""
        return self.new > 0 or self.repeated > 0


class _Import:
    """The import of one file."""

    def __init__(self, target: ImportTarget, path: Path, options: Options, progress: Callable[[str], None]) -> None:
        self.target = target
        self.path = path
        self.options = options
        self.progress = progress
        self.source = OpenedFile(path, options.columns, options.content)
        self.result = ImportResult(str(path))
        self._subjects = Subjects(path, options)
        self._checks = Checks()
        self._without_ids: TradesWithoutIds | None = None
        self._lengths: tuple[int, Timeframe] | None = None
        self._shorter_bars: dict[str, list[pl.DataFrame]] = {}  # bars that are shorter than the stored timeframe
        self._builders: dict[str, AggTradeBuilder] = {}
        self._raw_spans: dict[str, tuple[int, int]] = {}  # the raw ids in the tape
        self._last_raw_ids: dict[str, int] = {}  # the newest raw id of this file so far

    def run(self) -> ImportResult:
        content: Content | None = None
        label_key = self._label_key()
        for block in self.source.blocks():
            layout = self.source.layout
            if layout is None:
                continue
            if content is None:
                self._start(layout.content, block)
                label_key = self._label_key()
            elif self._label_key() != label_key:
                raise StoreError(
                    f"{self.path} holds data of several kinds (demo, without ids, others): import them one by one"
                )
            content = Content.TICKS if self._without_ids is not None else layout.content
            self.result.read += block.height
            self._import_block(content, block)
            self.progress(f"{self.path.name}: {self.result.read:,} rows")
        if content is None and self.source.layout is None:
            raise StoreError(f"{self.path} holds no rows")
        self._finish(content)
        self.result.left_out += self._subjects.left_out
        self.result.content = str(content or (self.source.layout.content if self.source.layout else ""))
        return self.result

    def _label_key(self) -> tuple[str, str]:
        return self.source.label.demo, self.source.label.unprovable

    def _start(self, content: Content, block: pl.DataFrame) -> None:
        self._subjects.subject, self._subjects.timeframe = self.source.subject, self.source.timeframe
        self.result.notes += self.source.notes
        has_ids = content not in {Content.TICKS, Content.TRADES} or self._has_exchange_ids(content, block)
        if not has_ids:
            where = self.source.label.unprovable or self.path.name
            self._without_ids = TradesWithoutIds(self.target, where)
            self.result.unprovable = True
            self.result.notes.append(UNPROVABLE)
        self.target.bind(self.source.label.demo, own_ids=content is Content.TRADES or not has_ids)

    def _has_exchange_ids(self, content: Content, block: pl.DataFrame) -> bool:
        """Returns whether the ids in a table of trades are the exchange's, and no row numbers."""
        if "id" not in block.columns or self.source.label.unprovable:
            return False
        if "id" in self.options.columns:
            return True  # the user says so
        good, _ = self._checks.trades(block)
        if good.height == 0 and self._checks.trades(block.drop("id"))[0].height:
            self.result.notes.append("its ids are no numbers, so they are not the exchange's")
            return False
        if content is Content.TRADES:
            return True
        ids, times = good["id"], good["time"]
        consecutive = len(ids) > 1 and bool((ids.diff().drop_nulls() == 1).all())
        several_symbols = "symbol" in good.columns and good["symbol"].n_unique() > 1
        goes_back = len(times) > 1 and bool((times.diff().drop_nulls() < -_MAX_DISORDER_MS).any())
        if consecutive and (several_symbols or (goes_back and int(ids[0]) <= 1)):
            self.result.notes.append(
                "its ids count the rows of the file, they are not the exchange's (--columns id=… says they are)"
            )
            return False
        return True

    def _import_block(self, content: Content, block: pl.DataFrame) -> None:
        if content is Content.BARS:
            self._bars(block)
        elif content is Content.TICKS:
            self._ticks(block)
        elif content is Content.TRADES:
            self._raw_trades(block)
        else:
            self._computed(content, block)

    def _finish(self, content: Content | None) -> None:
        if content is Content.TRADES:
            for symbol, builder in self._builders.items():
                self._store_aggregates(builder.flush())
                first, last = self._raw_spans[symbol]
                if first:  # prints at the end that are no market trades have raw ids too
                    self.target.remember_raw(symbol, (first, max(last, self._last_raw_ids[symbol])))
        if self._without_ids is not None:
            self._without_ids.finish()
            self.result.new, self.result.repeated = self._without_ids.new, self._without_ids.repeated
            self.result.left_out += self._without_ids.too_old
            if self._without_ids.too_old:
                self.result.notes.append(
                    f"{self._without_ids.too_old} trades are older than what is held and cannot be put before it: "
                    "import the oldest file first, into another directory"
                )
        for symbol, parts in self._shorter_bars.items():
            length, timeframe = self._lengths or (1, Timeframe.M1)
            self._store_bars(symbol, timeframe, resample(pl.concat(parts), length, timeframe))
        if content in {Content.TICKS, Content.TRADES}:
            if self._without_ids is None:
                for symbol in self.result.subjects:
                    self.target.close_ids(symbol, self.source.label.no_trades)
            self.result.bars, self.result.missing = self.target.finish(self.progress)

    # --- trades ---------------------------------------------------------------------------------------------------

    def _ticks(self, block: pl.DataFrame) -> None:
        if self._without_ids is not None and "id" in block.columns:
            block = block.drop("id")
        good, bad = self._checks.trades(block)
        self._quarantine(bad)
        for symbol, rows in self._by_symbol(good):
            is_market_trade = trades_among(rows["price"].to_numpy(), rows["quantity"].to_numpy())
            if "order_type" in rows.columns:
                is_market_trade &= (rows["order_type"].fill_null("NA") == "MARKET").to_numpy()
            market = rows.filter(pl.Series(is_market_trade))
            self.result.left_out += rows.height - market.height
            if self._without_ids is not None:
                self._without_ids.add(symbol, market)
                continue
            self.target.require_numbered(symbol)
            if self.target.raw_span(symbol) is not None:
                raise StoreError(f"the tape of {symbol} was made from raw trades: aggregate trades cannot join it")
            self.target.close_ids(
                symbol, [(number, number) for number in rows["id"].to_numpy()[~is_market_trade].tolist()]
            )
            if market.height:
                self._store_trades(_trades(symbol, market))

    def _store_trades(self, trades: Trades) -> None:
        new, conflicts = self.target.add_trades(trades)
        self.result.new += new
        self.result.repeated += len(trades) - new
        self._conflicts(conflicts, "trade")

    def _raw_trades(self, block: pl.DataFrame) -> None:
        """Import raw trades, without prints that are no market trades, as in the exchange's aggregates."""
        good, bad = self._checks.trades(block)
        self._quarantine(bad)
        if "order_type" not in good.columns:
            good = good.with_columns(pl.lit("MARKET").alias("order_type"))
        for symbol, rows in self._by_symbol(good):
            self.target.require_numbered(symbol)
            self._aggregate(symbol, rows)

    def _aggregate(self, symbol: str, rows: pl.DataFrame) -> None:
        if symbol not in self._raw_spans:
            self._start_raw(symbol)
        first, last = self._raw_spans[symbol]
        if rows.height > 1 and rows["id"].is_sorted(descending=True):
            raise StoreError(f"the raw trades of {self.path} stand newest first: sort them by their ids")
        low, high = int(rows["id"][0]), int(rows["id"][-1])
        if not rows["id"].is_sorted() or low <= self._last_raw_ids.get(symbol, -1):
            raise StoreError(f"the raw trades of {self.path} are not in the order of their ids: sort them")
        self._last_raw_ids[symbol] = high
        if first <= last and low < first:
            raise StoreError(
                f"the raw trades of {self.path} begin before those of {symbol} that are held: import the oldest file "
                "first"
            )
        is_market_trade = trades_among(rows["price"].to_numpy(), rows["quantity"].to_numpy())
        is_market_trade &= (rows["order_type"].fill_null("NA") == "MARKET").to_numpy()
        self.result.left_out += rows.height - int(is_market_trade.sum())
        self.result.repeated += int((is_market_trade & (rows["id"].to_numpy() <= last)).sum())
        new_rows = rows.filter(pl.col("id") > last)
        if new_rows.height and (first, last) == _NO_IDS:
            self._raw_spans[symbol] = (low, -1)
        aggregates: list[BuiltAggregate] = []
        builder, columns = self._builders[symbol], ("id", "time", "p", "q", "buyer_maker", "order_type")
        for number, trade_time, price, quantity, maker, kind in new_rows.select(columns).iter_rows():
            trade = RecordedTrade(
                symbol,
                number,
                _decimal_text(price),
                _decimal_text(quantity),
                trade_time,
                trade_time,
                maker,
                kind or "NA",
            )
            aggregates += builder.add_trade(trade)
        self._store_aggregates(aggregates)

    def _start_raw(self, symbol: str) -> None:
        stored_span, newest = self.target.raw_span(symbol), self.target.last_id(symbol)
        if stored_span is None and newest is not None:
            raise StoreError(
                f"the tape of {symbol} has the exchange's own ids: raw trades, whose aggregate ids are ours, cannot "
                "join it"
            )
        self._raw_spans[symbol] = stored_span or _NO_IDS
        self._builders[symbol] = AggTradeBuilder(
            (newest or 0) + 1, last_raw={symbol: stored_span[1]} if stored_span else None
        )

    def _store_aggregates(self, aggregates: list[BuiltAggregate]) -> None:
        if not aggregates:
            return
        symbol = aggregates[0].s
        trades = Trades(
            symbol,
            np.array([aggregate.a for aggregate in aggregates], dtype=np.int64),
            np.array([aggregate.T for aggregate in aggregates], dtype=np.int64),
            np.array([float(aggregate.p) for aggregate in aggregates]),
            np.array([float(aggregate.q) for aggregate in aggregates]),
            np.array([aggregate.m for aggregate in aggregates], dtype=np.bool_),
            Origin.IMPORT,
        )
        span = (self._raw_spans[symbol][0], aggregates[-1].l)
        self.result.new += self.target.add_trades(trades, span)[0]

    # --- bars -----------------------------------------------------------------------------------------------------

    def _bars(self, block: pl.DataFrame) -> None:
        if self._lengths is None:
            self._lengths = self._subjects.lengths(block, self._checks)
            if self._lengths[0] != self._lengths[1].milliseconds:
                self.result.notes.append(f"bars of {self._lengths[1]} are made of them")
        length, timeframe = self._lengths
        good, bad = self._checks.bars(block, length)
        self._quarantine(bad)
        # Filler bars of intervals without trades repeat the last price.
        flat = pl.all_horizontal(pl.col(name) == pl.col("open") for name in ("high", "low", "close"))
        filler = pl.col("trades") == 0 if "trades" in block.columns else (pl.col("volume") == 0) & flat
        fillers = good.filter(filler).height
        self.result.left_out += fillers
        for symbol, rows in self._by_symbol(good.filter(~filler)):
            part = rows.drop("symbol", strict=False)
            if length == timeframe.milliseconds:
                self._store_bars(symbol, timeframe, part)
            else:
                self._shorter_bars.setdefault(symbol, []).append(part)

    def _store_bars(self, symbol: str, timeframe: Timeframe, rows: pl.DataFrame) -> None:
        lines = rows.rows()
        new, conflicts = self.target.add_bars(symbol, timeframe, lines)
        self.result.new += new
        self.result.repeated += len(lines) - new
        self._conflicts(conflicts, "bar")

    def _computed(self, content: Content, block: pl.DataFrame) -> None:
        pair, frame = self._subjects.pair(), self._subjects.frame()
        rows = analytics_rows if content is Content.ANALYTICS else signal_rows
        good, bad = rows(block)
        self._quarantine(bad)
        new = self.target.add_computed(str(content), pair, frame, good)
        self.result.new += new
        self.result.repeated += len(good) - new
        self._subject(str(pair))

    def _by_symbol(self, rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
        rows_by_symbol = self._subjects.by_symbol(rows)
        for symbol, _ in rows_by_symbol:
            self._subject(symbol)
        return rows_by_symbol

    def _subject(self, name: str) -> None:
        if name not in self.result.subjects:
            self.result.subjects.append(name)

    # --- rejected rows ---------------------------------------------------------------------------------------

    def _quarantine(self, bad: pl.DataFrame) -> None:
        if bad.height == 0:
            return
        self.target.quarantine(self.path.name, bad.select(LINE, RAW, REASON).iter_rows(), time.time_ns())
        for line, raw, reason in bad.iter_rows():
            if self.result.bad < _SHOWN:
                self.result.notes.append(f"line {line}: {reason}: {raw[:80]}")
            self.result.bad += 1

    def _conflicts(self, conflicts: list[int], kind: str) -> None:
        for number in conflicts:
            if self.result.conflicts < _SHOWN:
                self.result.notes.append(f"{kind} {number} is held with other content: the one that is held stays")
            self.result.conflicts += 1


def import_file(
    target: ImportTarget, path: Path, options: Options, progress: Callable[[str], None] = lambda _: None
) -> ImportResult:
    """Import one file. Returns the result. Raises ``StoreError`` or ``ConfigError``; rows stored before stay."""
    try:
        return _Import(target, path, options, progress).run()
    except sqlite3.Error as error:
        raise StoreError(
            f"the store cannot take the rows of {path}: {error}; what was entered before is whole"
        ) from None


def _trades(symbol: str, rows: pl.DataFrame) -> Trades:
    ids, times, prices, quantities, sides = (
        rows[name].to_numpy() for name in ("id", "time", "price", "quantity", "buyer_maker")
    )
    return Trades(symbol, ids, times, prices, quantities, sides, Origin.IMPORT)


_PLAIN = re.compile(r"\d+(?:\.\d+)?")


def _decimal_text(text: str) -> str:
    """Returns a decimal as the exchange writes it; some programs write ``1e-05``."""
    return text if _PLAIN.fullmatch(text) else f"{float(text.replace(',', '.')):.10f}"


__all__ = ["ImportResult", "Options", "import_file"]
