"""Undefined values and their reasons.

A statistic that cannot be computed is ``None`` together with one of these reasons; it is never 0,
never infinite and never a p-value of 0.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Reason(StrEnum):
    """The reason of an undefined value. The text is what a trader reads on the screen."""

    WARMING_UP = "warming up"
    TOO_FEW_ROWS = "too few rows"
    STALE_LEG = "stale leg"
    INCOMPLETE_BARS = "incomplete bars"
    CONSTANT_LEG = "constant leg"
    CONSTANT_SPREAD = "constant spread"
    COLLINEAR = "collinear legs"
    NOT_FINITE = "value not finite"
    NOT_MEAN_REVERTING = "not mean reverting"
    NOT_OU = "not an Ornstein-Uhlenbeck process"
    HALTED = "halted"
    UNREACHABLE = "threshold out of reach"
    UNCORRELATED = "uncorrelated legs"
    FAILED = "calculation failed"
    NO_TRADES = "no trades"
    NO_ERROR_ESTIMATE = "not estimated by this hedge model"
    NOT_STORED = "not stored then"
    NO_BREAK = "no break"


class Value(msgspec.Struct, frozen=True, array_like=True):
    """A number, or the reason why there is none: ``value`` is None exactly when there is a ``reason``."""

    value: float | None
    reason: Reason | None = None


#: The value of a statistic that did not exist when the row was stored.
NOT_STORED = Value(None, Reason.NOT_STORED)
