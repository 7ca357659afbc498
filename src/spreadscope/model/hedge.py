"""The names of the hedge models, and in which prices they are fitted."""

from __future__ import annotations

from enum import StrEnum


class HedgeName(StrEnum):
    """A hedge model. Each has a module of this name in ``pairs/hedge``."""

    OLS = "ols"
    ROLLING_OLS = "rolling_ols"
    TLS = "tls"
    EW = "ew"
    KALMAN = "kalman"
    HUBER = "huber"
    THEIL_SEN = "theil_sen"


class Space(StrEnum):
    """What a hedge ratio is fitted on: logarithms of prices (β is a ratio of values), or prices (β is a ratio of units)."""

    LOG = "log"
    LEVEL = "level"
