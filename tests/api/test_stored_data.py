"""Completeness, integrity, sizes, sessions and exports over a real engine: the store's numbers, or one sentence."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import polars as pl

from spreadscope import contract
from spreadscope.api.limits import ApiLimits
from spreadscope.api.rate_history import RateHistory, Sample
from spreadscope.contract import RATE_HOURS, RATE_STEP_SECONDS
from spreadscope.store.directory import DATABASE
from spreadscope.store.integrity.report import ReportRequest, make_report
from tests.api.served import PAIR, served, settled
from tests.e2e.line import run
from tests.support.command import spreadscope

SECONDS = ["--timeframe", "1s"]


async def ended(client: httpx.AsyncClient, begun: httpx.Response) -> dict[str, Any]:
    assert begun.status_code == 201, begun.text
    job: dict[str, Any] = begun.json()
    while job["ended"] is None:
        await asyncio.sleep(0.05)
        job = (await client.get(f"/api/jobs/{job['id']}")).json()
    assert job["state"] == "done", job["error"]
    return job


def test_integrity_by_request_by_job_and_by_command_are_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            days = (await client.get("/api/completeness")).json()
            assert [day["symbol"] for day in days] == ["AAAUSDT", "BBBUSDT", "CCCUSDT"]
            assert {day["share"] for day in days} == {1.0}
            (one,) = (await client.get("/api/completeness", params={"symbol": "AAAUSDT"})).json()
            assert one["trades"] == live.store.reader.trade_count("AAAUSDT")
            report = (await client.get("/api/integrity")).json()
            assert report["definition"] == "spreadscope-tape-1"
            assert [(row["symbol"], row["trades"]) for row in report["days"]] == [
                (day["symbol"], day["trades"]) for day in days
            ]
            made = make_report(tmp_path / "store" / DATABASE, ReportRequest(now=live.core.market_time)).report
            assert [row["tape"] for row in report["days"]] == [row.tape for row in made.days]
            job = await ended(client, await client.post("/api/jobs/integrity", json={"symbol": "bbbusdt"}))
            assert job["title"] == "Integrity of BBBUSDT"
            document = (await client.get(f"/api/jobs/{job['id']}/results/integrity.json")).json()
            assert document["days"] == [report["days"][1]]
            empty = await client.get("/api/integrity", params={"from": 1, "to": 2})
            assert empty.json()["days"] == []
            # A report verifies beside the running engine.
            path = tmp_path / "report.json"
            path.write_text(json.dumps(report))
            done = await asyncio.to_thread(spreadscope, "verify", path, "--data", tmp_path / "store")
            assert "3 reported before they were over" in done.stderr

    run(main())


def test_what_is_too_much_at_once_is_a_job(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, limits=ApiLimits(hashed_at_once=10)) as (exchange, live, client):
            await settled(exchange, live)
            answer = await client.get("/api/integrity")
            assert answer.status_code == 400
            assert "at most 10 are at once: begin a job (POST /api/jobs/integrity)" in answer.text

    run(main())


def test_sizes_rates_and_what_retention_would_free(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            storage = (await client.get("/api/storage")).json()
            assert storage["database"] >= (tmp_path / "store" / DATABASE).stat().st_size  # a part is in the log
            assert sum(kind["database"] for kind in storage["kinds"]) <= storage["database"]
            sizes = {kind["kind"]: kind for kind in storage["kinds"]}
            assert min(sizes[kind]["database"] for kind in ("trades", "bars", "analytics", "sessions")) > 0
            assert (storage["asked"], storage["configured"]["freed_files"]) == (None, 0)
            asked = (await client.get("/api/storage", params={"trades_days": 30})).json()["asked"]
            assert (asked["trades_days"], asked["analytics_days"], asked["freed_bytes"]) == (30, 0, 0)
            assert (await client.get("/api/storage", params={"trades_days": -1})).status_code == 400
            rates = (await client.get("/api/rates")).json()
            assert rates["step_seconds"] == RATE_STEP_SECONDS
            assert {len(rates[name]) for name in ("times", "messages", "trades", "lag_ms", "waiting")} == {
                len(rates["times"])
            }
            assert rates["venues"][0]["limit"] > 0

    run(main())


def test_an_hour_of_rates_is_kept_and_no_more() -> None:
    history = RateHistory()
    second = 10**9
    for step in range(2_000):
        now = step * RATE_STEP_SECONDS * second
        assert history.is_due(now)
        history.add(Sample(step * 5_000, now, step * 50, step * 10, 4.5 if step % 2 else None, 0.1, step, {"v": step}))
        assert not history.is_due(now + second)
    clock = contract.ExchangeClock(None, None, real_time=True, steps=0)
    rest = contract.RestStatus(
        weight_used=1, weight_limit=2400, blocked_seconds=0.0, banned_seconds=0.0, refusals=0, trades_missing=0,
        trades_fetched=0,
    )  # fmt: skip
    told = history.history((contract.VenueStatus(name="v", title="V", exchange_clock=clock, rest=rest),))
    assert len(told.times) == RATE_HOURS * 3_600 / RATE_STEP_SECONDS
    assert (set(told.messages), set(told.trades)) == ({10.0}, {2.0})
    assert told.lag_ms[-2:] == (None, 4.5)
    assert (told.venues[0].used[-1], told.waiting[-1], told.times[-1]) == (1_999, 1_999, 1_999 * 5_000)


def test_a_session_that_ended_is_replayed_by_a_job(tmp_path: Path) -> None:
    async def first() -> None:
        async with served(tmp_path) as (exchange, live, _):
            await settled(exchange, live)

    async def second() -> None:
        async with served(tmp_path) as (_, _live, client):
            (tmp_path / "store" / "recordings").mkdir()
            (tmp_path / "store" / "recordings" / "a.ndjson.zst").write_bytes(b"123")
            (tmp_path / "store" / "recordings" / "notes.md").write_bytes(b"123")
            told = (await client.get("/api/sessions")).json()
            assert [(each["id"], each["running"]) for each in told["sessions"]] == [(2, True), (1, False)]
            assert [(each["name"], each["size"]) for each in told["recordings"]] == [("a.ndjson.zst", 3)]
            refused = await client.post("/api/jobs/replay-check", json={"session": 2})
            assert (refused.status_code, "is the one that runs" in refused.text) == (409, True)
            assert (await client.post("/api/jobs/replay-check", json={"session": 9})).status_code == 404
            job = await ended(client, await client.post("/api/jobs/replay-check", json={"session": 1}))
            report = (await client.get(f"/api/jobs/{job['id']}/results/replay.json")).json()
            assert (report["equal"], report["hash"]) == (True, report["recorded_hash"])
            check = (await client.get("/api/sessions")).json()["sessions"][1]["check"]
            assert (check["job"], check["equal"], check["words"]) == (job["id"], True, "equal to what was said live")

    run(first())
    run(second())


def test_an_export_by_job_is_the_commands_and_comes_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            ticks, bars = {"kind": "ticks", "symbol": "AAAUSDT"}, {"kind": "bars", "symbol": "AAAUSDT"}
            rows = {"kind": "analytics", "pair": PAIR, "timeframe": "1s"}
            for body, extension, kind in (
                (ticks, "csv", ["ticks", "--symbol", "AAAUSDT"]),
                (ticks, "parquet", ["ticks", "--symbol", "AAAUSDT"]),
                (bars, "ndjson", ["bars", "--symbol", "AAAUSDT"]),
                (rows, "csv", ["analytics", "--pair", PAIR, *SECONDS]),
            ):
                job = await ended(client, await client.post("/api/jobs/export", json=body | {"format": extension}))
                (result,) = job["results"]
                assert result["name"].endswith(f".{extension}")
                assert result["name"] == job["title"]
                answer = await client.get(f"/api/jobs/{job['id']}/results/{result['name']}")
                assert f'filename="{result["name"]}"' in answer.headers["content-disposition"]
                out = tmp_path / f"command.{extension}"
                await asyncio.to_thread(
                    spreadscope, "export", *kind, "--format", extension, "--data", tmp_path / "store", "--out", out
                )
                if extension == "parquet":
                    (tmp_path / "job.parquet").write_bytes(answer.content)
                    assert pl.read_parquet(tmp_path / "job.parquet").equals(pl.read_parquet(out))
                else:
                    assert answer.content == out.read_bytes()

    run(main())


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("export", {"kind": "ticks"}, 422, "ticks are of a symbol: name one"),
    ("export", {"kind": "signals", "symbol": "AAAUSDT"}, 422, "signals are of a pair: name one"),
    ("export", {"kind": "ticks", "symbol": "NOUSDT"}, 404, "the store holds nothing of NOUSDT; it has AAAUSDT"),
    ("export", {"kind": "ticks", "symbol": "🙂!"}, 400, "malformed symbol '🙂!'"),
    ("export", {"kind": "moon"}, 400, "unknown kind 'moon'"),
    ("export", {"kind": "ticks", "symbol": "AAAUSDT", "start": 5, "end": 5}, 422, "the range is empty"),
    ("export", {"kind": "ticks", "symbol": "AAAUSDT", "out": "/etc/x"}, 400, "out: Extra inputs are not permitted"),
    ("integrity", {"symbol": "<b>"}, 400, "malformed symbol '<b>'"),
    ("replay-check", {"session": 0}, 400, "session: Input should be greater than or equal to 1"),
]


def test_requests_that_cannot_be_are_refused_in_one_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            for kind, body, status, said in REFUSED:
                answer = await client.post(f"/api/jobs/{kind}", json=body)
                assert answer.status_code == status, (said, answer.text)
                message = answer.json()["error"]["message"]
                assert message.startswith(said), message
                assert "\n" not in message
            unknown = await client.get("/api/integrity", params={"symbol": "NOUSDT"})
            assert "the store holds nothing of NOUSDT" in unknown.json()["error"]["message"]
            assert (await client.get("/api/completeness", params={"from": 2**63})).status_code == 400
            assert (await client.get("/api/jobs")).json() == []

    run(main())
