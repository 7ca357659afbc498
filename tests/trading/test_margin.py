"""Cross margin: the liquidation price is where equity is the maintenance margin, whatever else is held."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.model.trading import UNIT, PairTrade, TradeLeg
from spreadscope.trading.fixed_point import notional, to_units
from spreadscope.trading.margin import liquidation_price, worth
from tests.support.paper_market import PaperMarket, X, Y

QUANTITY = st.integers(-50_000, 50_000).filter(bool).map(lambda thousandths: thousandths * UNIT // 1000)
PRICE = st.integers(1, 100_000).map(lambda cents: cents * UNIT // 100)


@given(QUANTITY, QUANTITY, PRICE, PRICE, st.integers(1, 1_000_000), st.sampled_from([0.004, 0.025, 0.1]))
def test_at_the_liquidation_price_equity_is_the_maintenance_margin(
    held_y: int, held_x: int, price_y: int, price_x: int, wallet: int, rate: float
) -> None:
    trade = _trade(held_y, held_x, price_y, price_x)
    marks = {Y: price_y, X: price_x}
    found = liquidation_price(Y, wallet * UNIT, [trade], marks.__getitem__, rate)
    if found is None:
        return
    there = worth(wallet * UNIT, [trade], {**marks, Y: to_units(found)}.__getitem__, rate)
    scale = there.gross + abs(there.equity) + 100 * UNIT
    assert there.equity == pytest.approx(there.maintenance, abs=max(1e-7 * scale, abs(held_y) / 100))


def test_a_long_without_debt_has_no_liquidation_price() -> None:
    trade = _trade(UNIT, 1, 100 * UNIT, UNIT)
    assert liquidation_price(Y, 1_000 * UNIT, [trade], {Y: 100 * UNIT, X: UNIT}.__getitem__, 0.025) is None
    assert liquidation_price("CCCUSDT", UNIT, [trade], {Y: 100 * UNIT, X: UNIT}.__getitem__, 0.025) is None


def test_positions_of_one_symbol_are_netted_as_the_exchange_nets_them() -> None:
    trades = [_trade(UNIT, -UNIT, 100 * UNIT, 10 * UNIT), _trade(-UNIT, UNIT, 110 * UNIT, 10 * UNIT)]
    found = worth(0, trades, {Y: 105 * UNIT, X: 10 * UNIT}.__getitem__, 0.025)
    assert (found.gross, found.net, found.unrealised, found.maintenance) == (0, 0, 10 * UNIT, 0)


def _trade(held_y: int, held_x: int, price_y: int, price_x: int) -> PairTrade:
    market = PaperMarket()
    market.open(+1)
    (trade,) = market.open_trades
    return msgspec.structs.replace(
        trade,
        y=TradeLeg(symbol=Y, planned=held_y, held=held_y, cost=notional(held_y, price_y)),
        x=TradeLeg(symbol=X, planned=held_x, held=held_x, cost=notional(held_x, price_x)),
    )
