"""The same requests to a real engine and to the double of the pages' tests: both answer in the contract, and alike.

What is compared is the status, the struct and how it reads; figures are the engine's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from spreadscope import contract
from spreadscope.contract import ErrorAnswer
from tests.api.served import PAIR, served
from tests.dashboard.fake_answers import ROUTES
from tests.dashboard.fake_api import FakeApi, serving
from tests.e2e.line import run

RULES = "/api/alerts/rules"
RULE = {"text": "z > 2", "subject": PAIR, "name": "Far", "channels": []}
CHECKED = contract.CheckPassed, contract.CheckFailed

# Method, address, body, status, and what the answer is (None: none, a pair of types: either).
GONE = "/api/paper/accounts/gone"
CASES: list[tuple[str, str, object, int, Any]] = [
    ("GET", "/api/status", None, 200, contract.Status),
    ("GET", "/api/statistics", None, 200, list[contract.Statistic]),
    ("GET", "/api/instruments", None, 200, list[contract.Instrument]),
    ("GET", "/api/symbols", None, 200, list[str]),
    ("POST", "/api/symbols", {"symbols": "CCCUSDT"}, 201, list[str]),
    ("POST", "/api/symbols", {"symbols": "CCCUSDT"}, 201, list[str]),  # there already: none is added
    ("POST", "/api/symbols", {"symbols": "NOPEUSDT"}, 404, ErrorAnswer),
    ("POST", "/api/symbols", {"symbols": ""}, 400, ErrorAnswer),
    ("POST", "/api/symbols", {"symbol": "CCCUSDT"}, 400, ErrorAnswer),
    ("POST", "/api/symbols", {"symbols": "CCCUSDT", "more": 1}, 400, ErrorAnswer),
    ("DELETE", "/api/symbols/AAAUSDT", None, 409, ErrorAnswer),
    ("DELETE", "/api/symbols/NOPEUSDT", None, 404, ErrorAnswer),
    ("DELETE", "/api/symbols/CCCUSDT", None, 204, None),
    ("POST", "/api/pairs", {"pair": "AAAUSDT/CCCUSDT"}, 201, contract.PairName),
    ("POST", "/api/pairs", {"pair": PAIR}, 409, ErrorAnswer),
    ("POST", "/api/pairs", {"pair": "AAAUSDT/AAAUSDT"}, 409, ErrorAnswer),
    ("POST", "/api/pairs", {"pair": "AAAUSDT"}, 400, ErrorAnswer),
    ("POST", "/api/pairs", {"pair": "AAAUSDT/NOPEUSDT"}, 404, ErrorAnswer),
    ("DELETE", "/api/pairs/AAAUSDT/CCCUSDT", None, 204, None),
    ("DELETE", "/api/pairs/AAAUSDT/CCCUSDT", None, 404, ErrorAnswer),
    ("GET", f"/api/signals?pair={PAIR}&timeframe=1s&limit=5", None, 200, list[contract.Signal]),
    ("GET", "/api/gaps?limit=5", None, 200, list[contract.Gap]),
    ("GET", "/api/alerts?limit=5", None, 200, list[contract.Alert]),
    ("POST", RULES, RULE, 201, contract.WrittenRule),
    ("GET", RULES, None, 200, list[contract.Rule]),
    ("POST", RULES, {"subject": PAIR}, 400, ErrorAnswer),
    ("POST", RULES, {**RULE, "text": "zz > 2"}, 422, ErrorAnswer),
    ("POST", RULES, {**RULE, "severity": "loud"}, 400, ErrorAnswer),
    ("PUT", f"{RULES}/gone", RULE, 404, ErrorAnswer),
    ("PUT", f"{RULES}/{{rule}}", {**RULE, "enabled": False}, 200, contract.WrittenRule),
    ("POST", f"{RULES}/{{rule}}/mute", {"until": 1_800_000_000_000}, 200, contract.Rule),
    ("POST", f"{RULES}/{{rule}}/mute", {"until": None}, 200, contract.Rule),
    ("POST", f"{RULES}/{{rule}}/mute", {"until": 1.5}, 400, ErrorAnswer),
    ("POST", f"{RULES}/gone/mute", {"until": None}, 404, ErrorAnswer),
    ("POST", f"{RULES}/{{rule}}/acknowledge", {}, 200, contract.Rule),
    ("POST", f"{RULES}/{{rule}}/acknowledge", {"subject": "ZZZUSDT/YYYUSDT"}, 404, ErrorAnswer),
    ("POST", "/api/alerts/check", {"text": "z > 2", "subject": PAIR}, 200, CHECKED),
    ("POST", "/api/alerts/check", {"text": "zz > 2", "subject": PAIR}, 200, CHECKED),
    ("POST", "/api/alerts/preview", RULE, 200, contract.Preview),
    ("GET", "/api/alerts/vocabulary", None, 200, list[contract.Term]),
    ("GET", "/api/alerts/presets", None, 200, list[contract.Preset]),
    ("GET", "/api/alerts/scorecard", None, 200, list[contract.Score]),
    ("GET", "/api/alerts/channels", None, 200, list[contract.Channel]),
    ("GET", "/api/alerts/deliveries?limit=5&state=dead", None, 200, list[contract.Delivery]),
    ("DELETE", f"{RULES}/{{rule}}", None, 204, None),
    ("DELETE", f"{RULES}/{{rule}}", None, 404, ErrorAnswer),
    ("GET", "/api/completeness", None, 200, list[contract.CompleteDay]),
    ("GET", "/api/rates", None, 200, contract.RateHistory),
    ("GET", "/api/storage?trades_days=30", None, 200, contract.Storage),
    ("GET", "/api/sessions", None, 200, contract.Sessions),
    ("POST", "/api/jobs/integrity", {"days": 3}, 400, ErrorAnswer),
    ("POST", "/api/jobs/integrity", {}, 201, contract.Job),
    ("POST", "/api/jobs/export", {"kind": "moon"}, 400, ErrorAnswer),
    ("POST", "/api/jobs/export", {"kind": "alerts"}, 201, contract.Job),
    ("POST", "/api/jobs/replay-check", {"session": "x"}, 400, ErrorAnswer),
    ("GET", "/api/jobs", None, 200, list[contract.Job]),
    ("POST", "/api/backtests/check", {"pairs": [PAIR]}, 200, contract.BacktestCheck),
    ("POST", "/api/backtests/check", {"pairs": ["AAAUSDT"]}, 400, ErrorAnswer),
    ("POST", "/api/backtests", {"pairs": ["AAAUSDT"]}, 400, ErrorAnswer),
    ("POST", "/api/backtests", {"pairs": [PAIR], "fee": 1}, 400, ErrorAnswer),
    ("POST", "/api/backtests", {"pairs": [PAIR], "cash": 0}, 400, ErrorAnswer),
    ("POST", "/api/backtests", {"pairs": [PAIR]}, 201, contract.Job),
    ("POST", "/api/jobs/scan/check", {"source": "stored"}, 200, contract.ScanCheck),
    ("POST", "/api/jobs/scan/check", {"source": "stored", "symbols": "A/B"}, 200, contract.ScanCheck),
    ("POST", "/api/jobs/scan", {"source": "stored", "symbols": "A/B"}, 422, ErrorAnswer),
    ("POST", "/api/jobs/scan", {"sources": "stored"}, 400, ErrorAnswer),
    ("POST", "/api/jobs/scan", {"source": "stored"}, 201, contract.Job),
    ("GET", "/api/jobs/{job}", None, 200, contract.Job),
    ("POST", "/api/jobs/{job}/cancel", None, 200, contract.Job),
    ("DELETE", "/api/jobs/{job}", None, 204, None),
    ("GET", "/api/jobs/{job}", None, 404, ErrorAnswer),
    ("POST", "/api/jobs/gone/cancel", None, 404, ErrorAnswer),
    ("GET", f"/api/study-defaults?pair={PAIR}&timeframe=1s", None, 200, contract.StudyDefaults),
    ("GET", "/api/study-defaults?pair=AAAUSDT&timeframe=1s", None, 400, ErrorAnswer),
    ("POST", "/api/jobs/study", {"pair": PAIR, "timeframe": "1s"}, 201, contract.Job),
    ("POST", "/api/jobs/study", {"pair": PAIR, "times": 1}, 400, ErrorAnswer),
    ("POST", "/api/jobs/dropped-files", {"files": []}, 422, ErrorAnswer),
    ("GET", "/api/dropped-files/gone", None, 404, ErrorAnswer),
    ("GET", f"/api/parameters?pair={PAIR}&timeframe=1s", None, 200, contract.Parameters),
    ("PUT", "/api/parameters", {"pair": PAIR, "values": {"signals.entry": 2.5}}, 200, contract.Parameters),
    ("PUT", "/api/parameters", {"pair": PAIR, "values": {"signals.entri": 2.5}}, 422, ErrorAnswer),
    ("PUT", "/api/parameters", {"pair": PAIR, "timeframe": "1s"}, 400, ErrorAnswer),
    (
        "POST", "/api/parameters/preview", {"pair": PAIR, "timeframe": "1s", "values": {"analytics.hedge": "tls"}}, 200,
        contract.ParameterPreview,
    ),
    ("POST", "/api/parameters/preview", {"pair": PAIR, "timeframe": "1s", "values": {"x": 1}}, 422, ErrorAnswer),
    ("GET", f"/api/pair-tests?pair={PAIR}&timeframe=1s&rows=100&lags=aic&trend=c", None, 200, contract.PairTests),
    ("GET", "/api/access/person", None, 200, contract.Person),
    ("GET", "/api/access/log?limit=5&who=&what=", None, 200, list[contract.AccessEntry]),
    ("GET", "/api/settings", None, 200, contract.Settings),
    ("PUT", "/api/settings", {"seen": "of another time", "values": {}}, 409, ErrorAnswer),
    ("PUT", "/api/settings", {"seen": "", "valeus": {}}, 400, ErrorAnswer),
    ("GET", "/api/playable", None, 200, contract.Playable),
    ("GET", "/api/playbacks", None, 200, list[contract.PlaybackRun]),
    ("POST", "/api/playbacks", {"session": 99}, 422, ErrorAnswer),
    ("POST", "/api/playbacks", {"sessions": 1}, 400, ErrorAnswer),
    ("DELETE", "/api/playbacks/gone", None, 404, ErrorAnswer),
    ("GET", "/api/playback", None, 404, ErrorAnswer),
    ("PUT", "/api/playback", {"op": "play"}, 404, ErrorAnswer),
    ("PUT", "/api/playback", {"op": "fly"}, 400, ErrorAnswer),
    ("GET", "/api/playback/marks", None, 404, ErrorAnswer),
    ("GET", "/api/paper/settings", None, 200, list[contract.AccountSetting]),
    ("GET", "/api/paper/accounts", None, 200, list[contract.PaperAccount]),
    ("GET", f"{GONE}", None, 404, ErrorAnswer),
    ("PUT", "/api/paper/accounts/no*name", {}, 422, ErrorAnswer),
    ("PUT", f"{GONE}/mode", {"pair": PAIR, "timeframe": "1s", "mode": "automatic"}, 404, ErrorAnswer),
    ("GET", f"{GONE}/limits", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/risk", None, 404, ErrorAnswer),
    ("POST", f"{GONE}/risk/what-if", {}, 404, ErrorAnswer),
    ("GET", f"{GONE}/setting-changes", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/statement?from=0&to=9", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/pairs", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/ticket?pair={PAIR}&timeframe=1s&side=1", None, 404, ErrorAnswer),
    ("POST", f"{GONE}/kill", {"reason": "news"}, 404, ErrorAnswer),
    ("POST", f"{GONE}/reset", {"reason": "over"}, 404, ErrorAnswer),
    ("GET", f"{GONE}/kills", None, 404, ErrorAnswer),
    ("POST", f"{GONE}/ticket/preview", {"pair": PAIR, "timeframe": "1s", "side": 1}, 404, ErrorAnswer),
    ("GET", f"{GONE}/trades", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/trades/closed", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/trades/1", None, 404, ErrorAnswer),
    ("POST", f"{GONE}/trades", {"pair": PAIR, "timeframe": "1s", "side": 1}, 404, ErrorAnswer),
    ("POST", f"{GONE}/trades/close", {"reason": "all"}, 404, ErrorAnswer),
    ("POST", f"{GONE}/trades/1/close", {}, 404, ErrorAnswer),
    ("PUT", f"{GONE}/trades/1/comment", {"comment": "x", "tags": []}, 404, ErrorAnswer),
    ("POST", f"{GONE}/decisions/1", {"accept": True}, 404, ErrorAnswer),
    ("GET", f"{GONE}/orders", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/orders/history", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/fills", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/ledger", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/decisions", None, 404, ErrorAnswer),
    ("GET", f"{GONE}/equity", None, 404, ErrorAnswer),
    ("GET", "/api/nothing", None, 404, ErrorAnswer),
]  # fmt: skip


async def ask(client: httpx.AsyncClient, what: str) -> None:
    """Every case, in order; ``{rule}`` is the rule that was made."""
    rule = job = ""
    for method, path, body, status, kind in CASES:
        address = path.replace("{rule}", rule).replace("{job}", job)
        answer = await client.request(method, address, json=body if method != "GET" else None)
        place = f"{what}: {method} {path} {body}"
        assert answer.status_code == status, f"{place}: {answer.status_code} {answer.text[:200]}"
        if kind is None:
            assert answer.content == b"", place
            continue
        made = strictly(answer.content, kind, place)
        if isinstance(made, contract.WrittenRule):
            rule = made.rule_id
        if isinstance(made, contract.Job):
            job = made.id
        if isinstance(made, ErrorAnswer):
            assert 0 < len(made.error.message) < 600, place


def strictly(content: bytes, kind: Any, place: str) -> Any:
    """The answer as its struct: no field is missing, and none is there that the contract does not know."""
    told = msgspec.json.decode(content)
    chosen = (kind[0] if told["ok"] else kind[1]) if isinstance(kind, tuple) else kind
    made = msgspec.json.decode(content, type=chosen)
    again = msgspec.json.decode(msgspec.json.encode(made))
    if isinstance(made, contract.Status):  # test_lists_once holds the engine's settings to the configuration
        for each in (told, again):
            each["config"] = {name: value for name, value in each["config"].items() if name == "timeframe"}
    if isinstance(made, contract.Parameters | contract.ParameterPreview):
        for each in (told, again):
            for trial in (each, each.get("now", {}), each.get("then", {})):
                trial.pop("analytics", None)
                trial.pop("signals", None)
    assert told == again, place
    return made


def test_the_engine_answers_in_the_contract(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, symbols=()) as (_, _live, client):
            await ask(client, "engine")

    run(main())


def test_the_double_answers_as_the_engine_does() -> None:
    async def main() -> None:
        fake = FakeApi()
        fake.listed = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
        fake.follow(PAIR)
        with serving(fake):
            async with httpx.AsyncClient(base_url=fake.api, timeout=10, trust_env=False) as client:
                await ask(client, "double")

    run(main())


def test_every_route_of_the_double_is_one_of_the_engine_and_is_compared(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, _live, client):
            paths = (await client.get("/openapi.json")).json()["paths"]
            real = {(method.upper(), shape(path)) for path, item in paths.items() for method in item}
            double = {(method, f"/api/{path}") for method, path in ROUTES}
            assert double <= real
            # A test really sends, and a delivery takes a channel: tests/api/test_delivery.py has them.
            sending = {("POST", "/api/alerts/channels/*/test"), ("POST", "/api/alerts/deliveries/*/retry")}
            asked = [(method, address.partition("?")[0]) for method, address, *_ in CASES]
            compared = {
                route for route in double if any(method == route[0] and fits(path, route[1]) for method, path in asked)
            }
            assert compared == double - sending

    run(main())


def shape(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))


def fits(path: str, pattern: str) -> bool:
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(b in {"*", a} for a, b in zip(parts, wanted, strict=True))


@pytest.mark.parametrize("part", ["rest", "archive", "exchange_clock", "queue"])
def test_the_doubles_status_is_whole(part: str) -> None:
    assert part in FakeApi().status()
