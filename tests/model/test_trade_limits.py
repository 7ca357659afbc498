"""One rule tells trades from prints that are none, and both from damage."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope.model.trade_limits import is_empty_print, is_trade, trades_among


@pytest.mark.parametrize(
    ("price", "quantity", "trade", "empty"),
    [
        (100.0, 0.5, True, False),
        (1e-8, 1e-8, True, False),
        (0.0, 1.0, False, True),
        (1.0, 0.0, False, True),
        (0.0, 0.0, False, True),
        (-5.0, 1.0, False, False),
        (-5.0, 0.0, False, False),
        (1e300, 1.0, False, False),
        (1.0, 1e300, False, False),
        (math.nan, 1.0, False, False),
        (math.inf, 0.0, False, False),
    ],
)
def test_the_rule(price: float, quantity: float, trade: bool, empty: bool) -> None:
    assert (is_trade(price, quantity), is_empty_print(price, quantity)) == (trade, empty)
    assert trades_among(np.array([price]), np.array([quantity])).tolist() == [trade]
