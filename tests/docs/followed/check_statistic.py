"""Run in the copy after the guide: the new statistic is in the catalogue, the API, the language and the table."""

from __future__ import annotations

import math
from pathlib import Path

import httpx

import spreadscope
from spreadscope.alerts import parse
from spreadscope.alerts.language.vocabulary import SUBJECTS
from spreadscope.api.serve import bind, serving
from spreadscope.model.config import AnalyticsConfig
from spreadscope.pairs.statistics.catalogue import catalogue
from tests.e2e.line import line, run, until, whole, write_recording

ROOT = Path(__file__).parents[3]
KEY = "crossings"


def test_it_is_the_copy() -> None:
    assert Path(spreadscope.__file__).is_relative_to(ROOT / "src")


def test_it_is_in_the_catalogue_the_language_and_the_table() -> None:
    assert KEY in [each.key for each in catalogue(AnalyticsConfig())]
    assert SUBJECTS[KEY].field == KEY
    assert parse(f"{KEY} < 2 for 10m").hold_ms == 600_000
    assert f"| `{KEY}` |" in (ROOT / "docs" / "statistics-table.md").read_text(encoding="utf-8")


def test_the_api_answers_it_with_numbers(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", symbols=("AAAUSDT", "BBBUSDT"), seconds=300, a_second=4)

    async def main() -> None:
        async with (
            line([recording], tmp_path / "store") as (exchange, live),
            serving(live, bind("127.0.0.1", 0)) as url,
        ):
            await until(lambda: whole(exchange, live) and not live.starting)
            async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
                told = (await client.get("/api/statistics")).json()
                assert KEY in [each["key"] for each in told]
                query = {"pair": "AAAUSDT/BBBUSDT", "timeframe": "1s"}
                rows = (await client.get("/api/analytics", params=query)).json()
        values = [row[KEY][0] for row in rows if row[KEY][0] is not None]
        assert values
        assert all(math.isfinite(value) and value >= 0 for value in values)
        assert {row[KEY][1] for row in rows if row[KEY][0] is None} == {"warming up"}

    run(main())
