"""A long soak, bounded: minutes of a market through a real engine process. Nothing is lost, and no queue grows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.soak.long import MILD, Plan, report, soak


@pytest.mark.slow
def test_minutes_of_a_market_with_mild_faults(tmp_path: Path) -> None:
    plan = Plan(hours=0.06, rate=1_000, speed=15, symbols=6, faults=MILD + ",reset=2@0.2,drop=20", seed=3)
    said: list[str] = []
    result = asyncio.run(soak(plan, tmp_path, said.append))
    assert result.verdict.problems == []
    assert (result.verdict.lost, result.verdict.doubled, result.verdict.wrong) == (0, 0, 0)
    assert result.verdict.stored > plan.hours * 3600 * 1_000 * 0.4 * 0.8  # two messages of five are trades
    assert result.fired["reset"] == 2
    assert result.fired["drop"] == 20
    # So short a run shows no growth, and on a busy machine a queue has to wait: what it must is come to its end.
    assert not any(result.judged(queue) for queue in ("frames", "rows", "missing", "delay_ms", "late_s"))
    assert result.samples[-1].hours == pytest.approx(plan.hours, rel=0.05)
    assert result.memory is None  # the windows of bars are still filling
    assert report(result, said.append) == 0
    assert said[-1].startswith("PASSED: seed 3")
