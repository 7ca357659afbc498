"""The description of a pair's statistics for screens: their names, formats, cards, lines and names in rules."""

from __future__ import annotations

import msgspec


class StatisticCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card in the strip of figures; lower ``order`` comes first.

    ``note`` is a template (``{key:format}``; ``[…]`` is optional).
    """

    note: str
    order: int
    alarm: float | None
    alarm_note: str
    thresholds: bool


class StatisticLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line in a pane of the chart.

    ``bands`` names the mean and the deviation of a band; ``chosen``: drawn unless hidden.
    """

    pane: str
    title: str
    colour: str
    low: float | None
    high: float | None
    bands: tuple[str, str] | None
    thresholds: bool
    chosen: bool


class StatisticRule(msgspec.Struct, frozen=True):
    """The name of a statistic in rules."""

    name: str


class Statistic(msgspec.Struct, frozen=True, kw_only=True):
    """A statistic of a pair, described for the engine's configuration.

    ``format`` is the format of its values, ``measure`` their unit in words; ``shown`` is false where the traded figures
    are equal.
    """

    key: str
    label: str
    help: str
    source: str
    format: str
    measure: str
    unit: str
    shown: bool
    card: StatisticCard | None
    line: StatisticLine | None
    rule: StatisticRule | None
