"""One WebSocket to the engine, shared by every browser tab.

The engine sends each topic once, however many tabs follow it. A further tab gets one more snapshot, requested with a
``ref`` of the relay, so that only this tab gets it; updates reach a tab only after its snapshot.
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
MAX_DELAY = 1.5  # the engine is on this machine: a request is cheap
# A snapshot has 1,000 bars of two legs and 1,000 rows: about 2 MB of JSON.
MAX_MESSAGE = 64 * 2**20
# The limits of one tab: the page follows a few topics.
MAX_TABS = 100
MAX_TOPICS = 64
MAX_WAITING = 16

_log = logging.getLogger(__name__)

Recipients = tuple[tuple[Tab, Ref], ...]


class Relay:
    """The relay between the engine's socket and the tabs. ``run`` keeps the socket; tabs call the other methods."""

    def __init__(
        self,
        address: Callable[[], str],
        problem: Callable[[], str | None] = lambda: None,
        headers: Callable[[], dict[str, str]] = dict,
        *,
        max_delay: float = MAX_DELAY,
        most_tabs: int = MAX_TABS,
    ) -> None:
        self._address = address
        """Called at each attempt, because a restarted engine may have another address."""
        self._problem = problem
        """Returns the known reason why the engine is missing."""
        self._headers = headers
        """Returns what the dashboard shows the engine of itself: what tabs follow is sent to all who may read."""
        self._max_delay = max_delay
        self.most_tabs = most_tabs
        self._socket: ClientConnection | None = None
        self._tabs: set[Tab] = set()
        self._followers: dict[str, set[Tab]] = {}
        self._subscribed: set[str] = set()
        """The topics that are subscribed over the current socket."""
        self._pending: dict[Ref, Recipients] = {}
        self._snapshot_refs: dict[str, str] = {}
        """The ``ref`` of the requested snapshot, by topic."""
        self._refs = itertools.count(1)
        self.state = EngineState("lost", "connecting to the engine")

    # The engine's side.

    async def run(self) -> None:
        """Keep the socket open until cancelled."""
        delay = FIRST_DELAY
        while True:
            try:
                async with connect(
                    socket_url(self._address()),
                    additional_headers=self._headers(),
                    proxy=None,  # it is on this machine: a proxy of the environment would be wrong
                    compression=None,
                    max_size=MAX_MESSAGE,
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
            self._on_disconnect(reason)
            await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
            delay = min(delay * 2, self._max_delay)

    async def _serve(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._set_state(EngineState("connected"))
        for topic, tabs in list(self._followers.items()):
            await self._request("subscribe", topic, ((tab, tab.topics.get(topic)) for tab in tabs))
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
            self._subscribed.discard(topic)  # the next request of a tab subscribes again
        if isinstance(message, Update) or message.ref is None:
            for tab in self._followers.get(topic, ()):
                # The engine sends a snapshot without a ref when we were too slow for its updates.
                if isinstance(message, Snapshot):
                    tab.waiting.discard(topic)
                if topic not in tab.waiting or isinstance(message, Refusal):
                    tab.put(text)
            return
        recipients = self._pending.pop(message.ref, ())
        if self._snapshot_refs.get(topic) == message.ref:
            del self._snapshot_refs[topic]
        for tab, ref in recipients:
            if topic not in tab.topics:
                continue  # it left meanwhile
            if isinstance(message, Snapshot):
                tab.waiting.discard(topic)
            tab.put(answer(message, ref))

    def _on_disconnect(self, reason: str) -> None:
        self._socket = None
        self._subscribed.clear()
        self._pending.clear()
        self._snapshot_refs.clear()
        for tab in self._tabs:
            tab.waiting.update(tab.topics)
        self._set_state(EngineState("lost", self._problem() or reason))

    def _set_state(self, state: EngineState) -> None:
        if state == self.state:
            return
        self.state = state
        for tab in self._tabs:
            tab.put(encode(state))

    # The tabs' side.

    @property
    def tabs(self) -> int:
        """The number of tabs that are open."""
        return len(self._tabs)

    def join(self, tab: Tab) -> bool:
        """Add a tab. Returns False where there are too many."""
        if len(self._tabs) >= self.most_tabs:
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
        if (reason := self._refusal_reason(tab, request)) is not None:
            ref = request.ref[:LONGEST_TEXT] if isinstance(request.ref, str) else None
            tab.put(encode(Refusal(topic[:LONGEST_TEXT], reason, ref)))
            return
        if request.op == "subscribe":
            tab.topics[topic] = request.ref
            tab.waiting.add(topic)
            self._followers.setdefault(topic, set()).add(tab)
        if topic in tab.topics:
            await self._request_snapshot(topic, ((tab, request.ref),))

    def _refusal_reason(self, tab: Tab, request: Request) -> str | None:
        """Returns why a request of a tab is refused; None where it is not."""
        if max(len(request.topic), len(str(request.ref))) > LONGEST_TEXT:
            return f"topic and ref are texts of at most {LONGEST_TEXT} characters"
        if request.op == "subscribe" and request.topic not in tab.topics and len(tab.topics) >= MAX_TOPICS:
            return f"this tab follows {MAX_TOPICS} topics already: unsubscribe some"
        waiting = sum(requester is tab for recipients in self._pending.values() for requester, _ in recipients)
        if request.topic in tab.topics and waiting >= MAX_WAITING:
            return f"{MAX_WAITING} requests of this tab wait already: wait for their answers"
        return None

    async def restart(self, tab: Tab) -> None:
        """Request new snapshots for a tab whose backlog was dropped."""
        tab.put(encode(self.state))
        for topic, ref in list(tab.topics.items()):
            await self._request_snapshot(topic, ((tab, ref),))

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

    async def _request_snapshot(self, topic: str, recipients: Iterable[tuple[Tab, Ref]]) -> None:
        await self._request("snapshot" if topic in self._subscribed else "subscribe", topic, recipients)

    async def _request(self, op: Operation, topic: str, recipients: Iterable[tuple[Tab, Ref]]) -> None:
        if self._socket is None:
            return  # requested for every follower once there is a socket
        if op == "snapshot" and (snapshot_ref := self._snapshot_refs.get(topic)) is not None:
            self._pending[snapshot_ref] += tuple(recipients)  # it will come after all updates that they have missed
            return
        ref = f"relay-{next(self._refs)}"
        self._pending[ref] = tuple(recipients)
        self._snapshot_refs[topic] = ref
        if op == "subscribe":
            self._subscribed.add(topic)
        await self._send(Request(op, topic, ref))

    async def _send(self, request: Request) -> None:
        socket = self._socket
        if socket is None:
            return
        # `run` notices a broken socket, and subscribes again.
        with suppress(ConnectionClosed):
            await socket.send(encode(request))


def socket_url(api: str) -> str:
    """Returns ``ws://host:port/ws`` for ``http://host:port``."""
    return "ws" + api.removeprefix("http") + "/ws"
