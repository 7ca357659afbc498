"""The bar lengths of the product. Intervals are half-open: a bar at ``t`` has the trades in ``[t, t + length)``."""

from __future__ import annotations

from enum import StrEnum

from spreadscope.model.errors import ConfigError

_LENGTHS = {"1s": 1_000, "1m": 60_000, "5m": 300_000, "1h": 3_600_000}


class Timeframe(StrEnum):
    """A bar length, by its usual short name."""

    S1 = "1s"
    M1 = "1m"
    M5 = "5m"

    milliseconds: int  # an attribute, not a property, because it is read dozens of times at every bar

    def __init__(self, name: str) -> None:
        self.milliseconds = _LENGTHS[name]

    def open_time(self, time: int) -> int:
        """Returns the open time (ms) of the bar that contains ``time`` (ms)."""
        return time - time % self.milliseconds


class CandleLength(StrEnum):
    """A bar length in which an exchange is asked for candles of many symbols."""

    M1 = "1m"
    M5 = "5m"
    H1 = "1h"

    milliseconds: int

    def __init__(self, name: str) -> None:
        self.milliseconds = _LENGTHS[name]


SECOND = 1_000
MINUTE = 60_000
TIMEFRAMES = tuple(Timeframe)


def parse_timeframe(text: str) -> Timeframe:
    """Returns the timeframe of a text such as ``1m``; refuses others with a list of the names."""
    try:
        return Timeframe(text.strip().lower())
    except ValueError:
        names = ", ".join(TIMEFRAMES)
        raise ConfigError(f"unknown timeframe {text!r}: choose one of {names}") from None
