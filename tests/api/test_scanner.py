"""Scans by the API over a real engine and a local exchange: the same numbers as the command's, or one sentence."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import polars as pl

from spreadscope.api.serve import bind, serving
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.synthetic import SyntheticMarket
from tests.e2e.line import config, run, until
from tests.support.closes import frame
from tests.support.command import spreadscope


@asynccontextmanager
async def served(tmp_path: Path) -> AsyncIterator[tuple[LocalExchange, LiveEngine, httpx.AsyncClient]]:
    """An engine over a synthetic market with twelve hours of history."""
    async with (
        LocalExchange(SyntheticMarket(8, seed=3, rate=20.0)) as exchange,
        LiveEngine(config(exchange, tmp_path / "store", symbols=("SYN1USDT", "SYN2USDT"))) as live,
        serving(live, bind("127.0.0.1", 0)) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as client,
    ):
        await until(lambda: not live.starting)
        yield exchange, live, client


async def scanned(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """The job of a scan that has ended."""
    begun = await client.post("/api/jobs/scan", json=body)
    assert begun.status_code == 201, begun.text
    job: dict[str, Any] = begun.json()
    while job["ended"] is None:
        job = (await client.get(f"/api/jobs/{job['id']}")).json()
    return job


async def result(client: httpx.AsyncClient, job: dict[str, Any], name: str) -> Any:
    assert job["state"] == "done", job["error"]
    answer = await client.get(f"/api/jobs/{job['id']}/results/{name}")
    assert answer.status_code == 200
    return answer.json()


def test_the_exchange_is_asked_within_its_budget_and_the_tied_pair_passes(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_exchange, live, client):
            budget = live.markets.default.client.budget
            used, minute = budget.used, time.time() // 60
            job = await scanned(client, source="exchange", candle="1m", bars=700, top=8, surrogates=20)
            assert (job["title"], job["demo"]) == ("Top 8 perpetuals in USDT, candles of 1m", True)
            report = await result(client, job, "report.json")
            assert report["demo"]
            assert report["source"] == "candles of 1m of Binance USD-M futures, the 8 most traded perpetuals in USDT"
            assert report["timeframe"] == "1m"
            assert 690 <= report["rows"] <= 700  # the one that is not whole yet is none
            assert report["passes"]
            pairs = await result(client, job, "pairs.json")
            assert {pairs[0]["y"], pairs[0]["x"]} in ({"SYN1USDT", "SYN2USDT"}, {"SYN5USDT", "SYN6USDT"})
            spent = budget.used - used
            assert spent < 200
            assert spent >= 40 + 8 * 5 or time.time() // 60 > minute  # it is counted by the minute
            table = await client.get(f"/api/jobs/{job['id']}/results/pairs.csv")
            assert table.text.startswith("# DEMO DATA, not a market: candles of 1m")
            assert 'filename="DEMO-scan-pairs.csv"' in table.headers["content-disposition"]
            # Some of them by name, and those that were hardly traded are left out with the figure.
            job = await scanned(
                client,
                source="exchange",
                candle="1m",
                bars=300,
                symbols="syn1usdt SYN2USDT\nSYN3USDT",
                surrogates=0,
                keep="SYN1USDT;SYN2USDT;SYN3USDT",
            )
            assert {pair["y"] for pair in await result(client, job, "pairs.json")} <= {
                "SYN1USDT", "SYN2USDT", "SYN3USDT",
            }  # fmt: skip

    run(main())


def test_command_and_api_give_the_same_answer(tmp_path: Path) -> None:
    closes = tmp_path / "closes.csv"
    frame().write_csv(closes)
    command = json.loads(spreadscope("scan", "--bars", closes, "--surrogates", 20, "--seed", 4, "--json").stdout)

    async def main() -> None:
        async with served(tmp_path) as (_exchange, live, client):
            sent = await client.post("/api/files", params={"name": "closes.csv"}, content=closes.read_bytes())
            job = await scanned(client, source="files", files=[sent.json()["id"]], surrogates=20, seed=4)
            assert job["title"] == "closes.csv"
            report = await result(client, job, "report.json")
            assert report | {"pairs": await result(client, job, "pairs.json")} == command
            assert not report["demo"]  # a file of the user's own, whatever the engine is connected to
            parquet = await client.get(f"/api/jobs/{job['id']}/results/pairs.parquet")
            (tmp_path / "pairs.parquet").write_bytes(parquet.content)
            assert pl.read_parquet(tmp_path / "pairs.parquet").to_dicts() == command["pairs"]
            assert set(live.store.reader.symbols()) <= {"SYN1USDT", "SYN2USDT"}  # nothing was imported

    run(main())


def test_what_is_stored_is_scanned(tmp_path: Path) -> None:
    data = tmp_path / "store"

    async def main() -> None:
        async with served(tmp_path) as (_exchange, live, client):
            await until(lambda: len(live.store.reader.bars("SYN2USDT", "1m")) > 300)  # type: ignore[arg-type]
            job = await scanned(client, source="stored", timeframe="1m", surrogates=0)
            report = await result(client, job, "report.json")
            assert [leg["symbol"] for leg in report["legs"]] == ["SYN1USDT", "SYN2USDT"]
            assert report["demo"]
            assert report["source"].startswith("stored bars of 1m (")
            job = await scanned(client, source="stored", timeframe="5m", symbols="SYN1USDT,SYN2USDT,SYN8USDT")
            assert job["state"] == "failed"
            assert job["error"].endswith("a scan needs at least 200: choose shorter bars or a longer time")

    run(main())
    told = spreadscope("scan", "--data", data, "--timeframe", "1m", "--surrogates", 0)
    assert "DEMO, not a market" in told.stderr


MANY = " ".join(f"S{number}USDT" for number in range(500))


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"source": "stored", "symbols": MANY}, 422, "500 symbols are named, and at most 300 are scanned: name fewer"),
    ({"source": "stored", "symbols": "🙂USDT!"}, 422, "malformed symbol '🙂USDT!'"),
    ({"source": "stored", "symbols": "<b>BTCUSDT</b>"}, 422, "malformed symbol '<b>BTCUSDT</b>'"),
    ({"source": "stored", "symbols": "A/B B/A"}, 422, "'A/B' is a pair, and a scan makes every pair"),
    ({"source": "stored", "symbols": "AUSDT ausdt"}, 409, "AUSDT is given twice: name each symbol once"),
    ({"source": "stored", "symbols": "AUSDT"}, 422, "AUSDT alone makes no pair"),
    ({"source": "stored", "symbols": "A" * 20_001}, 400, "symbols: String should have at most 20000 characters"),
    ({"source": "stored", "bars": 10}, 400, "bars: Input should be greater than or equal to 200"),
    ({"source": "files"}, 422, "no file is named: drop at least one file of bars"),
    ({"source": "files", "files": ["nope"]}, 404, "there is no dropped file 'nope': drop it again"),
    ({"source": "files", "files": ["../../etc"]}, 404, "there is no dropped file"),
    ({"source": "exchange", "bars": 5000}, 422, "the exchange gives at most 1500 candles of a symbol"),
    ({"source": "exchange", "symbols": "SYN1USDT SYNUSDT"}, 404, "the exchange lists no symbol SYNUSDT"),
    ({"source": "exchange", "quote_asset": "<i>"}, 422, "nothing is quoted in '<I>': choose one of USDT"),
    ({"source": "exchange", "surrogates": 1_000_000}, 400, "surrogates: Input should be less than or equal to"),
    ({"source": "moon"}, 400, "unknown source 'moon': choose one of stored, files, exchange"),
    ({"source": "stored", "tops": 3}, 400, "tops: Extra inputs are not permitted: did you mean top?"),
]


def test_a_request_that_cannot_be_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_exchange, _live, client):
            for body, status, said in REFUSED:
                answer = await client.post("/api/jobs/scan", json=body)
                assert answer.status_code == status, (said, answer.text)
                message = answer.json()["error"]["message"]
                assert message.startswith(said), message
                assert "\n" not in message
            assert (await client.get("/api/jobs")).json() == []

    run(main())
