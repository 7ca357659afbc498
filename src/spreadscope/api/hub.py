"""Live topics: facts → at most ten updates a second a topic → the sockets that subscribed.

A socket that does not read loses its backlog and gets a fresh snapshot in its place; nothing here ever waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from spreadscope.api import shapes
from spreadscope.api.signals import with_advice
from spreadscope.api.status import StatusMaker
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.facts import Alert, AlertLife, Bar, Fact, PairRow, Signal, TradesAccepted
from spreadscope.model.instrument import Pair, parse_pair
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe, parse_timeframe
from spreadscope.runtime.live import LiveEngine

log = structlog.get_logger()

Json = dict[str, Any]

_UPDATE_SECONDS = 0.1
_STATUS_TICKS = 10
_SNAPSHOT_ROWS = 1_000
_SNAPSHOT_ALERTS = 200
_LIVE_INSTANCES = 200  # of rules, whose values are sent every second
_BACKLOG = 64


class Client:
    """One socket: what it subscribed to and the messages waiting for it."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.preparing: dict[str, list[bytes]] = {}
        self.overrun: set[str] = set()
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(_BACKLOG)

    def push(self, topic: str, message: bytes) -> None:
        """Queue an update; behind a snapshot that is being made; or drop the backlog where the client does not read."""
        if topic in self.preparing:
            self.preparing[topic].append(message)
            return
        if topic in self.overrun:
            return
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.overrun = set(self.topics)


class Hub:
    """All sockets and topics."""

    def __init__(self, live: LiveEngine, status: StatusMaker) -> None:
        self._live = live
        self._status = status
        self._clients: set[Client] = set()
        self._pending: dict[str, dict[str, list[Json]]] = {}
        self._dirty: set[str] = set()
        self._alerts: list[Json] = []
        self._lives_moved = False
        self._stop_observing: Callable[[], None] = live.observe(self._on_facts)
        live.on_file_rules = self.rules_changed

    def join(self) -> Client:
        client = Client()
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        self._clients.discard(client)

    async def run(self) -> None:
        """Until cancelled: send what gathered since the last tick."""
        ticks = 0
        try:
            while True:
                await asyncio.sleep(_UPDATE_SECONDS)
                ticks += 1
                self._send_pairs()
                self._send_alerts(second=ticks % _STATUS_TICKS == 0)
                if ticks % _STATUS_TICKS == 0:
                    self._status.tick()
                    self._broadcast("status", "update", self._status.status())
                await self._refresh_overrun()
        finally:
            self._stop_observing()

    async def command(self, client: Client, raw: str | bytes) -> None:
        """One message of a client. What cannot be done is answered with an error, never with a closed socket."""
        topic, ref = "", None
        try:
            message = msgspec.json.decode(raw, type=dict[str, Any])
            operation, topic, ref = message.get("op"), str(message.get("topic", "")), message.get("ref")
            if operation == "unsubscribe":
                client.topics.discard(topic)
                return
            self._check(operation, topic)
            if operation == "subscribe":
                client.topics.add(topic)
            await self._send_snapshot(client, topic, ref)
        except msgspec.MsgspecError as error:
            self._answer(
                client, {"topic": topic, "type": "error", "ref": ref, "message": f"not a JSON object: {error}"}
            )
        except SpreadscopeError as error:
            client.topics.discard(topic)
            self._answer(client, {"topic": topic, "type": "error", "ref": ref, "message": str(error)})

    # --- out --------------------------------------------------------------------------------------------------------

    async def _send_snapshot(self, client: Client, topic: str, ref: object) -> None:
        """A snapshot and, behind it, the updates that came while it was made."""
        client.preparing.setdefault(topic, [])
        try:
            data = await self._snapshot(topic)
            message = {"topic": topic, "type": "snapshot", "ref": ref, "data": data}
        finally:
            waiting = client.preparing.pop(topic, [])
        self._answer(client, message)
        client.overrun.discard(topic)
        if topic in client.topics:
            for update in waiting:
                client.push(topic, update)

    def _answer(self, client: Client, message: Json) -> None:
        encoded = msgspec.json.encode(message)
        if client.queue.full():
            client.queue.get_nowait()
        client.queue.put_nowait(encoded)

    async def _snapshot(self, topic: str) -> Json:
        if topic == "status":
            return self._status.status()
        await self._live.writer.flush()
        reader = self._live.reader
        if topic == "alerts":
            history = await asyncio.to_thread(reader.alerts, _SNAPSHOT_ALERTS)
            return {"rules": self._rules(), "history": [shapes.alert(alert) for alert in history]}
        pair, timeframe = _pair_topic(topic)
        bars_y = await asyncio.to_thread(reader.bars, pair.y, timeframe, limit=_SNAPSHOT_ROWS)
        bars_x = await asyncio.to_thread(reader.bars, pair.x, timeframe, limit=_SNAPSHOT_ROWS)
        rows = await asyncio.to_thread(reader.rows, pair, timeframe, limit=_SNAPSHOT_ROWS)
        oldest = min((fact.open_time for fact in (*bars_y[:1], *bars_x[:1])), default=0)
        signals = await asyncio.to_thread(reader.signals, pair, timeframe, oldest)
        made_on = {row.time: row for row in rows}
        return {
            "pair": str(pair),
            "timeframe": timeframe,
            "bars_y": [shapes.bar(fact) for fact in bars_y],
            "bars_x": [shapes.bar(fact) for fact in bars_x],
            "rows": [shapes.row(fact) for fact in rows],
            "signals": [with_advice(fact, made_on.get(fact.time), self._live.config) for fact in reversed(signals)],
            **self._forming(pair, timeframe),
        }

    def _send_pairs(self) -> None:
        """One update for every pair topic that somebody listens to and in which something moved."""
        wanted = {topic for client in self._clients for topic in client.topics if topic.startswith("pair:")}
        for topic in wanted:
            pending = self._pending.pop(topic, {})
            pair, timeframe = _pair_topic(topic)
            if pending or {pair.y, pair.x} & self._dirty:
                self._broadcast(topic, "update", {**pending, **self._forming(pair, timeframe)})
        self._pending.clear()
        self._dirty.clear()

    def _send_alerts(self, *, second: bool) -> None:
        """What was said at once; where the rules stand once a second, while there are few or something moved in them."""
        instances = sum(len(rule.instances) for rule in self._live.engine.alerts.rules.values())
        moved = self._lives_moved or 0 < instances <= _LIVE_INSTANCES
        if self._alerts:
            self._broadcast("alerts", "update", {"history": self._alerts, "rules": self._rules()})
        elif second and moved:
            self.rules_changed()
        else:
            return
        self._alerts, self._lives_moved = [], False

    def rules_changed(self) -> None:
        """A rule was set or dropped, or its alerts moved."""
        if any("alerts" in client.topics for client in self._clients):
            self._broadcast("alerts", "update", {"rules": self._rules()})

    def _broadcast(self, topic: str, kind: str, data: Json) -> None:
        listeners = [client for client in self._clients if topic in client.topics]
        if not listeners:
            return
        message = msgspec.json.encode({"topic": topic, "type": kind, "data": data})
        for client in listeners:
            client.push(topic, message)

    async def _refresh_overrun(self) -> None:
        """Clients that fell behind and have an empty queue again get fresh snapshots."""
        for client in tuple(self._clients):
            for topic in tuple(client.overrun) if client.queue.empty() else ():
                await self._send_snapshot(client, topic, None)

    # --- in ---------------------------------------------------------------------------------------------------------

    def _on_facts(self, facts: list[Fact]) -> None:
        made_on: PairRow | None = None
        for fact in facts:
            if isinstance(fact, Bar):
                for pair in self._live.engine.pairs:
                    if fact.symbol in pair.symbols:
                        side = "bars_y" if fact.symbol == pair.y else "bars_x"
                        self._queue(pair, fact.timeframe, side, shapes.bar(fact))
            elif isinstance(fact, PairRow):
                made_on = fact  # a signal stands right behind its row
                self._queue(fact.pair, fact.timeframe, "rows", shapes.row(fact))
            elif isinstance(fact, Signal):
                self._queue(fact.pair, fact.timeframe, "signals", self._advised(fact, made_on))
            elif isinstance(fact, Alert):
                self._alerts.append(shapes.alert(fact))
            elif isinstance(fact, AlertLife):
                self._lives_moved = True
            elif isinstance(fact, TradesAccepted):
                self._dirty.add(fact.trades.symbol)

    def _advised(self, signal: Signal, row: PairRow | None) -> Json:
        own = row is not None and (row.pair, row.timeframe, row.time) == (signal.pair, signal.timeframe, signal.time)
        return with_advice(signal, row if own else None, self._live.config)

    def _queue(self, pair: Pair, timeframe: Timeframe, key: str, item: Json) -> None:
        topic = f"pair:{pair}:{timeframe}"
        if any(topic in client.topics for client in self._clients):
            self._pending.setdefault(topic, {}).setdefault(key, []).append(item)

    def _forming(self, pair: Pair, timeframe: Timeframe) -> Json:
        """The open bars, and the newest row restated at the newest prices."""
        engine = self._live.engine
        states = engine.pairs.get(pair)
        if states is None:
            return {"forming_y": None, "forming_x": None, "live": None}
        y, x = engine.series[pair.y], engine.series[pair.x]
        forming_y, forming_x = y.forming(timeframe), x.forming(timeframe)
        state = states[timeframe]
        preview = state.preview(y, x)
        live = None
        if state.row is not None and preview:
            live = shapes.row(state.row)
            live |= {name: [number, None] if name in {"spread", "z"} else number for name, number in preview.items()}
        return {
            "forming_y": shapes.bar(forming_y) if forming_y else None,
            "forming_x": shapes.bar(forming_x) if forming_x else None,
            "live": live,
        }

    def _rules(self) -> list[Json]:
        return [shapes.rule(rule) for rule in self._live.engine.alerts.rules.values()]

    def _check(self, operation: object, topic: str) -> None:
        if operation not in {"subscribe", "snapshot"}:
            raise SpreadscopeError(f"unknown op {operation!r}: use subscribe, unsubscribe or snapshot")
        if topic in {"status", "alerts"}:
            return
        pair, _ = _pair_topic(topic)
        if pair not in self._live.engine.pairs:
            raise SpreadscopeError(f"the pair {pair} is not tracked: add it first")


def _pair_topic(topic: str) -> tuple[Pair, Timeframe]:
    kind, _, rest = topic.partition(":")
    name, _, timeframe = rest.rpartition(":")
    if kind != "pair" or not name:
        frames = ", ".join(TIMEFRAMES)
        raise SpreadscopeError(f"unknown topic {topic!r}: use status, alerts or pair:Y/X:TIMEFRAME ({frames})")
    return parse_pair(name), parse_timeframe(timeframe)
