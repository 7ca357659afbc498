"""How long it takes to leave, what funding may cost, and which pairs lose at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spreadscope.jit import FloatArray
from spreadscope.trading.risk.exposures import LEAST_HOURS
from spreadscope.trading.risk.holdings import Holding, values_by_symbol
from spreadscope.trading.risk.price_history import PriceHistory
from spreadscope.trading.risk.risk_figure import Figure, undefined

LEAST_MINUTES = 30
FUNDING_HOURS = 24
_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class ExitTime:
    """A symbol's position, the median notional traded a minute (USDT), and the minutes to leave by a share of it."""

    symbol: str
    value: float
    traded_a_minute: Figure
    minutes: Figure


@dataclass(frozen=True, slots=True)
class FundingExposure:
    """Funding of a symbol's position over the next 24 h: ``amount`` at the rate of now, ``at_cap`` (both below 0 where
    it is paid).

    ``payments`` is how many are due by then, if they follow each other every ``interval_hours``.
    """

    symbol: str
    value: float
    rate: float | None
    next_funding: int | None
    interval_hours: float
    payments: int
    amount: Figure
    at_cap: float


@dataclass(frozen=True, slots=True)
class PairCorrelations:
    """Correlations of the hourly results of the pairs' positions of today; a row and a column for each pair."""

    pairs: tuple[str, ...]
    matrix: tuple[tuple[float | None, ...], ...]
    n: int
    reason: str


def exit_times(
    holdings: Sequence[Holding], traded: Mapping[str, FloatArray], participation_percent: float
) -> tuple[ExitTime, ...]:
    """Returns the minutes to leave each position, the longest first. ``traded``: notionals of the stored minutes."""
    found = []
    for symbol, value in values_by_symbol(holdings).items():
        minutes = traded.get(symbol)
        n = len(minutes) if minutes is not None else 0
        if minutes is None or n < LEAST_MINUTES:
            usual = undefined(f"{LEAST_MINUTES} minutes are needed, there are {n}", n)
            found.append(ExitTime(symbol, value, usual, usual))
            continue
        usual = Figure(float(np.median(minutes)), n)
        taken = (usual.value or 0.0) * participation_percent / 100
        time = Figure(abs(value) / taken, n) if taken else undefined("the median minute has no trade", n)
        found.append(ExitTime(symbol, value, usual, time))
    return tuple(sorted(found, key=lambda each: -(each.minutes.value if each.minutes.value is not None else np.inf)))


def funding_exposures(
    holdings: Sequence[Holding],
    due: Mapping[str, tuple[int, float]],
    now: int,
    *,
    interval_hours: float,
    cap_percent: float,
) -> tuple[FundingExposure, ...]:
    """Returns the funding of each symbol. ``due``: the next funding time (ms) and its rate, where they are known.

    Of a symbol without, the payments are those of a full day. At the cap every position pays, whatever its side.
    """
    found = []
    for symbol, value in values_by_symbol(holdings).items():
        step = interval_hours * _HOUR
        known = due.get(symbol)
        first = known[0] if known is not None and known[0] > now else None
        left = now + FUNDING_HOURS * _HOUR - (first if first is not None else now + step)
        payments = int(left // step) + 1 if left >= 0 else 0
        amount = Figure(-value * known[1] * payments) if known is not None else undefined("no funding rate is known")
        found.append(
            FundingExposure(
                symbol=symbol, value=value, rate=known[1] if known is not None else None, next_funding=first,
                interval_hours=interval_hours, payments=payments, amount=amount,
                at_cap=-abs(value) * cap_percent / 100 * payments,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda each: each.at_cap))


def pair_correlations(holdings: Sequence[Holding], hourly: PriceHistory) -> PairCorrelations:
    """Returns the correlations of what the pairs' positions of today would have earned in each stored hour."""
    names = tuple(str(holding.pair) for holding in holdings)
    empty = tuple(tuple(None for _ in names) for _ in names)
    if len(names) < 2:
        return PairCorrelations(names, empty, 0, "two open pairs are needed")
    if lacking := hourly.lacking(values_by_symbol(holdings)):
        return PairCorrelations(names, empty, 0, f"no bars of {', '.join(lacking)} are stored")
    results = np.column_stack([hourly.pnl(values_by_symbol([holding])) for holding in holdings])
    results = results[~np.isnan(results).any(axis=1)]
    if len(results) < LEAST_HOURS:
        return PairCorrelations(names, empty, len(results), f"{LEAST_HOURS} hours are needed, there are {len(results)}")
    moves = results.std(axis=0) > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.atleast_2d(np.corrcoef(results, rowvar=False))
    matrix = tuple(
        tuple(float(found[row, column]) if moves[row] and moves[column] else None for column in range(len(names)))
        for row in range(len(names))
    )
    return PairCorrelations(names, matrix, len(results), "")
