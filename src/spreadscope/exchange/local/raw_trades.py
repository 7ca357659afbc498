"""Raw trades: those behind the synthetic market's aggregates, and those that a recording holds."""

from __future__ import annotations

from collections import deque
from typing import Any, Final, NamedTuple, Protocol

import msgspec
import numpy as np

from spreadscope.exchange.local.decimal_text import decimal_text
from spreadscope.exchange.local.trade_log import TradeLog

_MOST: Final = 1000  # rows of a page of /fapi/v1/trades
_MULTIPLIER: Final = 0x9E3779B97F4A7C15
_WORD: Final = (1 << 64) - 1


class SplitTrade(NamedTuple):
    """One raw trade; texts as the exchange writes them."""

    id: int
    price: str
    quantity: str
    turnover: str
    time_ms: int
    maker: bool

    def row(self) -> dict[str, Any]:
        """A row of ``trades`` and ``historicalTrades``."""
        return {
            "id": self.id, "price": self.price, "qty": self.quantity, "quoteQty": self.turnover, "time": self.time_ms,
            "isBuyerMaker": self.maker, "isRPITrade": False,
        }  # fmt: skip

    def payload(self, symbol: str, delay_ms: int) -> bytes:
        """A ``trade`` payload; ``E`` is ``delay_ms`` after ``T``."""
        return (
            f'{{"e":"trade","E":{self.time_ms + delay_ms},"T":{self.time_ms},"s":"{symbol}","t":{self.id},'
            f'"p":"{self.price}","q":"{self.quantity}","X":"MARKET","m":{"true" if self.maker else "false"},"st":1}}'
        ).encode()


class RawTrades(Protocol):
    """The raw trades of one symbol, as far as REST may show them."""

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The newest rows, ascending."""

    def from_id(self, number: int, limit: int) -> list[dict[str, Any]]:
        """Rows from an id on."""


class SplitTrades:
    """The raw trades behind each aggregate of a tape: always the same split, by a hash of the raw ids.

    An aggregate of ``n`` raw trades over ``q`` steps (never fewer than n) gives each at least one step.
    """

    def __init__(self, tape: TradeLog) -> None:
        self._tape = tape

    def since(self, told: int) -> list[SplitTrade]:
        """The raw trades of every aggregate after the first ``published`` ones (see ``TradeLog.published``)."""
        return self._split(self._tape.rows(told))

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The newest rows, ascending."""
        trades = self._split(self._tape.rows(max(self._tape.published - limit, 0)))
        return [trade.row() for trade in trades[-limit:]]

    def from_id(self, number: int, limit: int) -> list[dict[str, Any]]:
        """Rows from an id on."""
        start = self._tape.number_of_raw(number)
        trades = self._split(self._tape.rows(start, start + limit))
        return [trade.row() for trade in trades if trade.id >= number][:limit]

    def _split(self, rows: np.ndarray[Any, np.dtype[np.int64]]) -> list[SplitTrade]:
        tape = self._tape
        trades = []
        for _, time, price, quantity, _, first, _, count, maker in rows.T.tolist():
            shares = [1 + _hash(first + place) % 1000 for place in range(count)]
            spare, total = quantity - count, sum(shares)
            pieces = [1 + spare * share // total for share in shares]
            pieces[0] += quantity - sum(pieces)
            for place, piece in enumerate(pieces):
                trades.append(
                    SplitTrade(
                        first + place, decimal_text(price, tape.price_decimals),
                        decimal_text(piece, tape.quantity_decimals),
                        decimal_text(price * piece, tape.price_decimals + tape.quantity_decimals), time, bool(maker),
                    )
                )  # fmt: skip
        return trades


class _Recorded(msgspec.Struct):
    t: int
    p: str
    q: str
    T: int
    m: bool
    X: str = "MARKET"


_decode = msgspec.json.Decoder(_Recorded).decode


class RecordedTrades:
    """The newest raw trades of a recording, as payloads; each becomes visible when its frame has been played.

    Prints that are no market trades (``X``) come in the stream and are no rows of REST, as on the exchange.
    """

    def __init__(self) -> None:
        self._ahead: deque[bytes] = deque()
        self._played: deque[bytes] = deque(maxlen=_MOST)

    def add(self, payload: bytes) -> None:
        """Queue a payload whose frame is still to be played."""
        self._ahead.append(payload)

    def reveal(self) -> None:
        """The oldest queued payload has been played."""
        self._played.append(self._ahead.popleft())

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The newest rows, ascending."""
        return self._rows()[-limit:]

    def from_id(self, number: int, limit: int) -> list[dict[str, Any]]:
        """Rows from an id on, of the last thousand."""
        return [row for row in self._rows() if row["id"] >= number][:limit]

    def _rows(self) -> list[dict[str, Any]]:
        return [
            SplitTrade(trade.t, trade.p, trade.q, _product(trade.p, trade.q), trade.T, trade.m).row()
            for trade in map(_decode, self._played)
            if trade.X == "MARKET" and trade.q.strip("0.")
        ]


def _product(price: str, quantity: str) -> str:
    (p, d), (q, e) = _digits(price), _digits(quantity)
    return decimal_text(p * q, d + e)


def _digits(text: str) -> tuple[int, int]:
    whole, _, fraction = text.partition(".")
    return int(whole + fraction), len(fraction)


def _hash(number: int) -> int:
    """Mix the bits of a number: neighbours get unlike results (the finaliser of SplitMix64)."""
    value = number * _MULTIPLIER & _WORD
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    value = (value ^ value >> 27) * 0x94D049BB133111EB & _WORD
    return value ^ value >> 31
