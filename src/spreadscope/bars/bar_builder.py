"""A bar that is being built from trades. More trades can be merged in any order, before it is closed and after."""

from __future__ import annotations

from math import isnan
from struct import Struct
from typing import Any, Self

from spreadscope.bars.kernel import FRACTION, exact_volume

LAYOUT = Struct("<6d16s4q")
_NONE = float("nan")


class BarBuilder:
    """A bar being built from groups of trades, used by ``BarSeries``. Merging is associative and commutative.

    ``hundred_millionths`` is the volume, exactly; ``bid`` and ``ask`` are set when the bar closes.
    """

    __slots__ = (
        "ask",
        "bid",
        "close",
        "count",
        "first_id",
        "high",
        "hundred_millionths",
        "last_id",
        "last_time",
        "low",
        "open",
    )

    def __init__(self) -> None:
        self.count = 0
        self.hundred_millionths = 0
        self.first_id = 0
        self.last_id = 0
        self.last_time = 0
        self.open = self.high = self.low = self.close = 0.0
        self.bid: float | None = None
        self.ask: float | None = None

    @property
    def volume(self) -> float:
        """Returns the float64 nearest to the exact sum of the quantities."""
        return exact_volume(0, self.hundred_millionths)

    def merge(self, integers: tuple[int, ...], numbers: tuple[float, ...], last_time: int) -> None:
        """Add one group of trades, as ``kernel.group`` gives it."""
        _, first_id, last_id, whole, fraction, count = integers
        opened, high, low, close = numbers
        if self.count == 0:
            self.first_id, self.last_id = first_id, last_id
            self.open, self.high, self.low, self.close = opened, high, low, close
        else:
            if first_id < self.first_id:
                self.first_id, self.open = first_id, opened
            if last_id > self.last_id:
                self.last_id, self.close = last_id, close
            self.high = max(self.high, high)
            self.low = min(self.low, low)
        self.last_time = max(self.last_time, last_time)
        self.hundred_millionths += whole * FRACTION + fraction
        self.count += count

    def pack_fields(self) -> tuple[Any, ...]:
        """Returns the fields of ``LAYOUT``."""
        quoted = self.bid is not None and self.ask is not None
        return (
            self.open, self.high, self.low, self.close, self.bid if quoted else _NONE, self.ask if quoted else _NONE,
            self.hundred_millionths.to_bytes(16, "little", signed=True),
            self.first_id, self.last_id, self.last_time, self.count,
        )  # fmt: skip

    @classmethod
    def from_fields(cls, _time: int, *fields: Any) -> Self:
        """Returns the bar of which ``pack_fields`` gave these fields."""
        bar = cls()
        bar.open, bar.high, bar.low, bar.close, bid, ask, volume, *rest = fields
        if not isnan(bid):
            bar.bid, bar.ask = bid, ask
        bar.hundred_millionths = int.from_bytes(volume, "little", signed=True)
        bar.first_id, bar.last_id, bar.last_time, bar.count = rest
        return bar
