"""The limits of a valid trade, for every source: the stream, REST, a recording or a file.

The bounds are far beyond every market; a value outside them is damaged, and would spoil every statistic with it in its
window.

A print whose price or quantity is 0 is the exchange's note of something that was no trade on the market (an insurance
fund, a settlement). Its id counts as known, but it changes no bar and is not stored. What is neither a trade nor such a
print (a negative price, or 1e300) is damaged: its id counts as missing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LARGEST_ID = (1 << 53) - 1  # above it float64 and JavaScript cannot tell one id from the next
LATEST_TIME = 4_102_444_800_000  # the year 2100, ms
LARGEST_PRICE = 1e12
LARGEST_QUANTITY = 1e15
#: The evidence with which the id of a print that is no trade is closed.
NO_TRADE = "a print without a price or a quantity: no market trade"


def is_trade(price: float, quantity: float) -> bool:
    """Returns whether a print counts: its price and its quantity are above 0 and within all bounds.

    >>> [is_trade(100.5, 0.1), is_trade(0.0, 0.1), is_trade(100.5, 0.0)]
    [True, False, False]
    >>> [is_trade(float("nan"), 1.0), is_trade(1e300, 1.0)]
    [False, False]
    """
    return 0.0 < price <= LARGEST_PRICE and 0.0 < quantity <= LARGEST_QUANTITY


def is_empty_print(price: float, quantity: float) -> bool:
    """Returns whether a print is sound but no trade: nothing negative or out of bounds, and its price or quantity 0.

    >>> [is_empty_print(0.0, 1.0), is_empty_print(100.0, 0.0), is_empty_print(-5.0, 1.0), is_empty_print(100.0, 1.0)]
    [True, True, False, False]
    """
    return 0.0 <= price <= LARGEST_PRICE and 0.0 <= quantity <= LARGEST_QUANTITY and (price == 0.0 or quantity == 0.0)


def trades_among(prices: npt.NDArray[np.float64], quantities: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Returns ``is_trade`` of each row."""
    with np.errstate(invalid="ignore"):
        sound_prices = (prices > 0.0) & (prices <= LARGEST_PRICE)
        mask: npt.NDArray[np.bool_] = sound_prices & (quantities > 0.0) & (quantities <= LARGEST_QUANTITY)
    return mask


def is_candle(opened: float, high: float, low: float, close: float, volume: float, trades: int, open_time: int) -> bool:
    """Returns whether these can be the numbers of a candle.

    >>> is_candle(1.0, 2.0, 0.5, 1.5, 3.0, 4, 1_700_000_000_000), is_candle(1.0, float("nan"), 0.5, 1.5, 3.0, 4, 0)
    (True, False)
    """
    prices = all(0 < price <= LARGEST_PRICE for price in (opened, high, low, close))
    amounts = 0 <= volume <= LARGEST_QUANTITY and 0 <= trades <= LARGEST_ID
    return prices and amounts and 0 <= open_time <= LATEST_TIME
