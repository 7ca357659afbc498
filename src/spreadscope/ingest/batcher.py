"""Gathers messages of a venue into events; no I/O.

Trades are gathered into columnar batches per symbol and cut wherever the exchange's own clock enters a new half second,
so that the core's facts do not depend on when the batches were flushed. Of quotes and mark prices only the last one of
each second is kept.

Messages come one by one (``add``) or as columns of many (``add_columns``); both ways say the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spreadscope.exchange.message_columns import Columns, SymbolTable
from spreadscope.exchange.port import MarkMessage, Message, QuoteMessage, StatusMessage, TradeMessage
from spreadscope.ingest.batch_cut import QUOTE, TRADES, cut
from spreadscope.ingest.early_frames import EarlyFrames, has_early_frame
from spreadscope.model.events import Event, Ints, Mark, MarketTime, Origin, Quote, Trades, TradingStatus
from spreadscope.model.timeframe import SECOND

# Batches are cut where the exchange's clock enters a new half second: a bar of a second, closed half a second after its
# end, is then said at once and not at the next second.
TICK_MS = 500

# Quotes come on a socket of their own and can run ahead of the trades' one: the clock that closes bars is the trades'
# (and mark prices'), and only when those rest for so long do quotes move it.
_QUOTE_LEAD_MS = 5_000


class Batcher:
    """``add`` messages in the order of their arrival; ``take`` the events ready for the core, in order.

    ``undated_now`` (ms; 0: unknown) is the time given to quotes of a venue that does not date them, where its trades
    have not come so far yet.
    """

    def __init__(self, table: SymbolTable | None = None) -> None:
        """``table`` is that of the decoder whose columns are added."""
        self.table = table or SymbolTable()
        self.undated_now = 0
        self._trades: dict[str, list[TradeMessage]] = {}
        self._quotes: dict[tuple[str, int], Quote] = {}
        self._quoted_until: Ints = np.zeros(0, dtype=np.int64)  # by number of the symbol
        self._marks: dict[tuple[str, int], MarkMessage] = {}
        self._ready: list[Event] = []
        self._next_tick = 0
        self.pending = 0
        self._arrivals: dict[str, tuple[int, int]] = {}
        self.early = EarlyFrames()

    @property
    def clock(self) -> int:
        """Where the exchange's clock stands by what was fed, to half a second (ms); negative before anything was."""
        return self._next_tick - TICK_MS

    def add(self, message: Message) -> None:
        """One message; those that are no market data change nothing."""
        if type(message) is TradeMessage:
            self.trade(message)
        elif type(message) is QuoteMessage:
            self.quote(message)
        elif type(message) is MarkMessage:
            self.mark(message)
        elif type(message) is StatusMessage:
            self._flush()
            self._ready.append(TradingStatus(message.symbol, message.trading))
            self.pending += 1

    def add_columns(self, columns: Columns, low: int, high: int) -> None:
        """Rows ``[low, high)``, all of them trades or quotes of symbols of the table."""
        self._make_room()
        if self.early.waiting or has_early_frame(
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
                self.add(_message(columns, row, self.table.names))
            return
        self._flush()
        groups, order, self._next_tick = cut(
            columns.kinds, columns.symbols, columns.times, columns.prices_or_bids, columns.quantities_or_asks, low,
            high, self._next_tick,
            self._quoted_until, TICK_MS, _QUOTE_LEAD_MS,
        )  # fmt: skip
        self.pending += high - low
        for kind, what, first, last in groups.tolist():
            if kind == TRADES:
                symbol = self.table.names[what]
                rows = order[first:last]
                self._ready.append(
                    Trades(
                        symbol, columns.ids[rows], columns.times[rows], columns.prices_or_bids[rows],
                        columns.quantities_or_asks[rows],
                        columns.buyer_is_maker[rows],
                    )
                )  # fmt: skip
                self._note_arrival(symbol, int(columns.event_times[rows[-1]]), last - first)
            elif kind == QUOTE:
                self._ready.append(
                    Quote(
                        self.table.names[columns.symbols[what]],
                        int(columns.times[what]),
                        float(columns.prices_or_bids[what]),
                        float(columns.quantities_or_asks[what]),
                        float(columns.bid_quantities[what]),
                        float(columns.ask_quantities[what]),
                        int(columns.ids[what]),
                    )
                )
            else:
                self._ready.append(MarketTime(what))

    def trade(self, trade: TradeMessage) -> None:
        """One aggregate trade."""
        if self.early.is_ordinary(trade, self._next_tick):
            self._trade(trade)
            return
        for admitted in self.early.admit(trade, self._next_tick):
            self._admitted(admitted)

    def release(self) -> None:
        """Nothing more is coming for now: frames that waited for others to agree with them go on."""
        for admitted in self.early.release():
            self._admitted(admitted)

    def _admitted(self, payload: TradeMessage | MarkMessage) -> None:
        if isinstance(payload, TradeMessage):
            self._trade(payload)
        else:
            self._mark(payload)

    def _trade(self, trade: TradeMessage) -> None:
        if trade.time >= self._next_tick:
            self._tick(trade.time)
        batch = self._trades.get(trade.symbol)
        if batch is None:
            self._trades[trade.symbol] = [trade]
        else:
            batch.append(trade)
        self.pending += 1

    def quote(self, quote: QuoteMessage) -> None:
        """Best bid and ask; a quote older than one already seen of the symbol is dropped."""
        number = self.table.number(quote.symbol)
        self._make_room()
        time = quote.time if quote.time is not None else max(self.clock, self.undated_now)
        if time <= 0 or not self.early.admits_quote(quote, time, self._next_tick, int(self._quoted_until[number])):
            return
        if time - _QUOTE_LEAD_MS >= self._next_tick:
            self._tick(time - _QUOTE_LEAD_MS)
        if self._quoted_until[number] <= time and quote.bid > 0 and quote.ask > 0:
            self._quoted_until[number] = time
            self._quotes[quote.symbol, time // SECOND] = Quote(
                quote.symbol, time, quote.bid, quote.ask, quote.bid_quantity, quote.ask_quantity, quote.update
            )
            self.pending += 1

    def mark(self, mark: MarkMessage) -> None:
        """Mark price and funding rate; they move the market's clock."""
        for admitted in self.early.admit(mark, self._next_tick):
            self._admitted(admitted)

    def _mark(self, mark: MarkMessage) -> None:
        if mark.event_time >= self._next_tick:
            self._tick(mark.event_time)
        self._marks[mark.symbol, mark.event_time // SECOND] = mark
        self.pending += 1

    def take(self) -> list[Event]:
        """Everything gathered so far."""
        self._flush()
        ready, self._ready = self._ready, []
        self.pending = 0
        return ready

    def take_arrivals(self) -> dict[str, tuple[int, int]]:
        """By symbol: the event time (E, ms) of the newest trade since the last call, and how many there were."""
        heard, self._arrivals = self._arrivals, {}
        return heard

    def _make_room(self) -> None:
        more = len(self.table.names) - len(self._quoted_until)
        if more > 0:
            self._quoted_until = np.append(self._quoted_until, np.zeros(more + 64, dtype=np.int64))

    def _note_arrival(self, symbol: str, stamp: int, count: int) -> None:
        before = self._arrivals.get(symbol)
        self._arrivals[symbol] = (stamp, count + (before[1] if before else 0))

    def _tick(self, time: int) -> None:
        """The exchange's clock entered a new half second: what came before belongs to the old one."""
        self._flush()
        self._next_tick = time - time % TICK_MS + TICK_MS
        self._ready.append(MarketTime(time))
        self.pending += 1

    def _flush(self) -> None:
        for symbol, trades in self._trades.items():
            self._ready.append(trades_event(symbol, trades))
            self._note_arrival(symbol, trades[-1].event_time, len(trades))
        self._trades.clear()
        self._ready.extend(self._quotes.values())
        self._quotes.clear()
        for (symbol, _), mark in self._marks.items():
            funding = mark.funding_rate, mark.next_funding_time
            self._ready.append(Mark(symbol, mark.event_time, mark.mark, mark.index, *funding))
        self._marks.clear()


def _message(columns: Columns, row: int, names: list[str]) -> TradeMessage | QuoteMessage:
    """A row of columns as the message it was made of."""
    symbol, id_, time = names[columns.symbols[row]], int(columns.ids[row]), int(columns.times[row])
    first, second = float(columns.prices_or_bids[row]), float(columns.quantities_or_asks[row])
    if columns.kinds[row] == TRADES:
        event_time, maker = int(columns.event_times[row]), bool(columns.buyer_is_maker[row])
        return TradeMessage(symbol, id_, first, second, time, event_time, maker)
    bid_quantity, ask_quantity = float(columns.bid_quantities[row]), float(columns.ask_quantities[row])
    return QuoteMessage(symbol, first, second, time, bid_quantity, ask_quantity, id_)


def trades_event(symbol: str, trades: Sequence[TradeMessage], origin: Origin = Origin.LIVE) -> Trades:
    """Returns messages of one symbol as one columnar batch."""
    n = len(trades)
    return Trades(
        symbol,
        np.fromiter((t.id for t in trades), np.int64, n),
        np.fromiter((t.time for t in trades), np.int64, n),
        np.fromiter((t.price for t in trades), np.float64, n),
        np.fromiter((t.quantity for t in trades), np.float64, n),
        np.fromiter((t.buyer_is_maker for t in trades), np.bool_, n),
        origin,
    )
