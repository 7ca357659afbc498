"""An engine that starts with more pairs than it begins at once."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

from spreadscope.model.timeframe import Timeframe
from tests.e2e.line import line, run, until, write_recording

SYMBOLS = ("AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT")
PAIRS = tuple(f"{y}/{x}" for y, x in permutations(SYMBOLS, 2))


def test_all_of_many_pairs_are_begun_one_group_after_another_and_have_rows(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", symbols=SYMBOLS, seconds=200, a_second=4)

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=20.0, pairs=PAIRS) as (_, live):
            await until(lambda: live.starting == "")
            assert tuple(map(str, live.core.pairs)) == PAIRS
            await until(lambda: all(states[Timeframe.S1].row for states in live.core.engine.pairs.values()))
            assert live.watch_list.problems == {}

    run(main())
