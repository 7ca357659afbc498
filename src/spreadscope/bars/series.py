"""The bars of one symbol: open bars, and closed ones kept in memory for a while so that late trades can revise them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from spreadscope.bars import bar_builder
from spreadscope.bars.bar_builder import BarBuilder
from spreadscope.bars.bar_codec import packed_bars
from spreadscope.bars.kernel import group
from spreadscope.bars.packed_series import PackedSeries
from spreadscope.model.events import BarRow, Quote, StoredQuotes, Trades
from spreadscope.model.facts import Bar
from spreadscope.model.states import BarOrigin
from spreadscope.model.timeframe import SECOND, TIMEFRAMES, Timeframe
from spreadscope.model.trade_limits import is_candle

# How many closed bars of each timeframe stay in memory: enough for the longest window a page or tracker asks for.
MAX_BARS = {Timeframe.S1: 3_600, Timeframe.M1: 2_880, Timeframe.M5: 2_016}

# Quotes are looked up when a bar closes, which is a grace later than its end; after an outage a little more.
_QUOTE_SECONDS = 128


class BarSeries:
    """All bars of one symbol, used by the engine. ``add`` takes trades that are new to the tape, ``close`` closes a due
    bar."""

    def __init__(self, symbol: str, timeframes: tuple[Timeframe, ...] = TIMEFRAMES) -> None:
        self.symbol = symbol
        self.timeframes = timeframes
        self._group_length = min(timeframe.milliseconds for timeframe in timeframes)
        self._open_bars: dict[Timeframe, dict[int, BarBuilder]] = {timeframe: {} for timeframe in timeframes}
        self._closed: dict[Timeframe, PackedSeries[BarBuilder]] = {
            timeframe: PackedSeries(bar_builder.LAYOUT, BarBuilder.pack_fields, BarBuilder.from_fields)
            for timeframe in timeframes
        }
        self._published = {timeframe: packed_bars(symbol, timeframe) for timeframe in timeframes}
        self._closed_until = dict.fromkeys(timeframes, 0)
        self._history_until = dict.fromkeys(timeframes, 0)
        self._quotes: dict[int, Quote] = {}
        self._stored_quotes: dict[int, dict[int, tuple[float, float]]] = {}  # by length and end of the bar
        self.quote: Quote | None = None

    def add(self, trades: Trades) -> tuple[dict[Timeframe, set[int]], dict[Timeframe, set[int]]]:
        """Add trades. Returns, by timeframe, the open times of the closed bars they changed and of bars no longer in
        memory."""
        changed: dict[Timeframe, set[int]] = {}
        outdated: dict[Timeframe, set[int]] = {}
        groups = group(trades.ids, trades.times, trades.prices, trades.quantities, self._group_length)
        for whole, real, last_time in zip(*(column.tolist() for column in groups), strict=True):
            for timeframe in self.timeframes:
                start = timeframe.open_time(whole[0])
                bar, closed = self._bar(timeframe, start)
                if bar is None:
                    outdated.setdefault(timeframe, set()).add(start)
                    continue
                bar.merge(whole, real, last_time)
                if closed:
                    self._closed[timeframe].put(start, bar)
                    changed.setdefault(timeframe, set()).add(start)
        return changed, outdated

    def set_quote(self, quote: Quote) -> None:
        """Keep the best bid and ask; the last quote inside a second belongs to the bars that end with it.

        A quote older than the newest one is dropped: a bar's last quote must not depend on batching.
        """
        if self.quote is not None and quote.time < self.quote.time:
            return
        self.quote = quote
        self._quotes[quote.time - quote.time % SECOND] = quote
        while len(self._quotes) > _QUOTE_SECONDS:
            del self._quotes[next(iter(self._quotes))]

    def set_stored_quotes(self, quotes: StoredQuotes) -> None:
        """Set the quotes at the end of stored bars; they replace those that were set before."""
        ends = (quotes.times + quotes.timeframe.milliseconds).tolist()
        self._stored_quotes[quotes.timeframe.milliseconds] = dict(
            zip(ends, zip(quotes.bids.tolist(), quotes.asks.tolist(), strict=True), strict=True)
        )

    def quote_before(self, end: int, maximum_age: int) -> Quote | None:
        """Returns the last quote before ``end`` (ms), unless it is older than ``maximum_age`` (ms)."""
        stored = self._stored_quotes.get(maximum_age)
        if stored is not None and end in stored:
            return Quote(self.symbol, end - 1, *stored[end])
        for quote in reversed(self._quotes.values()):
            if quote.time < end:
                return quote if end - quote.time <= maximum_age else None
        return None

    def idle_before_close(self, timeframe: Timeframe, start: int) -> int:
        """Returns how long (ms, in whole seconds) before a bar's end its last trade was; 0 when its trades are
        unknown."""
        bar = self._closed[timeframe].get(start)
        if bar is None:
            return 0  # a bar of an earlier run, or a kline of the exchange
        return max(0, start + timeframe.milliseconds - (bar.last_time - bar.last_time % SECOND + SECOND))

    def due(self, timeframe: Timeframe, horizon: int) -> list[int]:
        """Returns the open times of the open bars that end at or before ``horizon`` (ms), ascending."""
        length = timeframe.milliseconds
        return sorted(start for start in self._open_bars[timeframe] if start + length <= horizon)

    def close(self, timeframe: Timeframe, start: int, *, complete: bool) -> Bar:
        """Close one due bar. Returns its fact."""
        bar = self._open_bars[timeframe].pop(start)
        end = start + timeframe.milliseconds
        quote = self.quote_before(end, timeframe.milliseconds)
        if quote is not None:
            bar.bid, bar.ask = quote.bid, quote.ask
        self._closed[timeframe].put(start, bar)
        self._closed_until[timeframe] = max(self._closed_until[timeframe], end)
        return self._publish(timeframe, start, bar, complete=complete, revised=False)

    def leave_to_store(self, timeframe: Timeframe, start: int) -> None:
        """Leave a bar that could not be closed to the store, together with its late trades."""
        self._open_bars[timeframe].pop(start, None)
        end = start + timeframe.milliseconds
        self._closed_until[timeframe] = max(self._closed_until[timeframe], end)
        self._history_until[timeframe] = max(self._history_until[timeframe], end)

    def take_over(self, old: BarSeries) -> dict[Timeframe, set[int]]:
        """Continue after another series of the symbol that failed: its closed bars become history, the store makes its
        open ones.

        Returns the open times of the open ones.
        """
        self.quote, self._quotes = old.quote, old._quotes
        open_bars: dict[Timeframe, set[int]] = {}
        for timeframe in self.timeframes:
            self.restore(old._published[timeframe].values())
            open_bars[timeframe] = set(old._open_bars[timeframe])
            for start in open_bars[timeframe]:
                self.leave_to_store(timeframe, start)
        return open_bars

    def revise(self, timeframe: Timeframe, start: int, *, complete: bool) -> Bar | None:
        """Returns the fact of a closed bar in memory after a change, or None when nothing in it changed."""
        before = self._published[timeframe].get(start)
        bar = self._publish(
            timeframe, start, self._closed[timeframe][start], complete=complete, revised=before is not None
        )
        if before is not None and msgspec.structs.replace(bar, revised=before.revised) == before:
            self._published[timeframe].put(start, before)
            return None
        return bar

    def closed_bars_touching(self, timeframe: Timeframe, from_time: int, to_time: int) -> list[int]:
        """Returns the open times of the closed tape bars that touch ``[from_time, to_time]``."""
        return self._closed[timeframe].between(from_time - timeframe.milliseconds + 1, to_time + 1)

    def can_revise(self, timeframe: Timeframe, start: int) -> bool:
        """Returns whether a closed bar of the tape is still in memory and can be revised."""
        return start in self._closed[timeframe]

    def add_klines(self, timeframe: Timeframe, rows: Iterable[BarRow]) -> list[Bar]:
        """Use klines where the tape has no complete bar. Returns the bars that are new.

        A kline of an interval without trades only repeats the last price and would distort the statistics: it is left
        out.
        """
        added: list[Bar] = []
        stored_bars = self._published[timeframe]
        for row in rows:
            stored = stored_bars.get(row.open_time)
            values = (row.open, row.high, row.low, row.close, row.volume, row.trades, row.open_time)
            if not is_candle(*values):
                continue  # a missing bar does less harm than a wrong one
            if (
                row.trades == 0
                or row.open_time in self._open_bars[timeframe]
                or (stored is not None and stored.complete)
            ):
                continue
            bar = Bar(
                self.symbol,
                timeframe,
                row.open_time,
                row.open,
                row.high,
                row.low,
                row.close,
                row.volume,
                row.trades,
                complete=True,
                origin=BarOrigin.KLINE,
                revised=stored is not None,
            )
            if bar != stored:
                stored_bars.put(row.open_time, bar)
                added.append(bar)
        return added

    def restore(self, bars: Iterable[Bar]) -> None:
        """Add bars of an earlier run as history: they are shown and used in windows, but not revised in memory."""
        for bar in bars:
            if bar.timeframe not in self.timeframes:
                continue
            if bar.open_time not in self._published[bar.timeframe]:
                self._published[bar.timeframe].put(bar.open_time, bar)
            end = bar.open_time + bar.timeframe.milliseconds
            self._closed_until[bar.timeframe] = max(self._closed_until[bar.timeframe], end)
            self._history_until[bar.timeframe] = max(self._history_until[bar.timeframe], end)

    def bars(self, timeframe: Timeframe) -> PackedSeries[Bar]:
        """Returns the closed bars in memory by open time."""
        return self._published[timeframe]

    def forming(self, timeframe: Timeframe) -> Bar | None:
        """Returns the newest open bar as it is now, or None."""
        open_bars = self._open_bars[timeframe]
        if not open_bars:
            return None
        start = max(open_bars)
        return self._fact(timeframe, start, open_bars[start], complete=False, revised=False)

    def _bar(self, timeframe: Timeframe, start: int) -> tuple[BarBuilder | None, bool]:
        open_bar = self._open_bars[timeframe].get(start)
        if open_bar is not None:
            return open_bar, False
        closed = self._closed[timeframe].get(start)
        if closed is not None:
            return closed, True
        if start + timeframe.milliseconds <= self._history_until[timeframe]:
            return None, False  # a bar of an earlier run: only the store has all its trades
        oldest = self._published[timeframe].oldest()
        if oldest is not None and start < oldest and len(self._published[timeframe]) >= MAX_BARS[timeframe]:
            return None, False
        bar = BarBuilder()
        if start + timeframe.milliseconds <= self._closed_until[timeframe]:
            return bar, True
        self._open_bars[timeframe][start] = bar
        return bar, False

    def _publish(self, timeframe: Timeframe, start: int, bar: BarBuilder, *, complete: bool, revised: bool) -> Bar:
        published = self._published[timeframe]
        stored = published.get(start)
        if not complete and stored is not None and stored.origin is BarOrigin.KLINE:
            return stored  # a kline of the exchange is whole where the tape is not
        fact = self._fact(timeframe, start, bar, complete=complete, revised=revised)
        published.put(start, fact)
        if len(published) > MAX_BARS[timeframe]:
            published.keep_newest(MAX_BARS[timeframe])
            self._closed[timeframe].drop_before(published.oldest() or 0)
        return fact

    def _fact(self, timeframe: Timeframe, start: int, bar: BarBuilder, *, complete: bool, revised: bool) -> Bar:
        return Bar(
            self.symbol,
            timeframe,
            start,
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.volume,
            bar.count,
            complete=complete,
            bid=bar.bid,
            ask=bar.ask,
            revised=revised,
        )
