"""The tape of one symbol: batches in, the trades that are new out; what became of the holes is asked for with ``settle``.

``accept`` and ``settle`` are apart so that the facts do not depend on how arrivals were cut into batches: the engine
settles only when the market's clock moves on.
"""

from __future__ import annotations

import numpy as np

from spreadscope.model.events import Trades
from spreadscope.model.facts import ContentConflict, Fact, Gap, GapState, TradesAccepted
from spreadscope.tape.ledger import Hole, Ledger

# Repeats come within seconds (a reconnect's overlap), so content is compared over this many recent ids.
_REMEMBERED = 2_048


class Tape:
    """Accepts each aggregate id once, opens and closes holes, and notices an id that came with two contents."""

    def __init__(self, symbol: str, ledger: Ledger | None = None) -> None:
        self.symbol = symbol
        self.ledger = ledger or Ledger()
        self.accepted = 0
        self.repeated = 0
        self.last_time: int | None = self.ledger.ranges[-1].last_time if self.ledger.ranges else None
        self.last_price: float | None = None
        self._open: list[Hole] = self.ledger.holes()
        self._conflicted: list[ContentConflict] = []
        self._recent_ids = np.full(_REMEMBERED, -1, dtype=np.int64)
        self._recent_content = np.zeros((_REMEMBERED, 2))

    def accept(self, trades: Trades) -> TradesAccepted | None:
        """Enter a batch; → its new rows in arrival order, None where it holds nothing new."""
        before = self.ledger.last
        mask = self.ledger.add(trades.ids, trades.times)
        new: Trades | None = trades
        if mask is not None:
            new = trades.take(mask) if mask.any() else None
        if new is not None:
            self._remember(new)
            self.accepted += len(new)
            if before is None or (self.ledger.last or 0) > before:
                newest = int(np.argmax(new.ids))
                self.last_time, self.last_price = int(new.times[newest]), float(new.prices[newest])
        if mask is not None:
            self._conflicted.extend(self._conflicts(trades.take(~mask)))
            self.repeated += int((~mask).sum())
        if new is None:
            return None
        return TradesAccepted(new, tuple((r.first, r.last) for r in self.ledger.ranges))

    def settle(self) -> list[Fact]:
        """What is to say since the last time: ids with two contents, holes opened and filled."""
        facts: list[Fact] = list(self._conflicted)
        self._conflicted.clear()
        if self._open or len(self.ledger.ranges) > 1:
            facts.extend(self._holes())
        return facts

    def upstream_hole(self, first: int, last: int, evidence: str, *, permanent: bool) -> list[Fact]:
        """The exchange has no such ids (or not any more): the part of them that is still missing is closed."""
        facts: list[Fact] = []
        for hole in self.ledger.holes():
            low, high = max(first, hole.first), min(last, hole.last)
            if low > high:
                continue
            state = GapState.PERMANENT if permanent else GapState.UPSTREAM
            if permanent:
                self.ledger.give_up(hole.first, hole.last)
                low, high = hole.first, hole.last
            else:
                self.ledger.close(low, high)
            facts.append(
                Gap(self.symbol, low, high, state, self.last_time or 0, hole.from_time, hole.to_time, evidence)
            )
        # A hole of which this was the last missing part is over, under the ids it was opened with.
        named = {(gap.first, gap.last) for gap in facts if isinstance(gap, Gap)}
        facts.extend(gap for gap in self._holes() if (gap.first, gap.last) not in named)
        return facts

    def provisional(self, start: int, end: int) -> bool:
        """Whether a trade of ``[start, end)`` could be missing: before the tape's start, or beside a hole."""
        begin = self.ledger.start_time
        if begin is None or begin >= start:
            return True
        if len(self.ledger.ranges) < 2:
            return False
        return any(
            hole.from_time < end and hole.to_time >= start for hole in (*self.ledger.holes(), *self.ledger.lost())
        )

    def _holes(self) -> list[Gap]:
        """What a batch did to the holes. One that only shrank, or was split, is still the hole that was opened."""
        now = self.ledger.holes()
        new = [hole for hole in now if not any(_inside(hole, opened) for opened in self._open)]
        filled = [opened for opened in self._open if not any(_inside(hole, opened) for hole in now)]
        self._open = [opened for opened in self._open if opened not in filled] + new
        return [self._gap(hole, GapState.OPEN) for hole in new] + [self._gap(hole, GapState.FILLED) for hole in filled]

    def _gap(self, hole: Hole, state: GapState) -> Gap:
        return Gap(self.symbol, hole.first, hole.last, state, self.last_time or 0, hole.from_time, hole.to_time)

    def _remember(self, new: Trades) -> None:
        recent = new.take(slice(-_REMEMBERED, None)) if len(new) > _REMEMBERED else new
        place = recent.ids % _REMEMBERED
        self._recent_ids[place] = recent.ids
        self._recent_content[place, 0] = recent.prices
        self._recent_content[place, 1] = recent.quantities

    def _conflicts(self, repeats: Trades) -> list[ContentConflict]:
        place = repeats.ids % _REMEMBERED
        held = self._recent_ids[place] == repeats.ids
        same = (self._recent_content[place, 0] == repeats.prices) & (
            self._recent_content[place, 1] == repeats.quantities
        )
        rows = np.flatnonzero(held & ~same)
        return [ContentConflict(self.symbol, int(repeats.ids[row]), int(repeats.times[row])) for row in rows]


def _inside(hole: Hole, other: Hole) -> bool:
    return other.first <= hole.first and hole.last <= other.last
