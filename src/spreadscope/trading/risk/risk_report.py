"""All figures of risk of one account together, from its positions, the market of now and the stored bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from spreadscope.jit import FloatArray
from spreadscope.trading.risk.exposures import (
    ConcentrationFigures,
    Exposures,
    concentration_of,
    exposures,
    market_betas,
)
from spreadscope.trading.risk.holdings import Holding, values_by_symbol
from spreadscope.trading.risk.liquidity import (
    ExitTime,
    FundingExposure,
    PairCorrelations,
    exit_times,
    funding_exposures,
    pair_correlations,
)
from spreadscope.trading.risk.price_history import PriceHistory
from spreadscope.trading.risk.stress import StressInputs, StressResult, stress_results
from spreadscope.trading.risk.tail_estimates import TailEstimate, tail_estimates

HOUR = 3_600_000
DAY = 24 * HOUR
STEP = 300_000
#: How far back: the steps of an hour's VaR, and the hours of all else.
HOUR_SPAN, DAY_SPAN = 30 * DAY, 120 * DAY

#: What no figure here has in it, in words for the page.
NOT_INCLUDED = (
    "The depth of the order book: no figure has what a sale of this size would move.",
    "Other venues, and whatever is held elsewhere.",
    "Real money: the account is paper, its fills are simulated.",
    "The exchange itself: insurance fund, auto-deleveraging, outages of withdrawals, its insolvency.",
    "Losses of USDT against the dollar.",
    "Brackets of maintenance margin that rise with size: one rate is used for all sizes.",
    "The way of prices inside a bar, and of an account inside a scenario: it is revalued at the end.",
    "Changes of positions within the horizon: those of now are held, no exit, stop or kill switch acts.",
    "Correlations that rise in a crash, beyond what the stored bars and the scenarios have.",
)


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """What the figures are measured with (section ``[risk]`` of the configuration)."""

    market: str
    cluster_correlation: float
    participation_percent: float
    funding_cap_percent: float
    funding_interval_hours: float


@dataclass(frozen=True, slots=True)
class RiskMarket:
    """The market: 5 m and 1 m closes, notionals by minute, the next funding, the bad days that are stored."""

    five_minutes: PriceHistory
    minutes: PriceHistory
    traded: Mapping[str, FloatArray]
    funding: Mapping[str, tuple[int, float]]
    days: Mapping[date, PriceHistory]


@dataclass(frozen=True, slots=True)
class RiskReport:
    """The risk of an account at ``time`` (ms). ``bars_until`` is the end of the newest 5 m bar used (0: none)."""

    time: int
    equity: float
    maintenance: float
    bars_until: int
    settings: RiskSettings
    exposures: Exposures
    tail: tuple[TailEstimate, ...]
    concentration: ConcentrationFigures
    exits: tuple[ExitTime, ...]
    funding: tuple[FundingExposure, ...]
    correlations: PairCorrelations
    stress: tuple[StressResult, ...]
    not_included: tuple[str, ...]


def risk_report(
    holdings: Sequence[Holding],
    market: RiskMarket,
    settings: RiskSettings,
    *,
    time: int,
    equity: float,
    maintenance_rate: float,
    fee_rate: float,
) -> RiskReport:
    """Returns all figures of the account. ``fee_rate`` is what a fill at market costs, as a share."""
    values = values_by_symbol(holdings)
    hourly = market.five_minutes.every(HOUR)
    recent = hourly.newest(HOUR_SPAN)
    betas = market_betas(recent, list(values), settings.market)
    inputs = StressInputs(
        equity=equity, maintenance_rate=maintenance_rate, fee_rate=fee_rate,
        funding_cap=settings.funding_cap_percent / 100, betas=betas, hourly=hourly, minutes=market.minutes,
        days=market.days,
    )  # fmt: skip
    times = market.five_minutes.times
    return RiskReport(
        time=time,
        equity=equity,
        maintenance=maintenance_rate * sum(map(abs, values.values())),
        bars_until=int(times[-1]) if len(times) else 0,
        settings=settings,
        exposures=exposures(holdings, equity, betas, recent, settings.cluster_correlation),
        tail=(
            *tail_estimates("1 h", "hours", market.five_minutes.newest(HOUR_SPAN), values, HOUR // STEP),
            *tail_estimates("1 d", "days", hourly.newest(DAY_SPAN), values, DAY // HOUR),
        ),
        concentration=concentration_of(holdings),
        exits=exit_times(holdings, market.traded, settings.participation_percent),
        funding=funding_exposures(
            holdings, market.funding, time, interval_hours=settings.funding_interval_hours,
            cap_percent=settings.funding_cap_percent,
        ),
        correlations=pair_correlations(holdings, recent),
        stress=stress_results(holdings, inputs),
        not_included=NOT_INCLUDED,
    )  # fmt: skip
