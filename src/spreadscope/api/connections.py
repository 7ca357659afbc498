"""Bounded HTTP connections: their number, and the time until a request is complete."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle

import h11
import msgspec
from uvicorn.protocols.http.h11_impl import H11Protocol

from spreadscope.api.limits import ApiLimits


class BoundedConnection(H11Protocol):
    """A connection of uvicorn with bounds; uvicorn itself would wait for ever for the rest of a request.

    A silent connection is closed; one with a part of a request gets a 408; one too many gets a 503.
    """

    max_connections: int
    request_seconds: float
    _timeout: TimerHandle | None = None
    _has_bytes = False

    @classmethod
    def with_limits(cls, limits: ApiLimits) -> type[BoundedConnection]:
        """Returns a subclass with these limits: uvicorn makes the connections and passes no settings."""
        return type(
            "BoundedConnection",
            (cls,),
            {"max_connections": limits.connections, "request_seconds": limits.request_seconds},
        )

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self._refuse(
                503,
                f"{self.max_connections} connections are open already: close some, or try again later",
                "Retry-After: 1",
            )
        else:
            self._start_timeout()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timeout()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._timeout is None and self._is_idle():
            self._start_timeout()  # the next request on a connection that stays open
        self._has_bytes = True
        super().data_received(data)
        if not self._is_idle():
            self._stop_timeout()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_idle() and self.conn.trailing_data[0]:
            self._start_timeout()  # a part of the next request came with the last one
            self._has_bytes = True

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._stop_timeout()
        super().handle_websocket_upgrade(event)

    def _is_idle(self) -> bool:
        """Returns whether no request is being answered."""
        cycle = getattr(self, "cycle", None)  # which uvicorn sets with the first request
        return cycle is None or bool(cycle.response_complete)

    def _start_timeout(self) -> None:
        self._stop_timeout()
        self._has_bytes = False
        self._timeout = self.loop.call_later(self.request_seconds, self._on_timeout)

    def _stop_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    def _on_timeout(self) -> None:
        self._timeout = None
        if self._has_bytes:
            self._refuse(408, f"the request did not come within {self.request_seconds:g} s: send it again")
        else:
            self.transport.close()

    def _refuse(self, status: int, message: str, *headers: str) -> None:
        phrase = {408: "Request Timeout", 503: "Service Unavailable"}[status]
        body = msgspec.json.encode({"error": {"message": message}})
        head = (
            f"HTTP/1.1 {status} {phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *headers,
        )
        self.transport.write("\r\n".join((*head, "", "")).encode() + body)
        self.transport.close()
