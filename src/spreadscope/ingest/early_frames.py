"""Frames dated far ahead of the market's clock: one of them would close every bar and make all that follows look old.

After an outage every frame is ahead, so such a frame is no fault by itself. It waits until others agree with it, and is
refused once others, still at the old time, contradict it. The exchange's own clock decides at once where it is known.
"""

from __future__ import annotations

from spreadscope.exchange.message_columns import Codes
from spreadscope.exchange.port import MarkMessage, QuoteMessage, TradeMessage
from spreadscope.ingest.batch_cut import TRADES
from spreadscope.jit import njit
from spreadscope.model.events import Ints

Dated = TradeMessage | MarkMessage

AHEAD_MS = 5_000  # of the market's clock
QUOTE_AHEAD_MS = 15_000  # quotes come on a socket of their own, which may be read first
_BEYOND_MS = 10_000  # of the exchange's clock, which we know to its round trip
_AGREE = 1
_AGREE_BEYOND = 20  # with one another against the exchange's clock: then that clock is wrong
_CONTRADICT = 2


@njit
def has_early_frame(
    kinds: Codes, symbols: Ints, times: Ints, stamps: Ints, low: int, high: int, next_tick: int, quoted_until: Ints,
    tick_ms: int, lead_ms: int,
) -> bool:  # fmt: skip  # pragma: no cover - compiled
    """Whether a row of ``[low, high)`` is dated far ahead of the market's clock as the rows before it leave it.

    The clock moves as ``cut`` moves it: ``next_tick`` (ms, 0: unknown), with trades and, ``lead_ms`` behind them, with
    quotes.
    """
    early = False
    for row in range(low, high):
        if kinds[row] == TRADES:
            time = times[row]
            early |= (max(time, stamps[row]) > next_tick + AHEAD_MS) & (next_tick > 0)
        else:
            time = times[row] - lead_ms
            early |= (times[row] > max(next_tick, quoted_until[symbols[row]]) + QUOTE_AHEAD_MS) & (next_tick > 0)
        if time >= next_tick:
            next_tick = time - time % tick_ms + tick_ms
    return early


class _WaitingFrame:
    __slots__ = ("agreeing", "contradicting", "needed", "payload", "time")

    def __init__(self, payload: Dated, time: int, needed: int) -> None:
        self.payload, self.time, self.needed = payload, time, needed
        self.agreeing = self.contradicting = 0


class EarlyFrames:
    """Decides about frames that are dated far ahead. ``refused`` gathers those that were contradicted, and why."""

    def __init__(self) -> None:
        self.exchange_now: int | None = None  # the exchange's clock, ms, where it is known
        self.refused: list[tuple[Dated | QuoteMessage, str]] = []
        self._waiting: list[_WaitingFrame] = []
        self._quotes: dict[
            str, tuple[QuoteMessage, int]
        ] = {}  # the last one of a symbol that was far ahead, and its time

    @property
    def waiting(self) -> bool:
        """Whether a frame waits for others to agree with it."""
        return bool(self._waiting)

    def is_ordinary(self, trade: TradeMessage, clock: int) -> bool:
        """Whether a trade is not ahead while nothing waits: the usual case, which ``admit`` would let pass too."""
        limit = clock + AHEAD_MS
        return not self._waiting and trade.time <= limit and trade.event_time <= limit

    def admit(self, payload: Dated, clock: int) -> list[Dated]:
        """A frame that came with the market's clock at ``clock`` (ms, 0: unknown). Returns what may go on, in order."""
        time = _latest(payload)
        ready = self._vote(time) if self._waiting else []
        clock = max([clock, *(_time(other) for other in ready)])
        if not clock or time <= clock + AHEAD_MS or self._by_the_exchange(time):
            return [*ready, payload]
        self._waiting.append(_WaitingFrame(payload, time, _AGREE if self.exchange_now is None else _AGREE_BEYOND))
        return ready

    def admits_quote(self, quote: QuoteMessage, time: int, clock: int, quoted_until: int) -> bool:
        """Whether a quote of ``time`` may go on.

        One that is far ahead may not, unless the one before it of its symbol was there too.
        """
        if not clock or time <= max(clock, quoted_until) + QUOTE_AHEAD_MS or self._by_the_exchange(time):
            before = self._quotes.pop(quote.symbol, None) if self._quotes else None
            if before is not None and time < before[1] - QUOTE_AHEAD_MS:
                self.refused.append((before[0], _why(before[1], time)))
            return True
        before = self._quotes.get(quote.symbol)
        self._quotes[quote.symbol] = quote, time
        return before is not None and abs(time - before[1]) <= QUOTE_AHEAD_MS and self.exchange_now is None

    def release(self) -> list[Dated]:
        """Nothing more came that could contradict: what waits goes on, unless the exchange's clock contradicts it."""
        beyond = [frame for frame in self._waiting if frame.needed > _AGREE]
        self.refused += [(frame.payload, _why(frame.time, self.exchange_now or 0)) for frame in beyond]
        ready = [frame.payload for frame in self._waiting if frame.needed <= _AGREE]
        self._waiting.clear()
        return ready

    def _by_the_exchange(self, time: int) -> bool:
        return self.exchange_now is not None and time <= self.exchange_now + _BEYOND_MS

    def _vote(self, time: int) -> list[Dated]:
        ready: list[Dated] = []
        waiting: list[_WaitingFrame] = []
        for frame in self._waiting:
            if time >= frame.time - AHEAD_MS:
                frame.agreeing += 1
            else:
                frame.contradicting += 1
            if frame.agreeing >= frame.needed:
                ready.append(frame.payload)
            elif frame.contradicting >= _CONTRADICT:
                self.refused.append((frame.payload, _why(frame.time, time)))
            else:
                waiting.append(frame)
        self._waiting = waiting
        return ready


def _time(message: Dated) -> int:
    """What moves the market's clock."""
    return message.time if isinstance(message, TradeMessage) else message.event_time


def _latest(message: Dated) -> int:
    return max(message.time, message.event_time) if isinstance(message, TradeMessage) else message.event_time


def _why(time: int, clock: int) -> str:
    return f"it is dated {(time - clock) / 1_000:.0f} s ahead of everything else"
