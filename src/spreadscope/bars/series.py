"""The bars of one symbol: open ones growing, closed ones remembered for a while so that late trades can revise them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from spreadscope.bars import bar_builder
from spreadscope.bars.bar_builder import BarBuilder
from spreadscope.bars.bar_codec import said_bars
from spreadscope.bars.kernel import group
from spreadscope.bars.packed_series import PackedSeries
from spreadscope.model.events import BarRow, Quote, StoredQuotes, Trades
from spreadscope.model.facts import Bar
from spreadscope.model.states import BarOrigin
from spreadscope.model.timeframe import SECOND, TIMEFRAMES, Timeframe
from spreadscope.model.trade_limits import is_candle

# How many closed bars of each timeframe stay in memory: enough for the longest window a page or tracker asks for.
REMEMBERED = {Timeframe.S1: 3_600, Timeframe.M1: 2_880, Timeframe.M5: 2_016}

# Quotes are looked up when a bar closes, which is a grace later than its end; after an outage a little more.
_QUOTED_SECONDS = 128


class BarSeries:
    """All bars of one symbol. ``add`` takes trades that are new to the tape; ``close_through`` closes what is due."""

    def __init__(self, symbol: str, timeframes: tuple[Timeframe, ...] = TIMEFRAMES) -> None:
        self.symbol = symbol
        self.timeframes = timeframes
        self._unit = min(timeframe.milliseconds for timeframe in timeframes)
        self._growing: dict[Timeframe, dict[int, BarBuilder]] = {timeframe: {} for timeframe in timeframes}
        self._closed: dict[Timeframe, PackedSeries[BarBuilder]] = {
            timeframe: PackedSeries(bar_builder.LAYOUT, BarBuilder.packed, BarBuilder.unpacked)
            for timeframe in timeframes
        }
        self._facts = {timeframe: said_bars(symbol, timeframe) for timeframe in timeframes}
        self._horizon = dict.fromkeys(timeframes, 0)
        self._restored = dict.fromkeys(timeframes, 0)
        self._quotes: dict[int, Quote] = {}
        self._recalled: dict[int, dict[int, tuple[float, float]]] = {}  # by length and end of the bar
        self.quote: Quote | None = None

    def add(self, trades: Trades) -> tuple[dict[Timeframe, set[int]], dict[Timeframe, set[int]]]:
        """Enter trades; → open times by timeframe of the closed bars they changed, and of those no longer in memory."""
        changed: dict[Timeframe, set[int]] = {}
        forgotten: dict[Timeframe, set[int]] = {}
        groups = group(trades.ids, trades.times, trades.prices, trades.quantities, self._unit)
        for whole, real, last_time in zip(*(column.tolist() for column in groups), strict=True):
            for timeframe in self.timeframes:
                start = timeframe.open_time(whole[0])
                bar, closed = self._bar(timeframe, start)
                if bar is None:
                    forgotten.setdefault(timeframe, set()).add(start)
                    continue
                bar.merge(whole, real, last_time)
                if closed:
                    self._closed[timeframe].put(start, bar)
                    changed.setdefault(timeframe, set()).add(start)
        return changed, forgotten

    def set_quote(self, quote: Quote) -> None:
        """Remember the best bid and ask; the last one inside a second belongs to the bars that end with it.

        A quote older than the newest one is dropped: what a bar's last quote is must not depend on batching.
        """
        if self.quote is not None and quote.time < self.quote.time:
            return
        self.quote = quote
        self._quotes[quote.time - quote.time % SECOND] = quote
        while len(self._quotes) > _QUOTED_SECONDS:
            del self._quotes[next(iter(self._quotes))]

    def recall_quotes(self, quotes: StoredQuotes) -> None:
        """The quotes that stored bars ended with; they take the place of those recalled before."""
        ends = (quotes.times + quotes.timeframe.milliseconds).tolist()
        self._recalled[quotes.timeframe.milliseconds] = dict(
            zip(ends, zip(quotes.bids.tolist(), quotes.asks.tolist(), strict=True), strict=True)
        )

    def quote_before(self, end: int, maximum_age: int) -> Quote | None:
        """The last quote before ``end`` (ms), unless it is older than ``maximum_age`` (ms)."""
        recalled = self._recalled.get(maximum_age)
        if recalled is not None and end in recalled:
            return Quote(self.symbol, end - 1, *recalled[end])
        for quote in reversed(self._quotes.values()):
            if quote.time < end:
                return quote if end - quote.time <= maximum_age else None
        return None

    def idle_in(self, timeframe: Timeframe, start: int) -> int:
        """How long (ms, to a second) before the end of a bar its last second with a trade ended; 0 where its trades are unknown."""
        bar = self._closed[timeframe].get(start)
        if bar is None:
            return 0  # a bar of an earlier run, or one of the exchange's own
        return max(0, start + timeframe.milliseconds - (bar.last_time - bar.last_time % SECOND + SECOND))

    def due(self, timeframe: Timeframe, horizon: int) -> list[int]:
        """Open times of the bars that end at or before ``horizon`` (ms) and are not closed yet, ascending."""
        length = timeframe.milliseconds
        return sorted(start for start in self._growing[timeframe] if start + length <= horizon)

    def close(self, timeframe: Timeframe, start: int, *, complete: bool) -> Bar:
        """Close one due bar."""
        bar = self._growing[timeframe].pop(start)
        end = start + timeframe.milliseconds
        quote = self.quote_before(end, timeframe.milliseconds)
        if quote is not None:
            bar.bid, bar.ask = quote.bid, quote.ask
        self._closed[timeframe].put(start, bar)
        self._horizon[timeframe] = max(self._horizon[timeframe], end)
        return self._publish(timeframe, start, bar, complete=complete, revised=False)

    def abandon(self, timeframe: Timeframe, start: int) -> None:
        """Leave a bar that could not be closed to the store, late trades of it as well."""
        self._growing[timeframe].pop(start, None)
        end = start + timeframe.milliseconds
        self._horizon[timeframe] = max(self._horizon[timeframe], end)
        self._restored[timeframe] = max(self._restored[timeframe], end)

    def succeed(self, old: BarSeries) -> dict[Timeframe, set[int]]:
        """Begin where another series of the symbol, which failed, has to end: its closed bars are history, its open ones the store's.

        Returns the open times of those.
        """
        self.quote, self._quotes = old.quote, old._quotes
        open_bars: dict[Timeframe, set[int]] = {}
        for timeframe in self.timeframes:
            self.restore(old._facts[timeframe].values())
            open_bars[timeframe] = set(old._growing[timeframe])
            for start in open_bars[timeframe]:
                self.abandon(timeframe, start)
        return open_bars

    def revise(self, timeframe: Timeframe, start: int, *, complete: bool) -> Bar | None:
        """The fact of a closed bar in memory after a change; None where nothing that is shown changed."""
        before = self._facts[timeframe].get(start)
        bar = self._publish(
            timeframe, start, self._closed[timeframe][start], complete=complete, revised=before is not None
        )
        if before is not None and msgspec.structs.replace(bar, revised=before.revised) == before:
            self._facts[timeframe].put(start, before)
            return None
        return bar

    def beside(self, timeframe: Timeframe, from_time: int, to_time: int) -> list[int]:
        """Open times of the closed tape bars that touch ``[from_time, to_time]``."""
        return self._closed[timeframe].between(from_time - timeframe.milliseconds + 1, to_time + 1)

    def remembers(self, timeframe: Timeframe, start: int) -> bool:
        """Whether a closed bar of the tape is still in memory and can be revised."""
        return start in self._closed[timeframe]

    def substitute(self, timeframe: Timeframe, rows: Iterable[BarRow]) -> list[Bar]:
        """Take klines where the tape has no complete bar; → the bars that are new.

        A kline of an interval without trades only repeats the last price, and such a price enters no moment: left out.
        """
        taken: list[Bar] = []
        known = self._facts[timeframe]
        for row in rows:
            held = known.get(row.open_time)
            values = (row.open, row.high, row.low, row.close, row.volume, row.trades, row.open_time)
            if not is_candle(*values):
                continue  # a hole is less than a wrong number
            if row.trades == 0 or row.open_time in self._growing[timeframe] or (held is not None and held.complete):
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
                revised=held is not None,
            )
            if bar != held:
                known.put(row.open_time, bar)
                taken.append(bar)
        return taken

    def restore(self, bars: Iterable[Bar]) -> None:
        """Bars of an earlier run, as history: shown and used in windows, not revised in memory."""
        for bar in bars:
            if bar.timeframe not in self.timeframes:
                continue
            if bar.open_time not in self._facts[bar.timeframe]:
                self._facts[bar.timeframe].put(bar.open_time, bar)
            end = bar.open_time + bar.timeframe.milliseconds
            self._horizon[bar.timeframe] = max(self._horizon[bar.timeframe], end)
            self._restored[bar.timeframe] = max(self._restored[bar.timeframe], end)

    def bars(self, timeframe: Timeframe) -> PackedSeries[Bar]:
        """The closed bars in memory by open time."""
        return self._facts[timeframe]

    def forming(self, timeframe: Timeframe) -> Bar | None:
        """The newest bar that is still open, as it stands."""
        building = self._growing[timeframe]
        if not building:
            return None
        start = max(building)
        return self._fact(timeframe, start, building[start], complete=False, revised=False)

    def _bar(self, timeframe: Timeframe, start: int) -> tuple[BarBuilder | None, bool]:
        building = self._growing[timeframe].get(start)
        if building is not None:
            return building, False
        closed = self._closed[timeframe].get(start)
        if closed is not None:
            return closed, True
        if start + timeframe.milliseconds <= self._restored[timeframe]:
            return None, False  # a bar of an earlier run: only the store has all its trades
        oldest = self._facts[timeframe].oldest()
        if oldest is not None and start < oldest and len(self._facts[timeframe]) >= REMEMBERED[timeframe]:
            return None, False
        bar = BarBuilder()
        if start + timeframe.milliseconds <= self._horizon[timeframe]:
            return bar, True
        self._growing[timeframe][start] = bar
        return bar, False

    def _publish(self, timeframe: Timeframe, start: int, bar: BarBuilder, *, complete: bool, revised: bool) -> Bar:
        facts = self._facts[timeframe]
        held = facts.get(start)
        if not complete and held is not None and held.origin is BarOrigin.KLINE:
            return held  # a kline of the exchange is whole where the tape is not
        fact = self._fact(timeframe, start, bar, complete=complete, revised=revised)
        facts.put(start, fact)
        if len(facts) > REMEMBERED[timeframe]:
            facts.keep_newest(REMEMBERED[timeframe])
            self._closed[timeframe].drop_before(facts.oldest() or 0)
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
