"""Importing a file: rows are read, checked, deduplicated and written block by block; what did not enter is counted and said."""

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
from spreadscope.importing.checking import Checks
from spreadscope.importing.computed import analytics_rows, signal_rows
from spreadscope.importing.file_subject import Options, Subjects
from spreadscope.importing.kinds import Content
from spreadscope.importing.opening import OpenedFile
from spreadscope.importing.resampling import resampled
from spreadscope.importing.target import ImportTarget
from spreadscope.importing.unnumbered import Unnumbered
from spreadscope.model.errors import StoreError
from spreadscope.model.events import Origin, Trades
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trade_limits import trades_among
from spreadscope.store.trades.proof import UNPROVABLE

_SHOWN = 5
_NOTHING = (0, -1)
# A market does not go back in time by this; the numbers of the rows of a table do.
_BACK_MS = 1_000


class Imported(msgspec.Struct):
    """What became of a file: ``read = new + repeated + left_out + bad``, but several raw trades make one new aggregate,
    and several short bars one that is kept."""

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
    def entered(self) -> bool:
        """Whether anything of the file is in the store now."""
        return self.new > 0 or self.repeated > 0


class _Import:
    """One file on its way."""

    def __init__(self, target: ImportTarget, path: Path, options: Options, progress: Callable[[str], None]) -> None:
        self.target = target
        self.path = path
        self.options = options
        self.progress = progress
        self.source = OpenedFile(path, options.columns, options.content)
        self.result = Imported(str(path))
        self._subjects = Subjects(path, options)
        self._checks = Checks()
        self._unnumbered: Unnumbered | None = None
        self._lengths: tuple[int, Timeframe] | None = None
        self._short: dict[str, list[pl.DataFrame]] = {}  # bars that are shorter than those that are kept
        self._builders: dict[str, AggTradeBuilder] = {}
        self._raw: dict[str, tuple[int, int]] = {}  # raw ids that are in the tape
        self._seen: dict[str, int] = {}  # the newest raw id of this file so far

    def run(self) -> Imported:
        content: Content | None = None
        worth = self._worth()
        for block in self.source.blocks():
            layout = self.source.layout
            if layout is None:
                continue
            if content is None:
                self._begin(layout.content, block)
                worth = self._worth()
            elif self._worth() != worth:
                raise StoreError(
                    f"{self.path} holds data of several kinds (demo, without ids, others): import them one by one"
                )
            content = Content.TICKS if self._unnumbered is not None else layout.content
            self.result.read += block.height
            self._block(content, block)
            self.progress(f"{self.path.name}: {self.result.read:,} rows")
        if content is None and self.source.layout is None:
            raise StoreError(f"{self.path} holds no rows")
        self._finish(content)
        self.result.left_out += self._subjects.left_out
        self.result.content = str(content or (self.source.layout.content if self.source.layout else ""))
        return self.result

    def _worth(self) -> tuple[str, str]:
        return self.source.label.demo, self.source.label.unprovable

    def _begin(self, content: Content, block: pl.DataFrame) -> None:
        self._subjects.subject, self._subjects.timeframe = self.source.subject, self.source.timeframe
        self.result.notes += self.source.notes
        numbered = content not in {Content.TICKS, Content.TRADES} or self._is_numbered(content, block)
        if not numbered:
            where = self.source.label.unprovable or self.path.name
            self._unnumbered = Unnumbered(self.target, where)
            self.result.unprovable = True
            self.result.notes.append(UNPROVABLE)
        self.target.bind(self.source.label.demo, content, numbered=numbered)

    def _is_numbered(self, content: Content, block: pl.DataFrame) -> bool:
        """Whether ids of the exchange stand in a table of trades, rather than none, or the numbers of its rows."""
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
        counted = len(ids) > 1 and bool((ids.diff().drop_nulls() == 1).all())
        several = "symbol" in good.columns and good["symbol"].n_unique() > 1
        back = len(times) > 1 and bool((times.diff().drop_nulls() < -_BACK_MS).any())
        if counted and (several or (back and int(ids[0]) <= 1)):
            self.result.notes.append(
                "its ids count the rows of the file, they are not the exchange's (--columns id=… says they are)"
            )
            return False
        return True

    def _block(self, content: Content, block: pl.DataFrame) -> None:
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
                self._enter_aggregates(builder.flush())
                first, last = self._raw[symbol]
                if first:  # what is no market trade at the end has its raw id too
                    self.target.remember_raw(symbol, (first, max(last, self._seen[symbol])))
        if self._unnumbered is not None:
            self._unnumbered.finish()
            self.result.new, self.result.repeated = self._unnumbered.new, self._unnumbered.repeated
            self.result.left_out += self._unnumbered.older
            if self._unnumbered.older:
                self.result.notes.append(
                    f"{self._unnumbered.older} trades are older than what is held and cannot be put before it: "
                    "import the oldest file first, into another directory"
                )
        for symbol, parts in self._short.items():
            length, timeframe = self._lengths or (1, Timeframe.M1)
            self._enter_bars(symbol, timeframe, resampled(pl.concat(parts), length, timeframe))
        if content in {Content.TICKS, Content.TRADES}:
            if self._unnumbered is None:
                for symbol in self.result.subjects:
                    self.target.close_ids(symbol, self.source.label.no_trades)
            self.result.bars, self.result.missing = self.target.finish(self.progress)

    # --- trades ---------------------------------------------------------------------------------------------------

    def _ticks(self, block: pl.DataFrame) -> None:
        if self._unnumbered is not None and "id" in block.columns:
            block = block.drop("id")
        good, bad = self._checks.trades(block)
        self._set_aside(bad)
        for symbol, rows in self._by_symbol(good):
            counts = trades_among(rows["price"].to_numpy(), rows["quantity"].to_numpy())
            if "order_type" in rows.columns:
                counts &= (rows["order_type"].fill_null("NA") == "MARKET").to_numpy()
            market = rows.filter(pl.Series(counts))
            self.result.left_out += rows.height - market.height
            if self._unnumbered is not None:
                self._unnumbered.add(symbol, market)
                continue
            self.target.require_numbered(symbol)
            if self.target.raw_span(symbol) is not None:
                raise StoreError(f"the tape of {symbol} was made from raw trades: aggregate trades cannot join it")
            self.target.close_ids(symbol, [(number, number) for number in rows["id"].to_numpy()[~counts].tolist()])
            if market.height:
                self._enter(_trades(symbol, market))

    def _enter(self, trades: Trades) -> None:
        new, conflicts = self.target.add_trades(trades)
        self.result.new += new
        self.result.repeated += len(trades) - new
        self._conflicts(conflicts, "trade")

    def _raw_trades(self, block: pl.DataFrame) -> None:
        """Prints that are no market trades are left out, as the exchange's own aggregates leave them out."""
        good, bad = self._checks.trades(block)
        self._set_aside(bad)
        if "order_type" not in good.columns:
            good = good.with_columns(pl.lit("MARKET").alias("order_type"))
        for symbol, rows in self._by_symbol(good):
            self.target.require_numbered(symbol)
            self._aggregate(symbol, rows)

    def _aggregate(self, symbol: str, rows: pl.DataFrame) -> None:
        if symbol not in self._raw:
            self._begin_raw(symbol)
        first, last = self._raw[symbol]
        if rows.height > 1 and rows["id"].is_sorted(descending=True):
            raise StoreError(f"the raw trades of {self.path} stand newest first: sort them by their ids")
        low, high = int(rows["id"][0]), int(rows["id"][-1])
        if not rows["id"].is_sorted() or low <= self._seen.get(symbol, -1):
            raise StoreError(f"the raw trades of {self.path} are not in the order of their ids: sort them")
        self._seen[symbol] = high
        if first <= last and low < first:
            raise StoreError(
                f"the raw trades of {self.path} begin before those of {symbol} that are held: import the oldest file first"
            )
        counts = trades_among(rows["price"].to_numpy(), rows["quantity"].to_numpy())
        counts &= (rows["order_type"].fill_null("NA") == "MARKET").to_numpy()
        self.result.left_out += rows.height - int(counts.sum())
        self.result.repeated += int((counts & (rows["id"].to_numpy() <= last)).sum())
        fresh = rows.filter(pl.col("id") > last)
        if fresh.height and (first, last) == _NOTHING:
            self._raw[symbol] = (low, -1)
        closed: list[BuiltAggregate] = []
        builder, columns = self._builders[symbol], ("id", "time", "p", "q", "buyer_maker", "order_type")
        for number, moment, price, quantity, maker, kind in fresh.select(columns).iter_rows():
            trade = RecordedTrade(
                symbol, number, _decimal(price), _decimal(quantity), moment, moment, maker, kind or "NA"
            )
            closed += builder.add_trade(trade)
        self._enter_aggregates(closed)

    def _begin_raw(self, symbol: str) -> None:
        held, newest = self.target.raw_span(symbol), self.target.last_id(symbol)
        if held is None and newest is not None:
            raise StoreError(
                f"the tape of {symbol} has the exchange's own ids: raw trades, whose aggregate ids are ours, cannot join it"
            )
        self._raw[symbol] = held or _NOTHING
        self._builders[symbol] = AggTradeBuilder((newest or 0) + 1, last_raw={symbol: held[1]} if held else None)

    def _enter_aggregates(self, closed: list[BuiltAggregate]) -> None:
        if not closed:
            return
        symbol = closed[0].s
        trades = Trades(
            symbol,
            np.array([one.a for one in closed], dtype=np.int64),
            np.array([one.T for one in closed], dtype=np.int64),
            np.array([float(one.p) for one in closed]),
            np.array([float(one.q) for one in closed]),
            np.array([one.m for one in closed], dtype=np.bool_),
            Origin.IMPORT,
        )
        span = (self._raw[symbol][0], closed[-1].l)
        self.result.new += self.target.add_trades(trades, span)[0]

    # --- bars -----------------------------------------------------------------------------------------------------

    def _bars(self, block: pl.DataFrame) -> None:
        if self._lengths is None:
            self._lengths = self._subjects.lengths(block, self._checks)
            if self._lengths[0] != self._lengths[1].milliseconds:
                self.result.notes.append(f"bars of {self._lengths[1]} are made of them")
        length, timeframe = self._lengths
        good, bad = self._checks.bars(block, length)
        self._set_aside(bad)
        # The filling of an interval without trades, which repeats the last price.
        still = pl.all_horizontal(pl.col(name) == pl.col("open") for name in ("high", "low", "close"))
        quiet = pl.col("trades") == 0 if "trades" in block.columns else (pl.col("volume") == 0) & still
        filled = good.filter(quiet).height
        self.result.left_out += filled
        for symbol, rows in self._by_symbol(good.filter(~quiet)):
            part = rows.drop("symbol", strict=False)
            if length == timeframe.milliseconds:
                self._enter_bars(symbol, timeframe, part)
            else:
                self._short.setdefault(symbol, []).append(part)

    def _enter_bars(self, symbol: str, timeframe: Timeframe, rows: pl.DataFrame) -> None:
        lines = rows.rows()
        new, conflicts = self.target.add_bars(symbol, timeframe, lines)
        self.result.new += new
        self.result.repeated += len(lines) - new
        self._conflicts(conflicts, "bar")

    def _computed(self, content: Content, block: pl.DataFrame) -> None:
        pair, frame = self._subjects.pair(), self._subjects.frame()
        rows = analytics_rows if content is Content.ANALYTICS else signal_rows
        good, bad = rows(block)
        self._set_aside(bad)
        new = self.target.add_computed(str(content), pair, frame, good)
        self.result.new += new
        self.result.repeated += len(good) - new
        self._subject(str(pair))

    def _by_symbol(self, rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
        found = self._subjects.by_symbol(rows)
        for symbol, _ in found:
            self._subject(symbol)
        return found

    def _subject(self, name: str) -> None:
        if name not in self.result.subjects:
            self.result.subjects.append(name)

    # --- what did not enter ---------------------------------------------------------------------------------------

    def _set_aside(self, bad: pl.DataFrame) -> None:
        if bad.height == 0:
            return
        self.target.quarantine(self.path.name, bad, time.time_ns())
        for line, raw, reason in bad.iter_rows():
            if self.result.bad < _SHOWN:
                self.result.notes.append(f"line {line}: {reason}: {raw[:80]}")
            self.result.bad += 1

    def _conflicts(self, found: list[int], what: str) -> None:
        for number in found:
            if self.result.conflicts < _SHOWN:
                self.result.notes.append(f"{what} {number} is held with other content: the one that is held stays")
            self.result.conflicts += 1


def import_file(
    target: ImportTarget, path: Path, options: Options, progress: Callable[[str], None] = lambda _: None
) -> Imported:
    """Import one file. Raises ``StoreError`` or ``ConfigError`` where it cannot be read; what was entered before stays."""
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


def _decimal(text: str) -> str:
    """A decimal as the exchange writes it (``1e-05`` is what some tables make of it)."""
    return text if _PLAIN.fullmatch(text) else f"{float(text.replace(',', '.')):.10f}"


__all__ = ["Imported", "Options", "import_file"]
