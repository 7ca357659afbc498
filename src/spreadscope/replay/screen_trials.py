"""The trials of a backtest made by a screen: their outcomes, and how the best of them compares with the whole core."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from spreadscope.contract import CheckLine, Estimate, Variation
from spreadscope.model.config import Config
from spreadscope.model.instrument import Instrument
from spreadscope.model.trading import UNIT
from spreadscope.performance import sharpe
from spreadscope.replay.backtest_figures import Returns
from spreadscope.replay.backtest_plan import Parameters, trial_name, with_parameters
from spreadscope.replay.backtest_tasks import Progress, Task, TaskOutcome, TaskTrade
from spreadscope.replay.paper_backtest import BacktestSettings
from spreadscope.replay.screen import Screened, screen_of
from spreadscope.store.reader import StoreReader

CHECK = "screen beside the whole core"
_CENT = UNIT // 100
_NO_INTERVAL = "a screen makes no intervals"


def screen_trials(
    reader: StoreReader,
    config: Config,
    settings: BacktestSettings,
    instruments: Iterable[Instrument],
    trials: Sequence[Parameters],
    progress: Progress,
    *,
    size: int,
) -> list[TaskOutcome]:
    """Returns the outcomes of sets of parameters, in their order. ``size`` (ms) is the length of a period of returns.

    Raises ``ConfigError`` for what a screen does not know.
    """
    progress(0.0, "reads the market of the screen")
    screen = screen_of(reader, config, settings, instruments, period=size)
    configs = [with_parameters(config, trial) for trial in trials]

    def report(done: int) -> None:
        progress(done / len(trials), f"{done} of {len(trials)} sets screened")

    found = screen.sweep(configs, report)
    return [
        _outcome(Task(kind="trial", name=trial_name(trial), settings=settings, parameters=trial), screened, size)
        for trial, screened in zip(trials, found, strict=True)
    ]


def compare(screened: TaskOutcome, whole: TaskOutcome) -> CheckLine:
    """Returns whether the whole core makes the trades of a screen, to the cent."""
    name = screened.variation.name
    if whole.problem:
        return CheckLine(name=CHECK, passed=None, words=f"{name}: {whole.problem}")
    of_core = {trade.decided: trade.net for trade in whole.trades}
    of_screen = {trade.decided: trade.net for trade in screened.trades}
    same = sum(abs(net - of_screen[time]) < _CENT for time, net in of_core.items() if time in of_screen)
    all_same = same == len(of_core) == len(of_screen)
    words = (
        f"{name}: {same} of the {len(of_core)} trades of the whole core are the same in the screen, to the cent;"
        f" net {whole.variation.net / UNIT:+,.2f} USDT, screened {screened.variation.net / UNIT:+,.2f}"
    )
    return CheckLine(name=CHECK, passed=all_same, words=words)


def _outcome(task: Task, screened: Screened, size: int) -> TaskOutcome:
    cash = task.settings.account.cash
    returns = Returns(size, cash, np.append(screened.equity[:-2], screened.equity[-1:]))
    decided, closed, _, money, _ = screened.trade_columns
    gross, net = (np.rint(money[row] * UNIT).astype(np.int64) for row in (0, 3))
    average = float(returns.values.mean())
    ratio = sharpe(returns.values, periods=returns.a_year)
    total_gross, total_net = int(gross.sum()), int(net.sum())
    variation = Variation(
        kind=task.kind, name=task.name, trades=screened.count, gross=total_gross, costs=total_gross - total_net,
        net=total_net, sharpe=Estimate(value=ratio.value, why=_NO_INTERVAL),
        mean_return=Estimate(value=average, why=_NO_INTERVAL), significant=None,
    )  # fmt: skip
    rows = zip(decided.tolist(), closed.tolist(), gross.tolist(), net.tolist(), strict=True)
    return TaskOutcome(
        task=task, variation=variation, returns=tuple(returns.values.tolist()),
        trades=tuple(TaskTrade(*row) for row in rows),
    )  # fmt: skip
