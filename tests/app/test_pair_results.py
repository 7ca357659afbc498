"""What all trades of a pair have brought: stored sums of the closed ones, open ones at mark."""

from __future__ import annotations

from spreadscope.app.trading_views import pair_results
from spreadscope.model.trading import UNIT, Attribution
from spreadscope.store.trading_reader import ClosedTrades
from tests.dashboard.fake_paper import OTHER, PAIR, trade


def sums(pair: str, net: int, *, count: int = 2, won: int = 1) -> ClosedTrades:
    """Two trades, one of which lost one dollar."""
    parts = Attribution(
        spread=(net + 6) * UNIT, imbalance=UNIT, drift=-UNIT, slippage=UNIT, fees=3 * UNIT, funding=-UNIT,
        liquidation=UNIT, net=net * UNIT,
    )  # fmt: skip
    return ClosedTrades(pair, count, won, (net + 1) * UNIT, -UNIT, parts)


def test_closed_and_open_trades_are_added_up() -> None:
    held = trade(4, spread=2.0)
    rows = pair_results([sums(PAIR, 7), sums(OTHER, 90)], [held])
    assert [row.pair for row in rows] == [OTHER, PAIR]
    first, second = rows
    assert (first.trades, first.open, first.won) == (2, 0, 1)
    assert (first.result, first.best, first.worst, first.costs) == (90.0, 91.0, -1.0, -6.0)
    assert (second.trades, second.open, second.won) == (3, 1, 1)
    assert second.result == second.parts.net == 7.0 + held.parts.net
    assert (second.best, second.worst) == (8.0, min(-1.0, held.result))


def test_a_pair_with_open_trades_alone() -> None:
    held = trade(4)
    (row,) = pair_results([], [held])
    assert (row.trades, row.open, row.won, row.parts) == (1, 1, 0, held.parts)
