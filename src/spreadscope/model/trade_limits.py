"""What counts as a trade, wherever it comes from: the stream, REST, a recording or a file. One rule for all of them.

A print whose price or quantity is 0 is the exchange's note of something that was no trade on the market (an insurance
fund, a settlement). It has an id of its own, so its id is accounted for, but it moves no bar and is not stored. What is neither a trade nor such a print (a negative price, one of 1e300) is damaged:
its id is one that did not come.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: The largest id that is believed: above it float64 and JavaScript cannot tell one id from the next.
MOST_ID = (1 << 53) - 1
#: Prices and quantities above these are no market's: one of them would move every window that it stands in.
MOST_PRICE, MOST_QUANTITY = 1e12, 1e20
#: The evidence with which the id of a print that is no trade is closed.
NO_TRADE = "a print without a price or a quantity: no market trade"


def is_trade(price: float, quantity: float) -> bool:
    """Returns whether a print counts: its price and its quantity are above 0, and such as a market can have."""
    return 0.0 < price <= MOST_PRICE and 0.0 < quantity <= MOST_QUANTITY


def is_empty_print(price: float, quantity: float) -> bool:
    """Returns whether a print is sound but no trade: its price or its quantity is 0, and the other such as a market can have."""
    sound = 0.0 <= price <= MOST_PRICE and 0.0 <= quantity <= MOST_QUANTITY
    return sound and (price == 0.0 or quantity == 0.0)


def trades_among(prices: npt.NDArray[np.float64], quantities: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Returns ``is_trade`` of each row."""
    with np.errstate(invalid="ignore"):
        mask: npt.NDArray[np.bool_] = (prices > 0.0) & (prices <= MOST_PRICE)
        mask &= (quantities > 0.0) & (quantities <= MOST_QUANTITY)
    return mask
