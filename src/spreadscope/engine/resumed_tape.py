"""The tape of an earlier run: its plausible id ranges, and the bars of it that must be made again."""

from __future__ import annotations

from spreadscope.bars.trade_bars import bars_of_trades
from spreadscope.engine.store_bars import Starts
from spreadscope.model.facts import Bar, Fact, Gap
from spreadscope.model.resume import ResumeTape
from spreadscope.model.states import BarOrigin, GapState
from spreadscope.model.timeframe import Timeframe
from spreadscope.tape.ledger import IdRange, Ledger
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


def unlike_their_trades(event: ResumeTape, timeframes: tuple[Timeframe, ...]) -> Starts:
    """Returns the open times of the closed bars that are missing or differ from the newest trades.

    A trade that comes late is stored with its event, and the bar that it changes with the next tick of the clock: an
    earlier run that broke off between the two left the bar as it was.
    """
    if event.trades is None:
        return {}
    unlike: Starts = {}
    for timeframe in timeframes:
        stored = {bar.open_time: bar for bar in event.bars if bar.timeframe is timeframe}
        newest = max(stored, default=0)  # later ones are open again, and closed in their time
        for start, values in bars_of_trades(event.trades, timeframe).items():
            bar = stored.get(start)
            if start <= newest and (bar is None or (bar.origin is BarOrigin.TAPE and _values(bar) != values)):
                unlike.setdefault(timeframe, set()).add(start)
    return unlike


def can_become_complete(bars: tuple[Bar, ...], ledger: Ledger) -> Starts:
    """Returns the open times of the incomplete bars of which no trade is lost for good.

    The holes beside them may have been filled just before an earlier run broke off, or be filled by this one.
    """
    begin = ledger.start_time
    if begin is None:
        return {}
    lost = ledger.lost()
    found: Starts = {}
    for bar in bars:
        if bar.complete or bar.origin is not BarOrigin.TAPE or bar.open_time <= begin:
            continue
        end = bar.open_time + bar.timeframe.milliseconds
        if not any(hole.from_time < end and hole.to_time >= bar.open_time for hole in lost):
            found.setdefault(bar.timeframe, set()).add(bar.open_time)
    return found


def _values(bar: Bar) -> tuple[float, float, float, float, float, int]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades


_EVIDENCE = (
    "the id that ended it is more than can have been traded since: that id is left out,"
    " and nothing is missing before it"
)
