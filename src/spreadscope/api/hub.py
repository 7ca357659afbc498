"""The hub of live topics: it turns facts into updates of each topic for the sockets that subscribed.

Pairs are sent as soon as a leg trades, then not for some hundredths of a second, or for longer where sending takes
long; everything else at most ten times a second. A socket that does not read loses its backlog and gets a new snapshot.
The hub never waits for a socket nor for the disk: each client has a task that makes its snapshots. A fact that cannot
be shown is reported and left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import msgspec

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.api.disk import Disk
from spreadscope.api.limits import ApiLimits
from spreadscope.api.paper_topic import TICKS as PAPER_TICKS
from spreadscope.api.requests import RequestError, is_of_account, is_of_pair, pair_topic, parse_request, topic_name
from spreadscope.api.restating import forming
from spreadscope.api.signals import with_advice
from spreadscope.api.snapshots import Snapshots, rule_list
from spreadscope.api.socket_client import SocketClient
from spreadscope.api.topics import STATE_TOPICS, States, StateTopic
from spreadscope.api.watch_topic import WATCH_TOPICS, WatchTopic
from spreadscope.app.alert_service import AlertService
from spreadscope.app.core_service import CoreService
from spreadscope.contract import Ref, Request
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

T = TypeVar("T")
# A fact, and the function that makes a contract object of it.
PendingFact = tuple[object, Callable[[Any], object]]

_STATUS_TICKS = 10
_LIVE_INSTANCES = 200  # of rules, whose values are sent every second
# Updates of pairs may take this share of the engine's loop; where they would take more, they come less often.
_PAIRS_SHARE = 0.05
_LONGEST_PAUSE = 0.5
_NO_CHANGES = contract.PairChanges()
_CONSEQUENCE = "{} cannot be shown, everything else goes on"


class Hub:
    """The hub that holds all sockets and topics."""

    def __init__(
        self,
        core: CoreService,
        alerting: AlertService,
        snapshots: Snapshots,
        states: States,
        disk: Disk,
        tasks: Tasks,
        limits: ApiLimits | None = None,
    ) -> None:
        """``tasks`` is the task group of the clients."""
        self._limits = limits or ApiLimits()
        self._tasks = tasks
        self._core = core
        self._faults = core.faults
        self._rules = alerting.rules
        self._snapshots = snapshots
        self._states = states
        self.watch = states.watch.topics
        self._status = states.status
        self._disk = disk
        self._clients: dict[SocketClient, Running[None]] = {}
        self._catch_up_task: Running[None] | None = None
        self._pending: dict[str, dict[str, list[PendingFact]]] = {}
        self._traded_symbols: set[str] = set()
        self._news = asyncio.Event()
        """Set when a pair may have something to send."""
        self._alerts: list[Alert] = []
        self._lives_changed = False
        self._stop_observing: Callable[[], None] = core.observe(self._on_facts)
        alerting.on_file_rules = self.rules_changed

    def join(self) -> SocketClient:
        """Returns the client of a new socket. Raises ``SpreadscopeError`` where there are too many."""
        if len(self._clients) >= self._limits.sockets:
            raise SpreadscopeError(f"{self._limits.sockets} sockets are open already: close some, or try again later")
        client = SocketClient()
        self._clients[client] = self._tasks.start("snapshots of a socket", Policy.RESTART, partial(self._serve, client))
        return client

    def leave(self, client: SocketClient) -> None:
        """Remove a client whose socket has closed."""
        if (task := self._clients.pop(client, None)) is not None:
            task.cancel()

    async def run(self) -> None:
        """Send what changed, until cancelled."""
        clock = asyncio.get_running_loop().time
        ticks, next_tick, pause = 0, clock() + self._limits.update_seconds, self._limits.pair_seconds
        while True:
            await asyncio.sleep(pause)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_tick):
                    await self._news.wait()
            self._news.clear()
            began = clock()
            self._guard("the updates of pairs", self._send_pairs)
            pause = pause_after(clock() - began, self._limits.pair_seconds)
            if clock() >= next_tick:
                ticks += 1
                next_tick = max(next_tick + self._limits.update_seconds, clock())
                self._tick(ticks)

    def _tick(self, ticks: int) -> None:
        """Send what is sent at fixed times; ``ticks`` counts tenths of a second."""
        full_second = ticks % _STATUS_TICKS == 0
        self._guard("the updates of alerts", partial(self._send_alerts, second=full_second))
        if full_second:
            self._guard("the status", self._status.tick)
        for name, topic in STATE_TOPICS.items():
            if ticks % topic.ticks == 0 and self._has_subscriber(name):
                self._guard(f"the topic {name}", partial(self._send_state, name, topic))
        for name, watch in self.watch.items():
            self._guard(f"the topic {name}", partial(self._send_watch, name, watch))
        if ticks % PAPER_TICKS == 0:
            self._guard("the paper accounts", self._send_paper)
        self._request_snapshots()

    def close(self) -> None:
        """Stop observing facts; the tasks of the clients end with their group."""
        self._stop_observing()
        self._states.watch.close()
        self._states.paper.close()

    def failed(self, description: str, error: Exception) -> None:
        """Report a fault; ``description`` names what cannot be shown."""
        self._faults.failed("screen", description, error, _CONSEQUENCE.format(description))

    def _guard(self, description: str, action: Callable[[], None]) -> None:
        self._faults.guard("screen", description, _CONSEQUENCE.format(description), action)

    async def on_message(self, client: SocketClient, raw: str | None) -> None:
        """Handle one message of a client. A bad request gets an error, and the socket stays open."""
        try:
            request = parse_request(raw)
        except RequestError as error:
            await client.answer(_error(error.topic, error.ref, str(error)))
            return
        topic = request.topic
        if request.op == "unsubscribe":
            client.unsubscribe(topic)
            return
        try:
            self._check(client, request)
        except SpreadscopeError as error:
            await client.answer(_error(topic, request.ref, str(error)))
            return
        if request.op == "subscribe":
            client.topics.add(topic)
        client.request(topic, request.ref)

    # --- out --------------------------------------------------------------------------------------------------------

    async def _serve(self, client: SocketClient) -> None:
        """Make the snapshots that one client requests, one after another."""
        while True:
            topic, refs = await client.next_request()
            try:
                await self._send_snapshot(client, topic, refs)
            except SpreadscopeError as error:
                why = str(error)
            except Exception as error:  # noqa: BLE001 - other topics go on
                self.failed(f"the snapshot of {topic}", error)
                why = f"{topic} cannot be shown: see the engine's log"
            else:
                continue
            await client.refuse(topic, [_error(topic, ref, why) for ref in refs])

    async def _send_snapshot(self, client: SocketClient, topic: str, refs: list[Ref]) -> None:
        data, complete = await self._snapshots.make(topic)
        await client.send_snapshots(topic, (msgspec.json.encode(contract.Snapshot(topic, data, ref)) for ref in refs))
        if not complete and topic in client.topics:
            client.partial.add(topic)
            self._catch_up()

    def _send_pairs(self) -> None:
        """Send one update for every pair topic that has subscribers and changes."""
        (pending, self._pending), (traded, self._traded_symbols) = (self._pending, {}), (self._traded_symbols, set())
        for topic in filter(is_of_pair, self._topics()):
            pair, _ = pair_topic(topic)
            facts = pending.get(topic, {})
            if facts or {pair.y, pair.x} & traded:
                self._guard(f"the open bars of {pair}", partial(self._send_pair, topic, facts))

    def _send_pair(self, topic: str, facts: dict[str, list[PendingFact]]) -> None:
        closed = {key: items for key, queued in facts.items() if (items := self._shape_facts(key, topic, queued))}
        changes = msgspec.structs.replace(_NO_CHANGES, **closed)
        pair, timeframe = pair_topic(topic)
        try:
            open_bars = forming(self._core, pair, timeframe)
            changes = msgspec.structs.replace(
                changes,
                forming_y=open_bars.y,
                forming_x=open_bars.x,
                live=open_bars.live,
                executable=open_bars.executable,
            )
        finally:  # closed bars are sent even if the open ones fail
            if changes != _NO_CHANGES:
                self._broadcast(topic, changes)

    def _send_alerts(self, *, second: bool) -> None:
        """Send new alerts at once, and the state of rules once a second where it changed or rules are few."""
        alerts, self._alerts = self._alerts, []
        instances = sum(len(rule.instances) for rule in self._rules.active())
        changed = self._lives_changed or 0 < instances <= _LIVE_INSTANCES
        if not alerts and not (second and changed):
            return
        self._lives_changed = False
        if not self._has_subscriber("alerts"):
            return
        history = self._shape_facts("alerts", "alerts", [(alert, shapes.alert) for alert in alerts])
        self._broadcast(
            "alerts", contract.AlertsChanges(rules=rule_list(self._rules), history=history or msgspec.UNSET)
        )

    def _send_state(self, name: str, topic: StateTopic) -> None:
        self._broadcast(name, topic.make(self._states))

    def _send_watch(self, name: str, watch: WatchTopic) -> None:
        if not self._has_subscriber(name):
            watch.forget()
        elif (changes := watch.changes()) is not None:
            self._broadcast(name, changes)

    def _send_paper(self) -> None:
        for topic, changes in self._states.paper.changes(self._topics()):
            self._broadcast(topic, changes)

    def rules_changed(self) -> None:
        """Send the rules after one was set or dropped, or its alerts changed."""
        if self._has_subscriber("alerts"):
            self._guard(
                "the alert rules",
                lambda: self._broadcast("alerts", contract.AlertsChanges(rules=rule_list(self._rules))),
            )

    def parameters_changed(self) -> None:
        """Send every pair anew: other parameters mean other statistics and thresholds."""
        for watch in self.watch.values():
            watch.forget()
        for client in self._clients:
            client.overrun.update(topic for topic in client.topics if topic in WATCH_TOPICS or is_of_pair(topic))

    def _topics(self) -> set[str]:
        return {topic for client in self._clients for topic in client.topics}

    def _has_subscriber(self, topic: str) -> bool:
        return any(topic in client.topics for client in self._clients)

    def _broadcast(self, topic: str, data: msgspec.Struct) -> None:
        listeners = [client for client in self._clients if topic in client.topics]
        if not listeners:
            return
        message = msgspec.json.encode(contract.Update(topic, data))
        for client in listeners:
            client.push(topic, message)

    def _request_snapshots(self) -> None:
        """Request new snapshots for clients that fell behind and have now read everything."""
        for client in self._clients:
            if client.idle:
                for topic in tuple(client.overrun):
                    client.request(topic)

    def _catch_up(self) -> None:
        if self._catch_up_task is None or self._catch_up_task.done:
            self._catch_up_task = self._tasks.start(
                "snapshots once the disk is reached", Policy.ONCE, self._send_completed
            )

    async def _send_completed(self) -> None:
        """Wait for the disk, then request new snapshots where the last one was incomplete."""
        if await self._disk.reached(None):
            for client in self._clients:
                topics, client.partial = client.partial, set()
                for topic in topics & client.topics:
                    client.request(topic)

    def _shape_facts(self, key: str, topic: str, facts: list[PendingFact]) -> list[Any]:
        """Returns facts as contract objects; one that fails is left out and reported."""
        items: list[Any] = []
        for fact, shape in facts:
            try:
                items.append(shape(fact))
            except Exception as error:  # noqa: BLE001 - other facts go on
                self.failed(f"{key} of {topic}", error)
        return items

    # --- in ---------------------------------------------------------------------------------------------------------

    def _on_facts(self, facts: list[Fact]) -> None:
        """Queue the facts that have subscribers. Every trade passes here, so nothing is shaped yet."""
        last_row: PairRow | None = None
        for fact in facts:
            if isinstance(fact, Bar):
                for pair in self._core.pairs:
                    if fact.symbol in pair.symbols:
                        side = "bars_y" if fact.symbol == pair.y else "bars_x"
                        self._queue(pair, fact.timeframe, side, fact, shapes.bar)
            elif isinstance(fact, PairRow):
                last_row = fact  # a signal follows its row
                self._queue(fact.pair, fact.timeframe, "rows", fact, shapes.row)
            elif isinstance(fact, Signal):
                self._queue(fact.pair, fact.timeframe, "signals", fact, partial(self._shape_signal, row=last_row))
            elif isinstance(fact, Alert):
                self._queue_alert(fact)
            elif isinstance(fact, AlertLife):
                self._lives_changed = True
            elif isinstance(fact, TradesAccepted):
                self._traded_symbols.add(fact.trades.symbol)
                self._news.set()

    def _shape_signal(self, signal: Signal, row: PairRow | None) -> contract.Signal:
        same_bar = row is not None and (row.pair, row.timeframe, row.time) == (
            signal.pair,
            signal.timeframe,
            signal.time,
        )
        levels = self._core.parameters(signal.pair, signal.timeframe).signals
        return with_advice(signal, row if same_bar else None, levels)

    def _queue(self, pair: Pair, timeframe: Timeframe, key: str, fact: T, shape: Callable[[T], object]) -> None:
        topic = topic_name(pair, timeframe)
        if not self._has_subscriber(topic):
            return
        queue = self._pending.setdefault(topic, {}).setdefault(key, [])
        if len(queue) >= self._limits.pending:
            del self._pending[topic]
            self._replace_backlog(topic)
        else:
            queue.append((fact, shape))
            self._news.set()

    def _queue_alert(self, alert: Alert) -> None:
        if len(self._alerts) >= self._limits.pending:
            self._alerts.clear()
            self._replace_backlog("alerts")
        self._alerts.append(alert)

    def _replace_backlog(self, topic: str) -> None:
        """Drop the updates of a topic that has too many: subscribers get a snapshot once they have read the rest."""
        for client in self._clients:
            if topic in client.topics:
                client.overrun.add(topic)

    def _check(self, client: SocketClient, request: Request) -> None:
        """Raise ``SpreadscopeError`` where there is no such topic, or the client has too many."""
        if is_of_account(request.topic):
            self._states.paper.check(request.topic)
        elif is_of_pair(request.topic):
            pair, _ = pair_topic(request.topic)
            if pair not in self._core.pairs:
                raise SpreadscopeError(f"the pair {pair} is not tracked: add it first")
        if client.waiting >= self._limits.waiting:
            raise SpreadscopeError(
                f"{self._limits.waiting} requests of this socket wait already: wait for their answers"
            )
        new_topic = request.op == "subscribe" and request.topic not in client.topics
        if new_topic and len(client.topics) >= self._limits.topics:
            raise SpreadscopeError(f"this socket has {self._limits.topics} topics already: unsubscribe some")


def pause_after(took: float, least: float) -> float:
    """Returns the seconds to wait after sending took ``took`` seconds, so that it keeps to its share of the loop.

    >>> pause_after(0.001, 0.04), round(pause_after(0.01, 0.04), 3), pause_after(3.0, 0.04)
    (0.04, 0.19, 0.5)
    """
    return max(least, min(_LONGEST_PAUSE, took * (1 / _PAIRS_SHARE - 1)))


def _error(topic: str, ref: Ref, message: str) -> bytes:
    return msgspec.json.encode(contract.Refusal(topic, message, ref))
