"""The statistics as the page needs them: label, format, card, line and name in rules."""

from __future__ import annotations

from dataclasses import asdict

from spreadscope import contract
from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.hedge import Space
from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics import STATISTICS, fill_in, label
from spreadscope.pairs.statistics.statistic import Card, Format, Line, Statistic


def catalogue(config: AnalyticsConfig) -> list[contract.Statistic]:
    """Returns every statistic in the order of the registry, with its texts filled in for a configuration.

    >>> [(entry.key, entry.label) for entry in catalogue(AnalyticsConfig(hedge="kalman"))][0]
    ('beta', 'β (Kalman)')
    """
    return [_entry(statistic, config) for statistic in STATISTICS.values()]


def _entry(statistic: Statistic, config: AnalyticsConfig) -> contract.Statistic:
    measure = _measure(statistic, config)
    rule = statistic.rule
    return contract.Statistic(
        key=statistic.key,
        label=label(statistic, config),
        help=fill_in(statistic.help, config),
        source=statistic.source,
        format=str(statistic.format),
        measure=measure.name.lower(),
        unit=measure.unit,
        shown=statistic.compares is not config.hedge and statistic.only_with in {None, config.hedge},
        card=None if statistic.card is None else _card(statistic.card, config),
        line=None if statistic.line is None else _line(statistic.line, config),
        rule=None if rule is None else contract.StatisticRule(rule.name or statistic.key),
    )


def _card(card: Card, config: AnalyticsConfig) -> contract.StatisticCard:
    # A basis point is of logarithms; a difference of prices has none.
    in_basis_points = f":{Format.BASIS_POINTS}}}" in card.note and config.space is Space.LEVEL
    return contract.StatisticCard(**{**asdict(card), "note": "" if in_basis_points else card.note})


def _line(line: Line, config: AnalyticsConfig) -> contract.StatisticLine:
    return contract.StatisticLine(**{**asdict(line), "title": fill_in(line.title, config), "colour": str(line.colour)})


def _measure(statistic: Statistic, config: AnalyticsConfig) -> Measure:
    """Returns the measure of a statistic: a spread of prices is an amount of the quote asset."""
    is_price = statistic.measure is Measure.LOG and config.space is Space.LEVEL
    return Measure.AMOUNT if is_price else statistic.measure
