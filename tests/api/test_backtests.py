"""A backtest by the API over a real engine: its report is the command's, or one sentence says why there is none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from spreadscope.contract import BacktestReport
from tests.api.served import PAIR, served, settled
from tests.e2e.line import run
from tests.support.command import command

CONFIG = "[analytics]\nhedge_window = 120\nz_window = 60\ncorrelation_window = 60\n"


def test_a_backtest_of_what_was_recorded_is_that_of_the_command(tmp_path: Path) -> None:
    said: list[BacktestReport] = []

    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            body = {"pairs": [PAIR], "timeframe": "1s", "costs": [0, 1], "latencies": []}
            check = (await client.post("/api/backtests/check", json=body)).json()
            assert check == {"title": f"Backtest of {PAIR} at 1s", "runs": 1, "problem": None, "parameters": {}}
            begun = await client.post("/api/backtests", json=body)
            assert begun.status_code == 201, begun.text
            job: dict[str, Any] = begun.json()
            while job["ended"] is None:
                await asyncio.sleep(0.05)
                job = (await client.get(f"/api/jobs/{job['id']}")).json()
            assert job["state"] == "done", job["error"]
            assert [each["name"] for each in job["results"]] == [
                "backtest.json", "backtest.html", "backtest.pdf", "trades.csv"
            ]  # fmt: skip
            path = f"/api/jobs/{job['id']}/results"
            said.append(msgspec.json.decode((await client.get(f"{path}/backtest.json")).content, type=BacktestReport))
            page = await client.get(f"{path}/backtest.html")
            assert page.headers["content-type"].startswith("text/html")
            assert page.headers["content-disposition"].startswith("attachment")
            printed = await client.get(f"{path}/backtest.pdf")
            assert printed.headers["content-type"] == "application/pdf"
            assert printed.content.startswith(b"%PDF-")
            refused = await client.post("/api/backtests", json={**body, "start": 1, "end": 2})
            assert refused.status_code == 422
            assert "no trades" in refused.text

    run(main())
    (report,) = said
    assert [each.name for each in report.variations] == ["×0", "×1"]
    assert report.settings == {
        "analytics.hedge_window": "120", "analytics.z_window": "60", "analytics.correlation_window": "60"
    }  # fmt: skip
    file = tmp_path / "windows.toml"
    file.write_text(CONFIG, encoding="utf-8")
    done = command(*report.command.split()[1:7], "--latencies", "", "--config", file, "--json")
    assert done.returncode == 0, done.stderr
    again = msgspec.json.decode(done.stdout, type=BacktestReport)
    assert (again.hash, again.figures) == (report.hash, report.figures)
