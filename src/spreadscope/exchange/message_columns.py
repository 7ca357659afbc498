"""Many frames of a venue as columns, and the table of symbols by which a compiled kernel finds them."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from spreadscope.jit import njit
from spreadscope.model.events import Bools, Floats, Ints
from spreadscope.model.instrument import local_symbol

Bytes = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.int8]

OTHER, TRADE, QUOTE = 0, 1, 2


class Columns(msgspec.Struct, frozen=True):
    """n frames as columns; times are the exchange's, ms.

    Of a quote ``ids`` are the updates of its book, and ``buyer_is_maker`` means nothing; of a trade ``bid_quantities``
    and ``ask_quantities`` mean nothing. ``OTHER`` frames are not read here.
    """

    kinds: Codes
    symbols: Ints
    ids: Ints
    times: Ints
    event_times: Ints
    prices_or_bids: Floats
    quantities_or_asks: Floats
    bid_quantities: Floats
    ask_quantities: Floats
    buyer_is_maker: Bools

    def __len__(self) -> int:
        return len(self.kinds)


def unread_columns(count: int) -> Columns:
    """Returns columns of frames none of which is read here."""
    whole, real = np.zeros(count, dtype=np.int64), np.zeros(count)
    kinds, flags = np.full(count, OTHER, dtype=np.int8), np.zeros(count, dtype=np.bool_)
    return Columns(kinds, whole, whole, whole, whole, real, real, real, real, flags)


_LONGEST_NAME = 24
_MOST_SYMBOLS = 2_048
_SLOTS = 8_192  # a power of two, and four times as many as there can be symbols


class SymbolTable:
    """Names of instruments ↔ small numbers; the venue's own symbols in a form that a kernel can search."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self.bytes = np.zeros((_MOST_SYMBOLS, _LONGEST_NAME), dtype=np.uint8)
        self.lengths = np.zeros(_MOST_SYMBOLS, dtype=np.int64)
        self.slots = np.full(_SLOTS, -1, dtype=np.int64)

    def number(self, name: str) -> int:
        """The number of a symbol, given to it at the first call."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
            self._enter(number, local_symbol(name))
        return number

    def _enter(self, number: int, name: str) -> None:
        """Names that are no plain ASCII, and many or long ones, are not looked for: their frames take the slow way."""
        if number >= _MOST_SYMBOLS or len(name) > _LONGEST_NAME or not name.isascii():
            return
        raw = np.frombuffer(name.encode(), dtype=np.uint8)
        self.bytes[number, : len(raw)] = raw
        self.lengths[number] = len(raw)
        slot = hash_bytes(self.bytes[number], 0, len(raw)) & (_SLOTS - 1)
        while self.slots[slot] >= 0:
            slot = (slot + 1) & (_SLOTS - 1)
        self.slots[slot] = number


@njit
def hash_bytes(data: Bytes, start: int, stop: int) -> int:  # pragma: no cover - compiled
    """FNV-1a, in 32 bits."""
    value = 2166136261
    for i in range(start, stop):
        value = ((value ^ data[i]) * 16777619) & 0xFFFFFFFF
    return value
