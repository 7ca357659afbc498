"""``make soak``: many mixed seeded runs and many kills; a table, one verdict, and exit status 1 if there was a loss."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import structlog
import uvloop

from spreadscope.commands.console import print_message
from spreadscope.exchange.local.fault_spec import KINDS
from tests.faults.oracle import Verdict
from tests.faults.own import ROW_RAISES, ROW_WRITER, own_faults
from tests.faults.run import Outcome, seeded_run
from tests.soak.kills import Chain, kill_chain

T = TypeVar("T")
_KILLS_A_CHAIN = 10
_OWN = [(26, "kill"), (ROW_RAISES, "raises"), (ROW_WRITER, "writer ends")]


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--runs", type=int, default=200, help="mixed seeded runs")
    parser.add_argument("--kills", type=int, help="SIGKILLs (default: as many as runs)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    kills = options.runs if options.kills is None else options.kills
    with tempfile.TemporaryDirectory(prefix="spreadscope-soak-") as folder:
        return uvloop.run(soak(Path(folder), options.seed, options.runs, kills, options.jobs))


async def soak(folder: Path, seed: int, runs: int, kills: int, jobs: int) -> int:
    began = time.monotonic()
    outcomes: list[Outcome] = []
    chains: list[Chain] = []

    async def one_run(number: int) -> None:
        own = own_faults(number)  # a market goes on while an engine ends and is started again
        outcome = await seeded_run(folder, number, own=own, speed=20.0 if "writer" in own else 80.0)
        outcomes.append(outcome)
        _tell(f"run {len(outcomes)}/{runs}, seed {number}, {outcome.seconds:.1f} s", outcome.problems)

    async def one_chain(number: int) -> None:
        chain = await kill_chain(folder, number, min(_KILLS_A_CHAIN, kills - _KILLS_A_CHAIN * (number - seed)))
        chains.append(chain)
        _tell(f"kills {sum(done.kills for done in chains)}/{kills}, seed {number}", chain.problems)

    await _all(one_run, range(seed, seed + runs), jobs)
    await _all(one_chain, range(seed, seed + -(-kills // _KILLS_A_CHAIN)), jobs)
    return report(seed, outcomes, chains, time.monotonic() - began)


def report(seed: int, outcomes: list[Outcome], chains: list[Chain], seconds: float) -> int:
    """Print the table and the verdict. A loss counts for every fault that fired in the run it happened in."""
    lines = [("reset … lag", outcome.fired, outcome.verdict) for outcome in outcomes]
    lines += [("kill", chain.fired + Counter(kill=chain.kills), chain.verdict) for chain in chains]
    _show("\n| row | fault | fired | lost | doubled |\n|---|---|---|---|---|")
    for row, name in [*((kind.row, kind.name) for kind in KINDS), *_OWN]:
        met = [(fired[name], verdict) for _, fired, verdict in lines if fired[name]]
        lost, doubled = sum(verdict.lost for _, verdict in met), sum(verdict.doubled for _, verdict in met)
        _show(f"| {row} | {name} | {sum(count for count, _ in met)} | {lost} | {doubled} |")
    total = Verdict()
    for _, _, verdict in lines:
        total.add(verdict)
    failed = bool(total.problems or total.lost or total.doubled or total.wrong)
    killed = sum(chain.kills for chain in chains)
    _show(
        f"{'FAILED' if failed else 'PASSED'}: seed {seed}, {len(outcomes)} runs, {killed} kills, {total.stored} trades,"
        f" {total.bars} bars and {total.gaps} gaps compared, {total.lost} lost, {total.doubled} doubled,"
        f" {total.wrong} wrong, {len(total.problems)} problems, {seconds:.0f} s"
    )
    return int(failed)


def _tell(line: str, problems: list[str]) -> None:
    print_message(line)
    for problem in problems[:10]:
        print_message(f"  {problem}")


def _show(line: str) -> None:
    sys.stdout.write(line + "\n")


async def _all(work: Callable[[int], Awaitable[None]], seeds: range, jobs: int) -> None:
    waiting = iter(seeds)

    async def worker() -> None:
        for number in waiting:
            await work(number)

    async with asyncio.TaskGroup() as group:
        for _ in range(jobs):
            group.create_task(worker())


if __name__ == "__main__":
    sys.exit(main())
