"""Changes are answered once they are on disk; and while the disk waits, nobody waits for it but who must."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import websockets

from spreadscope.api import disk
from spreadscope.api.limits import ApiLimits
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.model.alerting import AlertState
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from spreadscope.tasks import Tasks
from tests.api.served import PAIR, TOPIC, message, served, ws
from tests.e2e.line import run, until, write_recording

RULES = "/api/alerts/rules"
SLOW: dict[str, Any] = {
    "store__flush_seconds": 60.0,
    "store__batch_rows": 1_000_000,
}  # nothing reaches the disk unless somebody waits for it
OTHER = "CCCUSDT/AAAUSDT"


def rule(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "subject": PAIR, **more}


def test_what_is_answered_is_on_disk(tmp_path: Path) -> None:
    """What another connection reads was committed, and outlasts a kill: twenty-two changes, each kind of them twice."""

    async def main() -> None:
        async with served(tmp_path, symbols=(), speed=20.0, **SLOW) as (_, live, client):
            stored = StoreReader(live.store.directory.database)

            def rules() -> dict[str, Any]:
                return {item.rule.rule_id: item for item in stored.rules()}

            async def done(method: str, path: str, status: int, body: object = None) -> Any:
                answer = await client.request(method, path, json=body)
                assert answer.status_code == status, answer.text
                return answer.json() if answer.content else None

            for _ in range(2):
                await done("POST", "/api/symbols", 201, {"symbols": "CCCUSDT"})
                assert "CCCUSDT" in stored.watched("symbol")
                await done("POST", "/api/pairs", 201, {"pair": OTHER})
                assert OTHER in stored.watched("pair")
                made = (await done("POST", RULES, 201, rule("price(AAAUSDT) > 1")))["rule_id"]
                assert rules()[made].rule.text == "price(AAAUSDT) > 1"
                looks_back = (await done("POST", RULES, 201, rule("mean(price(AAAUSDT), 10s) > 1")))["rule_id"]
                assert looks_back in rules()
                await done("PUT", f"{RULES}/{looks_back}", 200, rule("price(AAAUSDT) > 2"))
                assert rules()[looks_back].rule.text == "price(AAAUSDT) > 2"
                await done("POST", f"{RULES}/{made}/mute", 200, {"until": 2_000_000_000_000})
                assert rules()[made].rule.muted_until == 2_000_000_000_000
                watched = live.core.engine.alerts.rules[made]
                await until(lambda: (worst := watched.worst()) is not None and worst.life.state is AlertState.FIRING)
                shown = await done("POST", f"{RULES}/{made}/acknowledge", 200, {})
                assert [each["acknowledged"] for each in shown["instances"]] == [True]
                assert [life.acknowledged for _, life in rules()[made].lives] == [True]
                await done("DELETE", f"{RULES}/{made}", 204)
                assert made not in rules()
                await done("DELETE", f"/api/pairs/{OTHER}", 204)
                assert OTHER not in stored.watched("pair")
                await done("DELETE", "/api/symbols/CCCUSDT", 204)
                assert "CCCUSDT" not in stored.watched("symbol")
                await done("DELETE", f"{RULES}/{looks_back}", 204)
                assert rules() == {}

    run(main())


@asynccontextmanager
async def engine(
    exchange: LocalExchange, data: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """``spreadscope engine`` as a process of its own, which the block may kill."""
    places = ("--rest-url", exchange.rest_url, "--ws-url", exchange.ws_url, "--data", os.path.relpath(data))  # noqa: ASYNC240 - it reads nothing
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "spreadscope", "engine", *places, "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"SPREADSCOPE_API__PORT": "0", "SPREADSCOPE_STORE__FLUSH_SECONDS": "60"},
    )
    try:
        assert process.stdout is not None
        ready = json.loads(await process.stdout.readline())
        assert Path(ready["key_file"]).is_absolute()  # the dashboard, which reads it, runs in another folder
        async with httpx.AsyncClient(base_url=ready["api"], trust_env=False, timeout=30) as client:
            while (await client.get("/api/status")).json()["starting"]:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.slow
def test_a_change_outlasts_a_kill_at_once_after_its_answer(tmp_path: Path) -> None:
    """Each start finds what the one before it was told, makes the next change, and is killed."""
    recording = write_recording(tmp_path / "r.txt", symbols=("AAAUSDT", "BBBUSDT", "CCCUSDT"), seconds=300, a_second=2)
    data = tmp_path / "store"

    async def main() -> None:
        async with LocalExchange(RecordingFeed([recording]), speed=4.0) as exchange:
            made = ""
            for step in range(3):
                async with engine(exchange, data) as (process, client):
                    rules = (await client.get(RULES)).json()
                    pairs = [item["pair"] for item in (await client.get("/api/pairs")).json()]
                    if step == 0:
                        assert (await client.post("/api/pairs", json={"pair": PAIR})).status_code == 201
                        answer = await client.post(RULES, json=rule("z > 2"))
                        assert answer.status_code == 201
                        made = answer.json()["rule_id"]
                    elif step == 1:
                        assert pairs == [PAIR]
                        assert [item["rule_id"] for item in rules] == [made]
                        assert (await client.post(f"{RULES}/{made}/mute", json={"until": 9_000})).status_code == 200
                    else:
                        assert [item["muted_until"] for item in rules] == [9_000]
                        assert (await client.delete(f"{RULES}/{made}")).status_code == 204
                    process.send_signal(signal.SIGKILL)
                    await process.wait()
            assert StoreReader(data / DATABASE).rules() == []

    run(main())


@contextmanager
def locked(live: LiveEngine) -> Iterator[sqlite3.Connection]:
    """Somebody else holds the database."""
    holder = sqlite3.connect(live.store.directory.path / DATABASE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        yield holder
    finally:
        holder.close()


READS = (
    *("/api/status", "/api/instruments", "/api/symbols", "/api/pairs", "/api/alerts", "/api/alerts/rules", "/api/gaps"),
    *("/api/bars?symbol=AAAUSDT&timeframe=1s", f"/api/analytics?pair={PAIR}&timeframe=1s", "/api/signals"),
    *("/api/alerts/vocabulary", "/api/alerts/presets", "/api/alerts/scorecard", "/api/alerts/channels"),
    *(
        "/api/alerts/deliveries",
        "/api/alerts/export",
        "/api/export/bars?symbol=AAAUSDT",
        "/api/export/ticks?symbol=AAAUSDT",
    ),
)


def test_while_the_database_is_locked_screens_go_on_and_reads_are_answered(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=10.0, limits=ApiLimits(change_seconds=0.3)) as (_, live, client):
            made = (await client.post(RULES, json=rule("z > 9"))).json()["rule_id"]
            async with websockets.connect(ws(client), proxy=None, max_size=None) as first:
                await first.send(msgspec.json.encode({"op": "subscribe", "topic": TOPIC}).decode())
                await message(first, type="snapshot", topic=TOPIC)
                with locked(live):
                    await until(lambda: live.store.writer.pending_rows > 0)
                    async with websockets.connect(ws(client), proxy=None, max_size=None) as second:
                        # The lock is held until all of this was answered: what waits for it would never come.
                        for topic in ("status", TOPIC, "alerts"):
                            await second.send(msgspec.json.encode({"op": "subscribe", "topic": topic}).decode())
                        for kind in ("snapshot", "update"):
                            await message(second, type=kind, topic="status")
                        partial = await message(second, type="update", topic=TOPIC)
                        await message(first, type="update", topic=TOPIC)
                        for path in READS:
                            answer = await client.get(path)
                            assert answer.status_code == 200, (path, answer.text)
                        answer = await client.get(READS[7])
                        assert int(answer.headers["Spreadscope-Not-On-Disk"]) > 0
                        await _changes_meanwhile(client, made)
                        live.store.writer.error = None
                    # `second` is gone; `third` sees what the lock held back as soon as it is on disk
                    third = await websockets.connect(ws(client), proxy=None, max_size=None)
                    await third.send(msgspec.json.encode({"op": "subscribe", "topic": TOPIC, "ref": "r"}).decode())
                    begun = await message(third, type="snapshot", topic=TOPIC, ref="r")
                whole = await message(third, type="snapshot", topic=TOPIC, ref=None)
                await third.close()
                assert partial["data"]
                newest = max((row["time"] for row in begun["data"]["rows"]), default=0)
                times = [row["time"] for row in whole["data"]["rows"]]
                assert times[-1] > newest
                assert times == list(range(times[0], times[-1] + 1, 1000))
            await until(lambda: made not in {item.rule.rule_id for item in live.store.reader.rules()})
            answer = await client.get(READS[7])
            assert "Spreadscope-Not-On-Disk" not in answer.headers

    run(main())


async def _changes_meanwhile(client: httpx.AsyncClient, made: str) -> None:
    """What needs the store to begin with is not begun; what is done in memory is done, and said to be on no disk."""
    for path, body in (
        (RULES, rule("z > 3")),
        ("/api/pairs", {"pair": OTHER}),
        ("/api/symbols", {"symbols": "CCCUSDT,BBBUSDT"}),
    ):
        answer = await client.post(path, json=body)
        assert answer.status_code == 503, answer.text
        assert answer.headers["Retry-After"] == "1"
        assert answer.json()["error"]["message"] == (
            "the store takes nothing at the moment: another program may hold its database: nothing was changed, try"
            " again in a moment"
        )
    assert [item["pair"] for item in (await client.get("/api/pairs")).json()] == [PAIR]
    muted = await client.post(f"{RULES}/{made}/mute", json={"until": 5})
    assert muted.status_code == 202
    assert muted.json()["durable"] is False
    assert muted.json()["message"].startswith("the change is made, but not on disk yet: the store takes nothing")
    assert muted.json()["result"]["muted_until"] == 5
    gone = await client.delete(f"{RULES}/{made}")
    assert (gone.status_code, gone.json()["durable"], gone.json()["result"]) == (202, False, None)
    assert (await client.get(RULES)).json() == []


def test_however_many_wait_two_flushes_are_under_way() -> None:
    class Writer:
        error = None
        pending_rows = 3

        def __init__(self) -> None:
            self.flushes: list[asyncio.Future[None]] = []

        async def flush(self) -> None:
            self.flushes.append(asyncio.get_running_loop().create_future())
            await self.flushes[-1]

    async def main() -> None:
        writer = Writer()
        tasks = await Tasks().__aenter__()
        waiting = disk.Disk(writer, tasks)  # type: ignore[arg-type]  # what it asks of one
        early = [asyncio.create_task(waiting.reached(5)) for _ in range(100)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(writer.flushes) == 1
        writer.flushes[0].set_result(None)
        async with asyncio.timeout(20):
            while len(writer.flushes) < 2 or not early[0].done():  # noqa: ASYNC110 - the loop's own turns
                await asyncio.sleep(0)
        assert len(writer.flushes) == 2  # what was asked for while the first was under way is not covered by it
        assert early[0].done()
        assert not early[1].done()
        writer.flushes[1].set_result(None)
        assert await asyncio.gather(*early) == [True] * 100
        assert not await waiting.reached(0.01)
        assert waiting.pending_header() == {"Spreadscope-Not-On-Disk": "3"}
        await tasks.__aexit__(None, None, None)

    asyncio.run(main())
