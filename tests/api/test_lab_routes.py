"""The routes of studies over a real engine, with a real worker process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import msgspec
import polars as pl

from spreadscope import contract
from tests.api.served import PAIR, served, settled
from tests.e2e.line import run
from tests.research.lab.pairs_of_bars import bars, tied

SMALL = {"analytics.hedge_window": 40, "analytics.z_window": 20, "analytics.correlation_window": 20}
BODY: dict[str, Any] = {"pair": PAIR, "timeframe": "1s", "sets": [{"settings": SMALL}]}


async def ended(client: httpx.AsyncClient, started: httpx.Response) -> contract.Job:
    """The job that was started, once it has ended."""
    assert started.status_code == 201, started.text
    job_id = started.json()["id"]
    async with asyncio.timeout(120):
        while True:
            answer = await client.get(f"/api/jobs/{job_id}")
            job = msgspec.json.decode(answer.content, type=contract.Job)
            if job.ended is not None:
                return job
            await asyncio.sleep(0.05)


def sentence(answer: httpx.Response) -> str:
    message: str = answer.json()["error"]["message"]
    return message


def csv_of(symbol: str, place: int) -> bytes:
    rows = bars(symbol, tied(200)[place])
    lines = [f"{bar.open_time},{bar.open},{bar.high},{bar.low},{bar.close},{bar.volume}" for bar in rows]
    return "\n".join(["open_time,open,high,low,close,volume", *lines]).encode()


def test_a_study_of_what_is_stored_from_its_start_to_its_tables(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            defaults = (await client.get("/api/study-defaults", params={"pair": PAIR, "timeframe": "1s"})).json()
            assert defaults["settings"]["analytics.hedge_window"] == live.config.analytics.hedge_window
            assert [span["symbol"] for span in defaults["spans"]] == PAIR.split("/")
            end = defaults["spans"][0]["last"] + 1_000
            job = await ended(client, await client.post("/api/jobs/study", json={**BODY, "end": end}))
            assert (job.state, job.error, job.fraction) == ("done", None, 1.0)
            assert job.demo is live.markets.demo
            answer = await client.get(f"/api/studies/{job.id}")
            study = msgspec.json.decode(answer.content, type=contract.Study)
            assert (study.pair, study.rows, study.end) == (PAIR, len(study.times), end)
            assert study.sets[0].settings["analytics.z_window"] == 20
            csv = await client.get(f"/api/jobs/{job.id}/results/table-a.csv")
            table = pl.read_csv(csv.content, comment_prefix="#", infer_schema_length=None)
            assert table["time"].to_list() == study.times
            parquet = await client.get(f"/api/jobs/{job.id}/results/table-a.parquet")
            assert pl.read_parquet(parquet.content).height == study.rows

    run(main())


def test_dropped_files_are_read_and_studied_and_nothing_of_them_is_stored(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            symbols = live.store.reader.symbols()
            files = [
                (await client.post("/api/files", params={"name": f"{symbol}-1m.csv"}, content=csv_of(symbol, place)))
                .json()["id"]
                for place, symbol in enumerate(("NEWUSDT", "OTHERUSDT"))
            ]  # fmt: skip
            looked = await ended(client, await client.post("/api/jobs/dropped-files", json={"files": files}))
            report = (await client.get(f"/api/dropped-files/{looked.id}")).json()
            assert [(file["used"], file["bad"]) for file in report["files"]] == [(200, 0), (200, 0)]
            body = {"pair": "NEWUSDT/OTHERUSDT", "timeframe": "1m", "sets": [{"settings": SMALL}], "files": files}
            job = await ended(client, await client.post("/api/jobs/study", json=body))
            assert job.error is None
            study = (await client.get(f"/api/studies/{job.id}")).json()
            assert [leg["source"] for leg in study["legs"]] == ["NEWUSDT-1m.csv", "OTHERUSDT-1m.csv"]
            assert live.store.reader.symbols() == symbols
            assert not study["demo"]

    run(main())


def test_a_study_can_be_cancelled_and_one_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            started = await client.post("/api/jobs/study", json=BODY)
            cancelled = await client.post(f"/api/jobs/{started.json()['id']}/cancel")
            assert cancelled.json()["state"] == "cancelled"
            gone = await client.get(f"/api/studies/{started.json()['id']}")
            assert (gone.status_code, "it is cancelled" in sentence(gone)) == (404, True)
            failed = await ended(client, await client.post("/api/jobs/study", json={**BODY, "start": 1, "end": 2}))
            assert failed.state == "failed"
            assert "there are no bars of AAAUSDT" in (failed.error or "")
            assert (await client.get("/api/studies/nothing")).status_code == 404

    run(main())


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({**BODY, "pair": "AAAUSDT"}, "malformed pair"),
    ({**BODY, "pair": ",".join(["AAAUSDT/BBBUSDT"] * 500)}, "pair"),
    ({**BODY, "pair": "<b>🎈</b>/BBBUSDT"}, "malformed pair"),
    ({**BODY, "start": 9, "end": 9}, "the range ends before it begins"),
    ({**BODY, "sets": []}, "one or two sets"),
    ({**BODY, "sets": [{"settings": {"analytics.hedge_window": 1}}]}, "greater than or equal to 30"),
    ({**BODY, "sets": [{"settings": {"signals.entri": 1}}]}, "did you mean 'signals.entry'?"),
    ({**BODY, "sets": [{"fee_bps": -1}]}, "basis points a fill"),
    ({**BODY, "sets": [{"fees": 1}]}, "did you mean"),
    ({**BODY, "timeframe": "15m"}, "unknown timeframe '15m'"),
    ({**BODY, "files": ["nothing"]}, "there is no dropped file 'nothing'"),
    ({**BODY, "start": -1}, "greater than or equal to 0"),
]


def test_what_cannot_be_studied_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, _, client):
            for body, words in REFUSED:
                answer = await client.post("/api/jobs/study", json=body)
                assert answer.status_code in {400, 404, 422}, answer.text
                assert words in sentence(answer)
                assert "\n" not in sentence(answer)
            for files in ([], ["x"] * 9, ["nothing"]):
                answer = await client.post("/api/jobs/dropped-files", json={"files": files})
                assert answer.status_code in {404, 422}
            assert (await client.get("/api/jobs")).json() == []

    run(main())
