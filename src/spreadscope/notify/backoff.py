"""When to try again: doubling pauses with jitter, up to a longest one."""

from __future__ import annotations


def pause(failures: int, first: float, longest: float, dice: float) -> float:
    """Seconds to wait after so many failures in a row (≥ 1); ``dice`` in [0, 1) spreads them over the upper half.

    >>> [pause(n, 2.0, 900.0, 1.0) for n in (1, 2, 3, 10, 1000)]
    [2.0, 4.0, 8.0, 900.0, 900.0]
    """
    whole = min(longest, first * 2.0 ** min(failures - 1, 60))
    return whole * (0.5 + 0.5 * dice)
