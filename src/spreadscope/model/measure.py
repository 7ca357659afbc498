"""What a figure is counted in: decides which units a rule may write beside a level, and what is said where one does not fit."""

from __future__ import annotations

from enum import StrEnum


class Measure(StrEnum):
    """What a subject is counted in; the value says so to a person."""

    LOG = "a difference of logarithms: 25bp or 0.25% is 0.0025"
    PERCENT = "in percent"
    SECONDS = "in seconds"
    MILLISECONDS = "in milliseconds"
    SHARE = "a share: 5% is 0.05"
    DEVIATIONS = "in standard deviations"
    AMOUNT = "an amount"
    PLAIN = "a plain number"

    @property
    def unit(self) -> str:
        """The sign behind a number, empty where it has none."""
        return {Measure.SECONDS: "s", Measure.MILLISECONDS: "ms", Measure.PERCENT: "%"}.get(self, "")
