"""Walk-forward: choose the best trial of a formation time, trade it in the time after, and join what it brought there.

Between both lies a purge as long as the longest hedge window, so that no window of the traded time reaches into the
time that chose. Each traded time is a backtest of its own: its windows fill before it, nothing is open at its start,
and what is open at its end is closed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from spreadscope.contract import WalkForward, WalkWindow
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import UNIT
from spreadscope.performance import block_bootstrap
from spreadscope.replay.backtest_figures import Returns, significance
from spreadscope.replay.backtest_plan import Parameters, with_parameters
from spreadscope.replay.backtest_tasks import Task, TaskOutcome, TaskTrade
from spreadscope.replay.paper_backtest import HOUR, BacktestSettings

KIND = "walk-forward"


class WalkStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a walk-forward, in ms; each time is half-open."""

    formed_from: int
    formed_to: int
    traded_from: int
    traded_to: int


def windows_of(first: int, last: int, formation: int, trading: int, purge: int) -> list[WalkStep]:
    """Returns the steps that lie within ``[first, last]`` (all ms). Raises ``ConfigError`` where there is none.

    >>> [(each.traded_from, each.traded_to) for each in windows_of(0, 100, 40, 20, 10)]
    [(50, 70), (70, 90)]
    """
    found = []
    start = first
    while start + formation + purge + trading <= last + 1:
        traded = start + formation + purge
        window = WalkStep(
            formed_from=start, formed_to=start + formation, traded_from=traded, traded_to=traded + trading
        )
        found.append(window)
        start += trading
    if not found:
        needed, there = (formation + purge + trading) / HOUR, (last - first) / HOUR
        raise ConfigError(
            f"a walk-forward of these times needs {needed:.3g} hours with its purge, and there are {there:.3g}:"
            " give shorter times or more data"
        )
    return found


def purge_of(configs: Sequence[Config], timeframe: Timeframe) -> int:
    """Returns the length of the longest hedge window in ms."""
    return max(config.analytics.at(timeframe).hedge_window for config in configs) * timeframe.milliseconds


def warm_up_of(config: Config, timeframe: Timeframe) -> int:
    """Returns in ms how long the windows that signals need take to fill."""
    analytics = config.analytics.at(timeframe)
    rows = max(analytics.hedge_window + analytics.z_window, analytics.correlation_window)
    if config.signals.need_evidence or config.signals.scaled:
        rows = max(rows, analytics.hedge_window + analytics.evidence_rows(timeframe.milliseconds))
    return rows * timeframe.milliseconds


def formation_net(trades: Sequence[TaskTrade], window: WalkStep) -> int:
    """Returns the net result of the trades that were decided and closed in the formation time."""
    return sum(each.net for each in trades if window.formed_from <= each.decided and each.closed < window.formed_to)


def choose(trials: Sequence[TaskOutcome], window: WalkStep) -> tuple[TaskOutcome, int]:
    """Returns the trial with the largest net result in the formation time (the first of equals), and that result."""
    nets = [formation_net(each.trades, window) for each in trials]
    best = int(np.argmax(nets))
    return trials[best], nets[best]


def task_of(base: BacktestSettings, chosen: Parameters, config: Config, window: WalkStep) -> Task:
    """Returns the backtest of the traded time of a window, with the parameters that were chosen."""
    warm_up = warm_up_of(with_parameters(config, chosen), base.timeframe)
    settings = msgspec.structs.replace(
        base, start=window.traded_from - warm_up, trade_from=window.traded_from, end=window.traded_to
    )
    return Task(kind=KIND, name=f"out of sample from {window.traded_from}", settings=settings, parameters=chosen)


def joined(
    windows: Sequence[WalkStep],
    chosen: Sequence[tuple[TaskOutcome, int]],
    traded: Sequence[TaskOutcome],
    size: int,
    cash: float,
) -> WalkForward:
    """Returns the walk-forward: each window, and the figures of the returns of all traded times in a row.

    ``size`` is the length of a period of these returns in ms.
    """
    rows = [
        WalkWindow(
            formed_from=window.formed_from, formed_to=window.formed_to, traded_from=window.traded_from,
            traded_to=window.traded_to, chosen=best.variation.name, formation_net=net, trades=outcome.variation.trades,
            gross=outcome.variation.gross, net=outcome.variation.net,
        )
        for window, (best, net), outcome in zip(windows, chosen, traded, strict=True)
    ]  # fmt: skip
    values = np.array([value for outcome in traded for value in outcome.returns])
    returns = Returns(size, cash, np.asarray(cash * np.cumprod(1.0 + values), dtype=np.float64))
    mean, ratio, _, verdict = significance(returns)
    net = sum(row.net for row in rows)
    formed = sum(row.formation_net for row in rows)
    failed = [outcome.problem for outcome in traded if outcome.problem]
    words = (
        f"out of sample {net / UNIT:+,.2f} USDT in {len(rows)} windows, where the chosen trials had"
        f" {formed / UNIT:+,.2f} in formation; {verdict}"
    )
    if failed:
        words += f"; {len(failed)} windows could not be traded ({failed[0]})"
    total = block_bootstrap(values, periods=returns.a_year).total
    grown = float(np.prod(1.0 + values) - 1.0)
    return WalkForward(
        windows=tuple(rows), trades=sum(row.trades for row in rows), gross=sum(row.gross for row in rows), net=net,
        period=returns.name, periods=len(values),
        total_return=msgspec.structs.replace(mean, value=grown, low=total.low, high=total.high, why=""),
        mean_return=mean, sharpe=ratio, words=words,
    )  # fmt: skip
