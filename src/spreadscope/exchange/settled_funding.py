"""What a venue says of funding after the fact: the rate that was settled at a funding time, and how often one comes."""

from __future__ import annotations

import msgspec

USUAL_INTERVAL_HOURS = 8
"""Of instruments of which the venue says nothing else."""


class SettledFunding(msgspec.Struct, frozen=True):
    """The funding of one time (ms): its rate, and the mark price that it was paid on; None where it is not said."""

    symbol: str
    time: int
    rate: float
    mark: float | None
