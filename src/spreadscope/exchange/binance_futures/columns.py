"""Reads many frames at once as columns, for the two kinds that come by the thousand.

These are ``aggTrade`` and ``bookTicker``.

The kernel reads a frame only where it has exactly the shape the exchange sends (a flat object of plain ASCII on a
combined stream, decimals in quotes, no blanks, no escapes, USD-M). Every other frame, and every frame of a symbol not
in the table, is marked ``OTHER`` and is left to ``decode``; so what the kernel reads is what ``decode`` would have
read, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spreadscope.exchange.binance_futures.payloads import MOST_AHEAD_MS
from spreadscope.exchange.message_columns import (
    QUOTE,
    TRADE,
    Bytes,
    Codes,
    Columns,
    SymbolTable,
    hash_bytes,
)
from spreadscope.jit import njit
from spreadscope.model.events import Bools, Floats, Ints
from spreadscope.model.trade_limits import LARGEST_ID, LATEST_TIME


def read_columns(payloads: Sequence[bytes], table: SymbolTable) -> Columns:
    """The frames as columns, in order."""
    n = len(payloads)
    ends = np.cumsum(np.fromiter(map(len, payloads), np.int64, n))
    data = np.frombuffer(
        bytearray().join(payloads), dtype=np.uint8
    )  # writable: a kernel takes read-only arrays for another type
    kinds = np.zeros(n, dtype=np.int8)
    symbols, ids, times, stamps = np.zeros((4, n), dtype=np.int64)
    firsts, seconds, bid_sizes, ask_sizes = np.zeros((4, n))
    flags = np.zeros(n, dtype=np.bool_)
    _read(
        data, ends, table.bytes, table.lengths, table.slots, kinds, symbols, ids, times, stamps, firsts, seconds,
        bid_sizes, ask_sizes, flags,
    )  # fmt: skip
    return Columns(kinds, symbols, ids, times, stamps, firsts, seconds, bid_sizes, ask_sizes, flags)


# What a token is. 0: the key is not there.
_TEXT, _DECIMAL, _WHOLE, _TRUE, _FALSE, _NULL = 1, 2, 3, 4, 5, 6
# Places of tokens: a key of one letter has its own code, these two have codes no letter has, the rest are read by
# nobody.
_NQ, _ST, _NOBODY = 1, 2, 0
_KEYS = 128
_PREFIX = np.frombuffer(b'{"stream":"', dtype=np.uint8)
_MIDDLE = np.frombuffer(b'","data":{', dtype=np.uint8)
_AGG_TRADE = np.frombuffer(b"aggTrade", dtype=np.uint8)
_BOOK_TICKER = np.frombuffer(b"bookTicker", dtype=np.uint8)
_POWERS = 10.0 ** np.arange(19)
# Bytes at which a plain text ends, or ceases to be plain: the quote, the backslash, controls, and what is not ASCII.
_ENDS = np.array([not 32 <= c <= 126 or c in b'"\\' for c in range(256)])


@njit
def _is(data: Bytes, start: int, stop: int, word: Bytes) -> bool:  # pragma: no cover - compiled
    if stop - start < len(word):
        return False
    same = True
    for i in range(len(word)):
        same &= data[start + i] == word[i]
    return same


@njit
def _number(data: Bytes, start: int, end: int, names: Bytes, lengths: Ints, slots: Ints) -> int:  # pragma: no cover
    """The number of the symbol with this name; -1 where there is none."""
    slot = hash_bytes(data, start, end) & (len(slots) - 1)
    while slots[slot] >= 0:
        number = slots[slot]
        if lengths[number] == end - start:
            same = True
            for k in range(end - start):
                same &= names[number, k] == data[start + k]
            if same:
                return int(number)
        slot = (slot + 1) & (len(slots) - 1)
    return -1


@njit
def _members(
    data: Bytes, i: int, stop: int, kinds: Codes, starts: Ints, ends: Ints, wholes: Ints, numbers: Floats
) -> bool:  # pragma: no cover - compiled
    """Read the members of a flat object from behind its brace to the end of the frame: ``…}}``.

    A key twice is no such object.

    One function for speed: handing six arrays on for every token costs more than reading the token.
    """
    kinds[:] = 0
    while i + 4 < stop and data[i] == 34:
        key = i + 1
        i = key
        while i < stop and not _ENDS[data[i]]:
            i += 1
        if i + 2 >= stop or data[i] != 34 or data[i + 1] != 58:
            return False
        place = _NOBODY
        if i - key == 1:
            place = int(data[key])
        elif i - key == 2 and data[key] == 110 and data[key + 1] == 113:
            place = _NQ
        elif i - key == 2 and data[key] == 115 and data[key + 1] == 116:
            place = _ST
        if place != _NOBODY and kinds[place]:
            return False
        i += 2
        c = data[i]
        start = i
        value, digits = 0, 0
        if c == 34:
            # A text; a decimal of at most 15 digits is read on the way. Both numbers of the quotient are exact, so it
            # is correctly rounded.
            i += 1
            start = i
            point = -1
            decimal = True
            while i < stop and not _ENDS[data[i]]:
                c = data[i]
                if 48 <= c <= 57:
                    value = value * 10 + (c - 48)
                    digits += 1
                elif c == 46 and point < 0 and i > start:
                    point = i
                else:
                    decimal = False
                i += 1
            if i >= stop or data[i] != 34:
                return False
            decimal = decimal and 0 < digits <= 15 and point != i - 1
            if decimal and data[start] == 48 and i - start > 1 and point != start + 1:
                decimal = False
            kinds[place], starts[place], ends[place] = _TEXT, start, i
            if decimal:
                kinds[place] = _DECIMAL
                numbers[place] = value / _POWERS[i - point - 1] if point >= 0 else np.float64(value)
            i += 1
        elif 48 <= c <= 57:
            while i < stop and 48 <= data[i] <= 57:
                value = value * 10 + (data[i] - 48)
                i += 1
            if i - start > 18 or (c == 48 and i - start > 1):
                return False
            kinds[place], wholes[place] = _WHOLE, value
        elif i + 4 < stop and c == 116 and data[i + 1] == 114 and data[i + 2] == 117 and data[i + 3] == 101:
            kinds[place] = _TRUE
            i += 4
        elif i + 4 < stop and c == 110 and data[i + 1] == 117 and data[i + 2] == 108 and data[i + 3] == 108:
            kinds[place] = _NULL
            i += 4
        elif (
            i + 5 < stop and c == 102 and data[i + 1] == 97 and data[i + 2] == 108 and data[i + 3] == 115
            and data[i + 4] == 101
        ):  # fmt: skip
            kinds[place] = _FALSE
            i += 5
        else:
            return False
        if i >= stop:
            return False
        if data[i] == 125:
            return i + 2 == stop and data[i + 1] == 125
        if data[i] != 44:
            return False
        i += 1
    return False


@njit
def _read(
    data: Bytes, frame_ends: Ints, names: Bytes, lengths: Ints, slots: Ints, out_kinds: Codes, symbols: Ints, ids: Ints,
    times: Ints, stamps: Ints, firsts: Floats, seconds: Floats, bid_sizes: Floats, ask_sizes: Floats, flags: Bools,
) -> None:  # fmt: skip  # pragma: no cover - compiled
    kinds = np.zeros(_KEYS, dtype=np.int8)
    starts = np.zeros(_KEYS, dtype=np.int64)
    ends = np.zeros(_KEYS, dtype=np.int64)
    wholes = np.zeros(_KEYS, dtype=np.int64)
    numbers = np.zeros(_KEYS)
    begin = 0
    for row in range(len(frame_ends)):
        start, stop = begin, frame_ends[row]
        begin = stop
        if not _is(data, start, stop, _PREFIX):
            continue
        end = start + len(_PREFIX)
        while end < stop and not _ENDS[data[end]]:
            end += 1
        if not _is(data, end, stop, _MIDDLE):
            continue
        if not _members(data, end + len(_MIDDLE), stop, kinds, starts, ends, wholes, numbers):
            continue
        # e, s, E, T: what both have. COIN-M frames have st 2.
        if kinds[101] != _TEXT or kinds[115] != _TEXT or kinds[69] != _WHOLE or kinds[84] != _WHOLE:
            continue
        if wholes[69] > LATEST_TIME or wholes[84] > LATEST_TIME:
            continue
        if kinds[_ST] and not (kinds[_ST] == _WHOLE and wholes[_ST] == 1):
            continue
        length = ends[101] - starts[101]
        if length == len(_AGG_TRADE) and _is(data, starts[101], ends[101], _AGG_TRADE):
            # a, f, l whole; p, q decimals; m true or false; nq a decimal or null where it is there
            if kinds[97] != _WHOLE or kinds[102] != _WHOLE or kinds[108] != _WHOLE:
                continue
            if kinds[112] != _DECIMAL or kinds[113] != _DECIMAL or not (kinds[109] == _TRUE or kinds[109] == _FALSE):
                continue
            if kinds[_NQ] and kinds[_NQ] != _DECIMAL and kinds[_NQ] != _NULL:
                continue
            if wholes[84] - wholes[69] > MOST_AHEAD_MS or wholes[97] > LARGEST_ID:
                continue
            number = _number(data, starts[115], ends[115], names, lengths, slots)
            if number < 0:
                continue
            ids[row], firsts[row], seconds[row] = wholes[97], numbers[112], numbers[113]
            flags[row] = kinds[109] == _TRUE
            out_kinds[row] = TRADE
        elif length == len(_BOOK_TICKER) and _is(data, starts[101], ends[101], _BOOK_TICKER):
            # u whole; b, B, a, A decimals
            if kinds[117] != _WHOLE or kinds[98] != _DECIMAL or kinds[66] != _DECIMAL:
                continue
            if kinds[97] != _DECIMAL or kinds[65] != _DECIMAL or wholes[117] > LARGEST_ID:
                continue
            number = _number(data, starts[115], ends[115], names, lengths, slots)
            if number < 0:
                continue
            ids[row], firsts[row], seconds[row] = wholes[117], numbers[98], numbers[97]
            bid_sizes[row], ask_sizes[row] = numbers[66], numbers[65]
            out_kinds[row] = QUOTE
        else:
            continue
        symbols[row], times[row], stamps[row] = number, wholes[84], wholes[69]
