"""The report of a backtest from its results: figures, benchmarks, variations, how much of it is choice. Pure."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from itertools import pairwise

import numba
import numpy as np

import spreadscope
from spreadscope.contract import (
    MOST_SHOWN_TRADES,
    BacktestReport,
    BacktestTrade,
    CheckLine,
    EquityLine,
    Estimate,
    TrialsReport,
    Variation,
    WalkForward,
)
from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.trading import PairTrade
from spreadscope.performance import deflated_sharpe, drawdown_series, overfitting_probability
from spreadscope.replay.backtest_figures import (
    buy_and_hold,
    count_words,
    entered,
    equity_points,
    figures_of,
    in_cash,
    moments_of,
    money_parts,
)
from spreadscope.replay.backtest_plan import Parameters, trial_name
from spreadscope.replay.backtest_tasks import TaskOutcome
from spreadscope.replay.paper_backtest import AccountRecord, BacktestResult
from spreadscope.store.labels import Label

FEWEST_TRIALS = 8
_MOST_POINTS = 1_500
_BLOCKS = (16, 8)
_NO_LIMITS = "the limits on the loss of a day and on the drawdown are off, so that nothing stops the account early"


def report_of(
    result: BacktestResult,
    *,
    title: str,
    command: str,
    label: Label,
    variations: Sequence[Variation] = (),
    left_out: Sequence[str] = (),
    trials: TrialsReport | None = None,
    walk_forward: WalkForward | None = None,
    checks: Sequence[CheckLine] = (),
    settings: Parameters | None = None,
    seed: int = 0,
    seconds: float = 0.0,
) -> BacktestReport:
    """Returns the report of a result; ``title`` says what it is of, ``label`` what the data are."""
    first, last = result.first_time, result.last_time
    pairs = result.settings.pairs
    y = pairs[0].y
    held = buy_and_hold(
        y, result.first_prices.get(y), result.hourly_closes.get(y, {}), first, last, result.record.account.cash
    )
    assumptions = result.assumptions
    if not result.record.account.daily_loss_percent and not result.record.account.drawdown_percent:
        assumptions = (*assumptions, _NO_LIMITS)
    return BacktestReport(
        title=title,
        pairs=tuple(map(str, pairs)),
        timeframe=result.settings.timeframe.value,
        first=first,
        last=last,
        demo=bool(label.demo),
        source=label.demo or label.unprovable,
        fidelity=result.fidelity.value,
        assumptions=assumptions,
        refused=result.record.refused,
        faults=result.faults,
        figures=figures_of(result.record, first, last, seed=seed),
        benchmarks=(in_cash(), held),
        equity=equity_line(result.record, first, last),
        trades=trade_rows(result.record)[:MOST_SHOWN_TRADES],
        variations=tuple(variations),
        left_out=tuple(left_out),
        trials=trials,
        walk_forward=walk_forward,
        checks=tuple(checks),
        settings={key: trial_name({key: value}).partition("=")[2] for key, value in (settings or {}).items()},
        hash=result.hash,
        command=command,
        versions=versions(),
        market_trades=result.trades,
        seconds=round(seconds or result.seconds, 2),
    )


def versions() -> dict[str, str]:
    """Returns the versions that the numbers depend on."""
    return {
        "spreadscope": spreadscope.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": str(numba.__version__),
    }


def trade_rows(record: AccountRecord) -> tuple[BacktestTrade, ...]:
    """Returns the trades that were entered and have ended, in the order of their ends."""
    return tuple(map(_trade_row, entered(record.trades_closed)))


def equity_line(record: AccountRecord, first: int, last: int) -> EquityLine:
    """Returns the equity at up to 1,500 of the minutes: of each stretch the lowest, so that no fall is hidden."""
    times, equity = equity_points(record, first, last)
    falls = drawdown_series(equity).share
    rows = _thinned(equity)
    return EquityLine(
        times=tuple(times[rows].tolist()),
        equity=tuple(np.round(equity[rows], 8).tolist()),
        drawdown=tuple(np.nan_to_num(falls[rows], nan=-1.0).tolist()),
    )


def best_trial(trials: Sequence[TaskOutcome]) -> TaskOutcome:
    """Returns the trial with the largest Sharpe ratio, the first of equals."""
    return max(trials, key=lambda each: _ratio(np.array(each.returns)))


def trials_report(trials: Sequence[TaskOutcome], a_year: float, *, fidelity: str = "") -> TrialsReport | None:
    """Returns how much of the best trial is choice; None without trials. ``a_year``: periods of returns in a year.

    A trial that could not be run is none.
    """
    run = [each for each in trials if not each.problem]
    if not run:
        return None
    columns = [np.array(each.returns) for each in run]
    ratios = [_ratio(column) for column in columns]
    best = int(np.argmax(ratios))
    name = run[best].variation.name
    deflated, threshold = _deflated(columns[best], ratios, a_year)
    overfitting = _overfitting(columns)
    words = f"{len(run)} trials were made, and the best by its Sharpe ratio is {name}"
    if deflated.value is not None:
        sure = "is" if deflated.value >= 0.95 else "is not"
        words += (
            f"; it {sure} better than the best that chance gives of so many trials"
            f" (deflated Sharpe ratio {deflated.value:.2f}, 0.95 is needed)"
        )
    return TrialsReport(
        trials=len(run), best=name, deflated_sharpe=deflated, threshold=threshold, overfitting=overfitting, words=words,
        fidelity=fidelity,
    )  # fmt: skip


def _ratio(returns: FloatArray) -> float:
    moments = moments_of(returns)
    return moments[0] if moments is not None else 0.0


def _deflated(best: FloatArray, ratios: Sequence[float], a_year: float) -> tuple[Estimate, Estimate]:
    """The deflated Sharpe ratio of the best trial, and the annual ratio that it is compared with."""
    moments = moments_of(best)
    if moments is None or len(ratios) < 2:
        why = "there is one trial alone" if len(ratios) < 2 else "too few periods, or no trial moved"
        none = Estimate(value=None, why=why)
        return none, none
    ratio, skewness, kurtosis = moments
    try:
        found = deflated_sharpe(
            ratio, len(best), trials=len(ratios), trials_variance=float(np.var(ratios, ddof=1)), skewness=skewness,
            kurtosis=kurtosis,
        )  # fmt: skip
    except StatisticsError as error:
        none = Estimate(value=None, why=str(error))
        return none, none
    if found.value is None or found.threshold is None:
        none = Estimate(value=None, why=str(found.reason))
        return none, none
    return Estimate(value=found.value), Estimate(value=found.threshold * float(np.sqrt(a_year)))


def _overfitting(columns: Sequence[FloatArray]) -> Estimate:
    if len(columns) < FEWEST_TRIALS:
        return _too_few(len(columns), "trial", FEWEST_TRIALS)
    periods = min(map(len, columns))
    blocks = next((blocks for blocks in _BLOCKS if periods >= 4 * blocks), 0)
    if not blocks:
        return _too_few(periods, "period", 4 * _BLOCKS[-1])
    try:
        found = overfitting_probability(np.column_stack([column[:periods] for column in columns]), blocks=blocks)
    except StatisticsError as error:
        return Estimate(value=None, why=str(error))
    return Estimate(value=found.value, why=str(found.reason) if found.value is None else "")


def _too_few(count: int, name: str, least: int) -> Estimate:
    return Estimate(value=None, why=f"{count_words(count, name)} too few: at least {least} are needed")


def _trade_row(trade: PairTrade) -> BacktestTrade:
    return BacktestTrade(
        id=trade.id,
        pair=str(trade.pair),
        side=trade.side,
        decided=trade.decided,
        opened=trade.opened,
        closed=trade.closed,
        z=trade.z,
        beta=trade.beta,
        notional=abs(trade.y.entered_notional),
        parts=money_parts([trade]),
        note=trade.note,
    )


def _thinned(equity: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows to draw: the first, the last, and of each stretch the lowest."""
    n = len(equity)
    if n <= _MOST_POINTS:
        return np.arange(n)
    edges = np.linspace(0, n, _MOST_POINTS - 1, dtype=np.int64).tolist()
    lowest = [low + int(np.argmin(equity[low:high])) for low, high in pairwise(edges)]
    return np.unique(np.array([0, *lowest, n - 1]))
