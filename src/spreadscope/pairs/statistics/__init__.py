"""The registry of a pair's statistics, each declared in its own file, in the order of tables and exports (page:
``Card.order``).

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
    "realised_correlation",
    "break_even_z",
    "since_break",
)

#: The registry: every statistic by its key, in order.
STATISTICS: dict[str, Statistic] = {name: import_module(f"{__package__}.{name}").STATISTIC for name in _ORDER}

#: The estimators that the statistics read, each once.
ONLINE: tuple[OnlineSource, ...] = tuple(
    dict.fromkeys(statistic.online for statistic in STATISTICS.values() if statistic.online is not None)
)

#: How the spread is written, by what the hedge ratio is fitted on.
_SPREAD_FORMULAS = {Space.LOG: "ln Y − β ln X − α", Space.LEVEL: "Y − βX − α"}


def spread_formula(config: AnalyticsConfig) -> str:
    """Returns the traded spread as a formula.

    >>> spread_formula(AnalyticsConfig(space="level", intercept=False))
    'Y − βX'
    """
    formula = _SPREAD_FORMULAS[config.space]
    return formula if config.intercept else formula.removesuffix(" − α")


def fill_in(text: str, config: AnalyticsConfig) -> str:
    """Returns a text of a declaration with ``{hedge}``, ``{spread}`` and ``{unit}`` (of the spread) filled in."""
    unit = ". One basis point (bp) is 0.0001" if config.space is Space.LOG else ", in the quote currency"
    return (
        text.replace("{hedge}", MODELS[config.hedge].label)
        .replace("{spread}", spread_formula(config))
        .replace("{unit}", unit)
    )


def label(statistic: Statistic, config: AnalyticsConfig) -> str:
    """Returns a statistic's label; it names the hedge model unless that is least squares."""
    show_hedge = statistic.names_hedge and config.hedge is not HedgeName.OLS
    return fill_in(statistic.label + (" ({hedge})" if show_hedge else ""), config)


def values(row: PairRow) -> dict[str, Value]:
    """Returns every statistic of a row, in order."""
    return {key: row[key] for key in STATISTICS}


__all__ = ["ONLINE", "STATISTICS", "Statistic", "fill_in", "label", "spread_formula", "values"]
