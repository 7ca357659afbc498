"""Times of Spot: milliseconds as they come by default, microseconds where ``timeUnit=MICROSECOND`` was asked for.

The two are told apart by their size. A microsecond of this century is over 10¹⁴·⁹, a millisecond up to 2100 below
10¹²·⁷; what lies between, or beyond, is no time.
"""

from __future__ import annotations

from typing import Final

from spreadscope.model.errors import DecodeError
from spreadscope.model.trade_limits import LATEST_TIME

_FIRST_MICROSECOND: Final = 946_684_800_000_000  # the year 2000


def milliseconds(stamp: int) -> int:
    """Returns a time in ms. Raises ``DecodeError`` where it is none.

    >>> milliseconds(1_741_046_401_271), milliseconds(1_741_046_401_271_969)
    (1741046401271, 1741046401271)
    """
    if 0 <= stamp <= LATEST_TIME:
        return stamp
    if _FIRST_MICROSECOND <= stamp <= LATEST_TIME * 1000:
        return stamp // 1000
    raise DecodeError(f"{stamp} is no time, neither in ms nor in µs")
