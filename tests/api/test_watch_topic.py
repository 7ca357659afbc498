"""The topic of the watch list: a state, and only what changed of it, which together are the engine's own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import websockets

from spreadscope.contract.messages import WatchChanges, WatchView
from spreadscope.model.facts import PairRow
from spreadscope.model.fees import round_trip_cost
from spreadscope.model.instrument import Pair
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Value
from tests.api.served import PAIR, hub_of, message, served, settled
from tests.e2e.line import run, until

TOPIC = "watch:1s"
OTHER = "BBBUSDT/CCCUSDT"


class Mirror:
    """What a client makes of the messages, as the page does."""

    def __init__(self) -> None:
        self.pairs: dict[str, dict[str, Any]] = {}
        self.updates = 0
        self.snapshots = 0
        self.cells = 0

    def take(self, message: dict[str, Any]) -> None:
        data = message["data"]
        if message["type"] == "snapshot":
            self.snapshots += 1
            self.pairs = {each["pair"]: each for each in data["pairs"]}
            return
        msgspec.convert(data, WatchChanges, strict=False)
        self.updates += 1
        for pair in data.get("removed", ()):
            del self.pairs[pair]
        for each in data.get("added", ()):
            self.pairs[each["pair"]] = each
        for pair, changes in data.get("changed", {}).items():
            known = self.pairs[pair]
            row = changes.get("row", {})
            assert all(known["row"][name] != value for name, value in row.items()), (
                "a cell that did not change was sent"
            )
            self.cells += len(row)
            known["row"].update(row)
            last = known["trail"][-1][0] if known["trail"] else -1
            known["trail"] = [*known["trail"], *(each for each in changes.get("trail", ()) if each[0] > last)][-60:]
            if "break_even" in changes:
                known["break_even"] = changes["break_even"]


async def follow(socket: websockets.ClientConnection, mirror: Mirror) -> None:
    async for raw in socket:
        document = msgspec.json.decode(raw)
        if document["topic"] == TOPIC:
            mirror.take(document)


def subscribed(client: httpx.AsyncClient) -> websockets.connect:
    return websockets.connect(f"ws{str(client.base_url).removeprefix('http')}/ws", proxy=None, max_size=None)


async def subscribe(socket: websockets.ClientConnection, mirror: Mirror) -> dict[str, Any]:
    await socket.send(msgspec.json.encode({"op": "subscribe", "topic": TOPIC, "ref": 1}).decode())
    first = await message(socket, topic=TOPIC, type="snapshot")
    mirror.take(first)
    data: dict[str, Any] = first["data"]
    return data


def test_a_state_with_its_changes_is_the_state(tmp_path: Path) -> None:
    async def case() -> None:
        async with (
            served(tmp_path, speed=40, pairs=(PAIR, OTHER)) as (exchange, live, client),
            subscribed(client) as socket,
        ):
            mirror = Mirror()
            first = await subscribe(socket, mirror)
            assert next(iter(first["statistics"]))["key"] == "beta"
            following = asyncio.create_task(follow(socket, mirror))
            await settled(exchange, live)
            states = live.core.states(live.core.pairs[0])
            assert states is not None
            newest = states[Timeframe.S1].row
            assert newest is not None
            await until(lambda: mirror.pairs[PAIR]["row"] and mirror.pairs[PAIR]["row"]["time"] == newest.time)
            await asyncio.sleep(0.3)  # two more ticks: nothing is left to send
            assert mirror.updates > 5
            # The same from a socket that comes later, and from the store.
            async with subscribed(client) as late:
                whole = await subscribe(late, Mirror())
            assert {each["pair"]: each for each in whole["pairs"]} == mirror.pairs
            assert list(mirror.pairs) == [PAIR, OTHER]
            stored = (await client.get("/api/analytics", params={"pair": PAIR, "timeframe": "1s", "limit": 60})).json()
            watched = mirror.pairs[PAIR]
            assert watched["trail"] == [[row["time"], row["z"][0]] for row in stored]
            restated = {"z", "spread", "price_y", "price_x"}
            row = {name: value for name, value in watched["row"].items() if name not in restated}
            assert row == {name: value for name, value in stored[-1].items() if name not in restated}
            cost = round_trip_cost(stored[-1]["beta"][0])
            assert watched["break_even"][0] == pytest.approx(cost / stored[-1]["spread_sd"][0])
            assert (watched["entry"], watched["stop"]) == (2.0, 4.0)
            msgspec.convert(whole, WatchView, strict=False)
            # Pairs come and go, and other thresholds are another state.
            assert (await client.post("/api/pairs", json={"pair": "AAAUSDT/CCCUSDT"})).status_code == 201
            assert (await client.delete(f"/api/pairs/{OTHER}")).status_code == 204
            await until(lambda: list(mirror.pairs) == [PAIR, "AAAUSDT/CCCUSDT"])
            body = {"pair": PAIR, "timeframe": "1s", "values": {"signals.entry": 3.0}}
            assert (await client.put("/api/parameters", json=body)).status_code == 200
            await until(lambda: mirror.pairs[PAIR]["entry"] == 3.0)
            assert mirror.snapshots >= 2
            following.cancel()

    run(case())


def test_nothing_is_kept_where_nobody_follows(tmp_path: Path) -> None:
    async def case() -> None:
        async with served(tmp_path, speed=40) as (_, live, client), hub_of(live) as hub:
            watch = hub.watch[TOPIC]
            assert watch.changes() is None
            watch.note(row_of(z=Value(1.0)))
            view, complete = await watch.snapshot()
            assert [each.pair for each in view.pairs] == [PAIR]
            assert complete
            watch.forget()
            assert watch.changes() is None
            assert not (await client.get("/api/status")).json()["alarms"]

    run(case())


def row_of(**values: Value) -> PairRow:
    return PairRow(
        Pair("AAAUSDT", "BBBUSDT"), Timeframe.S1, 1000, 200.0, 50.0, 10, 10, 60, values, SignalState.FLAT,
        stale=False, incomplete=False,
    )  # fmt: skip
