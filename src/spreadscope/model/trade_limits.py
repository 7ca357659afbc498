"""What a number of a trade can be at all, wherever it comes from: a socket, REST, a recording or a file.

The bounds are far beyond every market; what lies outside them is damage, and would spoil every statistic whose window holds it.
"""

from __future__ import annotations

from math import isfinite

LARGEST_ID = 10**15  # the exchange's busiest symbol is at 10**10 after seven years
LATEST_TIME = 4_102_444_800_000  # the year 2100, ms
LARGEST_PRICE = 1e12
LARGEST_QUANTITY = 1e15


def is_trade(price: float, quantity: float) -> bool:
    """Whether price and quantity are those of a trade. A print with a price or quantity of 0 is none: it counts nowhere.

    >>> [is_trade(100.5, 0.1), is_trade(0.0, 0.1), is_trade(100.5, 0.0), is_trade(float("nan"), 1.0), is_trade(1e300, 1.0)]
    [True, False, False, False, False]
    """
    return isfinite(price) and isfinite(quantity) and 0 < price <= LARGEST_PRICE and 0 < quantity <= LARGEST_QUANTITY


def is_void(price: float, quantity: float) -> bool:
    """Whether a row is a print of the exchange that is no trade: price or quantity exactly 0, and nothing out of bounds.

    >>> [is_void(0.0, 1.0), is_void(100.0, 0.0), is_void(-5.0, 1.0), is_void(100.0, 1.0)]
    [True, True, False, False]
    """
    return 0 <= price <= LARGEST_PRICE and 0 <= quantity <= LARGEST_QUANTITY and (price == 0 or quantity == 0)


def is_candle(opened: float, high: float, low: float, close: float, volume: float, trades: int, open_time: int) -> bool:
    """Whether these can be the numbers of a candle.

    >>> is_candle(1.0, 2.0, 0.5, 1.5, 3.0, 4, 1_700_000_000_000), is_candle(1.0, float("nan"), 0.5, 1.5, 3.0, 4, 0)
    (True, False)
    """
    prices = all(0 < price <= LARGEST_PRICE for price in (opened, high, low, close))
    amounts = 0 <= volume <= LARGEST_QUANTITY and 0 <= trades <= LARGEST_ID
    return prices and amounts and 0 <= open_time <= LATEST_TIME
