"""The order book as REST and depth streams show it: a quote, the levels behind it, the difference of two states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from spreadscope.model.instrument import local_symbol

Levels = dict[str, str]  # price → quantity, both as the exchange writes them, the best first

DEPTH_LIMITS: Final = (5, 10, 20, 50, 100, 500, 1000)


class BookQuote(msgspec.Struct, frozen=True, gc=False):
    """Best bid and ask after one update of the book. Old recordings have no times: then they are 0."""

    symbol: str
    update: int
    event_ms: int
    time_ms: int
    bid: str
    bid_size: str
    ask: str
    ask_size: str

    def payload(self) -> bytes:
        """A ``bookTicker`` payload."""
        return (
            f'{{"e":"bookTicker","u":{self.update},"s":"{self.symbol}","ps":"{self.symbol}","b":"{self.bid}",'
            f'"B":"{self.bid_size}","a":"{self.ask}","A":"{self.ask_size}",'
            f'"T":{self.time_ms},"E":{self.event_ms},"st":1}}'
        ).encode()

    def spot_payload(self) -> bytes:
        """A ``bookTicker`` payload of Spot: it names neither the event nor a time."""
        return (
            f'{{"u":{self.update},"s":"{local_symbol(self.symbol)}","b":"{self.bid}","B":"{self.bid_size}",'
            f'"a":"{self.ask}","A":"{self.ask_size}"}}'
        ).encode()

    def spot_row(self) -> dict[str, Any]:
        """A row of Spot's ``ticker/bookTicker``."""
        return {
            "symbol": local_symbol(self.symbol), "bidPrice": self.bid, "bidQty": self.bid_size, "askPrice": self.ask,
            "askQty": self.ask_size,
        }  # fmt: skip

    def row(self) -> dict[str, Any]:
        """A row of ``ticker/bookTicker``."""
        return {
            "symbol": self.symbol, "bidPrice": self.bid, "bidQty": self.bid_size, "askPrice": self.ask,
            "askQty": self.ask_size, "time": self.time_ms, "lastUpdateId": self.update,
        }  # fmt: skip


class BookState(msgspec.Struct, frozen=True, gc=False):
    """The whole book after one update."""

    symbol: str
    update: int
    time_ms: int
    bids: Levels
    asks: Levels

    def row(self, limit: int, now_ms: int) -> dict[str, Any]:
        """The answer of ``depth``."""
        return {
            "lastUpdateId": self.update, "E": now_ms, "T": self.time_ms, "bids": _top(self.bids, limit),
            "asks": _top(self.asks, limit),
        }  # fmt: skip

    def spot_row(self, limit: int) -> dict[str, Any]:
        """The answer of Spot's ``depth``, and the payload of its partial depth streams."""
        return {
            "lastUpdateId": self.update, "bids": _top(self.bids, limit), "asks": _top(self.asks, limit),
        }  # fmt: skip

    def spot_since(self, earlier: BookState, now_ms: int) -> bytes:
        """A payload of Spot's diff depth stream: as ``since``, without what Spot does not say."""
        return msgspec.json.encode(
            {
                "e": "depthUpdate", "E": now_ms, "s": local_symbol(self.symbol), "U": earlier.update + 1,
                "u": self.update,
                "b": _changes(earlier.bids, self.bids), "a": _changes(earlier.asks, self.asks),
            }
        )  # fmt: skip

    def top(self, limit: int, before: int, now_ms: int) -> bytes:
        """A payload of a partial depth stream; ``before`` is the update that the last event ended with."""
        return self._event(before, now_ms, _top(self.bids, limit), _top(self.asks, limit))

    def since(self, earlier: BookState, now_ms: int) -> bytes:
        """A payload of a diff depth stream: what has changed since an earlier state; a level that is gone has "0"."""
        bids, asks = _changes(earlier.bids, self.bids), _changes(earlier.asks, self.asks)
        return self._event(earlier.update, now_ms, bids, asks)

    def _event(self, before: int, now_ms: int, bids: list[list[str]], asks: list[list[str]]) -> bytes:
        return msgspec.json.encode(
            {
                "e": "depthUpdate", "E": now_ms, "T": self.time_ms, "s": self.symbol, "ps": self.symbol,
                "U": before + 1,
                "u": self.update, "pu": before, "b": bids, "a": asks, "st": 1,
            }
        )  # fmt: skip


class _Changes(msgspec.Struct):
    """A recorded payload of a diff depth stream; what else it holds is that of the exchange's own."""

    E: int
    s: str
    U: int
    u: int
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]
    T: int = 0
    pu: int | None = None
    ps: str | None = None
    st: int = 1


class _SpotChanges(msgspec.Struct):
    """The same of Spot, which says neither a time nor the update before."""

    E: int
    s: str
    U: int
    u: int
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]


_decode_changes = msgspec.json.Decoder(_Changes).decode
_decode_spot_changes = msgspec.json.Decoder(_SpotChanges).decode


def joined_changes(payloads: Sequence[bytes], *, spot: bool = False) -> bytes:
    """Successive payloads of a diff depth stream as one.

    It goes from the first's ids to the last's, with the last quantity of each level.

    Raises:
        msgspec.MsgspecError: one of them is none.
    """
    if len(payloads) == 1:
        return payloads[0]
    changes: list[_Changes] | list[_SpotChanges]
    if spot:
        changes = [_decode_spot_changes(payload) for payload in payloads]
        whole: _Changes | _SpotChanges = changes[-1]
    else:
        changes = [_decode_changes(payload) for payload in payloads]
        whole = changes[-1]
        whole.pu = changes[0].pu
    whole.U = changes[0].U
    whole.b = list({price: size for one in changes for price, size in one.b}.items())
    whole.a = list({price: size for one in changes for price, size in one.a}.items())
    return msgspec.json.encode({"e": "depthUpdate"} | msgspec.to_builtins(whole))


def _top(levels: Levels, limit: int) -> list[list[str]]:
    return [[price, size] for price, size in _first(levels.items(), limit)]


def _first(items: Iterable[tuple[str, str]], limit: int) -> Iterable[tuple[str, str]]:
    return (item for item, _ in zip(items, range(limit), strict=False))


def _changes(old: Levels, new: Levels) -> list[list[str]]:
    changed = [[price, size] for price, size in new.items() if old.get(price) != size]
    return changed + [[price, "0"] for price in old if price not in new]
