"""The figures of one account of a backtest: where the money came from, and how sure one can be of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from spreadscope.contract import BacktestFigures, Benchmark, Estimate, MoneyParts
from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.trading import UNIT, PairTrade
from spreadscope.performance import (
    BootstrapInterval,
    PerformanceFigure,
    block_bootstrap,
    break_even_fee,
    calmar,
    drawdown_series,
    exposure,
    hit_rate,
    max_drawdown,
    minimum_track_record,
    probabilistic_sharpe,
    return_moments,
    sharpe,
    sortino,
    turnover,
)
from spreadscope.replay.paper_backtest import HOUR, AccountRecord
from spreadscope.trading.money_ledger import balances_of

DAY = 24 * HOUR
FEWEST_DAYS = 20
_PERIODS_A_YEAR = {DAY: 365.0, HOUR: 24 * 365.0}
_NAMES = {DAY: "day", HOUR: "hour"}
_PARTS = ("spread", "imbalance", "drift", "slippage", "fees", "funding", "liquidation", "net")


@dataclass(frozen=True, slots=True)
class Returns:
    """Simple returns of equity by UTC day or hour (``size`` in ms), the first and the last of them partly filled.

    ``equity`` is that at the end of each period, ``start`` that before the first.
    """

    size: int
    start: float
    equity: FloatArray

    @property
    def values(self) -> FloatArray:
        """Returns the returns; after equity has fallen to 0 they are 0."""
        before = np.concatenate(([self.start], self.equity[:-1]))
        return np.where(before > 0, self.equity / np.where(before > 0, before, 1.0) - 1.0, 0.0)

    @property
    def a_year(self) -> float:
        return _PERIODS_A_YEAR[self.size]

    @property
    def name(self) -> str:
        return _NAMES[self.size]


def period_size(first: int, last: int) -> int:
    """Returns the length of a period in ms: a UTC day where there are 20 of them, else an hour."""
    return DAY if last // DAY - first // DAY + 1 >= FEWEST_DAYS else HOUR


def ended_equity(record: AccountRecord) -> int:
    """Returns the equity after the end: the wallet, or the last equity where legs could not be closed."""
    if record.trades_failed and record.equity:
        return record.equity[-1].equity
    return balances_of(record.entries)["wallet"]


def equity_points(record: AccountRecord, first: int, last: int) -> tuple[IntArray, FloatArray]:
    """Returns times (ms) and equity (USDT): the cash at the start, each minute, and the end."""
    points = [point for point in record.equity if first < point.time <= last]
    times = [first, *(point.time for point in points), last]
    values = [record.account.cash, *(point.equity / UNIT for point in points), ended_equity(record) / UNIT]
    return np.array(times, dtype=np.int64), np.array(values)


def returns_of(record: AccountRecord, first: int, last: int, size: int = 0) -> Returns:
    """Returns the returns of an account over ``[first, last]`` (ms); ``size`` 0 is ``period_size``."""
    size = size or period_size(first, last)
    times, equity = equity_points(record, first, last)
    return Returns(size, record.account.cash, _at_ends(times, equity, first, last, size))


def money_parts(trades: Sequence[PairTrade]) -> MoneyParts:
    """Returns the sums over trades that have ended."""
    found = [trade.attribution for trade in trades if trade.attribution is not None]
    sums = {name: sum(getattr(each, name) for each in found) for name in _PARTS}
    return MoneyParts(gross=sums["spread"] + sums["imbalance"] + sums["drift"], **sums)


def entered(trades: Sequence[PairTrade]) -> list[PairTrade]:
    """Returns the trades of which anything was filled."""
    return [trade for trade in trades if trade.y.entered or trade.x.entered]


def figures_of(record: AccountRecord, first: int, last: int, *, seed: int = 0) -> BacktestFigures:
    """Returns the figures of an account over ``[first, last]`` (ms)."""
    trades = entered(record.trades_closed)
    parts = money_parts(trades)
    nets = np.array([trade.attribution.net / UNIT for trade in trades if trade.attribution is not None])
    held = np.array([(trade.closed - (trade.opened or trade.decided)) / 1000 for trade in trades])
    returns = returns_of(record, first, last)
    _, equity = equity_points(record, first, last)
    traded = sum(abs(fill.notional) for fill in record.fills) / UNIT
    in_market = np.array([float(point.gross > 0) for point in record.equity if first <= point.time <= last])
    cash = record.account.cash
    a_trade = block_bootstrap(nets / cash, seed=seed).mean if len(nets) else None
    values = returns.values
    mean, ratio, significant, verdict = significance(returns, seed=seed)
    none = "no trade has ended"
    return BacktestFigures(
        trades=len(trades),
        failed=len(record.trades_failed),
        fills=len(record.fills),
        parts=parts,
        start_cash=round(cash * UNIT),
        ended_equity=ended_equity(record),
        hit_rate=_figure(hit_rate(nets), none),
        mean_trade=_mean_trade(nets, a_trade, cash),
        median_trade=_number(float(np.median(nets)) if len(nets) else None, none),
        mean_holding=_number(float(held.mean()) if len(held) else None, none),
        median_holding=_number(float(np.median(held)) if len(held) else None, none),
        turnover=_figure(turnover(_spread_out(traded, len(values)), returns.equity, periods=returns.a_year)),
        exposure=_figure(exposure(in_market), "the backtest is shorter than a minute"),
        break_even_fee=_figure(break_even_fee(parts.gross / UNIT, traded), none),
        max_drawdown=_number(float(drawdown_series(equity).share.min())),
        period=returns.name,
        periods=len(values),
        total_return=_number(ended_equity(record) / UNIT / cash - 1.0),
        mean_return=mean,
        sharpe=ratio,
        sortino=_figure(sortino(values, periods=returns.a_year), "no loss"),
        calmar=_calmar(returns),
        probabilistic_sharpe=_of_moments(values, probabilistic_sharpe_of),
        minimum_track_record=_of_moments(values, _track_record),
        significant=significant,
        verdict=verdict,
    )


def significance(returns: Returns, *, seed: int = 0) -> tuple[Estimate, Estimate, bool | None, str]:
    """Returns the mean return of a period and the annual Sharpe ratio, each with its 95% interval by the stationary
    bootstrap, whether the mean is other than 0, and that in words."""
    values, name = returns.values, returns.name
    found = block_bootstrap(values, periods=returns.a_year, seed=seed)
    if found.reason is not None:
        flat = len(values) >= FEWEST_DAYS
        why = "equity did not move" if flat else f"{count_words(len(values), name)} too few: at least 20 are needed"
        ratio = sharpe(values, periods=returns.a_year)
        average = _number(float(values.mean()) if len(values) else None, why)
        return average, _figure(ratio, why), None, f"nothing can be said of significance: {why}"
    mean, ratio_interval = _interval(found.mean), _interval(found.sharpe)
    significant = found.mean.significant
    low, high = mean.low or 0.0, mean.high or 0.0
    where = f"of the mean return of {'an' if name == 'hour' else 'a'} {name}, {100 * low:+.4f}% to {100 * high:+.4f}%"
    if significant is None:
        return mean, ratio_interval, None, "nothing can be said of significance: the returns are not finite"
    if not significant:
        return mean, ratio_interval, False, f"not significant: the interval holds 0 (95%, {where})"
    what = "a gain" if low > 0 else "a loss"
    return mean, ratio_interval, True, f"significant, {what}: the interval does not hold 0 (95%, {where})"


def count_words(count: int, name: str) -> str:
    """Returns a count with its verb.

    >>> count_words(1, "hour"), count_words(12, "day")
    ('1 hour is', '12 days are')
    """
    return f"1 {name} is" if count == 1 else f"{count} {name}s are"


def buy_and_hold(
    symbol: str, first_price: float | None, closes: dict[int, float], first: int, last: int, cash: float
) -> Benchmark:
    """Returns what holding ``cash`` of a symbol from ``first`` to ``last`` (ms) would have brought, without costs.

    ``closes`` has its last price of each UTC hour.
    """
    name = f"{symbol}, bought and held"
    if first_price is None or not closes:
        none = Estimate(value=None, why=f"there is no bar of {symbol}")
        return Benchmark(name=name, total_return=none, sharpe=none, max_drawdown=none)
    times = np.array(sorted(closes), dtype=np.int64)
    worth = cash * np.array([closes[time] for time in times.tolist()]) / first_price
    size = period_size(first, last)
    returns = Returns(size, cash, _at_ends(times, worth, first, last, size))
    values = returns.values
    return Benchmark(
        name=name,
        total_return=_number(float(worth[-1]) / cash - 1.0),
        sharpe=_figure(sharpe(values, periods=returns.a_year)),
        max_drawdown=_number(max_drawdown(values).depth),
    )


def in_cash() -> Benchmark:
    """Returns what cash without interest brings."""
    none = Estimate(value=None, why="it does not move")
    return Benchmark(name="cash", total_return=_number(0.0), sharpe=none, max_drawdown=_number(0.0))


def probabilistic_sharpe_of(ratio: float, n: int, skewness: float, kurtosis: float) -> PerformanceFigure:
    return probabilistic_sharpe(ratio, n, skewness=skewness, kurtosis=kurtosis)


def moments_of(values: FloatArray) -> tuple[float, float, float] | None:
    """Returns the Sharpe ratio per period, skewness and kurtosis; None where returns do not move."""
    found = return_moments(values)
    if found.mean is None or found.sd is None or found.skewness is None or found.kurtosis is None:
        return None
    return found.mean / found.sd, found.skewness, found.kurtosis


def _track_record(ratio: float, n: int, skewness: float, kurtosis: float) -> PerformanceFigure:
    del n
    return minimum_track_record(ratio, skewness=skewness, kurtosis=kurtosis)


def _of_moments(values: FloatArray, measure: Callable[[float, int, float, float], PerformanceFigure]) -> Estimate:
    moments = moments_of(values)
    if moments is None:
        return Estimate(value=None, why="too few periods, or equity did not move")
    ratio, skewness, kurtosis = moments
    try:
        return _figure(measure(ratio, len(values), skewness, kurtosis), "no gain")
    except StatisticsError as error:
        return Estimate(value=None, why=str(error))


def _calmar(returns: Returns) -> Estimate:
    """The Calmar ratio; a few days compounded to a year would say nothing."""
    if returns.size != DAY:
        return Estimate(value=None, why="under 20 days")
    return _figure(calmar(returns.values, periods=returns.a_year), "no fall")


def _at_ends(times: IntArray, values: FloatArray, first: int, last: int, size: int) -> FloatArray:
    """The last value of each period from that of ``first`` to that of ``last``; of one without any that before it."""
    places = np.clip(times // size - first // size, 0, last // size - first // size)
    latest = np.full(last // size - first // size + 1, -1)
    latest[places] = np.arange(len(times))
    return values[np.maximum(np.maximum.accumulate(latest), 0)]


def _spread_out(total: float, periods: int) -> FloatArray:
    return np.full(periods, total / max(1, periods))


def _mean_trade(nets: FloatArray, interval: BootstrapInterval | None, cash: float) -> Estimate:
    if not len(nets):
        return Estimate(value=None, why="no trade has ended")
    if interval is None or interval.low is None or interval.high is None:
        return Estimate(value=float(nets.mean()))
    return Estimate(value=float(nets.mean()), low=interval.low * cash, high=interval.high * cash)


def _interval(found: BootstrapInterval) -> Estimate:
    if found.estimate is None:
        return Estimate(value=None, why=str(found.reason))
    return Estimate(value=found.estimate, low=found.low, high=found.high)


def _figure(found: PerformanceFigure, why: str = "") -> Estimate:
    if found.value is None:
        return Estimate(value=None, why=why or str(found.reason))
    return Estimate(value=found.value)


def _number(value: float | None, why: str = "it is not finite") -> Estimate:
    return Estimate(value=None, why=why) if value is None or not np.isfinite(value) else Estimate(value=value)
