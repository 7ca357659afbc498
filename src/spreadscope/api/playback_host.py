"""The application of a playback. A way back begins it anew behind sockets that stay open."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from fastapi import FastAPI
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spreadscope import contract
from spreadscope.api.application import create_app
from spreadscope.api.limits import ApiLimits
from spreadscope.api.requests import RequestError, parse_request
from spreadscope.app.local_key import LocalKey
from spreadscope.app.playback.playback_engine import PlaybackEngine
from spreadscope.app.playback.transport import Transport
from spreadscope.contract import PlaybackCommand, PlaybackMark, TransportOperation
from spreadscope.model.errors import StateError
from spreadscope.tasks import Policy, Running, Tasks, first_ended

#: Makes an engine in a folder, at a speed, with the marks that are known.
MakeEngine = Callable[[Path, float | None, Iterable[PlaybackMark]], PlaybackEngine]


class _Stage:
    """One engine with its application, from its start to its end."""

    def __init__(self, engine: PlaybackEngine, app: FastAPI, folder: Path, stack: AsyncExitStack) -> None:
        self.engine = engine
        self.app = app
        self.folder = folder
        self.stack = stack


class PlaybackHost:
    """An async context manager and an ASGI application: inside it a playback answers as an engine does."""

    def __init__(
        self, make: MakeEngine, folder: Path, limits: ApiLimits | None = None, local_key: LocalKey | None = None
    ) -> None:
        """``folder`` is for the temporary stores. ``local_key`` is what the engine of the same data directory shows."""
        self._make = make
        self._folder = folder
        self._limits = limits or ApiLimits()
        self._local_key = local_key
        self._stage: _Stage | None = None
        self._count = 0
        self._moving = asyncio.Lock()
        self._sockets: set[_Socket] = set()
        self.tasks = Tasks()

    @property
    def transport(self) -> Transport:
        return self._present.engine.transport

    def routes(self) -> list[BaseRoute]:
        """Returns the routes of the present application."""
        return list(self._present.app.routes)

    @property
    def _present(self) -> _Stage:
        if self._stage is None:
            raise ValueError("the playback has not begun, or has ended")
        return self._stage

    async def __aenter__(self) -> Self:
        await self.tasks.__aenter__()
        try:
            self._stage = await self._begin(1.0, ())
        except BaseException as error:
            await self.tasks.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        stage, self._stage = self._present, None
        await self._end(stage)
        await self.tasks.__aexit__(kind, error, traceback)

    # --- commands -----------------------------------------------------------------------------------------------------

    async def command(self, command: PlaybackCommand) -> contract.Playback:
        """Move the playback. Raises ``StateError`` where there is no such place."""
        async with self._moving:
            transport = self.transport
            match command.op:
                case TransportOperation.PLAY:
                    if transport.over:
                        transport = await self._rewind()
                    transport.play()
                case TransportOperation.PAUSE:
                    transport.pause()
                case TransportOperation.SPEED:
                    transport.set_speed(command.speed)
                case TransportOperation.STEP:
                    transport.step(command.timeframe)
                case TransportOperation.NEXT:
                    transport.run_to_next()
                case TransportOperation.SEEK:
                    await self._seek(command.time)
                case TransportOperation.PREVIOUS:
                    moment = transport.moment_before()
                    if moment is None:
                        raise StateError("no signal and no alert lies before this moment")
                    (await self._rewind()).seek(moment)
            return self.transport.status()

    def marks(self) -> list[PlaybackMark]:
        return self.transport.marks()

    async def _seek(self, time: int) -> None:
        source = self.transport.source
        wanted = min(max(time, source.start), source.end)
        ahead = wanted > self.transport.time and not self.transport.over
        (self.transport if ahead else await self._rewind()).seek(wanted)

    async def _rewind(self) -> Transport:
        """Begin anew, with the speed and the marks of before. Who listens gets new snapshots, once pairs are there."""
        before, transport = self._present, self.transport
        self._stage = await self._begin(transport.speed, transport.marks())
        for socket in tuple(self._sockets):
            socket.change()
        await self._end(before)
        return self.transport

    # --- stages -------------------------------------------------------------------------------------------------------

    async def _begin(self, speed: float | None, known: Iterable[PlaybackMark]) -> _Stage:
        self._count += 1
        folder = self._folder / str(self._count)
        async with AsyncExitStack() as stack:
            engine = await stack.enter_async_context(await asyncio.to_thread(self._make, folder, speed, known))
            app = create_app(engine, self._limits, transport=self, local_key=self._local_key)
            await stack.enter_async_context(app.router.lifespan_context(app))
            stage = _Stage(engine, app, folder, stack.pop_all())
        watch = self.tasks.start("playback", Policy.FATAL, engine.failure)
        stage.stack.callback(watch.cancel)
        await engine.prepare()
        return stage

    async def _end(self, stage: _Stage) -> None:
        await stage.stack.aclose()
        await asyncio.to_thread(shutil.rmtree, stage.folder, ignore_errors=True)

    # --- requests -----------------------------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "websocket":
            async with Tasks() as tasks:
                socket = _Socket(tasks, lambda: self._present.app, scope, receive, send)
                self._sockets.add(socket)
                try:
                    await socket.run()
                finally:
                    self._sockets.discard(socket)
        else:
            await self._present.app(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Each stage has its own begin and end; the server's are answered."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class _Socket:
    """A client's socket. After a change it is a new one for the next stage, with the topics that it had."""

    def __init__(self, tasks: Tasks, app: Callable[[], ASGIApp], scope: Scope, receive: Receive, send: Send) -> None:
        """``tasks`` is for the socket's own, which end with it."""
        self._tasks = tasks
        self._app = app
        self._scope = scope
        self._receive = receive
        self._send = send
        self._topics: dict[str, None] = {}
        self._accepted = False
        self._changed = asyncio.Event()
        self._gone = False
        self._incoming: Running[Message] | None = None

    def change(self) -> None:
        """The stage has changed."""
        self._changed.set()

    async def run(self) -> None:
        while not self._gone:
            self._changed.clear()
            await self._serve(self._app())
            if not self._changed.is_set():
                return

    async def _serve(self, app: ASGIApp) -> None:
        """Serve the socket by one stage, until either the client leaves or the stage changes."""
        first = [_subscription(topic) for topic in self._topics] if self._accepted else []
        if self._accepted:
            first.insert(0, {"type": "websocket.connect"})

        async def receive() -> Message:
            if first:
                return first.pop(0)
            return await self._next()

        async def send(message: Message) -> None:
            if message["type"] == "websocket.accept":
                if self._accepted:
                    return
                self._accepted = True
            elif self._changed.is_set():
                return  # the last words of a stage that has ended
            await self._send(message)

        await app(dict(self._scope), receive, send)

    async def _next(self) -> Message:
        """Returns the next message of the client; a disconnect where the stage has changed meanwhile."""
        if self._incoming is None:
            self._incoming = self._tasks.start("socket", Policy.OWNED, partial(_await, self._receive))
        changed = self._tasks.start("change of the stage", Policy.OWNED, self._changed.wait)
        try:
            await first_ended([self._incoming, changed])
        finally:
            changed.cancel()
        if self._changed.is_set():
            return {"type": "websocket.disconnect", "code": 1012}
        message, self._incoming = self._incoming.result(), None
        if message["type"] == "websocket.disconnect":
            self._gone = True
        elif message["type"] == "websocket.receive":
            self._remember(message.get("text"))
        return message

    def _remember(self, text: str | None) -> None:
        try:
            request = parse_request(text)
        except RequestError:
            return  # the stage answers it
        if request.op == "subscribe" and len(self._topics) < _MOST_TOPICS:
            self._topics[request.topic] = None
        elif request.op == "unsubscribe":
            self._topics.pop(request.topic, None)


_MOST_TOPICS = 256


async def _await(receive: Receive) -> Message:
    return await receive()


def _subscription(topic: str) -> Message:
    text = msgspec.json.encode(contract.Request("subscribe", topic)).decode()
    return {"type": "websocket.receive", "text": text}
