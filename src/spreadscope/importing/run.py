"""Importing a file: rows are read, checked, deduplicated and written block by block; what did not enter is counted and said."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from spreadscope.exchange.recording.aggregate import AggTrade, AggTradeBuilder, RawTrade
from spreadscope.importing.checking import checked_bars, checked_trades
from spreadscope.importing.computed import analytics_rows, signal_rows
from spreadscope.importing.kinds import Content, of_name
from spreadscope.importing.opening import LINE, Source
from spreadscope.importing.target import Target
from spreadscope.model.errors import ConfigError, StoreError, SymbolError
from spreadscope.model.events import Origin, Trades
from spreadscope.model.instrument import Pair, parse_pair, parse_symbol
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe

_SHOWN = 5
_NOTHING = (0, -1)


class Options(msgspec.Struct, frozen=True):
    """What the user says of the files, where their names and columns do not."""

    symbol: str | None = None
    pair: Pair | None = None
    timeframe: Timeframe | None = None
    columns: Mapping[str, str] = {}
    content: Content | None = None


class Imported(msgspec.Struct):
    """What became of a file: ``read = new + repeated + left_out + bad``, but ``new`` aggregates are of several raw trades."""

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
    notes: list[str] = []


class _Import:
    """One file on its way."""

    def __init__(self, target: Target, path: Path, options: Options, progress: Callable[[str], None]) -> None:
        self.target = target
        self.path = path
        self.options = options
        self.progress = progress
        self.source = Source(path, options.columns, options.content)
        self.result = Imported(str(path))
        self._builders: dict[str, AggTradeBuilder] = {}
        self._raw: dict[str, tuple[int, int]] = {}  # raw ids that are in the tape
        self._seen: dict[str, int] = {}  # the newest raw id of this file so far

    def run(self) -> Imported:
        bound = False
        content: Content | None = None
        for block in self.source.blocks():
            layout = self.source.layout
            if layout is None:
                continue
            content = layout.content
            if not bound:
                self.target.bind(self.source.demo, content)
                bound = True
            self.result.read += block.height
            self._block(content, block)
            self.progress(f"{self.path.name}: {self.result.read:,} rows")
        if content is None and self.source.layout is None:
            raise StoreError(f"{self.path} holds no rows")
        if content is Content.TRADES:
            self._finish_raw()
        if content in {Content.TICKS, Content.TRADES}:
            self.result.bars, self.result.missing = self.target.finish(self.progress)
        self.result.content = str(content or (self.source.layout.content if self.source.layout else ""))
        return self.result

    def _block(self, content: Content, block: pl.DataFrame) -> None:
        if content is Content.BARS:
            self._bars(block)
        elif content is Content.TICKS:
            self._ticks(block)
        elif content is Content.TRADES:
            self._raw_trades(block)
        else:
            self._computed(content, block)

    def _ticks(self, block: pl.DataFrame) -> None:
        good, bad = checked_trades(block)
        self._set_aside(bad)
        for symbol, rows in self._by_symbol(good):
            if self.target.raw_span(symbol) is not None:
                raise StoreError(f"the tape of {symbol} was made from raw trades: aggregate trades cannot join it")
            self._enter(_trades(symbol, rows))

    def _enter(self, trades: Trades) -> None:
        new, conflicts = self.target.add_trades(trades)
        self.result.new += new
        self.result.repeated += len(trades) - new
        self._conflicts(conflicts, "trade")

    def _bars(self, block: pl.DataFrame) -> None:
        timeframe = self._timeframe(block)
        good, bad = checked_bars(block, timeframe.milliseconds)
        self._set_aside(bad)
        if "trades" in block.columns:  # the exchange's own filling: an interval without trades repeats the last price
            quiet = good.filter(pl.col("trades") == 0).height
            self.result.left_out += quiet
            good = good.filter(pl.col("trades") > 0)
        for symbol, rows in self._by_symbol(good):
            lines = rows.drop("symbol", strict=False).rows()
            new, conflicts = self.target.add_bars(symbol, timeframe, lines)
            self.result.new += new
            self.result.repeated += len(lines) - new
            self._conflicts(conflicts, "bar")

    def _raw_trades(self, block: pl.DataFrame) -> None:
        """Prints that are no market trades are left out, as the exchange's own aggregates leave them out."""
        kinds = (
            pl.col("order_type").fill_null("NA") == "MARKET" if "order_type" in block.columns else pl.lit(value=True)
        )
        nothing = pl.any_horizontal(pl.col(name).cast(pl.Float64, strict=False) == 0 for name in ("price", "quantity"))
        market = block.filter(kinds & ~nothing.fill_null(value=False))
        self.result.left_out += block.height - market.height
        good, bad = checked_trades(market)
        self._set_aside(bad)
        texts = market.filter(~pl.col(LINE).is_in(bad[LINE].implode())) if bad.height else market
        good = good.with_columns(texts["price"].alias("p"), texts["quantity"].alias("q"))
        for symbol, rows in self._by_symbol(good):
            self._aggregate(symbol, rows)

    def _aggregate(self, symbol: str, rows: pl.DataFrame) -> None:
        if symbol not in self._raw:
            self._begin_raw(symbol)
        first, last = self._raw[symbol]
        low, high = int(rows["id"][0]), int(rows["id"][-1])
        if not rows["id"].is_sorted() or low <= self._seen.get(symbol, -1):
            raise StoreError(f"the raw trades of {self.path} are not in the order of their ids: sort them")
        self._seen[symbol] = high
        if first <= last and low < first:
            raise StoreError(
                f"the raw trades of {self.path} begin before those of {symbol} that are held: import the oldest file first"
            )
        fresh = rows.filter(pl.col("id") > last)
        self.result.repeated += rows.height - fresh.height
        if fresh.height and (first, last) == _NOTHING:
            self._raw[symbol] = (low, -1)
        closed: list[AggTrade] = []
        add = self._builders[symbol].add_trade
        for number, moment, price, quantity, maker in fresh.select("id", "time", "p", "q", "buyer_maker").iter_rows():
            trade = RawTrade(symbol, number, _decimal(price), _decimal(quantity), moment, moment, maker)
            closed += add(trade)
        self._enter_aggregates(symbol, closed)

    def _begin_raw(self, symbol: str) -> None:
        held, newest = self.target.raw_span(symbol), self.target.last_id(symbol)
        if held is None and newest is not None:
            raise StoreError(
                f"the tape of {symbol} has the exchange's own ids: raw trades, whose aggregate ids are ours, cannot join it"
            )
        self._raw[symbol] = held or _NOTHING
        self._builders[symbol] = AggTradeBuilder((newest or 0) + 1)

    def _enter_aggregates(self, symbol: str, closed: list[AggTrade]) -> None:
        if not closed:
            return
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

    def _finish_raw(self) -> None:
        for symbol, builder in self._builders.items():
            self._enter_aggregates(symbol, builder.flush())

    def _computed(self, content: Content, block: pl.DataFrame) -> None:
        pair, frame = self._pair(), self._named_timeframe()
        if frame is None:
            raise ConfigError(f"the timeframe of {self.path} is not known: name it with --timeframe")
        rows = analytics_rows if content is Content.ANALYTICS else signal_rows
        good, bad = rows(block)
        self._set_aside(bad)
        new = self.target.add_computed(str(content), pair, frame, good)
        self.result.new += new
        self.result.repeated += len(good) - new
        self._subject(str(pair))

    # --- what the rows are of -------------------------------------------------------------------------------------

    def _by_symbol(self, rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
        if "symbol" not in rows.columns:
            symbol = self._symbol()
            self._subject(symbol)
            return [(symbol, rows)] if rows.height else []
        out = []
        for (name,), part in rows.group_by("symbol", maintain_order=True):
            symbol = parse_symbol(str(name))
            if self.options.symbol is None or symbol == self.options.symbol:
                self._subject(symbol)
                out.append((symbol, part))
            else:
                self.result.left_out += part.height
        return out

    def _subject(self, name: str) -> None:
        if name not in self.result.subjects:
            self.result.subjects.append(name)

    def _symbol(self) -> str:
        if self.options.symbol is not None:
            return self.options.symbol
        name, _ = of_name(self.path.name)
        if name is None:
            raise ConfigError(f"neither the name nor the columns of {self.path} tell the symbol: name it with --symbol")
        return parse_symbol(name)

    def _pair(self) -> Pair:
        if self.options.pair is not None:
            return self.options.pair
        name, _ = of_name(self.path.name)
        try:
            return parse_pair((name or "").replace("-", "/"))
        except SymbolError:
            raise ConfigError(f"the name of {self.path} does not tell the pair: name it with --pair") from None

    def _named_timeframe(self) -> Timeframe | None:
        if self.options.timeframe is not None:
            return self.options.timeframe
        _, name = of_name(self.path.name)
        return self._kept(name) if name is not None else None

    def _timeframe(self, block: pl.DataFrame) -> Timeframe:
        """From the name, or from the bars themselves."""
        named = self._named_timeframe()
        if named is not None:
            return named
        starts, _ = checked_bars(block, 1)
        steps = starts["open_time"].unique().sort().diff().drop_nulls()
        if steps.is_empty():
            raise ConfigError(f"the timeframe of {self.path} is not known: name it with --timeframe")
        length = int(steps.min())  # type: ignore[arg-type]  # a column of integers
        return self._kept(next((frame for frame in TIMEFRAMES if frame.milliseconds == length), f"{length} ms"))

    def _kept(self, name: str) -> Timeframe:
        if name not in {str(frame) for frame in TIMEFRAMES}:
            raise ConfigError(f"{self.path} holds bars of {name}: the store keeps {', '.join(TIMEFRAMES)}")
        return Timeframe(name)

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
    target: Target, path: Path, options: Options, progress: Callable[[str], None] = lambda _: None
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
    return text if _PLAIN.fullmatch(text) else f"{float(text):.10f}"


__all__ = ["Imported", "Options", "import_file"]
