"""The names of the hedge models, and the prices on which they are fitted."""

from __future__ import annotations

from enum import StrEnum


class HedgeName(StrEnum):
    """The name of a hedge model. Each has a module of this name in ``pairs/hedge``."""

    OLS = "ols"
    ROLLING_OLS = "rolling_ols"
    TLS = "tls"
    EW = "ew"
    KALMAN = "kalman"
    HUBER = "huber"
    THEIL_SEN = "theil_sen"


class Space(StrEnum):
    """The prices on which a hedge ratio is fitted: logarithms (β is a ratio of values), or prices (β is a ratio of
    units)."""

    LOG = "log"
    LEVEL = "level"
