"""The report of a backtest as lines and tables of words, the same on the terminal, on the page and in the HTML file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from spreadscope.contract.backtests import (
    BacktestFigures,
    BacktestReport,
    BacktestTrade,
    Estimate,
    MoneyParts,
    Variation,
)
from spreadscope.model.trading import UNIT

Rows = list[tuple[str, ...]]
NONE = "–"
_SIGNIFICANT = {True: "yes", False: "no", None: "not known"}

#: The parts of the result in their order, and the sign with which each enters the net.
PARTS = (
    ("spread", "spread", 1), ("imbalance of the legs", "imbalance", 1), ("drift of the hedge", "drift", 1),
    ("slippage", "slippage", -1), ("fees", "fees", -1), ("funding", "funding", 1), ("liquidation", "liquidation", -1),
)  # fmt: skip


def money(units: int) -> str:
    """Returns an amount in USDT to the cent, with its sign.

    >>> money(123_456_000_000), money(-5), money(0)
    ('+1,234.56', '-0.00', '0.00')
    """
    return f"{units / UNIT:+,.2f}" if units else "0.00"


def share(value: float, decimals: int = 2) -> str:
    """Returns a share in percent, with its sign."""
    return f"{100 * value:+.{decimals}f}%"


def utc(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def duration(seconds: float) -> str:
    """Returns a duration in the largest unit that fits.

    >>> duration(42.0), duration(5_400.0), duration(200_000.0)
    ('42 s', '90.0 min', '55.6 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


def money_rows(parts: MoneyParts) -> Rows:
    """Returns (name, amount) of each part and of their sums."""
    rows: Rows = [(name, money(sign * getattr(parts, field))) for name, field, sign in PARTS]
    rows.insert(3, ("gross", money(parts.gross)))
    rows.append(("net", money(parts.net)))
    return rows


def figure_rows(figures: BacktestFigures) -> Rows:
    """Returns (name, value, 95% interval) of each figure; one without a value says why."""
    period = figures.period
    rows: Rows = [
        ("trades", f"{figures.trades}" + (f", {figures.failed} not closed" if figures.failed else ""), ""),
        _row("hit rate", figures.hit_rate, lambda value: f"{value:.1%}"),
        _row("mean of a trade, USDT", figures.mean_trade, lambda value: f"{value:+.4f}"),
        _row("median of a trade, USDT", figures.median_trade, lambda value: f"{value:+.4f}"),
        _row("mean holding time", figures.mean_holding, duration),
        _row("median holding time", figures.median_holding, duration),
        _row("break-even fee, bp", figures.break_even_fee, lambda value: f"{value:.3f}"),
        _row("turnover a year, × equity", figures.turnover, lambda value: f"{value:,.1f}"),
        _row("minutes with a position", figures.exposure, lambda value: f"{value:.1%}"),
        _row("total return", figures.total_return, share),
        _row("maximum drawdown", figures.max_drawdown, share),
        _row(f"mean return of {a_period(period)}", figures.mean_return, lambda value: share(value, 4)),
        _row("Sharpe ratio a year", figures.sharpe, _ratio),
        _row("probability that it is above 0", figures.probabilistic_sharpe, lambda value: f"{value:.1%}"),
        _row(f"{period}s that would show it, 95%", figures.minimum_track_record, lambda value: f"{value:,.0f}"),
        _row("Sortino ratio a year", figures.sortino, _ratio),
        _row("Calmar ratio", figures.calmar, _ratio),
    ]
    return rows


def a_period(period: str) -> str:
    """Returns a period with its article."""
    return f"an {period}" if period == "hour" else f"a {period}"


def period_words(figures: BacktestFigures) -> str:
    """Returns a sentence on what the returns are of."""
    why = "" if figures.period == "day" else ", because there are fewer than 20 days"
    return f"returns are those of equity by {figures.period}: {figures.periods} (UTC, the first and last partly){why}"


def variation_rows(variations: Sequence[Variation]) -> Rows:
    """Returns a row for each variation, under the names of ``VARIATION_COLUMNS``."""
    return [
        (
            each.kind, each.name, str(each.trades), money(each.gross), money(-each.costs), money(each.net),
            NONE if each.sharpe.value is None else _ratio(each.sharpe.value),
            each.problem or _SIGNIFICANT[each.significant],
        )
        for each in variations
    ]  # fmt: skip


VARIATION_COLUMNS = ("kind", "what differs", "trades", "gross", "costs", "net", "Sharpe", "mean other than 0")


def benchmark_rows(report: BacktestReport) -> Rows:
    """Returns (name, total return, Sharpe ratio, maximum drawdown) of the backtest and what it is compared with."""
    figures = report.figures
    rows: Rows = [
        ("this backtest", _value(figures.total_return, share), _value(figures.sharpe, _ratio),
         _value(figures.max_drawdown, share))
    ]  # fmt: skip
    rows += [
        (each.name, _value(each.total_return, share), _value(each.sharpe, _ratio), _value(each.max_drawdown, share))
        for each in report.benchmarks
    ]
    return rows


def trade_cells(trade: BacktestTrade) -> tuple[str, ...]:
    """Returns a trade under the names of ``TRADE_COLUMNS``."""
    parts = trade.parts
    side = "buy" if trade.side > 0 else "sell"
    z = NONE if trade.z is None else f"{trade.z:+.2f}"
    return (
        str(trade.id), trade.pair, side, utc(trade.decided), utc(trade.closed), z, money(parts.gross),
        money(-parts.slippage), money(-parts.fees), money(parts.net), trade.note,
    )  # fmt: skip


TRADE_COLUMNS = (
    "id", "pair", "spread", "decided (UTC)", "closed (UTC)", "z", "gross", "slippage", "fees", "net", "why it ended"
)  # fmt: skip


def trial_lines(report: BacktestReport) -> Iterator[str]:
    """Yields what is known of the choice among trials, a sentence each."""
    trials = report.trials
    if trials is None:
        return
    yield trials.words
    if trials.fidelity:
        yield f"the trials were {trials.fidelity}"
    if trials.deflated_sharpe.value is None:
        yield f"deflated Sharpe ratio: {trials.deflated_sharpe.why}"
    if trials.overfitting.value is None:
        yield f"probability of backtest overfitting: not computed, {trials.overfitting.why}"
    else:
        yield f"probability of backtest overfitting: {trials.overfitting.value:.0%}"


def check_lines(report: BacktestReport) -> Iterator[str]:
    """Yields each check with its verdict."""
    verdicts = {True: "passed", False: "NOT PASSED", None: "not made"}
    for check in report.checks:
        yield f"{check.name}: {verdicts[check.passed]}; {check.words}"


def placebo_line(report: BacktestReport) -> str:
    """Returns how many placebo pairs did as well; empty without any."""
    made = [each for each in report.variations if each.kind == "placebo" and not each.problem]
    if not made:
        return ""
    as_good = sum(each.net >= report.figures.parts.net for each in made)
    return f"{as_good} of {len(made)} random pairs brought as much or more"


def _row(name: str, estimate: Estimate, form: Callable[[float], str]) -> tuple[str, str, str]:
    interval = ""
    if estimate.low is not None and estimate.high is not None:
        interval = f"{form(estimate.low)} to {form(estimate.high)}"
    return name, _value(estimate, form), interval


def _value(estimate: Estimate, form: Callable[[float], str]) -> str:
    if estimate.value is None:
        return f"{NONE} ({estimate.why})" if estimate.why else NONE
    return str(form(estimate.value))


def _ratio(value: float) -> str:
    return f"{value:+,.2f}"
