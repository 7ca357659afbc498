"""``make soak-long``: hours of a market through a real engine process. Is anything lost, and does anything grow?

The last line is one verdict; the exit status is 1 if a trade was lost, doubled or changed, a queue grew, or memory grew
by more than its noise.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from spreadscope.bars.series import MAX_BARS
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from tests.faults.oracle import Verdict, compare_whole
from tests.soak.processes import Sample, Watch, engine_process, market_process
from tests.soak.trend import Slope, grows, slope
from tests.soak.truth import read_truth

# What a day on a good line brings, at ten times its pace: a few resets, frames lost and late, a server that stumbles.
# The repair of it fits the exchange's budget of weight, which runs in real time.
MILD: Final = (
    "reset=0.001,expire=0.0005,drop=0.000005,burst=0.000002,duplicate=0.0002,reorder=0.0002,new-keys=0.0002,"
    "new-event=0.0002,coin-m=0.0002,5xx=0.01,truncated=0.01,slow=0.02"
)
FAULTS: Final = {"none": "", "mild": MILD}
TABLE_HOURS: Final = 1 / 6
# The engine keeps an hour of one-second bars: until they are all there its memory has to grow.
WINDOWS_HOURS: Final = MAX_BARS[Timeframe.S1] / 3600
# Minute bars fill for two days and five-minute bars for a week, by a quarter of this for 20 symbols; no leak is told
# from them.
FLAT_MB_PER_HOUR: Final = 1.0
# What an engine with twenty symbols and ten pairs may take in all.
MOST_MB: Final = 400.0
LEAST_FIT_HOURS: Final = 0.25
_ROWS_SLACK: Final = 5_000  # one batch of the store, or of frames
_DELAY_SLACK_MS: Final = 1_000.0
# Real seconds for which a queue may have to wait for what is not the engine's to hurry: REST weight is counted by the
# minute, and once a minute's is used up a hole stays as it is until the next one. On a busy machine the processor is
# others' for seconds.
_WAITS_SECONDS: Final = {"missing": 60.0, "frames": 20.0, "rows": 20.0, "delay_ms": 20.0, "late_s": 20.0}
_CALM_SECONDS: Final = 10.0  # real seconds before the end from which nothing more goes wrong
_PATIENCE_SECONDS: Final = 180.0  # for the repair after the end
_CLOSED_MS: Final = 10_000  # of market time: bars that ended longer ago have to be closed

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What to soak; ``rate`` in messages a market second."""

    hours: float
    rate: float
    speed: float
    symbols: int
    faults: str
    seed: int

    @property
    def market_arguments(self) -> list[str]:
        named = {"symbols": self.symbols, "seed": self.seed, "rate": self.rate, "speed": self.speed}
        words = [word for name, value in {**named, "hours": self.hours}.items() for word in (f"--{name}", str(value))]
        return [*words, "--faults", self.faults] if self.faults else words

    @property
    def warm_up_hours(self) -> float:
        """A quarter of the run, and until the windows of bars are full."""
        return max(self.hours / 4, WINDOWS_HOURS * 1.05)


@dataclass
class Result:
    """What a soak came to."""

    plan: Plan
    samples: list[Sample] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    fired: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    log: str = ""

    @property
    def settled(self) -> list[Sample]:
        """The samples after the first quarter."""
        return [sample for sample in self.samples if sample.hours >= self.plan.hours / 4]

    @property
    def memory(self) -> Slope | None:
        """MB a market hour; None where the windows of bars were not full for long enough."""
        fit = [sample for sample in self.samples if sample.hours >= self.plan.warm_up_hours]
        if len(fit) < 60 or fit[-1].hours - fit[0].hours < LEAST_FIT_HOURS:
            return None
        return slope([sample.hours for sample in fit], [sample.rss for sample in fit])

    def judged(self, queue: str) -> bool:
        """Whether the run is long enough to tell growth from a wait: that fills less than half of a quarter."""
        settled = self.settled
        if len(settled) < 12:
            return False
        quarter_s = (settled[-1].hours - settled[0].hours) * 3600 / self.plan.speed / 4
        return quarter_s >= 2 * _WAITS_SECONDS[queue]

    @property
    def most_mb(self) -> float:
        return max((sample.rss for sample in self.samples), default=0.0)

    def growing(self) -> list[str]:
        """What is longer at the end than it was after the first quarter."""
        slacks = {
            "frames": _ROWS_SLACK, "rows": _ROWS_SLACK, "missing": _ROWS_SLACK, "delay_ms": _DELAY_SLACK_MS,
            "late_s": _DELAY_SLACK_MS / 1e3,
        }  # fmt: skip
        return [
            name
            for name, slack in slacks.items()
            if self.judged(name) and grows([getattr(sample, name) for sample in self.settled], slack)
        ]

    def problems(self) -> list[str]:
        found = list(self.verdict.problems)
        found += [f"{name} grows" for name in self.growing()]
        memory = self.memory
        if memory is not None and not memory.is_noise and memory.value > FLAT_MB_PER_HOUR:
            found.append(f"memory grows by {memory.value:.1f} ± {memory.error:.1f} MB a market hour")
        if self.plan.symbols <= 20 and self.most_mb > MOST_MB:
            found.append(f"memory of {self.most_mb:.0f} MB is more than {MOST_MB:.0f}")
        return found


async def soak(plan: Plan, folder: Path, tell: Tell) -> Result:
    """Play the plan's market into an engine, and hold what it stored against what was traded."""
    result, began = Result(plan), time.monotonic()
    truth, data, log = folder / "truth", folder / "store", folder / "engine.log"
    truth.mkdir()
    async with AsyncExitStack() as stack:
        market = await stack.enter_async_context(market_process([*plan.market_arguments, "--truth", str(truth)]))
        engine = await stack.enter_async_context(engine_process(market, data, log))
        watch = Watch(market, engine, plan.speed)
        await _until_the_end(plan, watch, market.ask, result.samples, tell)
        result.fired = watch.state["fired"]
        if not await _whole(watch):
            result.verdict.problems.append(f"not whole {_PATIENCE_SECONDS:.0f} s after the end: {_open(watch)}")
        closed = (watch.status["market_time"] or 0) - _CLOSED_MS
        symbols = market.symbols
    if engine.process.returncode:
        result.verdict.problems.append(f"the engine ended with exit status {engine.process.returncode}")
    tell("comparing the store with what was traded …")
    reader = StoreReader(data / DATABASE)
    for symbol in symbols:
        result.verdict.add(compare_whole(reader, symbol, read_truth(truth, symbol), closed))
    result.log, result.seconds = log.read_text(errors="replace"), time.monotonic() - began
    return result


async def _until_the_end(
    plan: Plan, watch: Watch, ask: Callable[[str], object], samples: list[Sample], tell: Tell
) -> None:
    calm_from = plan.hours - _CALM_SECONDS * plan.speed / 3600
    calmed = not plan.faults
    told = 0
    tell(HEAD)
    while True:
        sample = await watch.sample()
        if sample.hours > 0:
            samples.append(sample)
        if not calmed and sample.hours >= calm_from:
            await ask("calm")  # type: ignore[misc]  # a coroutine function
            calmed = True
        ended = bool(watch.state["ended"])
        if samples and (ended or sample.hours >= samples[told].hours + TABLE_HOURS):
            tell(table_row(samples[told:]))
            told = len(samples)
        if ended:
            return
        await asyncio.sleep(1.0)


async def _whole(watch: Watch) -> bool:
    """Twice in a row: the first time a hole can be about to be seen."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    seen = 0
    while time.monotonic() < deadline:
        await watch.sample()
        seen = seen + 1 if watch.is_whole else 0
        if seen == 2:
            return True
        await asyncio.sleep(0.5)
    return False


def _open(watch: Watch) -> str:
    tapes = {symbol["symbol"]: symbol for symbol in watch.status["symbols"]}
    behind = [
        f"{symbol} at {tapes[symbol]['last_id'] if symbol in tapes else None} of {number},"
        f" {tapes[symbol]['missing']} missing"
        for symbol, number in watch.state["last"].items()
        if symbol not in tapes or tapes[symbol]["last_id"] != number or tapes[symbol]["missing"]
    ]
    return "; ".join([*behind[:5], f"queue {watch.status['queue']}", *map(str, watch.status["alarms"][:3])])


# --- what is said ---------------------------------------------------------------------------------------------------

HEAD: Final = (
    "| market min | msg/s | RSS MB | CPU | delay ms p50 / p99 / max | loop lag ms p50 / max | frames max | rows max |"
    " missing max | exchange late s |\n|---|---|---|---|---|---|---|---|---|---|"
)


def table_row(samples: Sequence[Sample]) -> str:
    """One row over ten market minutes."""
    middle, _, slowest = _quantiles(sample.loop_lag_ms for sample in samples)
    delays = " / ".join(f"{value:.0f}" for value in _quantiles(sample.delay_ms for sample in samples))
    rss, messages = (np.median([getattr(sample, name) for sample in samples]) for name in ("rss", "messages"))
    return (
        f"| {samples[-1].hours * 60:.0f} | {messages:,.0f} | {rss:.1f} | {samples[-1].cpu:.2f} | {delays} |"
        f" {middle:.0f} / {slowest:.0f} | {max(s.frames for s in samples):,} | {max(s.rows for s in samples):,} |"
        f" {max(s.missing for s in samples):,} | {max(s.late_s for s in samples):.1f} |"
    )


def _quantiles(values: Iterable[float]) -> tuple[float, float, float]:
    """Median, 99% and largest."""
    held = np.fromiter(values, np.float64)
    return float(np.median(held)), float(np.quantile(held, 0.99)), float(held.max())


def report(result: Result, tell: Tell) -> int:
    """Say what was found; → the exit status."""
    plan, verdict, problems = result.plan, result.verdict, result.problems()
    for problem in problems:
        tell(f"  {problem}")
    if problems and result.log:
        tell("the engine's log ends with:\n" + "\n".join(result.log.splitlines()[-15:]))
    if result.fired:
        tell("faults: " + ", ".join(f"{name} {count}" for name, count in sorted(result.fired.items())))
    memory = result.memory
    if memory is None:
        grown = f"memory not judged (the windows of bars fill for {WINDOWS_HOURS:.0f} h)"
        if not result.judged("frames"):
            grown += ", nor whether a queue grows (a busy machine may keep it waiting for seconds)"
        if not result.judged("missing"):
            grown += ", nor whether the repair keeps up (a hole may wait a minute for its weight), but that it ends"
    else:
        said = "within noise of zero" if memory.is_noise else "beyond noise"
        grown = f"memory {memory.value:+.2f} ± {memory.error:.2f} MB a market hour ({said}; ten blocks)"
    seen = result.settled or result.samples
    delays = " / ".join(f"{value:.0f}" for value in _quantiles(sample.delay_ms for sample in seen)) if seen else "-"
    tell(
        f"{'FAILED' if problems else 'PASSED'}: seed {plan.seed},"
        f" {plan.hours:g} market hours at {plan.rate:,.0f} msg/s,"
        f" played {plan.speed:g} times as fast in {result.seconds / 60:.1f} min, {verdict.stored:,} trades and"
        f" {verdict.bars:,} bars compared, {verdict.lost} lost, {verdict.doubled} doubled, {verdict.wrong} wrong;"
        f" {grown}, at most {result.most_mb:.0f} MB; delay {delays} ms;"
        f" longest queue {max((s.frames for s in seen), default=0):,} frames,"
        f" {max((s.rows for s in seen), default=0):,} rows"
    )
    return int(bool(problems))


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak-long", description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0, help="of market time")
    parser.add_argument("--rate", type=float, default=5_000.0, help="messages a market second")
    parser.add_argument("--speed", type=float, default=10.0, help="market seconds a second")
    parser.add_argument("--symbols", type=int, default=20)
    parser.add_argument("--faults", choices=sorted(FAULTS), default="none")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    plan = Plan(options.hours, options.rate, options.speed, options.symbols, FAULTS[options.faults], options.seed)
    with tempfile.TemporaryDirectory(prefix="spreadscope-soak-") as folder:
        return report(asyncio.run(soak(plan, Path(folder), _show)), _show)


def _show(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
