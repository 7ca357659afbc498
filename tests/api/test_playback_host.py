"""A playback behind the API: the same routes, topics and structs as live, read-only, and sockets that outlast a way
back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import websockets
from fastapi.routing import APIRoute

from spreadscope import contract
from spreadscope.api.limits import ApiLimits
from spreadscope.api.playback_host import PlaybackHost
from spreadscope.api.read_only import WHY
from spreadscope.api.serve import bind, serving_app
from spreadscope.app.data_source import DataSource
from spreadscope.app.playback.playback_engine import PlaybackEngine
from spreadscope.contract import PlaybackState
from spreadscope.contract.messages import PairView, WatchView
from spreadscope.model.instrument import parse_pair
from spreadscope.model.states import Mode
from spreadscope.replay.playback_source import SessionSource
from spreadscope.store.reader import StoredSession, StoreReader
from tests.api.served import message
from tests.e2e.line import run, until
from tests.support.sessions import PAIR, stored_session

Stored = tuple[StoreReader, StoredSession]
TOPIC = f"pair:{PAIR}:1s"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return stored_session(tmp_path_factory.mktemp("session"))


@asynccontextmanager
async def hosted(stored: Stored, folder: Path) -> AsyncIterator[tuple[PlaybackHost, httpx.AsyncClient]]:
    source = SessionSource(*stored)
    played = DataSource(Mode.DEMO, "a test")
    host = PlaybackHost(
        lambda work, speed, known: PlaybackEngine(source, played, work, speed=speed, known=known), folder
    )
    async with (
        host,
        serving_app(host, host.tasks, bind("127.0.0.1", 0), ApiLimits()) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as client,
    ):
        host.transport.set_speed(None)
        yield host, client


async def move(client: httpx.AsyncClient, **command: object) -> contract.Playback:
    answer = await client.put("/api/playback", json=command)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=contract.Playback)


async def rested(client: httpx.AsyncClient) -> contract.Playback:
    """Where it stands, once nothing moves by itself."""
    while True:
        status = msgspec.json.decode((await client.get("/api/playback")).content, type=contract.Playback)
        if status.state not in {PlaybackState.PLAYING, PlaybackState.SEEKING}:
            return status
        await asyncio.sleep(0.02)


def test_it_answers_as_an_engine_and_says_that_it_is_none(tmp_path: Path, stored: Stored) -> None:
    async def main() -> None:
        async with hosted(stored, tmp_path) as (_, client):
            await move(client, op="play")
            end = await rested(client)
            status = msgspec.json.decode((await client.get("/api/status")).content, type=contract.Status)
            assert (status.mode, status.demo, status.pairs) == (Mode.REPLAY, True, (PAIR,))
            assert status.playback == end
            assert (end.hash, end.equal) == (stored[1].hash, True)
            rows = (await client.get("/api/analytics", params={"pair": PAIR, "timeframe": "1s", "limit": 3})).json()
            kept = stored[0].rows(parse_pair(PAIR), contract.Timeframe.S1, limit=3)
            assert [row["time"] for row in rows] == [row.time for row in kept]
            assert [row["z"][0] for row in rows] == [row.z.value for row in kept]
            marks = msgspec.json.decode(
                (await client.get("/api/playback/marks")).content, type=list[contract.PlaybackMark]
            )
            assert len(marks) == end.marks > 0

    run(main())


def test_topics_have_the_same_structs_as_live(tmp_path: Path, stored: Stored) -> None:
    kinds: dict[str, Any] = {
        "status": contract.Status, "alerts": contract.AlertsView, "watch:1s": WatchView,
        TOPIC: PairView,
    }  # fmt: skip

    async def main() -> None:
        async with hosted(stored, tmp_path) as (_, client):
            await move(client, op="seek", time=SessionSource(*stored).start + 200_000)
            await rested(client)
            async with websockets.connect(f"ws://{client.base_url.netloc.decode()}/ws", max_size=None) as socket:
                for topic, kind in kinds.items():
                    await socket.send(msgspec.json.encode(contract.Request("subscribe", topic, topic)).decode())
                    told = await message(socket, type="snapshot", topic=topic, ref=topic)
                    msgspec.convert(told["data"], kind, strict=True)
                await move(client, op="play")
                assert (await message(socket, type="update", topic=TOPIC))["data"]

    run(main())


def test_every_change_is_refused_with_a_sentence(tmp_path: Path, stored: Stored) -> None:
    async def main() -> None:
        async with hosted(stored, tmp_path) as (host, client):
            routes = [route for route in host.routes() if isinstance(route, APIRoute)]
            changes = [
                (method, route.path)
                for route in routes
                for method in (route.methods or ())
                if method not in {"GET", "HEAD"}
            ]
            allowed = {"/api/playback", "/api/alerts/check", "/api/alerts/preview"}
            refused = [change for change in changes if change[1] not in allowed]
            assert len(refused) > 20
            for method, path in refused:
                answer = await client.request(method, path.replace("{", "").replace("}", ""), json={})
                assert (answer.status_code, answer.json()) == (409, {"error": {"message": WHY}}), (method, path)

    run(main())


def test_a_way_back_gives_new_snapshots_over_the_same_socket(tmp_path: Path, stored: Stored) -> None:
    start = SessionSource(*stored).start

    async def main() -> None:
        async with hosted(stored, tmp_path) as (host, client):
            await move(client, op="seek", time=start + 200_000)
            await rested(client)
            async with websockets.connect(f"ws://{client.base_url.netloc.decode()}/ws", max_size=None) as socket:
                await socket.send(msgspec.json.encode(contract.Request("subscribe", TOPIC, 1)).decode())
                late = await message(socket, type="snapshot", topic=TOPIC)
                before = host.transport
                await move(client, op="seek", time=start + 90_000)
                fresh = await message(socket, type="snapshot", topic=TOPIC)
                assert fresh["ref"] is None  # nobody asked for it
                status = await rested(client)
                await socket.send(msgspec.json.encode(contract.Request("snapshot", TOPIC, 3)).decode())
                early = await message(socket, type="snapshot", topic=TOPIC, ref=3)
                assert early["data"]["bars_y"][-1]["open_time"] < late["data"]["bars_y"][-1]["open_time"]
                assert host.transport is not before
                assert start + 88_000 < status.time <= start + 90_000
                await socket.send(msgspec.json.encode(contract.Request("snapshot", "status", 2)).decode())
                assert (await message(socket, topic="status", ref=2))["data"]["playback"]["time"] == status.time
            await until(lambda: len(list(tmp_path.iterdir())) == 1)  # the store of before is gone

    run(main())


def test_back_to_the_signal_before_and_play_after_the_end(tmp_path: Path, stored: Stored) -> None:
    async def main() -> None:
        async with hosted(stored, tmp_path) as (_, client):
            answer = await client.put("/api/playback", json={"op": "previous"})
            assert (answer.status_code, answer.json()["error"]["message"]) == (
                409, "no signal and no alert lies before this moment",
            )  # fmt: skip
            moments = []
            for _ in range(2):
                await move(client, op="next")
                moments.append((await rested(client)).time)
            await move(client, op="previous")
            assert (await rested(client)).time == moments[0]
            await move(client, op="play")
            assert (await rested(client)).equal
            await move(client, op="play")  # from the start
            assert (await rested(client)).equal

    run(main())


def test_a_bad_command_is_refused(tmp_path: Path, stored: Stored) -> None:
    async def main() -> None:
        async with hosted(stored, tmp_path) as (_, client):
            for body in (
                {"op": "rewind"},
                {"op": "speed", "speed": 0},
                {"op": "seek", "time": -1},
                {"op": "play", "x": 1},
            ):
                assert (await client.put("/api/playback", json=body)).status_code == 400, body
            far = await move(client, op="seek", time=2**52)  # as far as there is something
            assert far.error is None
            assert (await rested(client)).state is PlaybackState.ENDED

    run(main())
