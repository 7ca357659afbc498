"""What a screen needs to know of the statistics: how each is called, written, drawn and named by rules."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.hedge import Space
from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics import STATISTICS, label, worded
from spreadscope.pairs.statistics.statistic import Card, Format, Line, Statistic

_UNITS = {Measure.SECONDS: "s", Measure.MILLISECONDS: "ms", Measure.PERCENT: "%"}


def catalogue(config: AnalyticsConfig) -> list[dict[str, Any]]:
    """Returns every statistic in the order of the registry, worded for a configuration.

    ``shown`` is false where a statistic is about the hedge model that is traded: the traded figures are the same.

    >>> [(each["key"], each["label"]) for each in catalogue(AnalyticsConfig(hedge="kalman"))][0]
    ('beta', 'β (Kalman)')
    """
    return [_entry(statistic, config) for statistic in STATISTICS.values()]


def _entry(statistic: Statistic, config: AnalyticsConfig) -> dict[str, Any]:
    measure = _measure(statistic, config)
    return {
        "key": statistic.key,
        "label": label(statistic, config),
        "help": worded(statistic.help, config),
        "format": str(statistic.format),
        "measure": measure.name.lower(),
        "unit": _UNITS.get(measure, ""),
        "shown": statistic.compares is not config.hedge,
        "card": statistic.card and _card(statistic.card, config),
        "line": statistic.line and _line(statistic.line, config),
        "rule": statistic.rule and {"name": statistic.rule.name or statistic.key},
    }


def _card(card: Card, config: AnalyticsConfig) -> dict[str, Any]:
    # A basis point is of logarithms; a difference of prices has none.
    of_logs = f":{Format.BASIS_POINTS}}}" in card.note and config.space is Space.LEVEL
    return {**asdict(card), "note": "" if of_logs else card.note}


def _line(line: Line, config: AnalyticsConfig) -> dict[str, Any]:
    bands = list(line.bands) if line.bands is not None else None
    return {**asdict(line), "title": worded(line.title, config), "colour": str(line.colour), "bands": bands}


def _measure(statistic: Statistic, config: AnalyticsConfig) -> Measure:
    """What a figure is counted in: a spread of prices is an amount of the quote asset."""
    of_prices = statistic.measure is Measure.LOG and config.space is Space.LEVEL
    return Measure.AMOUNT if of_prices else statistic.measure
