"""Streaming decompression that tells a whole file from a cut one: bytes in, bytes out in small pieces, no I/O.

A few kilobytes of a hostile file can stand for gigabytes, so no call gives out more than it must hold: pieces are
bounded, and data that expand beyond what any market data do are refused.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import Final, Protocol

import zstandard

GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
XZ_MAGIC: Final = b"\xfd7zXZ\x00"
BZIP2_MAGIC: Final = b"BZh"

#: No piece of decompressed data is larger than this (of zstd: than 4 KiB of input can give, 128 MiB at the very worst).
PIECE: Final = 1 << 20
# zstd has no bound on what one call gives out, so it gets little at a time.
_ZSTD_SLICE: Final = 4096
_MEMORY: Final = 256 << 20
# Candles and trades as text shrink to a tenth, at best to a hundredth; what shrinks more is no market data.
_MOST_RATIO: Final = 400
_UNSUSPECTED: Final = 8 << 20


class DamagedDataError(Exception):
    """The compressed bytes break their own format, or expand beyond reason; what was returned before is good."""


class Plain:
    """No compression: every byte passes, and any end is a proper end."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yields the bytes unchanged."""
        yield data

    def complete(self) -> bool:
        """Say whether the input may end here."""
        return True


class _Member(Protocol):
    """One compressed stream of a file."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def expand(self, data: bytes) -> Iterator[bytes]: ...


class _Zlib:
    def __init__(self) -> None:
        self._object = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def expand(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._object.decompress(data, PIECE)
            if piece:
                yield piece
            data = self._object.unconsumed_tail
            if not data and len(piece) < PIECE:
                return


class _Zstd:
    def __init__(self) -> None:
        self._object = zstandard.ZstdDecompressor(max_window_size=_MEMORY // 2).decompressobj()
        self._rest = b""

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data + self._rest

    def expand(self, data: bytes) -> Iterator[bytes]:
        for place in range(0, len(data), _ZSTD_SLICE):
            yield self._object.decompress(data[place : place + _ZSTD_SLICE])
            if self._object.eof:
                self._rest = data[place + _ZSTD_SLICE :]
                return


class _Needy:
    """xz and bzip2, whose objects keep the input that they have not used yet."""

    def __init__(self, decoder: lzma.LZMADecompressor | bz2.BZ2Decompressor) -> None:
        self._object = decoder

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def expand(self, data: bytes) -> Iterator[bytes]:
        yield self._object.decompress(data, PIECE)
        while not self._object.eof and not self._object.needs_input:
            yield self._object.decompress(b"", PIECE)


def _open(magic: bytes) -> _Member:
    if magic == GZIP_MAGIC:
        return _Zlib()
    if magic == ZSTD_MAGIC:
        return _Zstd()
    if magic == XZ_MAGIC:
        return _Needy(lzma.LZMADecompressor(memlimit=_MEMORY))
    return _Needy(bz2.BZ2Decompressor())


class Expansion:
    """Counts what comes out for what went in, and refuses what no market data expand to."""

    def __init__(self) -> None:
        self._taken = 0
        self._given = 0

    def count(self, taken: int, given: int) -> None:
        """``taken`` bytes more went in, ``given`` came out. Raises ``DamagedDataError`` beyond reason."""
        self._taken += taken
        self._given += given
        if self._given > max(_UNSUSPECTED, _MOST_RATIO * self._taken):
            raise DamagedDataError(
                f"{self._taken >> 10} KiB of it expand to over {self._given >> 20} MiB, which no market data do"
            )


class Members:
    """gzip, zstd, xz or bzip2, several members (frames) after another allowed, as appended or flushed files have."""

    def __init__(self, magic: bytes) -> None:
        self._magic = magic
        self._member: _Member | None = None
        self._head = b""
        self._expansion = Expansion()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yields what these bytes decompress to, piece by piece.

        Raises:
            DamagedDataError: they are not a continuation of the compressed stream.
        """
        self._expansion.count(len(data), 0)
        data = self._head + data
        self._head = b""
        while data:
            if self._member is None:
                if len(data) < len(self._magic):
                    self._head = data  # a member's first bytes may be split over two reads
                    return
                if not data.startswith(self._magic):
                    raise DamagedDataError("bytes after the end of the compressed data")
                self._member = _open(self._magic)
            try:
                for piece in self._member.expand(data):
                    self._expansion.count(0, len(piece))
                    yield piece
            except (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError, ValueError) as error:
                raise DamagedDataError(str(error)) from error
            if not self._member.eof:
                return
            data = self._member.unused_data
            self._member = None

    def complete(self) -> bool:
        """Say whether the input may end here: no member is open and no half of a header is left."""
        return self._member is None and not self._head


def decompressor(head: bytes) -> Plain | Members:
    """Choose by the file's first bytes, not by its name."""
    for magic in (GZIP_MAGIC, ZSTD_MAGIC, XZ_MAGIC, BZIP2_MAGIC):
        if head.startswith(magic):
            return Members(magic)
    return Plain()
