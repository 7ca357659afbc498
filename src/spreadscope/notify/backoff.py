"""Exponential backoff: doubling pauses with jitter, up to a longest one."""

from __future__ import annotations


def pause(failures: int, first: float, longest: float, random_share: float) -> float:
    """Returns the seconds to wait after ``failures`` in a row (≥ 1).

    ``random_share`` in [0, 1) spreads the pauses over the upper half.


    >>> [pause(n, 2.0, 900.0, 1.0) for n in (1, 2, 3, 10, 1000)]
    [2.0, 4.0, 8.0, 900.0, 900.0]
    """
    full = min(longest, first * 2.0 ** min(failures - 1, 60))
    return full * (0.5 + 0.5 * random_share)
