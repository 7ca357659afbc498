"""Drops what a tab asks of its page script at a moment when Streamlit's browser side (1.67) would spoil the page by it.

A page that was left: a click on a link asks for the run of another page. What a component tells in the milliseconds
after it, before the browser knows of that run, asks for a run of a fragment of the page that is left. Streamlit runs it
too, as the last: the browser then takes the page that was left for the new one and throws away what is drawn, or never
leaves. A tab that has asked for a page has nothing more to say of another.

A timer: the browser removes fields that are gone once the run that left them out has ended, but not where another run
has begun by then (streamlit#16708). A timer's run may wait; the timer asks again by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

STREAM_PATH = "/_stcore/stream"
LEAVING_SECONDS = 10.0
"""So long after a page was asked for. Where it is another one that comes, as for a page that is gone, its fragments are
heard after that."""
TIMERS_WAIT_SECONDS = 2.0
"""So long after somebody did something: its run has ended by then, and has drawn what the timer would draw."""


class UntimelyRuns:
    """Middleware of Streamlit's socket."""

    def __init__(self, app: ASGIApp, now: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"].endswith(STREAM_PATH):
            receive = _TimelyMessages(receive, self._now).next
        await self._app(scope, receive, send)


class _TimelyMessages:
    """The messages of one tab, without those that are untimely."""

    def __init__(self, receive: Receive, now: Callable[[], float]) -> None:
        self._receive = receive
        self._now = now
        self._page = ""
        self._page_asked_at = self._asked_at = -LEAVING_SECONDS

    async def next(self) -> Message:
        while True:
            message = await self._receive()
            run = _run_of(message.get("bytes"))
            if run is None or self._is_timely(run):
                return message

    def _is_timely(self, run: ClientState) -> bool:
        now = self._now()
        if not run.fragment_id:
            self._page = run.page_script_hash
            self._page_asked_at = self._asked_at = now
            return True
        if run.page_script_hash and self._page and run.page_script_hash != self._page:
            return now - self._page_asked_at >= LEAVING_SECONDS
        if run.is_auto_rerun:
            return now - self._asked_at >= TIMERS_WAIT_SECONDS
        self._asked_at = now
        return True


def _run_of(raw: bytes | None) -> ClientState | None:
    """Returns the run that a message asks for; None where it asks for none."""
    if not raw:
        return None
    try:
        told = BackMsg.FromString(raw)
    except DecodeError:
        return None  # Streamlit says what it thinks of it
    return told.rerun_script if told.WhichOneof("type") == "rerun_script" else None
