"""What a spread of a size could be had for now: both legs at best, and beyond it what the impact curve says."""

from __future__ import annotations

from spreadscope.model.trading import UNIT, AccountSettings
from spreadscope.model.trading_states import PairLeg, SpreadMeasure
from spreadscope.trading.entry_check import EntryPlan
from spreadscope.trading.fixed_point import basis_points, notional
from spreadscope.trading.frozen_fit import Fit
from spreadscope.trading.impact import impact_bps
from spreadscope.trading.market_view import BookTop, MarketView
from spreadscope.trading.spread_level import z_at


def beyond_best(market: MarketView, settings: AccountSettings, symbol: str, quantity: int, top: BookTop) -> int:
    """Returns what a market order pays beyond best, as a mean of its units, by the rule of the simulated exchange."""
    size, best = abs(quantity), top.price(quantity)
    rest = max(0, size - top.size(quantity))
    if not rest:
        return 0
    usual = market.usual_top(symbol) or settings.assumed_top_notional
    bps = settings.impact_factor * impact_bps(notional(size, best) / UNIT / usual)
    return basis_points(best, bps * rest / size)


def passive_leg(top_y: BookTop, top_x: BookTop) -> PairLeg:
    """Returns the leg that is posted where one of them is: that with the wider spread, as a share of its price."""
    widths = [((top.ask - top.bid) / top.mid, leg) for leg, top in ((PairLeg.Y, top_y), (PairLeg.X, top_x))]
    return max(widths)[1]


def executable_prices(
    market: MarketView, settings: AccountSettings, symbols: tuple[str, str], plan: EntryPlan
) -> tuple[int, int]:
    """Returns the prices of (y, x) that an entry would get at market."""
    y, x = (
        top.price(quantity) + (1 if quantity > 0 else -1) * beyond_best(market, settings, symbol, quantity, top)
        for symbol, quantity, top in zip(symbols, (plan.y, plan.x), (plan.top_y, plan.top_x), strict=True)
    )
    return y, x


def executable_z(
    market: MarketView, settings: AccountSettings, symbols: tuple[str, str], fit: Fit, plan: EntryPlan
) -> float | None:
    """Returns z at the prices that an entry would get, on the newest hedge and baseline; None where there is none."""
    return executable_level(market, settings, symbols, fit, plan, SpreadMeasure.Z)


def executable_level(
    market: MarketView,
    settings: AccountSettings,
    symbols: tuple[str, str],
    fit: Fit,
    plan: EntryPlan,
    measure: SpreadMeasure,
) -> float | None:
    """Returns z, or the ratio Y/X, at the prices that an entry would get; None where z has no hedge or baseline."""
    prices = executable_prices(market, settings, symbols, plan)
    if measure is SpreadMeasure.RATIO:
        return prices[0] / prices[1] if prices[1] > 0 else None
    if fit.beta is None:
        return None
    return z_at(*prices, space=fit.space, beta=fit.beta, alpha=fit.alpha, mean=fit.mean, sd=fit.sd)
