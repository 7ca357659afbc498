"""Live topics: facts → at most ten updates a second a topic → the sockets that subscribed.

A socket that does not read loses its backlog and gets a fresh snapshot in its place; nothing here ever waits for it, nor
for the disk: each client's snapshots are made by a task of its own. What cannot be shown is said and left out; the rest
goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
import structlog

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.api.disk import Disk
from spreadscope.api.limits import ApiLimits
from spreadscope.api.requests import PLAIN_TOPICS, RequestError, name_of, pair_topic, read
from spreadscope.api.restating import forming
from spreadscope.api.signals import with_advice
from spreadscope.api.snapshots import Snapshots, rules
from spreadscope.api.socket_client import SocketClient
from spreadscope.api.topics import STATE_TOPICS, States, StateTopic
from spreadscope.app.alert_service import AlertService
from spreadscope.app.core_service import CoreService
from spreadscope.contract import Ref, Request
from spreadscope.model.config import Config
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.facts import (
    Alert,
    AlertLife,
    Bar,
    Fact,
    PairRow,
    Signal,
    TradesAccepted,
)
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.tasks import Policy, Running, Tasks

log = structlog.get_logger()

T = TypeVar("T")
# A fact, and how it becomes an object.
Waiting = tuple[object, Callable[[Any], object]]

_STATUS_TICKS = 10
_LIVE_INSTANCES = 200  # of rules, whose values are sent every second
_NOTHING = contract.PairChanges()
_NOT_SHOWN = "{} cannot be shown, everything else goes on"


class Hub:
    """All sockets and topics."""

    def __init__(
        self,
        core: CoreService,
        alerting: AlertService,
        config: Config,
        snapshots: Snapshots,
        states: States,
        disk: Disk,
        tasks: Tasks,
        limits: ApiLimits | None = None,
    ) -> None:
        """``tasks`` is the group of the clients' tasks."""
        self._limits = limits or ApiLimits()
        self._tasks = tasks
        self._core = core
        self._faults = core.faults
        self._rules = alerting.rules
        self._config = config
        self._snapshots = snapshots
        self._states = states
        self._status = states.status
        self._disk = disk
        self._clients: dict[SocketClient, Running[None]] = {}
        self._catching_up: Running[None] | None = None
        self._pending: dict[str, dict[str, list[Waiting]]] = {}
        self._dirty: set[str] = set()
        self._alerts: list[Alert] = []
        self._lives_moved = False
        self._stop_observing: Callable[[], None] = core.observe(self._on_facts)
        alerting.on_file_rules = self.rules_changed

    def join(self) -> SocketClient:
        """A new socket. Raises ``SpreadscopeError`` where there are too many."""
        if len(self._clients) >= self._limits.sockets:
            raise SpreadscopeError(f"{self._limits.sockets} sockets are open already: close some, or try again later")
        client = SocketClient()
        self._clients[client] = self._tasks.start("snapshots of a socket", Policy.RESTART, partial(self._serve, client))
        return client

    def leave(self, client: SocketClient) -> None:
        """Its socket is gone."""
        if (task := self._clients.pop(client, None)) is not None:
            task.cancel()

    async def run(self) -> None:
        """Until cancelled: send what gathered since the last tick."""
        ticks = 0
        while True:
            await asyncio.sleep(self._limits.update_seconds)
            ticks += 1
            second = ticks % _STATUS_TICKS == 0
            self._guard("the updates of pairs", self._send_pairs)
            self._guard("the updates of alerts", partial(self._send_alerts, second=second))
            if second:
                self._guard("the status", self._status.tick)
            for name, topic in STATE_TOPICS.items():
                if ticks % topic.ticks == 0 and self._has_subscriber(name):
                    self._guard(f"the topic {name}", partial(self._send_state, name, topic))
            self._refresh()

    def close(self) -> None:
        """Look on no more; the tasks of the clients end with their group."""
        self._stop_observing()

    def failed(self, place: str, error: Exception) -> None:
        """``place`` is what cannot be shown, in words."""
        self._faults.failed("screen", place, error, _NOT_SHOWN.format(place))

    def _guard(self, place: str, action: Callable[[], None]) -> None:
        self._faults.guard("screen", place, _NOT_SHOWN.format(place), action)

    async def command(self, client: SocketClient, raw: str | None) -> None:
        """One message of a client. What cannot be done is answered with an error, never with a closed socket."""
        try:
            request = read(raw)
        except RequestError as error:
            await client.answer(_error(error.topic, error.ref, str(error)))
            return
        topic = request.topic
        if request.op == "unsubscribe":
            client.forget(topic)
            return
        try:
            self._check(client, request)
        except SpreadscopeError as error:
            await client.answer(_error(topic, request.ref, str(error)))
            return
        if request.op == "subscribe":
            client.topics.add(topic)
        client.want(topic, request.ref)

    # --- out --------------------------------------------------------------------------------------------------------

    async def _serve(self, client: SocketClient) -> None:
        """Make the snapshots that one client asks for, one after another."""
        while True:
            topic, refs = await client.next_wanted()
            try:
                await self._send_snapshot(client, topic, refs)
            except SpreadscopeError as error:
                why = str(error)
            except Exception as error:  # noqa: BLE001 - one topic that cannot be made ends nothing else
                self.failed(f"the snapshot of {topic}", error)
                why = f"{topic} cannot be shown: see the engine's log"
            else:
                continue
            await client.refuse(topic, [_error(topic, ref, why) for ref in refs])

    async def _send_snapshot(self, client: SocketClient, topic: str, refs: list[Ref]) -> None:
        data, whole = await self._snapshots.make(topic)
        await client.begin(topic, (msgspec.json.encode(contract.Snapshot(topic, data, ref)) for ref in refs))
        if not whole and topic in client.topics:
            client.partial.add(topic)
            self._catch_up()

    def _send_pairs(self) -> None:
        """One update for every pair topic that somebody listens to and in which something moved."""
        pending, self._pending = self._pending, {}
        dirty, self._dirty = self._dirty, set()
        wanted = {topic for client in self._clients for topic in client.topics if topic not in PLAIN_TOPICS}
        for topic in wanted:
            pair, _ = pair_topic(topic)
            facts = pending.get(topic, {})
            if facts or {pair.y, pair.x} & dirty:
                self._guard(f"the open bars of {pair}", partial(self._send_pair, topic, facts))

    def _send_pair(self, topic: str, facts: dict[str, list[Waiting]]) -> None:
        ended = {key: items for key, found in facts.items() if (items := self._shaped(key, topic, found))}
        changes = msgspec.structs.replace(_NOTHING, **ended)
        pair, timeframe = pair_topic(topic)
        try:
            now = forming(self._core, pair, timeframe)
            changes = msgspec.structs.replace(changes, forming_y=now.y, forming_x=now.x, live=now.live)
        finally:  # what has ended is sent, whatever is wrong with what is open
            if changes != _NOTHING:
                self._broadcast(topic, changes)

    def _send_alerts(self, *, second: bool) -> None:
        """What was said at once; where the rules stand once a second, while there are few or something moved in them."""
        alerts, self._alerts = self._alerts, []
        instances = sum(len(rule.instances) for rule in self._rules.active())
        moved = self._lives_moved or 0 < instances <= _LIVE_INSTANCES
        if not alerts and not (second and moved):
            return
        self._lives_moved = False
        if not self._has_subscriber("alerts"):
            return
        said = self._shaped("alerts", "alerts", [(alert, shapes.alert) for alert in alerts])
        self._broadcast("alerts", contract.AlertsChanges(rules=rules(self._rules), history=said or msgspec.UNSET))

    def _send_state(self, name: str, topic: StateTopic) -> None:
        self._broadcast(name, topic.make(self._states))

    def rules_changed(self) -> None:
        """A rule was set or dropped, or its alerts moved."""
        if self._has_subscriber("alerts"):
            self._guard(
                "the alert rules", lambda: self._broadcast("alerts", contract.AlertsChanges(rules=rules(self._rules)))
            )

    def _has_subscriber(self, topic: str) -> bool:
        return any(topic in client.topics for client in self._clients)

    def _broadcast(self, topic: str, data: msgspec.Struct) -> None:
        listeners = [client for client in self._clients if topic in client.topics]
        if not listeners:
            return
        message = msgspec.json.encode(contract.Update(topic, data))
        for client in listeners:
            client.push(topic, message)

    def _refresh(self) -> None:
        """Clients that fell behind and have read everything since get fresh snapshots."""
        for client in self._clients:
            if client.idle:
                for topic in tuple(client.overrun):
                    client.want(topic)

    def _catch_up(self) -> None:
        if self._catching_up is None or self._catching_up.done:
            self._catching_up = self._tasks.start("snapshots once the disk is reached", Policy.ONCE, self._complete)

    async def _complete(self) -> None:
        """Once the disk has everything, send those another snapshot whose last one lacked something."""
        if await self._disk.reached(None):
            for client in self._clients:
                topics, client.partial = client.partial, set()
                for topic in topics & client.topics:
                    client.want(topic)

    def _shaped(self, key: str, topic: str, facts: list[Waiting]) -> list[Any]:
        """Facts as objects; one that cannot be shaped is left out, and said."""
        items: list[Any] = []
        for fact, shape in facts:
            try:
                items.append(shape(fact))
            except Exception as error:  # noqa: BLE001 - one fact that cannot be shown ends nothing else
                self.failed(f"{key} of {topic}", error)
        return items

    # --- in ---------------------------------------------------------------------------------------------------------

    def _on_facts(self, facts: list[Fact]) -> None:
        """On the way of every trade: only what somebody listens to is kept, and nothing is shaped here."""
        made_on: PairRow | None = None
        for fact in facts:
            if isinstance(fact, Bar):
                for pair in self._core.pairs:
                    if fact.symbol in pair.symbols:
                        side = "bars_y" if fact.symbol == pair.y else "bars_x"
                        self._queue(pair, fact.timeframe, side, fact, shapes.bar)
            elif isinstance(fact, PairRow):
                made_on = fact  # a signal stands right behind its row
                self._queue(fact.pair, fact.timeframe, "rows", fact, shapes.row)
            elif isinstance(fact, Signal):
                self._queue(fact.pair, fact.timeframe, "signals", fact, partial(self._advised, row=made_on))
            elif isinstance(fact, Alert):
                self._queue_alert(fact)
            elif isinstance(fact, AlertLife):
                self._lives_moved = True
            elif isinstance(fact, TradesAccepted):
                self._dirty.add(fact.trades.symbol)

    def _advised(self, signal: Signal, row: PairRow | None) -> contract.Signal:
        own = row is not None and (row.pair, row.timeframe, row.time) == (signal.pair, signal.timeframe, signal.time)
        return with_advice(signal, row if own else None, self._config)

    def _queue(self, pair: Pair, timeframe: Timeframe, key: str, fact: T, shape: Callable[[T], object]) -> None:
        topic = name_of(pair, timeframe)
        if not self._has_subscriber(topic):
            return
        waiting = self._pending.setdefault(topic, {}).setdefault(key, [])
        if len(waiting) >= self._limits.pending:
            del self._pending[topic]
            self._replace_backlog(topic)
        else:
            waiting.append((fact, shape))

    def _queue_alert(self, alert: Alert) -> None:
        if len(self._alerts) >= self._limits.pending:
            self._alerts.clear()
            self._replace_backlog("alerts")
        self._alerts.append(alert)

    def _replace_backlog(self, topic: str) -> None:
        """More happened in a topic than is sent as updates: who follows it gets a snapshot once it has read the rest."""
        for client in self._clients:
            if topic in client.topics:
                client.overrun.add(topic)

    def _check(self, client: SocketClient, request: Request) -> None:
        """Raises ``SpreadscopeError`` where there is no such topic, or the client has enough."""
        if request.topic not in PLAIN_TOPICS:
            pair, _ = pair_topic(request.topic)
            if pair not in self._core.pairs:
                raise SpreadscopeError(f"the pair {pair} is not tracked: add it first")
        if client.waiting >= self._limits.waiting:
            raise SpreadscopeError(
                f"{self._limits.waiting} requests of this socket wait already: wait for their answers"
            )
        more = request.op == "subscribe" and request.topic not in client.topics
        if more and len(client.topics) >= self._limits.topics:
            raise SpreadscopeError(f"this socket has {self._limits.topics} topics already: unsubscribe some")


def _error(topic: str, ref: Ref, message: str) -> bytes:
    return msgspec.json.encode(contract.Refusal(topic, message, ref))
