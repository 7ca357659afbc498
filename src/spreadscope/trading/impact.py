"""What a market order pays beyond the best price, where it is larger than what is displayed there."""

from __future__ import annotations

import math

from spreadscope.jit import njit

#: Size as a multiple of the usual notional at best, and what it paid beyond it in basis points, measured on recorded
#: books of futures. Between them it is a straight line in the logarithm of the size.
MEASURED = ((0.3, 0.05), (1.4, 0.29), (6.0, 1.2), (27.0, 2.8))


def impact_bps(multiple: float) -> float:
    """Returns basis points for an order of so many times the usual notional at best.

    Beyond the largest that was measured it grows with the square root of the size.

    >>> impact_bps(0.0), round(impact_bps(6.0), 6), round(impact_bps(108.0), 6)
    (0.0, 1.2, 5.6)
    """
    smallest, least = MEASURED[0]
    if multiple <= smallest:
        return max(0.0, least * multiple / smallest)
    for place in range(1, len(MEASURED)):
        (low, cost_low), (high, cost_high) = MEASURED[place - 1], MEASURED[place]
        if multiple <= high:
            share = math.log(multiple / low) / math.log(high / low)
            return cost_low + share * (cost_high - cost_low)
    largest, most = MEASURED[-1]
    return most * math.sqrt(multiple / largest)


#: The same for compiled code.
impact_kernel = njit(impact_bps)
