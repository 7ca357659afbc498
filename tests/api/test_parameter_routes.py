"""The routes of parameters, over a real engine on real sockets: shown, tried, changed, kept, and replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import websockets

from spreadscope.model.instrument import parse_pair as parse
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.journal_source import replay_session
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from tests.api.served import PAIR, TOPIC, message, served, settled, ws
from tests.e2e.line import run, until

PARAMETERS = "/api/parameters"
TLS = {"analytics.hedge": "tls", "signals.entry": 0.6, "signals.exit": 0.1}


async def put(client: httpx.AsyncClient, values: dict[str, Any], pair: str = PAIR, timeframe: str = "1s") -> Any:
    answer = await client.put(PARAMETERS, json={"pair": pair, "timeframe": timeframe, "values": values})
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_key(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in answer["parameters"]}


def test_a_change_is_shown_live_kept_over_a_restart_and_known_to_the_replay(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=20.0) as (exchange, live, client):
            before = (await client.get(PARAMETERS, params={"pair": PAIR, "timeframe": "1s"})).json()
            assert by_key(before)["analytics.hedge"]["source"] == "the configuration"
            assert (before["analytics"]["hedge"], before["analytics"]["hedge_window"]) == ("ols", 120)
            async with websockets.connect(ws(client), proxy=None, max_size=None) as socket:
                await socket.send(f'{{"op": "subscribe", "topic": "{TOPIC}"}}')
                first = await message(socket, type="snapshot", topic=TOPIC)
                assert (first["data"]["analytics"]["hedge"], first["data"]["signal_settings"]["entry"]) == ("ols", 2.0)
                state = live.core.engine.pairs[live.core.pairs[0]][Timeframe.S1]
                changed = await put(client, TLS)
                second = await message(socket, type="snapshot", topic=TOPIC)
                assert second["data"]["analytics"] == changed["analytics"]
                assert second["data"]["signal_settings"] == changed["signals"]
            assert changed["analytics"]["hedge"] == "tls"
            assert by_key(changed)["signals.entry"] | {"help": ""} == {
                "key": "signals.entry", "kind": "number", "value": 0.6, "layer": 0.6, "source": f"{PAIR} at 1s",
                "default": 2.0, "help": "", "choices": [], "low": 0, "high": None,
            }  # fmt: skip
            await until(lambda: live.core.engine.pairs[live.core.pairs[0]][Timeframe.S1] is not state)
            other = (await client.get(PARAMETERS, params={"pair": PAIR, "timeframe": "1m"})).json()
            assert other["analytics"]["hedge"] == "ols"
            await settled(exchange, live)

    run(main())
    reader = StoreReader(tmp_path / "store" / DATABASE)
    (session,) = reader.sessions()
    assert replay_session(reader, session).equal
    rows = reader.rows(parse(PAIR), Timeframe.S1)
    assert rows[-1].beta.value is not None

    async def again() -> None:
        async with served(tmp_path, speed=20.0) as (_, live, client):
            kept = (await client.get(PARAMETERS, params={"pair": PAIR, "timeframe": "1s"})).json()
            assert (kept["analytics"]["hedge"], kept["signals"]["entry"]) == ("tls", 0.6)
            reset = await put(client, {})
            assert (reset["analytics"]["hedge"], reset["signals"]["entry"]) == ("ols", 2.0)
            assert live.parameters.layers.items() == []

    run(again())


def test_a_preview_changes_nothing_and_says_what_would_have_been(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=50.0) as (exchange, live, client):
            await settled(exchange, live)
            body = {"pair": PAIR, "timeframe": "1s", "values": {"signals.entry": 0.6, "signals.exit": 0.1}}
            preview = (await client.post(f"{PARAMETERS}/preview", json=body)).json()
            now, then = preview["now"], preview["then"]
            assert (now["signals"]["entry"], then["signals"]["entry"], preview["problem"]) == (2.0, 0.6, "")
            assert (now["times"], now["z"]) == (then["times"], then["z"])
            assert len(then["trades"]) > len(now["trades"])
            assert live.parameters.layers.items() == []
            # What was live with what holds now is what its trial says.
            stored = (await client.get("/api/analytics", params={"pair": PAIR, "timeframe": "1s"})).json()
            tried = dict(zip(now["times"], now["spread"], strict=True))
            same = [row for row in stored if tried.get(row["time"]) is not None and row["spread"][0] is not None]
            assert len(same) > 50
            assert all(abs(row["spread"][0] - tried[row["time"]]) < 1e-9 for row in same)
            assert now["newest"]["beta"] == stored[-1]["beta"]

    run(main())


async def refusal(client: httpx.AsyncClient, status: int, **body: Any) -> str:
    answer = await client.put(PARAMETERS, json={"pair": PAIR, "timeframe": "1s", "values": {}} | body)
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"]["message"])


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=20.0) as (_, live, client):
            assert "did you mean 'signals.entry'?" in await refusal(client, 422, values={"signals.entri": 1})
            assert "signals need exit < entry < stop" in await refusal(client, 422, values={"signals.entry": 9})
            assert "is not tracked: add it first" in await refusal(client, 404, pair="BBBUSDT/AAAUSDT")
            assert "unknown timeframe '2m'" in await refusal(client, 422, timeframe="2m")
            rule = {"text": "spread > 25bp", "subject": PAIR}
            assert (await client.post("/api/alerts/rules", json=rule)).status_code == 201
            sentence = await refusal(client, 422, values={"analytics.space": "level"}, timeframe="")
            assert sentence.startswith("the alert rule 'spread > 25bp' would not be readable: 25 bp cannot stand here")
            assert live.parameters.layers.items() == []

    run(main())
