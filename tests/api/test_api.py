"""The API as ``docs/api.md`` promises it, over a real engine on real sockets."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
import websockets

from spreadscope.api.serve import bind
from spreadscope.model.errors import ConfigError
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.statistics.catalogue import catalogue
from spreadscope.store.tables import VALUE_COLUMNS
from tests.api.served import PAIR, TOPIC, hub_of, message, served, settled, ws
from tests.e2e.line import run, until, whole


def test_bars_rows_and_exports_tell_the_same_as_the_store(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            bars = (await client.get("/api/bars", params={"symbol": "aaausdt", "timeframe": "1s"})).json()
            stored = live.store.reader.bars("AAAUSDT", "1s")  # type: ignore[arg-type]
            assert [bar["open_time"] for bar in bars] == [bar.open_time for bar in stored]
            assert [bar["close"] for bar in bars] == [bar.close for bar in stored]
            rows = (await client.get("/api/analytics", params={"pair": PAIR, "timeframe": "1s"})).json()
            assert len(rows) > 150
            last = rows[-1]
            for name in VALUE_COLUMNS:
                number, reason = last[name]
                assert (number is None) == (reason is not None)
            assert last["z"][0] == pytest.approx(
                (last["spread"][0] - last["spread_mean"][0]) / last["spread_sd"][0], rel=1e-12
            )
            assert rows[0]["z"] == [None, "warming up"]
            export = await client.get("/api/export/analytics", params={"pair": PAIR, "timeframe": "1s"})
            assert export.headers["content-disposition"].startswith('attachment; filename="DEMO-AAAUSDT-BBBUSDT')
            lines = export.text.splitlines()
            assert lines[0].startswith("# DEMO DATA")
            table = list(csv.DictReader(io.StringIO("\n".join(lines[1:]))))
            assert [int(row["time"]) for row in table] == [row["time"] for row in rows]
            assert float(table[-1]["z"]) == last["z"][0]
            ticks = await client.get("/api/export/ticks", params={"symbol": "AAAUSDT"})
            assert len(ticks.text.splitlines()) - 2 == len(exchange.truth("AAAUSDT").ids)
            window = {"from": bars[10]["open_time"], "to": bars[20]["open_time"]}
            part = (await client.get("/api/bars", params={"symbol": "AAAUSDT", "timeframe": "1s", **window})).json()
            assert [bar["open_time"] for bar in part] == [bar["open_time"] for bar in bars[10:20]]

    run(main())


def test_the_history_of_a_pair_is_all_of_its_stretches_one_after_another(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            whole = {
                "bars_y": (await client.get("/api/bars", params={"symbol": "AAAUSDT", "timeframe": "1s"})).json(),
                "bars_x": (await client.get("/api/bars", params={"symbol": "BBBUSDT", "timeframe": "1s"})).json(),
                "rows": (await client.get("/api/analytics", params={"pair": PAIR, "timeframe": "1s"})).json(),
                "signals": (await client.get("/api/signals", params={"pair": PAIR, "timeframe": "1s"})).json()[::-1],
            }
            found: dict[str, list[Any]] = {name: [] for name in whole}
            before, stretches = 2**53 - 1, 0
            while True:
                query: dict[str, str | int] = {"pair": PAIR, "timeframe": "1s", "before": before, "limit": 70}
                part = (await client.get("/api/history", params=query)).json()
                for name, items in found.items():
                    assert all(part["start"] <= time_of(each) < before for each in part[name])
                    items[:0] = part[name]
                stretches += 1
                if not part["more"]:
                    break
                assert part["start"] < before
                before = part["start"]
            assert stretches > 2
            assert found == whole
            refused = await client.get("/api/history", params={"pair": "AAAUSDT", "timeframe": "1s"})
            assert refused.status_code == 400

    run(main())


def time_of(item: dict[str, Any]) -> int:
    return int(item["open_time"] if "open_time" in item else item["time"])


def test_status_says_demo_and_describes_every_symbol(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            status = (await client.get("/api/status")).json()
            assert status["mode"] == "demo"
            assert status["demo"] is True
            assert {item["symbol"] for item in status["symbols"]} == {"AAAUSDT", "BBBUSDT", "CCCUSDT"}
            for item in status["symbols"]:
                assert item["last_id"] - item["first_id"] + 1 == item["trades"]
                assert item["missing"] == 0
            assert [item["state"] for item in status["connections"]] == ["connected", "connected"]
            assert status["alarms"] == []

    run(main())


def test_pairs_and_symbols_come_and_go_while_running(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, symbols=(), speed=50.0) as (_, live, client):
            assert (await client.post("/api/symbols", json={"symbols": "cccusdt"})).json() == ["CCCUSDT"]
            added = await client.post("/api/pairs", json={"pair": "cccusdt/aaausdt"})
            assert added.status_code == 201
            assert added.json() == {"pair": "CCCUSDT/AAAUSDT", "y": "CCCUSDT", "x": "AAAUSDT"}
            assert (await client.post("/api/pairs", json={"pair": "CCCUSDT/AAAUSDT"})).status_code == 409
            assert (await client.delete("/api/symbols/CCCUSDT")).status_code == 409
            await until(
                lambda: (
                    live.core.engine.pairs[next(p for p in live.core.engine.pairs if p.y == "CCCUSDT")][
                        Timeframe.S1
                    ].row
                    is not None
                )
            )
            pairs = (await client.get("/api/pairs")).json()
            assert [pair["pair"] for pair in pairs] == [PAIR, "CCCUSDT/AAAUSDT"]
            assert pairs[1]["rows"]["1s"]["pair"] == "CCCUSDT/AAAUSDT"
            assert (await client.delete("/api/pairs/CCCUSDT/AAAUSDT")).status_code == 204
            assert (await client.delete("/api/pairs/CCCUSDT/AAAUSDT")).status_code == 404
            assert (await client.delete("/api/symbols/CCCUSDT")).status_code == 204
            assert set((await client.get("/api/symbols")).json()) == {"AAAUSDT", "BBBUSDT"}

    run(main())


BAD: list[tuple[str, dict[str, Any], int, str]] = [
    ("/api/symbols", {"symbols": "NOSUCHUSDT"}, 404, "lists no symbol NOSUCHUSDT"),
    ("/api/symbols", {"symbols": "AAUSDT"}, 404, "did you mean AAAUSDT"),
    ("/api/symbols", {"symbols": "CCCUSDT,cccusdt"}, 409, "given twice"),
    ("/api/symbols", {"symbols": ""}, 400, "empty symbol"),
    ("/api/symbols", {"symbols": "A" * 41}, 400, "malformed symbol"),
    ("/api/symbols", {"symbols": "\ue000"}, 404, "there is no symbol"),
    ("/api/symbols", {"symbol": "X"}, 400, "symbols"),
    ("/api/symbols", {"symbols": 7}, 400, "symbols"),
    ("/api/pairs", {"pair": "AAAUSDT"}, 400, "write Y/X"),
    ("/api/pairs", {"pair": "AAAUSDT/NOSUCHUSDT"}, 404, "lists no symbol NOSUCHUSDT"),
    ("/api/pairs", {"pair": "AAAUSDT/AAAUSDT"}, 409, "two different symbols"),
]


def test_bad_input_is_one_sentence_and_the_rest_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            for path, body, status, part in BAD:
                answer = await client.post(path, json=body)
                assert answer.status_code == status, (body, answer.text)
                assert part in answer.json()["error"]["message"]
            await settled(exchange, live)

    run(main())


def test_queries_with_bad_input_are_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, _live, client):
            for path, status in (
                ("/api/bars?symbol=AAAUSDT&timeframe=2m", 400),
                ("/api/bars?symbol=AAAUSDT&limit=0", 400),
                ("/api/bars", 400),
                ("/api/export/everything?symbol=AAAUSDT", 400),
                ("/api/export/ticks", 400),
                ("/api/export/analytics?symbol=AAAUSDT", 400),
                ("/api/nothing", 404),
                ("/api/bars?symbol=UNKNOWNUSDT", 200),
            ):
                answer = await client.get(path)
                assert answer.status_code == status, path
                if status != 200:
                    assert answer.json()["error"]["message"]
            assert (await client.get("/api/bars?symbol=UNKNOWNUSDT")).json() == []

    run(main())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:8501"}, 403),  # a page of another port of this machine
        ({"host": "localhost:8765", "origin": "http://localhost:8765"}, 200),
        ({"host": "localhost:1"}, 200),
        ({"host": "[::1]:80"}, 200),
    ],
)
def test_only_this_machine_is_answered(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, _live, client):
            assert (await client.get("/api/symbols", headers=headers)).status_code == status
            if status == 403:
                with pytest.raises(websockets.InvalidStatus):
                    await websockets.connect(ws(client), additional_headers=headers, proxy=None)

    run(main())


def test_socket_snapshot_then_updates_and_errors_in_words(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=20.0) as (exchange, live, client):
            async with websockets.connect(ws(client), proxy=None, max_size=None) as socket:
                await socket.send(msgspec.json.encode({"op": "subscribe", "topic": TOPIC, "ref": "a"}).decode())
                snapshot = await message(socket, type="snapshot", topic=TOPIC)
                assert snapshot["ref"] == "a"
                assert snapshot["data"]["statistics"] == msgspec.json.decode(
                    msgspec.json.encode(catalogue(live.core.parameters("", Timeframe.S1).analytics))
                )
                times = {row["time"] for row in snapshot["data"]["rows"]}
                update = await message(socket, type="update", topic=TOPIC)
                while "rows" not in update["data"]:
                    update = await message(socket, type="update", topic=TOPIC)
                times |= {row["time"] for row in update["data"]["rows"]}
                await socket.send('{"op": "snapshot", "topic": "status", "ref": 7}')
                status = await message(socket, type="snapshot", topic="status")
                assert status["ref"] == 7
                assert status["data"]["pairs"] == [PAIR]
                for raw, part in (
                    ('{"op": "subscribe", "topic": "weather"}', "unknown topic"),
                    ('{"op": "subscribe", "topic": "pair:AAAUSDT/CCCUSDT:1s"}', "not tracked"),
                    ('{"op": "fly", "topic": "status"}', "unknown op"),
                    ("not json", "not a JSON object"),
                ):
                    await socket.send(raw)
                    error = await message(socket, type="error")
                    assert part in error["message"]
                await exchange.finished()
                await until(lambda: whole(exchange, live))
                newest = live.core.engine.market_time // 1000 * 1000 - 2000
                while newest not in times:
                    update = await message(socket, type="update", topic=TOPIC)
                    times |= {row["time"] for row in update["data"].get("rows", [])}
                assert sorted(times) == list(range(min(times), max(times) + 1, 1000))

    run(main())


def test_a_socket_that_does_not_read_gets_a_snapshot_instead_of_its_backlog(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=50.0) as (exchange, live, _), hub_of(live) as hub:
            client = hub.join()
            await hub.on_message(client, f'{{"op": "subscribe", "topic": "{TOPIC}"}}')
            assert msgspec.json.decode(await client.get())["type"] == "snapshot"
            for _ in range(200):
                client.push(TOPIC, b"{}")
            assert client.overrun == {TOPIC}
            assert client.idle
            await until(lambda: not client.overrun)
            assert msgspec.json.decode(await client.get())["type"] == "snapshot"
            await exchange.finished()

    run(main())


def test_a_port_in_use_is_one_clear_sentence() -> None:
    taken = bind("127.0.0.1", 0)
    try:
        with pytest.raises(ConfigError, match="choose another port"):
            bind("127.0.0.1", taken.getsockname()[1])
    finally:
        taken.close()


def test_every_documented_route_exists_and_no_other(tmp_path: Path) -> None:
    import re

    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    documented = {
        (method, re.sub(r"\{[^}]*\}", "{}", path.split("?")[0]))
        for method, path in re.findall(r"^\| `(GET|POST|PUT|DELETE) ([^ `]+)", page, flags=re.MULTILINE)
    }

    async def main() -> None:
        async with served(tmp_path) as (_, _live, client):
            paths = (await client.get("/openapi.json")).json()["paths"]
            real = {
                (method.upper(), re.sub(r"\{[^}]*\}", "{}", path)) for path, item in paths.items() for method in item
            }
            assert real == documented

    run(main())
