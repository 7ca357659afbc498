"""The tape of one symbol: ``accept`` takes batches and returns the new trades, ``flush_changes`` returns what changed
in the holes.

They are two methods so that the facts do not depend on how arrivals were cut into batches: the engine flushes only when
the market's clock moves on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from spreadscope.model.events import Bools, Origin, Quote, Trades
from spreadscope.model.facts import (
    ContentConflict,
    Fact,
    Gap,
    TradeRefused,
    TradesAccepted,
)
from spreadscope.model.states import GapState
from spreadscope.model.trade_limits import NO_TRADE
from spreadscope.tape.ledger import Hole, Ledger
from spreadscope.tape.plausibility import PlausibilityCheck

# Repeats come within seconds (when connections overlap), so content is compared over this many recent ids.
_RECENT_ROWS = 2_048
# Batches of a quiet symbol have one or two trades and take thirty times the memory of those: this many are joined into
# one
# when they have few rows together.
_BATCHES_TO_JOIN = 64
_MAX_JOINED_ROWS = 16 * _BATCHES_TO_JOIN
_MAX_REFUSED = 100  # refused rows reported per tick of the clock: more would only repeat them


class Tape:
    """A tape that accepts each aggregate id once, opens and closes holes, and reports an id that came with two
    contents.

    A resumed tape has the ``ledger`` of the earlier run and the gaps that it had ``opened`` and not closed.
    """

    def __init__(self, symbol: str, ledger: Ledger | None = None, opened: Iterable[Gap] = ()) -> None:
        self.symbol = symbol
        self.ledger = ledger or Ledger()
        self.accepted = 0
        self.repeated = 0
        self.last_time: int | None = self.ledger.ranges[-1].last_time if self.ledger.ranges else None
        self.last_price: float | None = None
        self._open = [Hole(gap.first, gap.last, gap.from_time, gap.to_time) for gap in opened]
        self._conflicted: list[ContentConflict] = []
        self._plausibility = PlausibilityCheck()
        self._plausibility.set_reference(self.ledger.last, self.last_time, None, accepted_new=False)
        self._refused: list[TradeRefused] = []
        self._empty_prints: list[tuple[int, int]] = []  # (id, time) of prints that are no trades
        self._accepted_before = 0
        self._recent: deque[Trades] = deque()
        self._recent_rows = 0
        self._unjoined = 0  # how many of the newest batches are not joined yet

    @property
    def missing(self) -> int:
        """Returns how many trades are missing and can still be fetched."""
        return sum(len(hole) for hole in self.ledger.holes())

    def accept(self, trades: Trades) -> TradesAccepted | None:
        """Take a batch. Returns its new trades in arrival order, None when nothing in it is new.

        Implausible rows are refused and leave a hole; empty prints of the exchange leave none. An exception leaves the
        tape as it was: an id is known only when its trade was returned.
        """
        before = self.ledger.state()
        try:
            return self._accept(trades)
        except Exception:
            self.ledger.restore(before)
            raise

    def _accept(self, trades: Trades) -> TradesAccepted | None:
        before = self.ledger.last
        split = self._plausibility.split(trades, self.ledger)
        empty = split.empty
        if split.keep is not None:
            self._refuse(split.refused, trades.origin)
            trades = trades.take(split.keep)
            empty = empty[split.keep] if empty is not None else None
        mask = self.ledger.add(trades.ids, trades.times, in_order=split.consecutive)
        if empty is not None:
            trades, mask = self._exclude_empty_prints(trades, empty, mask)
        new: Trades | None = trades
        if mask is not None:
            new = trades.take(mask) if mask.any() else None
        if new is not None and (rows := len(new.ids)):
            self._keep_recent(new, rows)
            self.accepted += rows
            if before is None or (self.ledger.last or 0) > before:
                newest = -1 if int(new.ids[-1]) == self.ledger.last else int(np.argmax(new.ids))
                self.last_time, self.last_price = int(new.times[newest]), float(new.prices[newest])
        if mask is not None:
            self._conflicted.extend(self._conflicts(trades.take(~mask)))
            self.repeated += int((~mask).sum())
        if new is None or not len(new.ids):
            return None
        return TradesAccepted(new, tuple([(r.first, r.last) for r in self.ledger.ranges]))

    def _refuse(self, refused: Sequence[TradeRefused], origin: Origin) -> None:
        """Keep refused rows as evidence. Those from REST are declared lost; those from the stream are fetched again."""
        self._refused.extend(refused[: _MAX_REFUSED - len(self._refused)])
        if origin is not Origin.REST:
            return
        missing = [
            row for row in refused if any(hole.first <= row.trade_id <= hole.last for hole in self.ledger.holes())
        ]
        for row in missing:
            self.ledger.declare_lost(row.trade_id, row.trade_id)

    def _exclude_empty_prints(self, trades: Trades, empty: Bools, mask: Bools | None) -> tuple[Trades, Bools | None]:
        """Take out prints that are no trades: only their ids are recorded."""
        new_rows = empty if mask is None else empty & mask
        self._empty_prints.extend(zip(trades.ids[new_rows].tolist(), trades.times[new_rows].tolist(), strict=True))
        return trades.take(~empty), None if mask is None else mask[~empty]

    def flush_changes(self) -> list[Fact]:
        """Returns the facts since the last call: ids with two contents, refused rows, holes opened and filled."""
        facts: list[Fact] = self._evidence() if self._conflicted or self._refused or self._empty_prints else []
        self._plausibility.set_reference(
            self.ledger.last, self.last_time, self.last_price, accepted_new=self.accepted > self._accepted_before
        )
        self._accepted_before = self.accepted
        if self._open or len(self.ledger.ranges) > 1:
            facts.extend(self._hole_changes())
        return facts

    def _evidence(self) -> list[Fact]:
        """Returns ids that came with two contents, refused rows, and prints that are no trades."""
        facts: list[Fact] = [*self._conflicted, *self._refused]
        facts.extend(
            Gap(self.symbol, number, number, GapState.UPSTREAM, self.last_time or time, time, time, NO_TRADE)
            for number, time in self._empty_prints
        )
        for reported in (self._conflicted, self._refused, self._empty_prints):
            reported.clear()
        return facts

    def upstream_hole(self, first: int, last: int, evidence: str, *, permanent: bool) -> list[Fact]:
        """Close the missing ids of ``first … last``, which the exchange does not have (``permanent``: not any more).

        An exception leaves the ledger as it was: no id is closed without its evidence.
        """
        before = self.ledger.state()
        try:
            return self._close_holes(first, last, evidence, permanent=permanent)
        except Exception:
            self.ledger.restore(before)
            raise

    def _close_holes(self, first: int, last: int, evidence: str, *, permanent: bool) -> list[Fact]:
        facts: list[Fact] = []
        for hole in self.ledger.holes():
            low, high = max(first, hole.first), min(last, hole.last)
            if low > high:
                continue
            state = GapState.PERMANENT if permanent else GapState.UPSTREAM
            if permanent:
                self.ledger.declare_lost(low, high)
            else:
                self.ledger.close(low, high)
            facts.append(
                Gap(self.symbol, low, high, state, self.last_time or 0, hole.from_time, hole.to_time, evidence)
            )
        # When this was the last missing part of a hole, the hole ends under the ids it was opened with.
        closed = {(gap.first, gap.last) for gap in facts if isinstance(gap, Gap)}
        facts.extend(gap for gap in self._hole_changes() if (gap.first, gap.last) not in closed)
        return facts

    def plausible_quote(self, quote: Quote) -> bool:
        """Returns whether a best bid and ask are plausible for this market now."""
        low, high = self._plausibility.price_bounds()
        return low <= quote.bid <= quote.ask <= high

    def incomplete(self, start: int, end: int) -> bool:
        """Returns whether a trade of ``[start, end)`` could be missing: before the tape's start, or in a hole."""
        begin = self.ledger.start_time
        if begin is None or begin >= start:
            return True
        return self.ledger.may_miss_trades_in(start, end)

    def _hole_changes(self) -> list[Gap]:
        """Returns the holes opened and filled since the last call. A hole that shrank or was split is still the same
        hole."""
        now = self.ledger.holes()
        new = [hole for hole in now if not any(_is_inside(hole, opened) for opened in self._open)]
        filled = [opened for opened in self._open if not any(_is_inside(hole, opened) for hole in now)]
        self._open = [opened for opened in self._open if opened not in filled] + new
        return [self._gap(hole, GapState.OPEN) for hole in new] + [self._gap_ended(hole) for hole in filled]

    def _gap_ended(self, opened: Hole) -> Gap:
        """Returns the end of a hole: nothing of it is missing any more, except ids declared lost."""
        lost = [hole for hole in self.ledger.lost() if _is_inside(hole, opened)]
        if [(hole.first, hole.last) for hole in lost] == [(opened.first, opened.last)]:
            return self._gap(opened, GapState.PERMANENT)
        missing = ", ".join(f"{hole.first}…{hole.last}" for hole in lost)
        return self._gap(opened, GapState.FILLED, f"all but {missing}, lost for good" if lost else "")

    def _gap(self, hole: Hole, state: GapState, evidence: str = "") -> Gap:
        return Gap(
            self.symbol, hole.first, hole.last, state, self.last_time or 0, hole.from_time, hole.to_time, evidence
        )

    def _keep_recent(self, new: Trades, rows: int) -> None:
        """Keep the newest batches for ``_conflicts``: without a copy, because repeats are rare and trades are many."""
        recent = self._recent
        recent.append(new)
        self._recent_rows += rows
        while self._recent_rows - len(recent[0].ids) >= _RECENT_ROWS:
            self._recent_rows -= len(recent.popleft().ids)
        self._unjoined = min(self._unjoined + 1, len(recent))
        if self._unjoined == _BATCHES_TO_JOIN:
            last = [recent.pop() for _ in range(_BATCHES_TO_JOIN)][::-1]
            recent.extend([_joined(last)] if sum(map(len, last)) < _MAX_JOINED_ROWS else last)
            self._unjoined = 0

    def _conflicts(self, repeats: Trades) -> list[ContentConflict]:
        """Returns the repeats of recent ids whose content differs from the first one."""
        known = {
            trade_id: content
            for batch in self._recent
            for trade_id, content in zip(batch.ids.tolist(), _contents(batch), strict=True)
        }
        return [
            ContentConflict(self.symbol, trade_id, time)
            for trade_id, time, content in zip(
                repeats.ids.tolist(), repeats.times.tolist(), _contents(repeats), strict=True
            )
            if known.get(trade_id, content) != content
        ]


def _joined(batches: list[Trades]) -> Trades:
    """Returns batches of one symbol joined into one."""
    return Trades(
        batches[0].symbol,
        np.concatenate([batch.ids for batch in batches]),
        np.concatenate([batch.times for batch in batches]),
        np.concatenate([batch.prices for batch in batches]),
        np.concatenate([batch.quantities for batch in batches]),
        np.concatenate([batch.buyer_maker for batch in batches]),
    )


def _contents(trades: Trades) -> list[tuple[float, float, int, bool]]:
    return list(
        zip(
            trades.prices.tolist(),
            trades.quantities.tolist(),
            trades.times.tolist(),
            trades.buyer_maker.tolist(),
            strict=True,
        )
    )


def _is_inside(hole: Hole, other: Hole) -> bool:
    return other.first <= hole.first and hole.last <= other.last
