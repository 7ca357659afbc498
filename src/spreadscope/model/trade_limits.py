"""What counts as a trade, wherever it comes from: the stream, REST, a recording or a file.

A print whose price or quantity is 0 is the exchange's note of something that was no trade on the market (an insurance
fund, a settlement). It has an id of its own, so its id is accounted for, but it moves no bar and is not stored.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

#: The largest id that is believed: above it float64 and JavaScript cannot tell one id from the next.
MOST_ID = (1 << 53) - 1
#: The evidence with which the id of a print that is no trade is closed.
NO_TRADE = "a print without a price or a quantity: no market trade"


def is_trade(price: float, quantity: float) -> bool:
    """Returns whether a print counts: its price and its quantity are finite and above 0."""
    return 0.0 < price < math.inf and 0.0 < quantity < math.inf


def is_empty_print(price: float, quantity: float) -> bool:
    """Returns whether a print is sound but no trade: finite, nothing negative, and its price or quantity 0."""
    return 0.0 <= price < math.inf and 0.0 <= quantity < math.inf and (price == 0.0 or quantity == 0.0)


def trades_among(prices: npt.NDArray[np.float64], quantities: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Returns ``is_trade`` of each row."""
    with np.errstate(invalid="ignore"):
        mask: npt.NDArray[np.bool_] = (prices > 0.0) & (prices < np.inf) & (quantities > 0.0) & (quantities < np.inf)
    return mask
