"""The bar lengths of the product. Intervals are half-open: a bar at ``t`` holds ticks in ``[t, t + length)``."""

from __future__ import annotations

from enum import StrEnum

from spreadscope.model.errors import ConfigError

_LENGTHS = {"1s": 1_000, "1m": 60_000, "5m": 300_000}


class Timeframe(StrEnum):
    """A bar length, by its usual short name."""

    S1 = "1s"
    M1 = "1m"
    M5 = "5m"

    milliseconds: int  # an attribute and no property, for it is asked for dozens of times at every bar

    def __init__(self, name: str) -> None:
        self.milliseconds = _LENGTHS[name]

    def open_time(self, time: int) -> int:
        """Open time (ms) of the bar that holds ``time`` (ms)."""
        return time - time % self.milliseconds


SECOND = 1_000
TIMEFRAMES = tuple(Timeframe)


def parse_timeframe(text: str) -> Timeframe:
    """``"1m"`` → ``Timeframe.M1``; anything unknown is refused with the names there are."""
    try:
        return Timeframe(text.strip().lower())
    except ValueError:
        names = ", ".join(TIMEFRAMES)
        raise ConfigError(f"unknown timeframe {text!r}: choose one of {names}") from None
