"""Several runs: the same in this process and in others, with progress, and what cannot be run says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from spreadscope.model.config import Config
from spreadscope.model.instrument import parse_pair
from spreadscope.replay.backtest_figures import money_parts, returns_of
from spreadscope.replay.backtest_tasks import Shared, Task, run_tasks
from spreadscope.replay.paper_backtest import BacktestResult
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from tests.replay.backtest_market import LISTED, settings, trials

ENTRIES = (1.5, 2.0, 2.5, 3.0)


def shared(config: Config) -> Shared:
    return Shared(database=str(config.data / DATABASE), config=config, instruments=LISTED)


@pytest.mark.slow  # other processes take seconds to begin
def test_a_pool_gives_what_one_process_gives(minutes: tuple[StoreReader, Config], result: BacktestResult) -> None:
    _, config = minutes
    said: list[float] = []
    alone = run_tasks(shared(config), trials(*ENTRIES), lambda fraction, _: said.append(fraction or 0.0), workers=1)
    assert said == sorted(said)
    assert 0.7 < said[-1] <= 1
    pooled_progress: list[float | None] = []
    pooled = run_tasks(
        shared(config), trials(*ENTRIES), lambda fraction, _: pooled_progress.append(fraction), workers=2
    )
    assert pooled == alone
    assert pooled_progress == [0.25, 0.5, 0.75, 1.0]
    assert [each.variation.name for each in alone] == [str(entry) for entry in ENTRIES]
    counts = [each.variation.trades for each in alone]
    assert counts == sorted(counts, reverse=True)
    own = alone[1]
    assert own.variation.net == money_parts(result.record.trades_closed).net
    assert own.returns == tuple(returns_of(result.record, result.first_time, result.last_time).values.tolist())
    assert sum(each.net for each in own.trades) == own.variation.net


def test_what_cannot_be_run_says_why(minutes: tuple[StoreReader, Config]) -> None:
    _, config = minutes
    elsewhere = msgspec.structs.replace(settings(), pairs=(parse_pair("AAAUSDT/NONEUSDT"),))
    (outcome,) = run_tasks(shared(config), [Task(kind="placebo", name="x", settings=elsewhere)], lambda *_: None)
    assert outcome.problem == outcome.variation.problem
    assert "no trades of NONEUSDT" in outcome.problem
    assert outcome.returns == ()
    assert outcome.trades == ()


_PROGRAM = """
import sys
from pathlib import Path

from spreadscope.replay.backtest_tasks import Shared, run_tasks
from tests.replay.backtest_market import LISTED, WINDOWS, trials
from tests.support.market_store import market_config

if __name__ == "__main__":
    config = market_config(Path(sys.argv[1]), **WINDOWS)
    shared = Shared(database=sys.argv[2], config=config, instruments=LISTED)
    run_tasks(shared, trials(*(1.5 + number / 1_000 for number in range(500))), lambda *_: print("ran", flush=True))
"""


@pytest.mark.slow  # other processes take seconds to begin
def test_processes_of_a_pool_end_with_their_parent(minutes: tuple[StoreReader, Config], tmp_path: Path) -> None:
    _, config = minutes
    script = tmp_path / "program.py"
    script.write_text(_PROGRAM, encoding="utf-8")
    words = [sys.executable, str(script), str(config.data), str(config.data / DATABASE)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ran\n"
        workers = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
    assert len(workers) >= 2
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []
