"""The bar lengths of the product. Intervals are half-open: a bar at ``t`` holds ticks in ``[t, t + length)``."""

from __future__ import annotations

from enum import StrEnum

from spreadscope.model.errors import ConfigError


class Timeframe(StrEnum):
    """A bar length, by its usual short name."""

    S1 = "1s"
    M1 = "1m"
    M5 = "5m"

    @property
    def milliseconds(self) -> int:
        return _MILLISECONDS[self]

    def open_time(self, time: int) -> int:
        """Open time (ms) of the bar that holds ``time`` (ms)."""
        return time - time % _MILLISECONDS[self]


_MILLISECONDS = {Timeframe.S1: 1_000, Timeframe.M1: 60_000, Timeframe.M5: 300_000}

SECOND = 1_000
TIMEFRAMES = tuple(Timeframe)


def parse_timeframe(text: str) -> Timeframe:
    """``"1m"`` → ``Timeframe.M1``; anything unknown is refused with the names there are."""
    try:
        return Timeframe(text.strip().lower())
    except ValueError:
        names = ", ".join(TIMEFRAMES)
        raise ConfigError(f"unknown timeframe {text!r}: choose one of {names}") from None
