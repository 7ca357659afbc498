"""The measures of figures: they decide which units a rule may write after a level, and the message for a wrong unit."""

from __future__ import annotations

from enum import StrEnum


class Measure(StrEnum):
    """A measure of a figure; the value is its description for people."""

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
        """Returns the unit sign after a number, empty if there is none."""
        return {Measure.SECONDS: "s", Measure.MILLISECONDS: "ms", Measure.PERCENT: "%"}.get(self, "")
