"""Several backtests of the same data, in this process or in a pool of two, with progress."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path

import msgspec

from spreadscope.contract import BacktestFigures, Estimate, Variation
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import Config
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.facts import Fact
from spreadscope.model.instrument import Instrument
from spreadscope.model.timeframe import MINUTE
from spreadscope.model.trading import PairTrade
from spreadscope.replay.backtest_figures import entered, figures_of, returns_of
from spreadscope.replay.backtest_plan import Parameters, with_parameters
from spreadscope.replay.paper_backtest import AccountRecord, BacktestSettings, backtest
from spreadscope.store.reader import StoreReader

MOST_WORKERS = 2
FEWEST_FOR_POOL = 4  # a process takes seconds to begin
Progress = Callable[[float | None, str], None]
_NONE = Estimate(value=None, why="it could not be run")


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest of its own: ``kind`` and ``name`` say what differs, ``parameters`` lie above the configuration."""

    kind: str
    name: str
    settings: BacktestSettings
    parameters: Parameters = {}


class TaskTrade(msgspec.Struct, frozen=True, array_like=True):
    """When a pair trade was decided and closed (ms), and its result in units of 1e-8."""

    decided: int
    closed: int
    gross: int
    net: int


class TaskOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a task: returns of equity by period, and the trades; ``problem`` says why there are none."""

    task: Task
    variation: Variation
    returns: tuple[float, ...] = ()
    trades: tuple[TaskTrade, ...] = ()
    problem: str = ""


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What all tasks share: the store's database, the configuration and the order rules. ``size`` is the length of a
    period of returns in ms (0: by the length of each backtest)."""

    database: str
    config: Config
    instruments: tuple[Instrument, ...]
    size: int = 0


def run_tasks(
    shared: Shared, tasks: Sequence[Task], progress: Progress, *, workers: int = MOST_WORKERS
) -> list[TaskOutcome]:
    """Returns the outcomes in the order of the tasks. A few tasks run in this process, more in up to two others."""
    if workers <= 1 or len(tasks) < FEWEST_FOR_POOL:
        return [_with_progress(shared, task, progress, place, len(tasks)) for place, task in enumerate(tasks)]
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, MOST_WORKERS), mp_context=context, initializer=_begin_worker)
    try:
        futures: dict[Future[TaskOutcome], int] = {
            pool.submit(run_task, shared, task): place for place, task in enumerate(tasks)
        }
        found: dict[int, TaskOutcome] = {}
        for done, future in enumerate(as_completed(futures), 1):
            found[futures[future]] = future.result()
            progress(done / len(tasks), f"{done} of {len(tasks)} more runs")
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    return [found[place] for place in range(len(tasks))]


def run_task(shared: Shared, task: Task, progress: Progress | None = None) -> TaskOutcome:
    """Run one task. What its data or settings refuse is its ``problem``."""
    try:
        config = with_parameters(shared.config, task.parameters)
        observe = observer(task.settings, progress) if progress is not None else None
        reader = StoreReader(Path(shared.database))
        result = backtest(reader, config, task.settings, shared.instruments, observe=observe)
    except SpreadscopeError as error:
        return TaskOutcome(task=task, variation=_refused(task, str(error)), problem=str(error))
    first, last = max(result.first_time, task.settings.trade_from), result.last_time
    returns = returns_of(result.record, first, last, shared.size)
    return TaskOutcome(
        task=task,
        variation=variation_of(task.kind, task.name, result.record, first, last),
        returns=tuple(returns.values.tolist()),
        trades=task_trades(result.record),
    )


def task_trades(record: AccountRecord) -> tuple[TaskTrade, ...]:
    """Returns the trades that were entered and have ended."""
    return tuple(map(_trade, entered(record.trades_closed)))


def variation_of(kind: str, name: str, record: AccountRecord, first: int, last: int) -> Variation:
    """Returns the line of the table of variations of one account."""
    return variation_of_figures(kind, name, figures_of(record, first, last))


def variation_of_figures(kind: str, name: str, figures: BacktestFigures) -> Variation:
    parts = figures.parts
    return Variation(
        kind=kind, name=name, trades=figures.trades, gross=parts.gross, costs=parts.gross - parts.net, net=parts.net,
        sharpe=figures.sharpe, mean_return=figures.mean_return, significant=figures.significant,
    )  # fmt: skip


def observer(
    settings: BacktestSettings, progress: Progress, words: str = "traded until"
) -> Callable[[Engine, list[Fact], list[JournalEntry]], None]:
    """Returns an observer of a run that reports the market's time, and what share of its span has passed."""
    first = shown = 0

    def observe(engine: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
        nonlocal first, shown
        del facts, entries
        first = first or engine.market_time
        if engine.market_time - shown > MINUTE:
            shown = engine.market_time
            span = settings.end - first
            # Without an end nobody knows how much is left.
            progress(min(1.0, (shown - first) / span) if 0 < span < 1 << 50 else None, f"{words} {_clock(shown)}")

    return observe


def _with_progress(shared: Shared, task: Task, progress: Progress, place: int, count: int) -> TaskOutcome:
    def report(fraction: float | None, words: str) -> None:
        progress((place + (fraction or 0.0)) / count, f"run {place + 1} of {count}: {words}")

    return run_task(shared, task, report)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it, however it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _refused(task: Task, problem: str) -> Variation:
    return Variation(
        kind=task.kind, name=task.name, trades=0, gross=0, costs=0, net=0, sharpe=_NONE, mean_return=_NONE,
        significant=None, problem=problem,
    )  # fmt: skip


def _trade(trade: PairTrade) -> TaskTrade:
    parts = trade.attribution
    if parts is None:
        return TaskTrade(trade.decided, trade.closed, 0, 0)
    return TaskTrade(trade.decided, trade.closed, parts.spread + parts.imbalance + parts.drift, parts.net)


def _clock(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M}"
