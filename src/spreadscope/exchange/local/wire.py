"""Server-side WebSocket text frames (RFC 6455, unmasked) as parts to be joined into one write for many frames."""

from __future__ import annotations

from typing import Final


def _header(size: int) -> bytes:
    if size < 126:
        return bytes((0x81, size))
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")


_HEADERS: Final = tuple(_header(size) for size in range(4096))  # most frames; looking up beats building


def header(size: int) -> bytes:
    """The header of a whole text frame with a payload of ``size`` bytes."""
    return _HEADERS[size] if size < 4096 else _header(size)


def wrapper(stream: str) -> bytes:
    """What stands before the payload on a ``/stream`` connection; one ``}`` stands behind it."""
    return b'{"stream":"' + stream.encode() + b'","data":'
