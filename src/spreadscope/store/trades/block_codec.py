"""The encoding of a block of trades: columns become a few bytes a trade, and back without any loss.

Layout (little endian): version, flags, rows, size of the plain payload, CRC-32 of all the rest; then the payload,
packed with zstd where that makes it smaller. The payload is four columns and the bits of the side. A column has a head
(width, decimals, first value, lowest step) and its numbers, counted from the lowest one, in as many bytes as the
largest needs; the first bytes of all rows come first, then the second ones, which packs better. Ids, times and prices
are kept as differences; prices and quantities as integers with a number of decimals where every one of them comes back
exactly, else as the bits of the floats.
"""

from __future__ import annotations

import struct
import threading
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from spreadscope.jit import njit
from spreadscope.model.errors import StoreError
from spreadscope.model.events import Floats, Ints
from spreadscope.store.trades.trade_columns import TradeColumns

VERSION = 1
MAX_ROWS = 1 << 20  # in one block: a header that says more is damaged

_HEADER = struct.Struct("<BBIII")  # version, flags, rows, plain size, CRC-32
_COLUMN = struct.Struct("<BBqq")  # width in bytes, decimals, first value, lowest step
_COLUMNS = 4
_BITS_OF_FLOATS = 255  # in place of decimals
_MAX_DECIMALS = 10
_POWERS: Floats = 10.0 ** np.arange(_MAX_DECIMALS + 1, dtype=np.float64)
_PACKED = 1

Bytes = npt.NDArray[np.uint8]


class _Zstd(threading.local):
    """A compressor and a decompressor for each thread: they cannot be shared, and are slow to make."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=1)
        self.decompressor = zstandard.ZstdDecompressor()


_zstd = _Zstd()


def encode(columns: TradeColumns) -> bytes:
    """Returns trades as the bytes of one block, from which ``decode`` makes the same trades, bit for bit."""
    ids, times, prices, quantities, sides = columns
    n = len(ids)
    if n > MAX_ROWS:
        raise ValueError(f"{n} rows are too many for a block")
    buffer = np.empty(_COLUMNS * (_COLUMN.size + 8 * n) + (n + 7) // 8, dtype=np.uint8)
    end = _put_integers(buffer, 0, np.ascontiguousarray(ids), 0, lag=1)
    end = _put_integers(buffer, end, np.ascontiguousarray(times), 0, lag=1)
    end = _put_floats(buffer, end, np.ascontiguousarray(prices), lag=1)
    end = _put_floats(buffer, end, np.ascontiguousarray(quantities), lag=0)  # sizes jump: steps would cost more
    bits = np.packbits(sides)
    buffer[end : end + len(bits)] = bits
    end += len(bits)
    payload, flags = buffer[:end].tobytes(), 0
    packed = _zstd.compressor.compress(payload)
    if len(packed) < end:
        payload, flags = packed, _PACKED
    head = _HEADER.pack(VERSION, flags, n, end, 0)
    return _HEADER.pack(VERSION, flags, n, end, zlib.crc32(payload, zlib.crc32(head))) + payload


def decode(data: bytes) -> TradeColumns:
    """Returns the trades of a block. Raises ``StoreError`` for bytes that ``encode`` has not written."""
    n, payload = _checked_payload(data)
    offset = 0
    columns: list[Any] = []
    for number in range(_COLUMNS):
        if len(payload) - offset < _COLUMN.size:
            raise _damaged("it ends too early")
        width, decimals, first, low = _COLUMN.unpack_from(payload, offset)
        offset += _COLUMN.size
        lag = 1 if number < 2 or (number == 2 and decimals != _BITS_OF_FLOATS) else 0
        count = max(0, n - lag)
        if width > 8 or len(payload) - offset < width * count:
            raise _damaged("it ends too early")
        integers = np.empty(n, dtype=np.int64)
        _unpack(payload, offset, width, first, low, lag, integers)
        offset += width * count
        columns.append(_restore_column(integers, decimals, floats=number >= 2))
    if len(payload) - offset != (n + 7) // 8:
        raise _damaged("its size is not what its rows need")
    sides = np.unpackbits(payload[offset:], count=n).view(np.bool_)
    return columns[0], columns[1], columns[2], columns[3], sides


def _checked_payload(data: bytes) -> tuple[int, Bytes]:
    """Returns the number of rows and the plain payload, after the checksum was verified."""
    if len(data) < _HEADER.size:
        raise _damaged("it ends too early")
    version, flags, n, size, checksum = _HEADER.unpack_from(data)
    if version > VERSION:
        raise StoreError(f"a block of trades was written by a newer Spreadscope (layout {version}): upgrade")
    head = _HEADER.pack(version, flags, n, size, 0)
    body = memoryview(data)[_HEADER.size :]
    if version != VERSION or flags > _PACKED or zlib.crc32(body, zlib.crc32(head)) != checksum:
        raise _damaged("its checksum differs")
    if n > MAX_ROWS or size > _COLUMNS * (_COLUMN.size + 8 * n) + (n + 7) // 8:
        raise _damaged("its size is not what its rows need")
    if not flags:
        payload = bytes(body)
    else:
        try:
            if zstandard.frame_content_size(body) != size:  # checked before the memory is allocated
                raise _damaged("its size is not what its header says")
            payload = _zstd.decompressor.decompress(body, max_output_size=size)
        except zstandard.ZstdError as error:
            raise _damaged(str(error)) from None
    if len(payload) != size:
        raise _damaged("its size is not what its header says")
    return n, np.frombuffer(payload, dtype=np.uint8)


def _damaged(why: str) -> StoreError:
    return StoreError(f"a block of trades is damaged ({why}): see spreadscope doctor")


def _restore_column(integers: Ints, decimals: int, *, floats: bool) -> Any:
    if not floats:
        return integers
    if decimals == _BITS_OF_FLOATS:
        return integers.view(np.float64)
    if decimals > _MAX_DECIMALS:
        raise _damaged("it has impossible decimals")
    return integers / _POWERS[decimals]


def _put_floats(buffer: Bytes, offset: int, values: Floats, *, lag: int) -> int:
    integers = np.empty(len(values), dtype=np.int64)
    decimals = _to_integers(values, _POWERS, integers)
    if decimals < 0:
        return _put_integers(buffer, offset, values.view(np.int64), _BITS_OF_FLOATS, lag=0)
    return _put_integers(buffer, offset, integers, decimals, lag=lag)


def _put_integers(buffer: Bytes, offset: int, values: Ints, decimals: int, *, lag: int) -> int:
    """Write head and numbers of a column. Returns the offset of its end."""
    low, width = _lowest_and_width(values, lag)
    first = int(values[0]) if len(values) else 0
    _COLUMN.pack_into(buffer, offset, width, decimals, first, low)
    offset += _COLUMN.size
    _pack(values, lag, low, width, buffer, offset)
    return offset + width * max(0, len(values) - lag)


@njit
def _to_integers(values: Floats, powers: Floats, integers: Ints) -> int:  # pragma: no cover - compiled
    """Fill ``integers`` so that ``integers / powers[d] == values``, bit for bit. Returns the least such d, or -1."""
    decimals = 0
    i = 0
    while i < len(values):
        value = values[i]
        if not np.isfinite(value) or (value == 0.0 and np.copysign(1.0, value) < 0.0):
            return -1
        scaled = np.rint(value * powers[decimals])
        if np.abs(scaled) < 9007199254740992.0 and scaled / powers[decimals] == value:
            integers[i] = np.int64(scaled)
            i += 1
            continue
        decimals += 1
        if decimals == len(powers):
            return -1
        i = 0
    return decimals


@njit
def _lowest_and_width(values: Ints, lag: int) -> tuple[int, int]:  # pragma: no cover - compiled
    """Returns the lowest value (with a lag of 1: step), and the bytes that the largest needs above it.

    Steps wrap at 64 bits.
    """
    n = len(values)
    if n <= lag:
        return 0, 0
    low = values[lag] - values[0] if lag else values[0]
    high = low
    for i in range(lag, n):
        value = values[i] - values[i - 1] if lag else values[i]
        low = min(low, value)
        high = max(high, value)
    span = np.uint64(high) - np.uint64(low)
    width = 0
    while width < 8 and span >> np.uint64(8 * width) != np.uint64(0):
        width += 1
    return low, width


@njit
def _pack(
    values: Ints, lag: int, low: int, width: int, buffer: Bytes, offset: int
) -> None:  # pragma: no cover - compiled
    n = len(values)
    for byte in range(width):
        shift = np.uint64(8 * byte)
        base = offset + byte * (n - lag) - lag
        for i in range(lag, n):
            value = values[i] - values[i - 1] if lag else values[i]
            buffer[base + i] = np.uint8((np.uint64(value) - np.uint64(low)) >> shift & np.uint64(255))


@njit
def _unpack(
    data: Bytes, offset: int, width: int, first: int, low: int, lag: int, out: Ints
) -> None:  # pragma: no cover - compiled
    n = len(out)
    for i in range(lag, n):
        out[i] = low
    for byte in range(width):
        shift = np.int64(8 * byte)
        base = offset + byte * (n - lag) - lag
        for i in range(lag, n):
            out[i] += np.int64(data[base + i]) << shift
    if lag and n:
        out[0] = first
        for i in range(1, n):
            out[i] += out[i - 1]
