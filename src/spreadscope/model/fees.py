"""The fees of a pair trade."""

from __future__ import annotations

#: The fee of one fill as a share of its notional: a taker's on the lowest tier of USD-M futures.
TAKER_FEE = 0.0005


def round_trip_cost(value_ratio: float, fee: float = TAKER_FEE) -> float:
    """Returns the fees of a round trip of both legs, as a share of leg y's notional: 2 · fee · (1 + |β|).

    Each leg is filled twice; β is a ratio of values.
    """
    return 2 * fee * (1 + abs(value_ratio))
