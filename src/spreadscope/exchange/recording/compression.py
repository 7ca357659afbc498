"""Streaming decompression that tells a whole file from a cut one: bytes in, bytes out, no I/O."""

from __future__ import annotations

import zlib
from typing import Final, Protocol

import zstandard

GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"


class DamagedDataError(Exception):
    """The compressed bytes break their own format; what was returned before is good."""


class Plain:
    """No compression: every byte passes, and any end is a proper end."""

    def feed(self, data: bytes) -> bytes:
        """Return the bytes unchanged."""
        return data

    def complete(self) -> bool:
        """Say whether the input may end here."""
        return True


class _Member(Protocol):
    """What zlib's and zstandard's decompression objects have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class Members:
    """gzip or zstd, several members (frames) after another allowed, as appended or flushed files have."""

    def __init__(self, magic: bytes) -> None:
        self._magic = magic
        self._member: _Member | None = None
        self._head = b""

    def _open(self) -> _Member:
        if self._magic == GZIP_MAGIC:
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        return zstandard.ZstdDecompressor().decompressobj()

    def feed(self, data: bytes) -> bytes:
        """Return what these bytes decompress to.

        Raises:
            DamagedDataError: they are not a continuation of the compressed stream.
        """
        out = []
        data = self._head + data
        self._head = b""
        while data:
            if self._member is None:
                if len(data) < len(self._magic):
                    self._head = data  # a member's first bytes may be split over two reads
                    break
                if not data.startswith(self._magic):
                    raise DamagedDataError("bytes after the end of the compressed data")
                self._member = self._open()
            try:
                out.append(self._member.decompress(data))
            except (zlib.error, zstandard.ZstdError) as error:
                raise DamagedDataError(str(error)) from error
            if not self._member.eof:
                break
            data = self._member.unused_data
            self._member = None
        return b"".join(out)

    def complete(self) -> bool:
        """Say whether the input may end here: no member is open and no half of a header is left."""
        return self._member is None and not self._head


def decompressor(head: bytes) -> Plain | Members:
    """Choose by the file's first bytes, not by its name."""
    for magic in (GZIP_MAGIC, ZSTD_MAGIC):
        if head.startswith(magic):
            return Members(magic)
    return Plain()
