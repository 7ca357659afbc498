"""A pair that is removed and added again has one history: nothing is said twice, and what it held was left."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from spreadscope.model.facts import PairRow, Signal
from spreadscope.model.states import Action
from spreadscope.model.timeframe import Timeframe
from tests.e2e.line import line, run, until, write_recording


@pytest.mark.parametrize("hedge", ["ols", "kalman"])
def test_a_pair_that_is_added_again_goes_on_where_it_was(tmp_path: Path, hedge: str) -> None:
    recording = write_recording(tmp_path / "r.txt", seconds=600)
    options = {
        "signals__entry": 0.5, "signals__exit": 0.2, "signals__stop": 50.0, "analytics__hedge": hedge,
        "analytics__hedge_window": 30, "analytics__z_window": 20, "analytics__correlation_window": 20,
    }  # fmt: skip

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=100.0, **options) as (exchange, live):
            said: list[Signal] = []
            rows: list[PairRow] = []
            live.core.observe(lambda facts: said.extend(fact for fact in facts if isinstance(fact, Signal)))
            live.core.observe(lambda facts: rows.extend(fact for fact in facts if isinstance(fact, PairRow)))
            await until(lambda: bool(live.core.engine.pairs))
            (pair,) = live.core.engine.pairs
            for _ in range(3):
                seen = len(said)
                await until(lambda: len(said) > seen and said[-1].action is not Action.EXIT, 60)
                live.watch_list.remove_pair(pair)
                assert said[-1].cause == "the pair is followed no more"
                await live.watch_list.add_pair(pair)
            await exchange.finished()
            await live.store.writer.flush()
            stored = list(reversed(live.store.reader.signals(pair, Timeframe.S1)))
            assert len(stored) > 8
            entries = [signal.action is not Action.EXIT for signal in stored]
            assert entries[0]
            assert all(one != next_one for one, next_one in pairwise(entries))  # in and out, in turn
            for timeframe in {row.timeframe for row in rows}:
                times = [row.time for row in rows if row.timeframe is timeframe]
                assert len(times) == len(set(times))  # what was said of a bar is not said again

    run(main())
