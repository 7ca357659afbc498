"""HTTP connections that are bounded: how many there are, and how long one may be silent before its request is whole."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle

import h11
import msgspec
from uvicorn.protocols.http.h11_impl import H11Protocol

from spreadscope.api.limits import ApiLimits


class BoundedConnection(H11Protocol):
    """uvicorn's connection, which by itself waits for ever for a request that was begun and not ended.

    One that says nothing is closed; one that said a part of a request hears why (408); one too many hears that (503).
    """

    most: int
    seconds: float
    _waiting: TimerHandle | None = None
    _begun = False

    @classmethod
    def of(cls, limits: ApiLimits) -> type[BoundedConnection]:
        """The class with its bounds: uvicorn makes the connections, and hands them no settings."""
        return type("BoundedConnection", (cls,), {"most": limits.connections, "seconds": limits.request_seconds})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        if len(self.connections) > self.most:
            self._end(
                503, f"{self.most} connections are open already: close some, or try again later", "Retry-After: 1"
            )
        else:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._waiting is None and self._is_idle():
            self._await_request()  # the next request on a connection that is kept
        self._begun = True
        super().data_received(data)
        if not self._is_idle():
            self._stop_waiting()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_idle() and self.conn.trailing_data[0]:
            self._await_request()  # a part of the next request came with the one that was answered
            self._begun = True

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._stop_waiting()
        super().handle_websocket_upgrade(event)

    def _is_idle(self) -> bool:
        """Whether no request is being answered."""
        cycle = getattr(self, "cycle", None)  # which uvicorn sets with the first request
        return cycle is None or bool(cycle.response_complete)

    def _await_request(self) -> None:
        self._stop_waiting()
        self._begun = False
        self._waiting = self.loop.call_later(self.seconds, self._too_late)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_late(self) -> None:
        self._waiting = None
        if self._begun:
            self._end(408, f"the request did not come within {self.seconds:g} s: send it again")
        else:
            self.transport.close()

    def _end(self, status: int, message: str, *headers: str) -> None:
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
