"""Channels and deliveries over the API, on a real engine that reads a real alerts.toml."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
import websockets

from spreadscope.notify.file import rule_id_of
from tests.api.served import PAIR, message, served, ws
from tests.e2e.line import run, until
from tests.notify.receivers import answer, http_receiver, smtp_receiver
from tests.notify.rig import alert

OPTIONS: dict[str, Any] = {
    "alerts__lan": ("127.0.0.1",),
    "alerts__retry_seconds": 0.05,
    "alerts__retry_max_seconds": 0.2,
    "alerts__attempts": 2,
}

FILE = """
[[channel]]
name = "hook"
kind = "webhook"
url_env = "TEST_HOOK"
[[channel]]
name = "mail"
kind = "email"
url_env = "TEST_MAIL"
min_severity = "critical"
[[channel]]
name = "off"
url_env = "NOT_SET"
enabled = false
[[rule]]
name = "far"
when = "abs(z) > 2"
subject = "AAAUSDT/BBBUSDT"
[[rule]]
name = "price"
when = "price > 1"
subject = "CCCUSDT"
timeframe = "1m"
"""


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "store" / "alerts.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_the_file_is_in_force_from_the_start_and_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_HOOK", "https://hook.example.com/a-secret-path")
    monkeypatch.setenv("TEST_MAIL", "smtps://me:a-secret-word@mail.example.com/?from=a@example.com&to=b@example.com")
    file = write(tmp_path, FILE)

    async def main() -> None:
        async with served(tmp_path, speed=20.0, **OPTIONS) as (_, live, client):
            rules = (await client.get("/api/alerts/rules")).json()
            assert {rule["rule_id"] for rule in rules} == {rule_id_of("far"), rule_id_of("price")}
            own = (await client.post("/api/alerts/rules", json={"text": "z > 9", "subject": PAIR})).json()["rule_id"]
            status = (await client.get("/api/status")).json()
            assert status["alerts"]["file"] == {"path": str(file), "rules": 2, "error": None}
            assert status["alerts"]["channels"] == {"configured": 3, "waiting": 0, "dead": 0}
            assert status["alerts"]["rules"] == 3
            channels = (await client.get("/api/alerts/channels")).json()
            assert [(c["name"], c["kind"], c["address"], c["enabled"], c["deduplicates"]) for c in channels] == [
                ("hook", "webhook", "https://hook.example.com/****", True, True),
                ("mail", "email", "smtps://mail.example.com:465/****", True, True),
                ("off", "service", "", False, False),
            ]
            nothing = {"sent": 0, "failed": 0, "waiting": 0, "last_sent": None, "last_error": None}
            assert {name: channels[0][name] for name in nothing} == nothing

            socket = await websockets.connect(ws(client))
            await socket.send(msgspec.json.encode({"op": "subscribe", "topic": "alerts"}).decode())
            await message(socket, topic="alerts", type="snapshot")
            write(tmp_path, FILE.replace("abs(z) > 2", "abs(z) > > 2"))
            await until(lambda: live.alerting.file.error != "")
            status = (await client.get("/api/status")).json()
            assert status["alerts"]["file"]["error"].startswith("rule 'far': ")
            alarms = [item["message"] for item in status["alarms"] if item["level"] == "error"]
            assert alarms == [f"alerts.toml: {live.alerting.file.error}: what it said before stays in force"]
            assert live.core.engine.alerts.rules[rule_id_of("far")].definition.text == "abs(z) > 2"

            write(tmp_path, '[[rule]]\nname = "far"\nwhen = "z < -3"\nsubject = "AAAUSDT/BBBUSDT"\n')
            await until(lambda: set(live.core.engine.alerts.rules) == {rule_id_of("far"), own})
            assert live.core.engine.alerts.rules[rule_id_of("far")].definition.text == "z < -3"
            pushed: set[str] = set()
            while pushed != {"z < -3", "z > 9"}:  # updates of alerts that fire meanwhile come too
                update = await message(socket, topic="alerts", type="update")
                pushed = {rule["text"] for rule in update["data"]["rules"]}
            await socket.close()
            assert (await client.get("/api/alerts/channels")).json() == []
            assert (await client.get("/api/status")).json()["alerts"]["file"]["error"] is None

    run(main())


def test_rules_of_the_file_live_on_and_go_when_they_left_it_while_the_engine_was_down(tmp_path: Path) -> None:
    def rule(name: str) -> str:
        return f'[[rule]]\nname = "{name}"\nwhen = "z > 2"\nsubject = "AAAUSDT/BBBUSDT"\n'

    async def main() -> None:
        write(tmp_path, rule("far") + rule("near"))
        async with served(tmp_path, **OPTIONS) as (_, live, client):
            await until(lambda: set(live.core.engine.alerts.rules) == {rule_id_of("far"), rule_id_of("near")})
            until_ms = 4_000_000_000_000
            await client.post(f"/api/alerts/rules/{rule_id_of('far')}/mute", json={"until": until_ms})
            assert (await client.delete(f"/api/alerts/rules/{rule_id_of('far')}")).status_code == 409
        write(tmp_path, rule("far"))
        async with served(tmp_path, **OPTIONS) as (_, live, _client):
            await until(lambda: set(live.core.engine.alerts.rules) == {rule_id_of("far")})
            assert live.core.engine.alerts.rules[rule_id_of("far")].definition.muted_until == until_ms

    run(main())


def test_a_rule_of_the_file_fires_and_its_message_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a line in the file to a message at a receiver, once for each alert, with no browser and no page."""

    async def main() -> None:
        async with http_receiver() as receiver:
            monkeypatch.setenv("TEST_HOOK", receiver.url("/hook"))
            write(
                tmp_path,
                '[[channel]]\nname = "hook"\nkind = "webhook"\nurl_env = "TEST_HOOK"\nlan = ["127.0.0.1"]\n'
                '[[rule]]\nname = "apart"\nwhen = "abs(z) > 1.5"\nsubject = "any pair"\ncooldown_seconds = 5\n'
                'cap_per_hour = 60\nseverity = "critical"\n',
            )
            async with served(tmp_path, speed=20.0, **OPTIONS) as (exchange, live, client):
                await exchange.finished()
                said = [alert for alert in live.store.reader.alerts() if alert.notify]
                assert [alert for alert in said if alert.notify == "firing"]
                await until(
                    lambda: len({request.headers["idempotency-key"] for request in receiver.requests}) >= len(said)
                )
                rows = (await client.get("/api/alerts/deliveries")).json()
                assert {row["state"] for row in rows} == {"sent"}
                keys = [request.headers["idempotency-key"] for request in receiver.requests]
                assert len(keys) == len(set(keys)) == len(rows)
                heard = {(r.document["subject"], r.document["time"], r.document["state"]) for r in receiver.requests}
                assert ("AAAUSDT/BBBUSDT", said[0].time, said[0].state) in heard

    run(main())


def test_tests_deliveries_dead_letters_and_retries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with http_receiver() as receiver, smtp_receiver() as box:
            monkeypatch.setenv("TEST_HOOK", receiver.url("/a-secret-path"))
            monkeypatch.setenv("TEST_MAIL", box.url())
            # No message but the test's own: also the minute's bar comes, where the test takes longer than its first
            # minute.
            file = FILE.replace("abs(z) > 2", "abs(z) > 1e6").replace("price > 1", "price > 1e9")
            write(tmp_path, file)
            async with served(tmp_path, speed=20.0, **OPTIONS) as (_, live, client):
                good = (await client.post("/api/alerts/channels/hook/test")).json()
                assert (good["ok"], good["message"]) == (True, "HTTP 200: ok")
                assert 0 < good["seconds"] < 10
                assert receiver.requests[-1].document["title"] == "DEMO DATA: Spreadscope: test message"
                receiver.answers = lambda request: answer("400 Bad", f"what is {request.path}?")
                bad = (await client.post("/api/alerts/channels/hook/test")).json()
                assert (bad["ok"], bad["message"]) == (False, "127.0.0.1 refused: HTTP 400: what is /****?")
                assert (await client.post("/api/alerts/channels/off/test")).status_code == 409
                missing = await client.post("/api/alerts/channels/nope/test")
                assert (missing.status_code, missing.json()["error"]["message"]) == (
                    404,
                    "there is no channel nope: see alerts.toml",
                )

                live.store.writer.submit([alert(1), alert(2, severity="critical")], {})
                live.alerting.delivery.wake()

                async def deliveries(state: str) -> list[dict[str, object]]:
                    return list((await client.get("/api/alerts/deliveries", params={"state": state})).json())

                async with asyncio.timeout(20):
                    while len(await deliveries("dead")) < 2 or len(await deliveries("sent")) < 1:  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
                (mailed,) = await deliveries("sent")
                assert (mailed["channel"], mailed["title"]) == (
                    "mail",
                    "DEMO DATA: critical: far apart 2 firing, AAAUSDT/BBBUSDT",
                )
                newest, oldest = await deliveries("dead")
                assert oldest["time"] < newest["time"]  # type: ignore[operator]
                assert set(oldest) == {
                    *("id", "channel", "rule_id", "subject", "time", "state", "attempts", "next_at", "error"),
                    *("sent_at", "maybe_repeated", "title"),
                }
                assert (oldest["attempts"], oldest["error"]) == (2, "127.0.0.1 refused: HTTP 400: what is /****?")
                hook = (await client.get("/api/alerts/channels")).json()[0]
                assert (hook["sent"], hook["failed"], hook["waiting"]) == (0, 2, 0)
                assert hook["last_error"] == oldest["error"]
                await until(lambda: sum(count.dead for count in live.alerting.delivery.counts.values()) == 2)
                status = (await client.get("/api/status")).json()
                assert status["alerts"]["channels"]["dead"] == 2
                assert "2 alert messages were given up: see the dead letters" in [
                    a["message"] for a in status["alarms"]
                ]

                receiver.answers = lambda _: answer()
                retried = (await client.post(f"/api/alerts/deliveries/{oldest['id']}/retry")).json()
                assert retried["id"] == oldest["id"]
                assert retried["state"] in {"waiting", "sending", "sent"}  # the channel may be quicker than the answer
                async with asyncio.timeout(20):
                    while len(await deliveries("sent")) < 2:  # noqa: ASYNC110 - it is asked over the API
                        await asyncio.sleep(0.02)
                again = await client.post(f"/api/alerts/deliveries/{oldest['id']}/retry")
                assert (again.status_code, again.json()["error"]["message"]) == (
                    409,
                    f"the delivery {oldest['id']} is sent: only what waits or was given up is retried",
                )
                write(tmp_path, file.replace('name = "hook"', 'name = "bell"'))
                await until(lambda: live.alerting.delivery.worker("hook") is None)
                gone = await client.post(f"/api/alerts/deliveries/{newest['id']}/retry")
                assert (gone.status_code, gone.json()["error"]["message"]) == (
                    409,
                    "the channel hook is not there or switched off: see alerts.toml",
                )
                for number in ("99", "0", "-1", "9" * 30):
                    assert (await client.post(f"/api/alerts/deliveries/{number}/retry")).status_code == 404
                assert (await client.get("/api/alerts/deliveries", params={"state": "lost"})).status_code == 400
                assert (await client.get("/api/alerts/deliveries", params={"limit": 1})).json()[0]["id"] == max(
                    item["id"] for item in (await client.get("/api/alerts/deliveries")).json()
                )

    run(main())


def test_an_engine_ends_in_time_while_a_channel_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            receiver.hold = True
            monkeypatch.setenv("TEST_HOOK", receiver.url())
            monkeypatch.setenv("TEST_MAIL", "smtp://127.0.0.1:9/?from=a@b.c&to=d@e.f&tls=none")
            write(tmp_path, FILE)
            async with served(tmp_path, speed=20.0, **OPTIONS) as (_, live, _client):
                live.store.writer.submit([alert()], {})
                live.alerting.delivery.wake()
                await until(lambda: len(receiver.requests) == 1)
                began = asyncio.get_running_loop().time()
                await live.alerting.delivery.stop()
                assert asyncio.get_running_loop().time() - began < 2

    run(main())
