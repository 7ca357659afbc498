"""The statistics of a pair, each declared once in a file of its own; this list is their order in tables and exports (on the screen: ``Card.order``).

A new statistic is a file here with a ``STATISTIC`` and a name in ``_ORDER``.
"""

from __future__ import annotations

from importlib import import_module

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.facts import PairRow
from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.validity import Value
from spreadscope.pairs.hedge import MODELS
from spreadscope.pairs.row import OnlineSource
from spreadscope.pairs.statistics.statistic import Statistic

_ORDER = (
    "beta",
    "alpha",
    "beta_se",
    "r_squared",
    "spread",
    "z",
    "spread_mean",
    "spread_sd",
    "correlation",
    "kalman_beta",
    "kalman_alpha",
    "kalman_spread",
    "kalman_z",
    "kalman_sd_z",
    "kalman_ljung_box_p",
    "half_life",
    "adf_stat",
    "adf_p",
    "eg_stat",
    "eg_p",
    "breakdown",
    "ols_beta",
    "theil_sen_beta",
    "beta_drift",
    "value_ratio",
    "cointegrated",
    "coint_p",
    "look_p",
    "looks",
    "looks_passed",
    "half_life_unbiased",
    "half_life_low",
    "half_life_high",
    "z_scaled",
    "z_tail",
    "z_width",
)

#: By key, in order.
STATISTICS: dict[str, Statistic] = {name: import_module(f"{__package__}.{name}").STATISTIC for name in _ORDER}

#: The estimators that keep a state from row to row, once each.
ONLINE: tuple[OnlineSource, ...] = tuple(
    dict.fromkeys(each.online for each in STATISTICS.values() if each.online is not None)
)

#: How the spread is written, by what the hedge ratio is fitted on.
SPREAD_WORDS = {Space.LOG: "ln Y − β ln X − α", Space.LEVEL: "Y − βX − α"}


def spread_words(config: AnalyticsConfig) -> str:
    """The traded spread as a formula.

    >>> spread_words(AnalyticsConfig(space="level", intercept=False))
    'Y − βX'
    """
    words = SPREAD_WORDS[config.space]
    return words if config.intercept else words.removesuffix(" − α")


def worded(text: str, config: AnalyticsConfig) -> str:
    """A text of a declaration with what the configuration decides in it: ``{hedge}``, ``{spread}`` and ``{unit}`` of the spread."""
    unit = ". One basis point (bp) is 0.0001" if config.space is Space.LOG else ", in the quote currency"
    return (
        text.replace("{hedge}", MODELS[config.hedge].label)
        .replace("{spread}", spread_words(config))
        .replace("{unit}", unit)
    )


def label(statistic: Statistic, config: AnalyticsConfig) -> str:
    """What a figure is called: it says so where it is not of least squares."""
    named = statistic.names_hedge and config.hedge is not HedgeName.OLS
    return worded(statistic.label + (" ({hedge})" if named else ""), config)


def values(row: PairRow) -> dict[str, Value]:
    """Every statistic of a row, in order."""
    return {key: row[key] for key in STATISTICS}


__all__ = ["ONLINE", "STATISTICS", "Statistic", "label", "spread_words", "values", "worded"]
