"""One WebSocket to the engine, shared by every browser tab.

However many tabs follow a topic, the engine sends it once. A further tab is served by one more snapshot, asked for under
a ``ref`` of ours, so that only this tab gets it; updates reach a tab only after its snapshot.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from spreadscope.contract import EngineState, Ref, Refusal, Request, Snapshot, Update
from spreadscope.contract.messages import LONGEST_TEXT, Operation
from spreadscope.dashboard.live_protocol import FromEngine, answer, decode_engine, encode
from spreadscope.dashboard.tab_queue import Tab

FIRST_DELAY = 0.25
LONGEST_DELAY = 1.5  # the engine is on this machine: asking costs nothing
# A snapshot holds 1,000 bars of two legs and 1,000 rows: some 2 MB of JSON.
LARGEST_MESSAGE = 64 * 2**20
# What one tab may ask: the page follows a handful of topics.
MOST_TABS = 100
MOST_TOPICS = 64
MOST_WAITING = 16

_log = logging.getLogger(__name__)

Recipients = tuple[tuple[Tab, Ref], ...]


class Relay:
    """Fans the engine's socket out to the tabs. ``run`` holds the socket; everything else is called by the tabs."""

    def __init__(
        self,
        address: Callable[[], str],
        problem: Callable[[], str | None] = lambda: None,
        *,
        longest_delay: float = LONGEST_DELAY,
    ) -> None:
        self._address = address
        """Asked at each attempt, since an engine started anew may be elsewhere."""
        self._problem = problem
        """What is known of a missing engine, in words."""
        self._longest_delay = longest_delay
        self._socket: ClientConnection | None = None
        self._tabs: set[Tab] = set()
        self._followers: dict[str, set[Tab]] = {}
        self._subscribed: set[str] = set()
        """Topics asked of the engine over the present socket."""
        self._pending: dict[Ref, Recipients] = {}
        self._coming: dict[str, str] = {}
        """By topic, the ``ref`` of the snapshot that is on its way."""
        self._refs = itertools.count(1)
        self.state = EngineState("lost", "connecting to the engine")

    # What the engine's side does.

    async def run(self) -> None:
        """Keep the socket open until cancelled."""
        delay = FIRST_DELAY
        while True:
            try:
                async with connect(
                    socket_url(self._address()),
                    proxy=None,  # it is on this machine: a proxy of the environment would be wrong
                    compression=None,
                    max_size=LARGEST_MESSAGE,
                    open_timeout=5,
                    ping_interval=5,
                    ping_timeout=5,
                    close_timeout=1,
                ) as socket:
                    delay = FIRST_DELAY
                    await self._serve(socket)
                reason = "the engine closed the connection"
            except ConnectionClosed as error:
                reason = f"the connection to the engine broke ({error.rcvd.reason if error.rcvd else 'no goodbye'})"
            except InvalidHandshake as error:
                reason = f"something that is not an engine answers at {self._address()} ({error})"
            except InvalidURI:
                reason = f"{self._address()!r} is not an address: see SPREADSCOPE_ENGINE"
            except OSError:
                reason = f"no engine answers at {self._address()}"
            self._lose(reason)
            await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
            delay = min(delay * 2, self._longest_delay)

    async def _serve(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._tell(EngineState("connected"))
        for topic, tabs in list(self._followers.items()):
            await self._ask("subscribe", topic, ((tab, tab.topics.get(topic)) for tab in tabs))
        async for text in socket:
            try:
                message = decode_engine.decode(text)
            except msgspec.DecodeError as error:
                _log.warning("the engine sent what this dashboard does not understand: %s", error)
                continue
            self._dispatch(message, text if isinstance(text, str) else text.decode())

    def _dispatch(self, message: FromEngine, text: str) -> None:
        topic = message.topic
        if isinstance(message, Refusal):
            self._subscribed.discard(topic)  # the next tab that asks is a new subscription
        if isinstance(message, Update) or message.ref is None:
            for tab in self._followers.get(topic, ()):
                # A snapshot without a ref is the engine's own: we were too slow, and it started us anew.
                if isinstance(message, Snapshot):
                    tab.waiting.discard(topic)
                if topic not in tab.waiting or isinstance(message, Refusal):
                    tab.put(text)
            return
        recipients = self._pending.pop(message.ref, ())
        if self._coming.get(topic) == message.ref:
            del self._coming[topic]
        for tab, ref in recipients:
            if topic not in tab.topics:
                continue  # it left meanwhile
            if isinstance(message, Snapshot):
                tab.waiting.discard(topic)
            tab.put(answer(message, ref))

    def _lose(self, reason: str) -> None:
        self._socket = None
        self._subscribed.clear()
        self._pending.clear()
        self._coming.clear()
        for tab in self._tabs:
            tab.waiting.update(tab.topics)
        self._tell(EngineState("lost", self._problem() or reason))

    def _tell(self, state: EngineState) -> None:
        if state == self.state:
            return
        self.state = state
        for tab in self._tabs:
            tab.put(encode(state))

    # What the tabs do.

    def join(self, tab: Tab) -> bool:
        """→ whether there was room for one more."""
        if len(self._tabs) >= MOST_TABS:
            return False
        self._tabs.add(tab)
        tab.put(encode(self.state))
        return True

    async def leave(self, tab: Tab) -> None:
        self._tabs.discard(tab)
        for topic in list(tab.topics):
            await self._unfollow(tab, topic)

    async def handle(self, tab: Tab, request: Request) -> None:
        topic = request.topic
        if request.op == "unsubscribe":
            await self._unfollow(tab, topic)
            return
        if (why := self._refusal(tab, request)) is not None:
            ref = request.ref[:LONGEST_TEXT] if isinstance(request.ref, str) else None
            tab.put(encode(Refusal(topic[:LONGEST_TEXT], why, ref)))
            return
        if request.op == "subscribe":
            tab.topics[topic] = request.ref
            tab.waiting.add(topic)
            self._followers.setdefault(topic, set()).add(tab)
        if topic in tab.topics:
            await self._ask_once(topic, ((tab, request.ref),))

    def _refusal(self, tab: Tab, request: Request) -> str | None:
        """Why a tab may not ask this too, in one sentence."""
        if max(len(request.topic), len(str(request.ref))) > LONGEST_TEXT:
            return f"topic and ref are texts of at most {LONGEST_TEXT} characters"
        if request.op == "subscribe" and request.topic not in tab.topics and len(tab.topics) >= MOST_TOPICS:
            return f"this tab follows {MOST_TOPICS} topics already: unsubscribe some"
        waiting = sum(one is tab for recipients in self._pending.values() for one, _ in recipients)
        if request.topic in tab.topics and waiting >= MOST_WAITING:
            return f"{MOST_WAITING} requests of this tab wait already: wait for their answers"
        return None

    async def restart(self, tab: Tab) -> None:
        """Start a tab anew whose backlog was dropped."""
        tab.put(encode(self.state))
        for topic, ref in list(tab.topics.items()):
            await self._ask_once(topic, ((tab, ref),))

    async def _unfollow(self, tab: Tab, topic: str) -> None:
        tab.topics.pop(topic, None)
        tab.waiting.discard(topic)
        followers = self._followers.get(topic)
        if followers is None:
            return
        followers.discard(tab)
        if not followers:
            del self._followers[topic]
            if topic in self._subscribed:
                self._subscribed.discard(topic)
                await self._send(Request("unsubscribe", topic))

    async def _ask_once(self, topic: str, recipients: Iterable[tuple[Tab, Ref]]) -> None:
        await self._ask("snapshot" if topic in self._subscribed else "subscribe", topic, recipients)

    async def _ask(self, op: Operation, topic: str, recipients: Iterable[tuple[Tab, Ref]]) -> None:
        if self._socket is None:
            return  # asked again for every follower once there is a socket
        if op == "snapshot" and (coming := self._coming.get(topic)) is not None:
            self._pending[coming] += tuple(recipients)  # it will be sent after all that they have missed
            return
        ref = f"relay-{next(self._refs)}"
        self._pending[ref] = tuple(recipients)
        self._coming[topic] = ref
        if op == "subscribe":
            self._subscribed.add(topic)
        await self._send(Request(op, topic, ref))

    async def _send(self, request: Request) -> None:
        socket = self._socket
        if socket is None:
            return
        # A socket that broke is noticed by `run`, which subscribes everything anew.
        with suppress(ConnectionClosed):
            await socket.send(encode(request))


def socket_url(api: str) -> str:
    """``http://host:port`` → ``ws://host:port/ws``."""
    return "ws" + api.removeprefix("http") + "/ws"
