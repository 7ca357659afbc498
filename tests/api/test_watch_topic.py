"""The topic of the watch list: a state, and only what changed of it, which together are the engine's own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
import websockets

from spreadscope.contract.messages import WatchChanges, WatchView
from spreadscope.model.timeframe import Timeframe
from spreadscope.signals.advice import round_trip_cost
from tests.api.served import PAIR, message, served, settled
from tests.e2e.line import run, until

TOPIC = "watch:1s"
OTHER = "BBBUSDT/CCCUSDT"


class Mirror:
    """What a client makes of the messages, as the page does."""

    def __init__(self) -> None:
        self.pairs: dict[str, dict[str, Any]] = {}
        self.updates = 0
        self.cells = 0

    def take(self, message: dict[str, Any]) -> None:
        data = message["data"]
        if message["type"] == "snapshot":
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


def test_a_state_with_its_changes_is_the_state(tmp_path: Path) -> None:
    async def case() -> None:
        async with (
            served(tmp_path, speed=40, pairs=(PAIR, OTHER)) as (exchange, live, client),
            websockets.connect(f"ws{str(client.base_url).removeprefix('http')}/ws", proxy=None) as socket,
        ):
            await socket.send(msgspec.json.encode({"op": "subscribe", "topic": TOPIC, "ref": 1}).decode())
            mirror = Mirror()
            first = await message(socket, topic=TOPIC, type="snapshot")
            assert [each["key"] for each in first["data"]["statistics"]][:1] == ["beta"]
            mirror.take(first)
            following = asyncio.create_task(follow(socket, mirror))
            await settled(exchange, live)
            pair = live.core.pairs[0]
            states = live.core.states(pair)
            assert states is not None
            newest = states[Timeframe.S1].row
            assert newest is not None
            await until(lambda: mirror.pairs[PAIR]["row"] and mirror.pairs[PAIR]["row"]["time"] == newest.time)
            await asyncio.sleep(0.3)  # two more ticks: nothing is left to send
            assert mirror.updates > 5
            following.cancel()
            # The same from a socket that comes later, and from the store.
            async with websockets.connect(
                socket.request_uri
                if hasattr(socket, "request_uri")
                else f"ws{str(client.base_url).removeprefix('http')}/ws",
                proxy=None,
            ) as late:
                await late.send(msgspec.json.encode({"op": "subscribe", "topic": TOPIC, "ref": 2}).decode())
                whole = (await message(late, topic=TOPIC, type="snapshot"))["data"]
            assert {each["pair"]: each for each in whole["pairs"]} == mirror.pairs
            assert list(mirror.pairs) == [PAIR, OTHER]
            stored = (await client.get("/api/analytics", params={"pair": PAIR, "timeframe": "1s", "limit": 60})).json()
            watched = mirror.pairs[PAIR]
            assert watched["trail"] == [[row["time"], row["z"][0]] for row in stored]
            restated = {"z", "spread", "price_y", "price_x"}
            row = {name: value for name, value in watched["row"].items() if name not in restated}
            assert row == {name: value for name, value in stored[-1].items() if name not in restated}
            assert watched["break_even"][0] == pytest.approx(
                round_trip_cost(stored[-1]["beta"][0]) / stored[-1]["spread_sd"][0]
            )
            assert (watched["entry"], watched["stop"]) == (2.0, 4.0)
            msgspec.convert(whole, WatchView, strict=False)

    run(case())
