"""The id ranges of an earlier run, without implausible ones."""

from __future__ import annotations

from spreadscope.model.facts import Fact, Gap
from spreadscope.model.resume import ResumeTape
from spreadscope.model.states import GapState
from spreadscope.tape.ledger import IdRange
from spreadscope.tape.plausibility import plausible_jump


def plausible_ranges(event: ResumeTape) -> tuple[tuple[IdRange, ...], list[Fact]]:
    """Returns the plausible ranges, and the gaps that end because a range was left out.

    Older versions accepted ids that were far too large; each opened a gap that nothing could fill.
    """
    kept: list[IdRange] = []
    left_out: list[IdRange] = []
    for id_range in sorted((IdRange(*id_range) for id_range in event.ranges), key=lambda id_range: id_range.first):
        before = kept[-1] if kept else None
        plausible = before is None or plausible_jump(before.last, before.last_time, id_range.first, id_range.first_time)
        (kept if plausible else left_out).append(id_range)
    closed: list[Fact] = [
        Gap(event.symbol, gap.first, gap.last, GapState.UPSTREAM, gap.time, gap.from_time, gap.to_time, _EVIDENCE)
        for gap in event.opened
        if any(gap.last + 1 == id_range.first for id_range in left_out)
    ]
    return tuple(kept), closed


_EVIDENCE = (
    "the id that ended it is more than can have been traded since: that id is left out,"
    " and nothing is missing before it"
)
