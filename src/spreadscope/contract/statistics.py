"""What a screen needs to know of the statistics of a pair: how each is called, written, drawn and named by rules."""

from __future__ import annotations

import msgspec


class StatisticCard(msgspec.Struct, frozen=True, kw_only=True):
    """A figure in the strip: lower ``order`` comes first. ``note`` is a template (``{key:format}``, ``[…]`` where it may be left out)."""

    note: str
    order: int
    alarm: float | None
    alarm_note: str
    thresholds: bool


class StatisticLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line in a pane of the chart. ``bands`` names the mean and the deviation of a band; ``chosen``: drawn unless it is hidden."""

    pane: str
    title: str
    colour: str
    low: float | None
    high: float | None
    bands: tuple[str, str] | None
    thresholds: bool
    chosen: bool


class StatisticRule(msgspec.Struct, frozen=True):
    """The name under which rules know a statistic."""

    name: str


class Statistic(msgspec.Struct, frozen=True, kw_only=True):
    """A statistic of a pair, worded for the engine's configuration.

    ``format`` is how its values are written, ``measure`` what they count; ``shown`` is false where the traded figures are the same.
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
