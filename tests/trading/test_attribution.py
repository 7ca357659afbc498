"""Where the result of a pair trade came from: the parts add up to the cent, and drift has a closed form."""

from __future__ import annotations

import math
import random

import msgspec
import pytest

from spreadscope.model.hedge import Space
from spreadscope.model.trading import UNIT, PairTrade, TradeLeg
from spreadscope.trading.account_book import with_fill
from spreadscope.trading.attribution import attribution
from spreadscope.trading.fixed_point import notional, to_units
from tests.support.paper_market import PaperMarket, X, Y

TRADES = 100_000


@pytest.fixture(scope="module")
def pattern() -> PairTrade:
    market = PaperMarket()
    market.open(+1)
    (trade,) = market.open_trades
    return trade


def leg(symbol: str, dice: random.Random, quantity: int, price: float) -> TradeLeg:
    """A leg that was entered and left in a few fills, each beside its mid, with fees and funding."""
    made = TradeLeg(symbol=symbol, planned=0)
    realised = 0
    for sign in (1, -1):
        left = quantity
        while left:
            part = left if abs(left) < 3 or dice.random() < 0.4 else left // 2
            mid = to_units(round(price * math.exp(dice.gauss(0, 0.02)), 4))
            paid = max(1, mid + round(mid * dice.gauss(0, 2e-4)))
            value = notional(sign * part, paid)
            at_mid = notional(sign * part, mid)
            made, gained = with_fill(made, sign * part, value, at_mid)
            made = msgspec.structs.replace(
                made, fees=made.fees + abs(value) // 2_000, slippage=made.slippage + value - at_mid
            )
            realised += gained
            left -= part
    assert (made.held, made.cost, made.realised) == (0, 0, realised)
    return msgspec.structs.replace(made, funding=dice.randrange(-UNIT, UNIT), liquidation=dice.randrange(2) * UNIT)


def test_the_parts_of_a_hundred_thousand_trades_leave_no_residual(pattern: PairTrade) -> None:
    dice = random.Random(7)
    for _ in range(TRADES // 10):
        y, x = (leg(symbol, dice, dice.randrange(-(10**9), 10**9) or 1, 10 ** dice.uniform(-2, 4)) for symbol in (Y, X))
        for beta, space in ((dice.gauss(0, 2), Space.LOG), (dice.gauss(0, 50), Space.LEVEL)):
            for _ in range(5):
                parts = attribution(msgspec.structs.replace(pattern, y=y, x=x, beta=beta * dice.random(), space=space))
                assert parts.net == (
                    parts.spread + parts.imbalance + parts.drift - parts.slippage - parts.fees + parts.funding
                    - parts.liquidation
                )  # fmt: skip
                # What the wallet gained by it, from the fills alone.
                booked = sum(one.realised - one.fees + one.funding - one.liquidation for one in (y, x))
                assert parts.net == booked


def test_drift_has_its_closed_form(pattern: PairTrade) -> None:
    beta, n_y = 0.7, 1_000 * UNIT
    r_y, r_x = 0.03, -0.02
    trade = msgspec.structs.replace(
        pattern, beta=beta, space=Space.LOG, y=_moved(Y, 10 * UNIT, 100.0, r_y), x=_moved(X, -14 * UNIT, 50.0, r_x)
    )
    parts = attribution(trade)
    expected = n_y * ((r_y - math.log1p(r_y)) - beta * (r_x - math.log1p(r_x)))
    assert parts.drift == pytest.approx(expected, abs=2)
    assert parts.imbalance == pytest.approx(0, abs=2)  # 14 · 50 is 0.7 · 1,000
    assert parts.spread == pytest.approx(n_y * (math.log1p(r_y) - beta * math.log1p(r_x)), abs=2)


def test_on_price_levels_nothing_drifts(pattern: PairTrade) -> None:
    trade = msgspec.structs.replace(
        pattern, beta=2.0, space=Space.LEVEL, y=_moved(Y, 10 * UNIT, 100.0, 0.03), x=_moved(X, -21 * UNIT, 50.0, -0.02)
    )
    parts = attribution(trade)
    assert (parts.spread, parts.imbalance, parts.drift) == (50 * UNIT, UNIT, 0)


def test_a_leg_that_was_alone_has_no_spread(pattern: PairTrade) -> None:
    y = _moved(Y, 10 * UNIT, 100.0, 0.03)
    parts = attribution(msgspec.structs.replace(pattern, y=y, x=TradeLeg(symbol=X, planned=0)))
    assert (parts.spread, parts.imbalance, parts.drift, parts.net) == (0, 0, 30 * UNIT, 30 * UNIT)


def _moved(symbol: str, quantity: int, price: float, share: float) -> TradeLeg:
    """A leg that was entered and left at mid, without costs, while its price moved by a share."""
    made = TradeLeg(symbol=symbol, planned=0)
    for sign, at in ((1, price), (-1, price * (1 + share))):
        value = notional(sign * quantity, to_units(round(at, 6)))
        made, _ = with_fill(made, sign * quantity, value, value)
    return made
