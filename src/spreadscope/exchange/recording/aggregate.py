"""Rebuild aggregate trades from raw trades, as the exchange does it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from spreadscope.model.errors import RecordingError
from spreadscope.model.trade_limits import LARGEST_PRICE, LARGEST_QUANTITY, is_empty_print, is_trade

CLOSE_AFTER_MS: Final = 100  # the exchange aggregates within 100 ms
#: More raw ids than this between two trades are no loss: the id, or the one before it, is wrong.
MOST_MISSING: Final = 1_000_000_000
#: So many holes of a symbol are remembered, to take the trades that come for them later.
MOST_HOLES: Final = 10_000


class RecordedTrade(msgspec.Struct, frozen=True, gc=False):
    """The fields of a raw ``trade`` payload that aggregation needs; names are the exchange's.

    ``X`` tells market trades from insurance-fund and other prints; recordings older than that field hold none of them.
    """

    s: str
    t: int
    p: str
    q: str
    T: int
    E: int
    m: bool
    X: str = "MARKET"

    @property
    def counts(self) -> bool:
        """Whether the exchange's aggregate stream carries this print."""
        return self.X == "MARKET" and is_trade(float(self.p), float(self.q))


class BuiltAggregate(msgspec.Struct, frozen=True, gc=False):
    """One aggregate trade; names are the exchange's. ``n`` is the number of raw trades in it."""

    s: str
    a: int
    p: str
    q: str
    f: int
    l: int  # noqa: E741 - the exchange's name of the last raw id
    T: int
    m: bool
    E: int
    n: int

    def payload(self) -> bytes:
        """The WebSocket payload in the shape of 2026 (keys ``e E a s p q nq f l T m st``)."""
        return (
            f'{{"e":"aggTrade","E":{self.E},"a":{self.a},"s":"{self.s}","p":"{self.p}","q":"{self.q}","nq":"{self.q}",'
            f'"f":{self.f},"l":{self.l},"T":{self.T},"m":{"true" if self.m else "false"},"st":1}}'
        ).encode()


_decode_trade = msgspec.json.Decoder(RecordedTrade).decode


class _Open:
    """The aggregate a symbol's next trade may still join."""

    __slots__ = ("count", "decimals", "event_ms", "first", "last_id", "number", "quantity", "text")

    def __init__(self, trade: RecordedTrade, number: int) -> None:
        self.first = trade
        self.number = number
        self.last_id = trade.t
        self.event_ms = trade.E
        self.count = 1
        self.text = trade.q
        self.quantity, self.decimals = _scaled(trade.q)

    def takes(self, trade: RecordedTrade) -> bool:
        first = self.first
        return (
            trade.T == first.T and trade.m == first.m and (trade.p == first.p or Decimal(trade.p) == Decimal(first.p))
        )

    def join(self, trade: RecordedTrade) -> None:
        quantity, decimals = _scaled(trade.q)
        if decimals > self.decimals:
            self.quantity *= 10 ** (decimals - self.decimals)
            self.decimals = decimals
        self.quantity += quantity * 10 ** (self.decimals - decimals)
        self.text = _text(self.quantity, self.decimals)
        self.last_id = trade.t
        self.event_ms = trade.E
        self.count += 1

    def aggregate(self) -> BuiltAggregate:
        first = self.first
        return BuiltAggregate(
            s=first.s, a=self.number, p=first.p, q=self.text, f=first.t, l=self.last_id,
            T=first.T, m=first.m, E=self.event_ms, n=self.count,
        )  # fmt: skip


class _Hole:
    """Raw ids ``first … last`` that did not come; the aggregate ids from ``number`` on are kept free for them."""

    __slots__ = ("first", "last", "number")

    def __init__(self, first: int, last: int, number: int) -> None:
        self.first, self.last, self.number = first, last, number


class _Numbering:
    """The raw ids of one symbol that came, and the aggregate ids that follow from them."""

    __slots__ = ("holes", "jumped", "next_id", "raw", "time")

    def __init__(self, next_id: int, raw: int | None) -> None:
        self.next_id = next_id
        self.raw = raw  # the newest raw id
        self.time = 0
        self.jumped = False
        self.holes: list[_Hole] = []  # ascending

    def follow(self, trade: RecordedTrade) -> bool:
        """Take the raw id of a print in, and keep ids free for those it jumps over; False where it is no next id."""
        before = self.raw
        if before is not None and (trade.t <= before or trade.t - before - 1 > MOST_MISSING):
            return False
        self.raw = trade.t
        self.time = max(self.time, trade.T)
        self.jumped = before is not None and trade.t > before + 1
        if before is not None and self.jumped:
            self.holes.append(_Hole(before + 1, trade.t - 1, self.next_id))
            del self.holes[:-MOST_HOLES]
            self.next_id += trade.t - before - 1
        return True

    def fill(self, raw: int) -> int | None:
        """The aggregate id that was kept free for a raw id; None where it did come before, or is not known."""
        place = bisect_right(self.holes, raw, key=lambda hole: hole.first) - 1
        if place < 0 or raw > self.holes[place].last:
            return None
        hole = self.holes[place]
        number = hole.number + raw - hole.first
        rest = [_Hole(hole.first, raw - 1, hole.number), _Hole(raw + 1, hole.last, number + 1)]
        self.holes[place : place + 1] = [part for part in rest if part.first <= part.last]
        return number


class AggTradeBuilder:
    """Turn raw trades into aggregate trades.

    Consecutive trades of a symbol with the same price, side and time join into one. Prints that are no market trades
    (``X`` other than MARKET, price or quantity zero) are left out. Aggregate ids are our own; ``f`` and ``l`` keep the
    raw ids. Quantities are summed exactly.

    The stream numbers every print, those that are left out among them, so a raw id that does not come is a print that
    was lost. Each of them leaves an aggregate id free: the tape then has the hole that the raw ids prove. A trade that
    comes for it later (another recorder's, a stream that was out of order) gets that id, as an aggregate of its own. A
    raw id that came before is a repeat and enters once. ``repeated`` counts these, ``contradictory`` the ids that go
    back while their time goes on, or are more than a thousand million ahead, and prices beyond any market: such a print
    is left out as if it had not come.

    An aggregate is given out when the next trade does not join it, when the clock is over 100 ms past its last
    trade, or on :meth:`flush`. The clock is the exchange's event time ``E``, never a wall clock, so the result depends
    only on the order of the trades.
    """

    def __init__(self, first_id: int = 1, *, last_raw: Mapping[str, int] | None = None) -> None:
        self._first_id = first_id
        self._last_raw = dict(last_raw or {})
        self._numbers: dict[str, _Numbering] = {}
        self.repeated = 0
        self.contradictory = 0
        self._open: dict[str, _Open] = {}  # in the order in which they were opened
        self._clock_ms = 0

    def add(self, payload: bytes) -> list[BuiltAggregate]:
        """Take the JSON of one raw ``trade`` payload and return the aggregates that it closes, in their order.

        Raises:
            RecordingError: the payload is no raw trade.
        """
        try:
            trade = _decode_trade(payload)
            _scaled(trade.p)
            _scaled(trade.q)
        except (msgspec.MsgspecError, ValueError) as error:
            raise RecordingError(
                f"A recorded trade is malformed ({error}); remove its line: {payload[:120]!r}."
            ) from error
        return self.add_trade(trade)

    def add_trade(self, trade: RecordedTrade) -> list[BuiltAggregate]:
        """As :meth:`add`, for a decoded trade."""
        # A stretch of the market is hundreds of thousands of these, so the usual case is written out.
        symbol, price, quantity = trade.s, float(trade.p), float(trade.q)
        market = trade.X == "MARKET"
        counts = market and 0.0 < price <= LARGEST_PRICE and 0.0 < quantity <= LARGEST_QUANTITY
        if market and not counts and not is_empty_print(price, quantity):
            self.contradictory += 1
            return self.advance(trade.E)
        numbers = self._numbers.get(symbol)
        if numbers is None:
            numbers = self._numbers[symbol] = _Numbering(self._first_id, self._last_raw.get(symbol))
        closed: list[BuiltAggregate] = []
        if trade.t - 1 == numbers.raw:
            numbers.raw = trade.t
            if trade.T > numbers.time:  # noqa: PLR1730 - a call costs more than the comparison
                numbers.time = trade.T
        elif not numbers.follow(trade):
            closed.extend(self._late(numbers, trade))
            closed.extend(self.advance(trade.E))
            return closed
        elif numbers.jumped and symbol in self._open:
            closed.append(self._close(symbol))  # what was lost may have stood between
        if counts:
            pending = self._open.get(symbol)
            if pending is not None and pending.takes(trade):
                pending.join(trade)
            else:
                if pending is not None:
                    closed.append(self._close(symbol))
                # A hole before this trade has taken its ids by now.
                self._open[symbol] = _Open(trade, numbers.next_id)
                numbers.next_id += 1
        closed.extend(self.advance(trade.E))
        return closed

    def _late(self, numbers: _Numbering, trade: RecordedTrade) -> list[BuiltAggregate]:
        """A print whose id is none of the next ones: it fills a hole, came before, or contradicts what came."""
        number = numbers.fill(trade.t)
        if number is not None:
            return [_Open(trade, number).aggregate()] if trade.counts else []
        if trade.T > numbers.time or trade.t > (numbers.raw or 0):
            self.contradictory += 1
        else:
            self.repeated += 1
        return []

    def advance(self, event_ms: int) -> list[BuiltAggregate]:
        """Move the clock to the event time of any other message and return the aggregates that are complete by it."""
        if event_ms <= self._clock_ms:
            return []
        self._clock_ms = event_ms
        if not self._open:
            return []
        due = [symbol for symbol, pending in self._open.items() if event_ms - pending.event_ms > CLOSE_AFTER_MS]
        return [self._close(symbol) for symbol in due]

    def flush(self) -> list[BuiltAggregate]:
        """Close everything that is open."""
        return [self._close(symbol) for symbol in list(self._open)]

    def _close(self, symbol: str) -> BuiltAggregate:
        return self._open.pop(symbol).aggregate()


def _scaled(text: str) -> tuple[int, int]:
    """Split a decimal text into an integer and its number of decimals: ``"0.020"`` is ``(20, 3)``."""
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{text!r} is no non-negative decimal")
    return int(digits), len(fraction)


def _text(value: int, decimals: int) -> str:
    if decimals == 0:
        return str(value)
    digits = str(value).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}"
