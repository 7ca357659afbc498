"""Rebuild aggregate trades from raw trades, as the exchange does it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from spreadscope.model.errors import RecordingError

CLOSE_AFTER_MS: Final = 100  # the exchange aggregates within 100 ms


class RawTrade(msgspec.Struct, frozen=True, gc=False):
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
        return self.X == "MARKET" and not _is_zero(self.p) and not _is_zero(self.q)


class AggTrade(msgspec.Struct, frozen=True, gc=False):
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


_decode_trade = msgspec.json.Decoder(RawTrade).decode


class _Open:
    """The aggregate a symbol's next trade may still join."""

    __slots__ = ("count", "decimals", "event_ms", "first", "last_id", "quantity", "text")

    def __init__(self, trade: RawTrade) -> None:
        self.first = trade
        self.last_id = trade.t
        self.event_ms = trade.E
        self.count = 1
        self.text = trade.q
        self.quantity, self.decimals = _scaled(trade.q)

    def takes(self, trade: RawTrade) -> bool:
        first = self.first
        return (
            trade.T == first.T and trade.m == first.m and (trade.p == first.p or Decimal(trade.p) == Decimal(first.p))
        )

    def join(self, trade: RawTrade) -> None:
        quantity, decimals = _scaled(trade.q)
        if decimals > self.decimals:
            self.quantity *= 10 ** (decimals - self.decimals)
            self.decimals = decimals
        self.quantity += quantity * 10 ** (self.decimals - decimals)
        self.text = _text(self.quantity, self.decimals)
        self.last_id = trade.t
        self.event_ms = trade.E
        self.count += 1


class AggTradeBuilder:
    """Turn raw trades into aggregate trades.

    Consecutive trades of a symbol with the same price, side and time join into one. Prints that are no market trades
    (``X`` other than MARKET, price or quantity zero) are left out. Aggregate ids are our own, dense per symbol;
    ``f`` and ``l`` keep the raw ids. Quantities are summed exactly.

    An aggregate is given out when the next trade does not join it, when the clock is over 100 ms past its last
    trade, or on :meth:`flush`. The clock is the exchange's event time ``E``, never a wall clock, so the result depends
    only on the order of the trades.
    """

    def __init__(self, first_id: int = 1, *, first_ids: Mapping[str, int] | None = None) -> None:
        self._first_id = first_id
        self._next_ids: dict[str, int] = dict(first_ids or {})
        self._open: dict[str, _Open] = {}  # in the order in which they were opened
        self._clock_ms = 0

    def add(self, payload: bytes) -> list[AggTrade]:
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

    def add_trade(self, trade: RawTrade) -> list[AggTrade]:
        """As :meth:`add`, for a decoded trade."""
        closed: list[AggTrade] = []
        if trade.counts:
            pending = self._open.get(trade.s)
            if pending is not None and pending.takes(trade):
                pending.join(trade)
            else:
                if pending is not None:
                    closed.append(self._close(trade.s))
                self._open[trade.s] = _Open(trade)
        closed.extend(self.advance(trade.E))
        return closed

    def advance(self, event_ms: int) -> list[AggTrade]:
        """Move the clock to the event time of any other message and return the aggregates that are complete by it."""
        if event_ms <= self._clock_ms or not self._open:
            self._clock_ms = max(self._clock_ms, event_ms)
            return []
        self._clock_ms = event_ms
        due = [symbol for symbol, pending in self._open.items() if event_ms - pending.event_ms > CLOSE_AFTER_MS]
        return [self._close(symbol) for symbol in due]

    def flush(self) -> list[AggTrade]:
        """Close everything that is open."""
        return [self._close(symbol) for symbol in list(self._open)]

    def _close(self, symbol: str) -> AggTrade:
        pending = self._open.pop(symbol)
        number = self._next_ids.get(symbol, self._first_id)
        self._next_ids[symbol] = number + 1
        first = pending.first
        return AggTrade(
            s=symbol, a=number, p=first.p, q=pending.text, f=first.t, l=pending.last_id,
            T=first.T, m=first.m, E=pending.event_ms, n=pending.count,
        )  # fmt: skip


def _is_zero(text: str) -> bool:
    return not text.strip("0.")


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
