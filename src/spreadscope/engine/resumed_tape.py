"""A tape as an earlier run left it, without what cannot be true of it."""

from __future__ import annotations

from spreadscope.model.facts import Fact, Gap
from spreadscope.model.resume import ResumeTape
from spreadscope.model.states import GapState
from spreadscope.tape.ledger import IdRange
from spreadscope.tape.plausibility import plausible_jump


def plausible_ranges(event: ResumeTape) -> tuple[tuple[IdRange, ...], list[Fact]]:
    """Returns the ranges to go on with, and what that closes.

    An id beyond all sense, entered by an older version, opened a gap that nothing could ever fill: it is left out.
    """
    kept: list[IdRange] = []
    left: list[IdRange] = []
    for held in sorted((IdRange(*held) for held in event.ranges), key=lambda held: held.first):
        before = kept[-1] if kept else None
        sound = before is None or plausible_jump(before.last, before.last_time, held.first, held.first_time)
        (kept if sound else left).append(held)
    closed: list[Fact] = [
        Gap(event.symbol, gap.first, gap.last, GapState.UPSTREAM, gap.time, gap.from_time, gap.to_time, _WHY)
        for gap in event.opened
        if any(gap.last + 1 == held.first for held in left)
    ]
    return tuple(kept), closed


_WHY = "the id that ended it is more than can have been traded since: that id is left out, and nothing is missing before it"
