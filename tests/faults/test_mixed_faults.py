"""A bounded share of ``make soak``: mixed faults from a few seeds, and kills of a real engine process."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.line import run
from tests.faults.own import NAMES
from tests.faults.run import Outcome, mixed_spec, seeded_run
from tests.soak.kills import kill_chain

SEEDS = (101, 102, 103, 104)


@pytest.mark.slow
def test_mixed_faults_lose_and_double_nothing(tmp_path: Path) -> None:
    outcomes: list[Outcome] = []

    async def main() -> None:
        outcomes.extend(await asyncio.gather(*(seeded_run(tmp_path, seed, patience=90) for seed in SEEDS)))

    run(main())
    assert [problem for outcome in outcomes for problem in outcome.problems] == []
    fired: Counter[str] = sum((outcome.fired for outcome in outcomes), Counter())
    assert len(fired) > 12, f"too little went wrong: {fired}"
    assert all(outcome.verdict.stored > 2_500 and outcome.verdict.bars > 250 for outcome in outcomes)


@pytest.mark.slow
def test_faults_of_our_own_lose_and_double_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        outcome = await seeded_run(
            tmp_path, 3, spec="drop=0.01", seconds=160, speed=16.0, patience=90, own=frozenset(NAMES)
        )
        assert outcome.problems == []
        assert outcome.fired["raises"] > 10
        assert outcome.fired["writer ends"] == 1

    run(main())


def test_seeds_mix_differently() -> None:
    assert len({mixed_spec(seed) for seed in range(50)}) == 50
    assert mixed_spec(7) == mixed_spec(7)


@pytest.mark.slow
def test_kills_of_a_real_engine_lose_and_double_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        chain = await kill_chain(tmp_path, 5, 2)
        assert chain.problems == []
        assert chain.kills == 2
        assert chain.verdict.stored > 100

    run(main())
