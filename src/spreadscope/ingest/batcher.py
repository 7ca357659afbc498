"""Frames → events, sans I/O.

Trades are gathered into columnar batches per symbol and cut wherever the exchange's own clock enters a new half second, so that
the core's facts do not depend on when the batches were flushed. Of quotes and mark prices only the last one of each second
is kept.

Frames come one by one (``feed``) or as columns of many (``feed_columns``); both ways say the same.
"""

from __future__ import annotations

import numpy as np

from spreadscope.exchange.binance_futures.decode import ControlRefusal, Frame, Response, StreamArray, StreamData
from spreadscope.exchange.binance_futures.payloads import (
    USD_M,
    AggTrade,
    BookTicker,
    ContractInfo,
    MarkPriceUpdate,
    Payload,
)
from spreadscope.exchange.message_columns import Columns, SymbolTable
from spreadscope.ingest.batch_cut import QUOTE, TRADES, cut
from spreadscope.ingest.early_frames import EarlyFrames, any_early
from spreadscope.model.events import Event, Ints, Mark, MarketTime, Origin, Quote, Trades, TradingStatus
from spreadscope.model.timeframe import SECOND

# Batches are cut where the exchange's clock enters a new half second: a bar of a second, closed half a second after its
# end, is then said at once and not at the next second.
TICK_MS = 500

# Quotes come on a socket of their own and can run ahead of the trades' one: the clock that closes bars is the trades' (and
# mark prices'), and only when those rest for so long do quotes move it.
_QUOTE_LEAD_MS = 5_000


class Batcher:
    """``feed`` frames in the order of their arrival; ``take`` the events ready for the core, in order."""

    def __init__(self) -> None:
        self.table = SymbolTable()
        self._trades: dict[str, list[AggTrade]] = {}
        self._quotes: dict[tuple[str, int], BookTicker] = {}
        self._quoted_until: Ints = np.zeros(0, dtype=np.int64)  # by number of the symbol
        self._marks: dict[tuple[str, int], MarkPriceUpdate] = {}
        self._ready: list[Event] = []
        self._next_tick = 0
        self.pending = 0
        self.ignored = 0
        self._heard: dict[str, tuple[int, int]] = {}
        self.early = EarlyFrames()

    @property
    def clock(self) -> int:
        """Where the exchange's clock stands by what was fed, to half a second (ms); negative before anything was."""
        return self._next_tick - TICK_MS

    def feed(self, frame: Frame) -> None:
        """One decoded frame. Frames that are no market data are counted as ignored."""
        if isinstance(frame, StreamData):
            self.payload(frame.data)
        elif isinstance(frame, StreamArray):
            for row in frame.rows:
                self.payload(row)
        elif not isinstance(frame, Response | ControlRefusal):
            self.ignored += 1

    def feed_columns(self, columns: Columns, low: int, high: int) -> None:
        """Rows ``[low, high)``, all of them trades or quotes of symbols of the table."""
        self._make_room()
        if self.early.waiting or any_early(
            columns.kinds,
            columns.symbols,
            columns.times,
            columns.event_times,
            low,
            high,
            self._next_tick,
            self._quoted_until,
            TICK_MS,
            _QUOTE_LEAD_MS,
        ):
            for row in range(low, high):
                self.payload(_payload(columns, row, self.table.names))
            return
        self._flush()
        groups, order, self._next_tick = cut(
            columns.kinds, columns.symbols, columns.times, columns.prices_or_bids, columns.quantities_or_asks, low, high, self._next_tick,
            self._quoted_until, TICK_MS, _QUOTE_LEAD_MS,
        )  # fmt: skip
        self.pending += high - low
        for kind, what, first, last in groups.tolist():
            if kind == TRADES:
                symbol = self.table.names[what]
                rows = order[first:last]
                self._ready.append(
                    Trades(
                        symbol, columns.ids[rows], columns.times[rows], columns.prices_or_bids[rows], columns.quantities_or_asks[rows],
                        columns.buyer_is_maker[rows],
                    )
                )  # fmt: skip
                self._hear(symbol, int(columns.event_times[rows[-1]]), last - first)
            elif kind == QUOTE:
                self._ready.append(
                    Quote(
                        self.table.names[columns.symbols[what]],
                        int(columns.times[what]),
                        float(columns.prices_or_bids[what]),
                        float(columns.quantities_or_asks[what]),
                    )
                )
            else:
                self._ready.append(MarketTime(what))

    def trade(self, trade: AggTrade) -> None:
        """One aggregate trade."""
        if self.early.plain(trade, self._next_tick):
            self._trade(trade)
            return
        for admitted in self.early.admit(trade, self._next_tick):
            self._admitted(admitted)

    def release(self) -> None:
        """Nothing more is coming for now: frames that waited for others to agree with them go on."""
        for admitted in self.early.release():
            self._admitted(admitted)

    def _admitted(self, payload: AggTrade | MarkPriceUpdate) -> None:
        if isinstance(payload, AggTrade):
            self._trade(payload)
        else:
            self._mark(payload)

    def _trade(self, trade: AggTrade) -> None:
        if trade.T >= self._next_tick:
            self._tick(trade.T)
        batch = self._trades.get(trade.s)
        if batch is None:
            self._trades[trade.s] = [trade]
        else:
            batch.append(trade)
        self.pending += 1

    def quote(self, quote: BookTicker) -> None:
        """Best bid and ask; a quote older than one already seen of the symbol is dropped."""
        number = self.table.number(quote.s)
        self._make_room()
        if not self.early.admits_quote(quote, self._next_tick, int(self._quoted_until[number])):
            return
        if quote.T - _QUOTE_LEAD_MS >= self._next_tick:
            self._tick(quote.T - _QUOTE_LEAD_MS)
        if self._quoted_until[number] <= quote.T and quote.b > 0 and quote.a > 0:
            self._quoted_until[number] = quote.T
            self._quotes[quote.s, quote.T // SECOND] = quote
            self.pending += 1

    def mark(self, mark: MarkPriceUpdate) -> None:
        """Mark price and funding rate; they move the market's clock."""
        for admitted in self.early.admit(mark, self._next_tick):
            self._admitted(admitted)

    def _mark(self, mark: MarkPriceUpdate) -> None:
        if mark.E >= self._next_tick:
            self._tick(mark.E)
        self._marks[mark.s, mark.E // SECOND] = mark
        self.pending += 1

    def take(self) -> list[Event]:
        """Everything gathered so far."""
        self._flush()
        ready, self._ready = self._ready, []
        self.pending = 0
        return ready

    def heard(self) -> dict[str, tuple[int, int]]:
        """By symbol: the event time (E, ms) of the newest trade since the last call, and how many there were."""
        heard, self._heard = self._heard, {}
        return heard

    def payload(self, payload: Payload) -> None:
        """One payload. COIN-M rows are dropped."""
        if payload.st != USD_M:
            self.ignored += 1
        elif type(payload) is AggTrade:
            self.trade(payload)
        elif type(payload) is BookTicker:
            self.quote(payload)
        elif type(payload) is MarkPriceUpdate:
            self.mark(payload)
        elif type(payload) is ContractInfo:
            self._flush()
            self._ready.append(TradingStatus(payload.s, payload.cs == "TRADING"))
            self.pending += 1
        else:
            self.ignored += 1

    def _make_room(self) -> None:
        more = len(self.table.names) - len(self._quoted_until)
        if more > 0:
            self._quoted_until = np.append(self._quoted_until, np.zeros(more + 64, dtype=np.int64))

    def _hear(self, symbol: str, stamp: int, count: int) -> None:
        before = self._heard.get(symbol)
        self._heard[symbol] = (stamp, count + (before[1] if before else 0))

    def _tick(self, time: int) -> None:
        """The exchange's clock entered a new half second: what came before belongs to the old one."""
        self._flush()
        self._next_tick = time - time % TICK_MS + TICK_MS
        self._ready.append(MarketTime(time))
        self.pending += 1

    def _flush(self) -> None:
        for symbol, trades in self._trades.items():
            self._ready.append(columns(symbol, trades))
            self._hear(symbol, trades[-1].E, len(trades))
        self._trades.clear()
        for (symbol, _), quote in self._quotes.items():
            self._ready.append(Quote(symbol, quote.T, quote.b, quote.a))
        self._quotes.clear()
        for (symbol, _), mark in self._marks.items():
            self._ready.append(Mark(symbol, mark.E, mark.p, mark.i, mark.funding_rate, mark.T))
        self._marks.clear()


def _payload(columns: Columns, row: int, names: list[str]) -> AggTrade | BookTicker:
    """A row of columns as the frame it was made of, as far as it is read here."""
    symbol, time, stamp = names[columns.symbols[row]], int(columns.times[row]), int(columns.event_times[row])
    first, second, number = (
        float(columns.prices_or_bids[row]),
        float(columns.quantities_or_asks[row]),
        int(columns.ids[row]),
    )
    if columns.kinds[row] == TRADES:
        return AggTrade(stamp, symbol, number, first, second, 0, 0, time, bool(columns.buyer_is_maker[row]))
    return BookTicker(symbol, number, first, 0.0, second, 0.0, time, stamp)


def columns(symbol: str, trades: list[AggTrade], origin: Origin = Origin.LIVE) -> Trades:
    """A list of payloads as one columnar batch."""
    n = len(trades)
    return Trades(
        symbol,
        np.fromiter((t.a for t in trades), np.int64, n),
        np.fromiter((t.T for t in trades), np.int64, n),
        np.fromiter((t.p for t in trades), np.float64, n),
        np.fromiter((t.q for t in trades), np.float64, n),
        np.fromiter((t.m for t in trades), np.bool_, n),
        origin,
    )
