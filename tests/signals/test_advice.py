"""What speaks against an entry, and what it says to do with each leg."""

from __future__ import annotations

from typing import Any

import pytest

from spreadscope.model.facts import PairRow
from spreadscope.model.hedge import Space
from spreadscope.model.states import Action, Caution, SignalState
from spreadscope.model.validity import Reason, Value
from spreadscope.signals.advice import cautions, leg_orders
from tests.support.facts import row, signal
from tests.support.market import START

GOOD = {"cointegrated": Value(1.0), "spread_sd": Value(0.002)}  # z 2.5: 0.4% to an exit at 0.5
NO_EVIDENCE, WRONG_SIGN, TOO_SMALL = Caution.NO_EVIDENCE, Caution.WRONG_SIGN, Caution.TOO_SMALL


def made_on(**other: Any) -> PairRow:
    return row(START, **{**GOOD, **other})


@pytest.mark.parametrize(
    ("values", "beta", "expected"),
    [
        ({}, 0.7, ()),
        ({"eg_p": Value(0.9)}, 0.7, ()),
        ({"cointegrated": Value(0.0)}, 0.7, (NO_EVIDENCE,)),
        ({"cointegrated": Value(None, Reason.WARMING_UP)}, 0.7, (NO_EVIDENCE,)),
        ({}, -0.7, (WRONG_SIGN,)),
        ({}, 0.0, (WRONG_SIGN,)),
        ({}, None, (WRONG_SIGN,)),
        # 2 standard deviations to come, and fees of 2 * 5 bp * 1.7: 17 bp.
        ({"spread_sd": Value(0.00086)}, 0.7, ()),
        ({"spread_sd": Value(0.00084)}, 0.7, (TOO_SMALL,)),
        ({"spread_sd": Value(0.00086)}, -0.8, (WRONG_SIGN, TOO_SMALL)),
        ({"spread_sd": Value(None, Reason.WARMING_UP)}, 0.7, ()),
        ({"cointegrated": Value(0.0), "spread_sd": Value(1e-5)}, -6.0, (NO_EVIDENCE, WRONG_SIGN, TOO_SMALL)),
    ],
)
def test_what_speaks_against_an_entry(
    values: dict[str, Value], beta: float | None, expected: tuple[Caution, ...]
) -> None:
    entry = signal(beta=beta)
    assert cautions(entry, made_on(**values), exit_level=0.5) == expected


@pytest.mark.parametrize(("sd", "expected"), [(0.35, ()), (0.05, (TOO_SMALL,))])
def test_of_prices_the_way_and_the_fees_are_parts_of_the_legs_values(sd: float, expected: tuple[Caution, ...]) -> None:
    """Y at 100, 0.7 units of X at 7: two deviations are 0.7% or 0.1% of Y, and fees are 2 * 5 bp * 1.049."""
    entry = signal(space=Space.LEVEL)
    assert cautions(entry, made_on(spread_sd=Value(sd)), exit_level=0.5) == expected


def test_nothing_speaks_against_an_exit() -> None:
    left = signal(action=Action.EXIT, state=SignalState.FLAT, beta=-3.0)
    assert cautions(left, made_on(cointegrated=Value(0.0)), exit_level=0.5) == ()


@pytest.mark.parametrize(
    ("action", "beta", "words"),
    [
        (Action.BUY_SPREAD, 0.854, "buy BTCUSDT, sell 牛来USDT, 1 : 0.85 by value"),
        (Action.SELL_SPREAD, 0.854, "sell BTCUSDT, buy 牛来USDT, 1 : 0.85 by value"),
        (Action.BUY_SPREAD, -2.0, "buy BTCUSDT, buy 牛来USDT, 1 : 2.00 by value"),
        (Action.SELL_SPREAD, -2.0, "sell BTCUSDT, sell 牛来USDT, 1 : 2.00 by value"),
        (Action.EXIT, 0.854, "close BTCUSDT and 牛来USDT"),
        (Action.BUY_SPREAD, None, ""),
    ],
)
def test_each_leg_is_named_with_its_side_and_the_ratio(action: Action, beta: float | None, words: str) -> None:
    assert leg_orders(signal(action=action, beta=beta)) == words


def test_a_ratio_of_prices_is_one_of_units() -> None:
    entry = signal(action=Action.BUY_SPREAD, beta=14.25, space=Space.LEVEL)
    assert leg_orders(entry) == "buy BTCUSDT, sell 牛来USDT, 1 : 14.25 by units"
