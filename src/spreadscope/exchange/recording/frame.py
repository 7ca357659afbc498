"""One recorded message, exactly as it came off the wire."""

from __future__ import annotations

import msgspec


class RawFrame(msgspec.Struct, frozen=True, gc=False):
    """One recorded message.

    ``received_ns`` is the recorder's clock in ns since the epoch (it may run beside the exchange's). ``payload`` holds
    the bytes as received, usually ``{"stream": …, "data": …}``. For a REST answer ``rest`` is the request (path and
    query) and ``payload`` its body. ``connection`` names the socket where the recorder kept it.
    """

    received_ns: int
    payload: bytes
    rest: str | None = None
    connection: str = ""
