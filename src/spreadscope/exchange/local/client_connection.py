"""One WebSocket of the local exchange: carries between picows, the session and the hub."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

import picows

from spreadscope.exchange.local.faults import Verdict
from spreadscope.exchange.local.missing import Missing
from spreadscope.exchange.local.protocol_session import Close, Output, ProtocolSession
from spreadscope.exchange.local.stream_hub import Outlet, StreamHub

LARGEST_MESSAGE: Final = 1 << 20
_HIGH_WATER: Final = 1 << 18  # bytes in a connection's buffer at which the feed waits
_LOW_WATER: Final = 1 << 16
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # SO_LINGER: drop what is unsent, answer with RST
_TEXT: Final = picows.WSMsgType.TEXT


class ClientConnection(Outlet):
    """One WebSocket: carries between picows and the session."""

    def __init__(
        self,
        number: int,
        session: ProtocolSession,
        hub: StreamHub,
        missing: Missing,
        on_open: Callable[[ClientConnection], None],
        on_gone: Callable[[ClientConnection], None],
        *,
        closing_s: float,
    ) -> None:
        """``closing_s`` is how long the client may take to answer a close frame."""
        super().__init__(number, wrapped=session.target.wrapped)
        self.session = session
        self.opened = time.monotonic()
        self.verdict: Verdict = "open"
        self.listener = _Listener(self)
        self._hub = hub
        self._missing = missing
        self._on_open = on_open
        self._on_gone = on_gone
        self._closing_s = closing_s
        self._transport: picows.WSTransport | None = None
        self._message = bytearray()
        self._farewell: asyncio.TimerHandle | None = None

    @property
    def closing(self) -> bool:
        """Whether the exchange has said goodbye, and waits for the client to do so."""
        return self._farewell is not None

    def connected(self, transport: picows.WSTransport) -> None:
        """The handshake is done."""
        self._transport = transport
        transport.underlying_transport.set_write_buffer_limits(high=_HIGH_WATER, low=_LOW_WATER)
        self._on_open(self)
        self.act(self.session.open())

    def received(self, frame: picows.WSFrame) -> None:
        """Any frame from the client."""
        now = time.monotonic()
        kind = frame.msg_type
        payload = frame.get_payload_as_bytes()
        if kind == picows.WSMsgType.CLOSE:
            self._closed_by_peer(payload)
        elif self._farewell is not None or self.verdict == "mute":
            return  # nothing counts after our close frame; a mute connection is a half-open one
        elif kind == picows.WSMsgType.PING:
            self.act(self.session.ping(payload, now))
        elif kind == picows.WSMsgType.PONG:
            self.act(self.session.pong(payload, now))
        else:
            self._message += payload
            if len(self._message) > LARGEST_MESSAGE:
                self.close(Close(1009, "Message too big"))
            elif frame.fin:
                message = bytes(self._message)
                self._message.clear()
                self.act(self.session.text(message, now))

    def act(self, output: Output) -> None:
        """Do what the session says."""
        transport = self._transport
        if transport is None or transport.is_disconnected or self.verdict in {"mute", "reset"}:
            return
        for kind, payload in output.send:
            if kind == "ping":
                transport.send_ping(payload)
            elif kind == "pong":
                transport.send_pong(payload)
            else:
                transport.send(_TEXT, payload)
        if output.unsubscribed:
            self._hub.unsubscribe(self, output.unsubscribed)
        if output.wrapped is not None:
            self._hub.wrap(self, wrapped=output.wrapped)
        if output.requested:
            self._missing.streams(self.session.target.route, output.requested)
        if output.subscribed:
            self._hub.subscribe(self, output.subscribed)
        if output.close is not None:
            self.close(output.close)

    def flush(self) -> None:
        """Write what the hub has gathered, in one call."""
        data = b"".join(self.parts)
        self.parts.clear()
        if self._transport is not None and self._farewell is None and self.verdict == "open":
            self._transport.underlying_transport.write(data)

    def close(self, close: Close) -> None:
        """Send a close frame, and end the connection when the client has answered or had its time.

        Ending it at once would reset it when unread input is left, and the client would never see the code.
        """
        self._hub.remove(self)
        transport = self._transport
        if transport is None or transport.is_disconnected or self._farewell is not None:
            return
        transport.send_close(picows.WSCloseCode(close.code), close.reason)
        self._farewell = asyncio.get_running_loop().call_later(self._closing_s, self._leave)

    def _leave(self) -> None:
        """The client had its time: end the connection, by force when it does not even read."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return
        if transport.underlying_transport.get_write_buffer_size():
            self.cut()
        else:
            transport.disconnect()

    def _closed_by_peer(self, payload: bytes) -> None:
        self._hub.remove(self)
        transport = self._transport
        if transport is None:
            return
        if self._farewell is None:
            transport.send(picows.WSMsgType.CLOSE, payload[:2])
        transport.disconnect()

    def cut(self) -> None:
        """End the connection with a TCP reset."""
        self._hub.remove(self)
        if self._transport is None or self._transport.is_disconnected:
            return
        transport = self._transport.underlying_transport
        with contextlib.suppress(OSError):  # the peer may have been faster
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()

    def disconnected(self) -> None:
        """The socket is gone."""
        self._hub.remove(self)
        if self._farewell is not None:
            self._farewell.cancel()
        self._transport = None
        self._on_gone(self)

    def pause(self) -> None:
        """The buffer is full."""
        self._hub.is_full(self)

    def resume(self) -> None:
        """The buffer has room."""
        self._hub.has_room(self)


class _Listener(picows.WSListener):
    """Hands picows' callbacks to the connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._connection.connected(transport)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        del transport
        self._connection.received(frame)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        del transport
        self._connection.disconnected()

    def pause_writing(self) -> None:
        self._connection.pause()

    def resume_writing(self) -> None:
        self._connection.resume()
