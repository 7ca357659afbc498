"""The alert routes as ``docs/api.md`` promises them, over a real engine on real sockets."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import websockets

from spreadscope.app.live_engine import LiveEngine
from spreadscope.model.alerting import AlertState
from tests.api.served import PAIR, message, served, settled, ws
from tests.e2e.line import run, until

RULES = "/api/alerts/rules"


async def made(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post(RULES, json={"subject": PAIR, **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def state(live: LiveEngine, rule_id: str) -> AlertState:
    worst = live.core.engine.alerts.rules[rule_id].worst()
    return worst.life.state if worst else AlertState.INACTIVE


def test_a_rule_fires_is_told_live_and_stays_in_the_history(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=20.0) as (_, live, client):
            async with websockets.connect(ws(client), proxy=None, max_size=None) as socket:
                await socket.send('{"op": "subscribe", "topic": "alerts"}')
                await message(socket, type="snapshot", topic="alerts")
                rule = await made(client, text="Price > 1", subject="aaausdt", name="up", severity="critical")
                assert (rule["state"], rule["subject"], rule["threshold"]) == ("inactive", "AAAUSDT", 1.0)
                assert rule["words"] == (
                    "AAAUSDT: price is above 1, judged at the end of every second."
                    " It ends when price is at or below 0.999."
                )
                assert (rule["recover"], rule["cooldown_seconds"], rule["held_back"]) == (0.999, 300, None)
                update = await message(socket, type="update", topic="alerts")
                while "history" not in update["data"]:
                    update = await message(socket, type="update", topic="alerts")
                fired = update["data"]["history"][0]
                assert (fired["rule_id"], fired["state"], fired["subject"]) == (rule["rule_id"], "firing", "AAAUSDT")
                assert (fired["name"], fired["severity"], fired["notify"]) == ("up", "critical", "firing")
                shown = update["data"]["rules"][0]
                assert (shown["state"], shown["instances"][0]["incident"]) == ("firing", fired["incident"])
                update = await message(socket, type="update", topic="alerts")  # values go on
                assert "rules" in update["data"]
            assert (await client.get("/api/alerts")).json()[0] == fired
            status = (await client.get("/api/status")).json()["alerts"]
            assert (status["rules"], status["firing"]) == (1, 1)
            acknowledged = await client.post(f"{RULES}/{rule['rule_id']}/acknowledge", json={})
            assert acknowledged.json()["instances"][0]["acknowledged"] is True
            assert (await client.delete(f"{RULES}/{rule['rule_id']}")).status_code == 204
            assert (await client.delete(f"{RULES}/{rule['rule_id']}")).status_code == 404
            assert (await client.get(RULES)).json() == []
            (ended, *_) = (await client.get("/api/alerts")).json()
            assert (ended["state"], ended["incident"], ended["notify"]) == ("resolved", fired["incident"], "")
            assert live.watch_list.problems == {}

    run(main())


def test_rules_are_replaced_muted_and_read_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=20.0) as (_, live, client):
            rule = await made(client, text="z > 2", recover=1.5, keep_seconds=5, channels=["desk"])
            assert (rule["recover"], rule["keep_seconds"], rule["channels"], rule["origin"]) == (
                1.5,
                5.0,
                ["desk"],
                "page",
            )
            path = f"{RULES}/{rule['rule_id']}"
            muted = (await client.post(f"{path}/mute", json={"until": 2_000_000_000_000})).json()
            assert muted["muted_until"] == 2_000_000_000_000
            body = {"text": "price(any symbol) > 0", "subject": PAIR, "name": "other", "once": True}
            replaced = (await client.put(path, json=body)).json()
            assert (replaced["subject"], replaced["timeframe"], replaced["recover"]) == ("any symbol", "1s", None)
            assert (replaced["name"], replaced["once"], replaced["muted_until"]) == ("other", True, 2_000_000_000_000)
            assert (await client.post(f"{path}/mute", json={"until": None})).json()["muted_until"] == 0
            assert (await client.get(RULES)).json()[0]["rule_id"] == rule["rule_id"]
            await until(lambda: not live.core.engine.alerts.rules[rule["rule_id"]].enabled)
            await live.store.writer.flush()
            (stored,) = live.store.reader.rules()
            assert (stored.rule.text, stored.rule.once, stored.rule.muted_until) == (
                "price(any symbol) > 0",
                True,
                0,
            )
            assert (await client.get(RULES)).json()[0]["enabled"] is False  # it has fired
            # Told when it is on disk: by then one that is true would have fired again.
            never = {**body, "text": "price(any symbol) > 1000000000"}
            again = (await client.put(path, json=never)).json()
            assert again["enabled"] is True

    run(main())


def test_a_rule_of_the_file_is_changed_there(tmp_path: Path) -> None:
    from spreadscope.model.events import SetRule

    async def main() -> None:
        async with served(tmp_path) as (_, live, client):
            await live.alerting.rules.put(SetRule("f1", "z > 2", PAIR, name="mine", origin="file"))
            for answer in (
                await client.put(f"{RULES}/f1", json={"text": "z > 3", "subject": PAIR}),
                await client.delete(f"{RULES}/f1"),
            ):
                assert answer.status_code == 409
                assert "alerts.toml" in answer.json()["error"]["message"]
            assert (await client.post(f"{RULES}/f1/mute", json={"until": 5})).status_code == 200

    run(main())


BAD: list[tuple[str, str, dict[str, Any] | None, int, str]] = [
    ("POST", RULES, {"text": "zz > 2", "subject": PAIR}, 422, "unknown subject"),
    ("POST", RULES, {"text": "z > two", "subject": PAIR}, 422, "unknown subject 'two'"),
    ("POST", RULES, {"text": "z > 2", "subject": "CCCUSDT/AAAUSDT"}, 404, "not tracked"),
    ("POST", RULES, {"text": "price > 2", "subject": "ZZZ"}, 404, "no watched symbol"),
    ("POST", RULES, {"text": "price(ZZZUSDT) > 2", "subject": PAIR}, 404, "no watched symbol"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "timeframe": "7m"}, 400, "choose one of 1s, 1m, 5m"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "recover": 3}, 422, "recovers below 2"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "severity": "loud"}, 400, "severity"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "cap_per_hour": 0}, 422, "between 1 and"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "keep_seconds": -1}, 422, "keep_seconds"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "channels": ["a\n"]}, 422, "channels"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "name": "\ud800"}, 400, "name"),
    ("POST", RULES, {"text": "z > 2", "subject": PAIR, "colour": "red"}, 400, "colour"),
    ("PUT", f"{RULES}/nothing", {"text": "z > 2", "subject": PAIR}, 404, "no alert rule nothing"),
    ("POST", f"{RULES}/nothing/mute", {"until": 1}, 404, "no alert rule nothing"),
    ("POST", f"{RULES}/nothing/acknowledge", {}, 404, "no alert rule nothing"),
    ("GET", "/api/alerts?state=angry", None, 400, "state"),
    ("GET", "/api/alerts/export?format=xls", None, 400, "format"),
    ("POST", "/api/alerts/preview", {"text": "z >", "subject": PAIR}, 422, "missing"),
]


def test_bad_input_is_one_sentence_and_changes_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, live, client):
            for method, path, body, status, part in BAD:
                content = None if body is None else json.dumps(body)
                headers = {"content-type": "application/json"}
                answer = await client.request(method, path, content=content, headers=headers)
                assert answer.status_code == status, (path, body, answer.text)
                assert part in answer.json()["error"]["message"], (path, body)
            assert live.core.engine.alerts.rules == {}

    run(main())


def test_checking_says_the_words_or_the_place(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, _live, client):
            good = (
                await client.post("/api/alerts/check", json={"text": "z > 2 on 5m", "subject": PAIR, "recover": 1})
            ).json()
            assert good == {
                "ok": True,
                "words": (
                    f"{PAIR}: z is above 2, judged at the end of every five minutes. It ends when z is at or below 1."
                ),
                "timeframe": "5m",
                "needs": ["z"],
                "defaults": {"recover": 1.5, "cooldown_seconds": 300.0},
                "unwatched": [],
                "warnings": [],
            }
            bad = (await client.post("/api/alerts/check", json={"text": "sprad > 2", "subject": PAIR})).json()
            assert (bad["ok"], bad["position"], bad["suggestion"]) == (False, 0, "spread")
            vocabulary = (await client.get("/api/alerts/vocabulary")).json()
            assert {"name": "z", "kind": "pair"}.items() <= vocabulary[0].items()
            assert set(vocabulary[0]) == {"name", "kind", "unit", "meaning", "example"}
            presets = (await client.get("/api/alerts/presets")).json()
            for preset in presets:
                subject = PAIR if preset["of"] == "pair" else "AAAUSDT"
                checked = {"text": preset["text"], "subject": subject, "recover": preset["recover"]}
                assert (await client.post("/api/alerts/check", json=checked)).json()["ok"], preset["key"]

    run(main())


def test_checking_knows_what_is_not_watched_and_what_was_never_seen(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=40.0) as (exchange, live, client):

            async def checked(text: str, subject: str = PAIR) -> Any:
                return (await client.post("/api/alerts/check", json={"text": text, "subject": subject})).json()

            turned = "BBBUSDT/AAAUSDT"
            assert (await checked(f"z({turned}) > 2"))["unwatched"] == [turned]
            assert (await checked("z > 2", turned))["unwatched"] == [turned]
            assert (await checked("z(any pair) > 2"))["unwatched"] == []
            unlisted = await checked("z(AAAUSDT/ZZZUSDT) > 2")
            assert (unlisted["ok"], unlisted["message"][:39]) == (False, "the exchange lists no symbol ZZZUSDT: i")
            assert (await checked("z > 2 and z(AAAUSDT/ZZZUSDT) > 2"))["position"] == 10
            await settled(exchange, live)
            await live.store.writer.flush()
            answer = await checked("Spread < -10")
            assert answer["ok"]
            (warning,) = answer["warnings"]
            assert warning.startswith("spread has been between ")
            assert "−10 was never reached. The spread is a difference of logarithms: 25bp" in warning
            assert (await checked("price(AAAUSDT) > 1e6"))["warnings"]
            assert (await checked("spread > 0"))["warnings"] == []
            rule = await made(client, text="Spread < -10")
            assert rule["warnings"] == [warning], "it is made all the same"
            preview = (await client.post("/api/alerts/preview", json={"text": "Spread < -10", "subject": PAIR})).json()
            assert (preview["fired"], preview["warnings"], preview["unwatched"]) == (0, [warning], [])

    run(main())


def test_a_rule_at_its_cap_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=40.0) as (exchange, live, client):
            rule = await made(client, text="z crosses above 0", cap_per_hour=1, cooldown_seconds=0)
            await settled(exchange, live)
            shown = {each["rule_id"]: each for each in (await client.get(RULES)).json()}[rule["rule_id"]]
            fired = (await client.get("/api/alerts", params={"rule": rule["rule_id"], "limit": 10_000})).json()
            silent = [alert["time"] for alert in fired if alert["suppressed"] == "cap" and alert["state"] == "firing"]
            assert silent
            assert shown["held_back"] == {"count": len(silent), "until": min(silent) + 3_600_000}

    run(main())


def test_a_preview_says_what_the_rule_says_live_and_the_rest_is_exported_and_scored(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=40.0) as (exchange, live, client):
            rule = await made(client, text="abs(z) > 1", recover=0.5, cap_per_hour=1000, cooldown_seconds=0)
            body = {"text": "abs(z) > 1", "recover": 0.5, "cooldown_seconds": 0}
            quiet = await made(client, text="mean(price(AAAUSDT), 10s) > 1e6")
            await settled(exchange, live)
            await until(lambda: live.core.engine.market_time // 1000 >= exchange.truth("AAAUSDT").times[-1] // 1000)
            preview = (await client.post("/api/alerts/preview", json={**body, "subject": PAIR})).json()
            said = (await client.get("/api/alerts", params={"rule": rule["rule_id"], "state": "firing"})).json()
            fired = [firing["time"] for firing in preview["firings"]]
            # The live rule is there from its making on; the preview sees all that is stored.
            every = (await client.get("/api/alerts", params={"rule": rule["rule_id"], "limit": 10_000})).json()
            begun = min(alert["time"] for alert in every if alert["state"] == "resolved")
            later = [alert["time"] for alert in reversed(said) if alert["time"] > begun]
            assert [time for time in fired if time > begun] == later
            assert later
            assert (preview["fired"], preview["last_fired"]) == (len(fired), fired[-1])
            assert preview["evaluated"] > 150
            assert 0 < preview["no_data"] < preview["evaluated"]

            some = {"from": said[-1]["time"], "to": said[0]["time"], "rule": rule["rule_id"], "limit": 10_000}
            inside = (await client.get("/api/alerts", params=some)).json()
            assert inside == [a for a in every if said[-1]["time"] <= a["time"] < said[0]["time"]]
            export = await client.get("/api/alerts/export", params={"rule": rule["rule_id"]})
            assert 'filename="DEMO-alerts.csv"' in export.headers["content-disposition"]
            lines = export.text.splitlines()
            assert lines[0].startswith("# DEMO DATA")
            table = list(csv.DictReader(io.StringIO("\n".join(lines[1:]))))
            assert [(int(a["time"]), a["state"], a["words"]) for a in table] == [
                (a["time"], a["state"], a["words"]) for a in every
            ]
            ndjson = await client.get("/api/alerts/export", params={"format": "ndjson", "state": "resolved"})
            assert len(ndjson.text.splitlines()) == 1 + sum(a["state"] == "resolved" for a in every)

            scores = {score["rule_id"]: score for score in (await client.get("/api/alerts/scorecard")).json()}
            score = scores[rule["rule_id"]]
            assert score["fired"] == len(said)
            assert score["resolved"] == sum(a["state"] == "resolved" for a in every)
            assert score["reverted"] + score["stopped"] > 0
            assert scores[quiet["rule_id"]]["fired"] == 0

    run(main())
