"""Reads of a bounded size, whatever has piled up in the kernel.

picows doubles its read buffer whenever one read filled it, and never makes it smaller: after a stall the kernel holds
megabytes, and the buffer stayed as large for the connection's day. Its frames would also keep the loop for that long.
"""

from __future__ import annotations

import asyncio
from typing import Any

# A read fills at most half of the buffer, so that picows sees no reason to double it: 4,000 frames, some 10 ms of work.
# With a quarter of it the whole line is a seventh slower.
READ_BYTES = 1 << 20
BUFFER_BYTES = 2 * READ_BYTES


class Slices(asyncio.BufferedProtocol):
    """Stands between a transport and a buffered protocol: the transport sees at most ``READ_BYTES`` of its buffer."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def get_buffer(self, sizehint: int) -> memoryview:
        """The first of the room that the protocol has."""
        room: memoryview = self._inner.get_buffer(sizehint)
        return room[:READ_BYTES]

    def buffer_updated(self, nbytes: int) -> None:
        """All else goes through."""
        self._inner.buffer_updated(nbytes)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()  # type: ignore[no-any-return]

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)


def read_in_slices(transport: asyncio.Transport) -> None:
    """Have a transport read for its protocol in slices from now on."""
    transport.set_protocol(Slices(transport.get_protocol()))
