"""The tape of one symbol: batches in, the trades that are new out; what became of the holes is asked for with ``settle``.

``accept`` and ``settle`` are apart so that the facts do not depend on how arrivals were cut into batches: the engine
settles only when the market's clock moves on.
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
from spreadscope.tape.plausibility import TradeSense

# Repeats come within seconds (a reconnect's overlap), so content is compared over this many recent ids.
_REMEMBERED = 2_048
# Batches of a quiet symbol hold a trade or two, and thirty times as much memory as that needs: so many are joined into one,
# where they have fewer trades than this together.
_JOINED = 64
_FEW_ROWS = 16 * _JOINED
_MOST_REFUSED = 100  # told of between two ticks of the clock: of a flood the first are evidence enough


class Tape:
    """Accepts each aggregate id once, opens and closes holes, and notices an id that came with two contents.

    A tape taken up again has the ``ledger`` of the earlier run and the gaps that it had ``opened`` and not closed.
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
        self._sense = TradeSense()
        self._sense.settle(self.ledger.last, self.last_time, None, heard=False)
        self._refused: list[TradeRefused] = []
        self._void: list[tuple[int, int]] = []  # ids and times of prints that are no trades
        self._accepted_before = 0
        self._recent: deque[Trades] = deque()
        self._recent_rows = 0
        self._loose = 0  # how many of the last batches are not joined yet

    @property
    def missing(self) -> int:
        """How many trades are missing and may still be had."""
        return sum(len(hole) for hole in self.ledger.holes())

    def accept(self, trades: Trades) -> TradesAccepted | None:
        """Enter a batch. Returns its new trades in arrival order, None where it holds nothing new.

        Rows that cannot be trades are refused and leave a hole, or none where the exchange printed what is no trade. An
        exception leaves the tape as it was: what is not handed on is not held.
        """
        before = self.ledger.state()
        try:
            return self._accept(trades)
        except Exception:
            self.ledger.restore(before)
            raise

    def _accept(self, trades: Trades) -> TradesAccepted | None:
        before = self.ledger.last
        split = self._sense.split(trades, self.ledger)
        void = split.void
        if split.keep is not None:
            self._refuse(split.refused, trades.origin)
            trades = trades.take(split.keep)
            void = void[split.keep] if void is not None else None
        mask = self.ledger.add(trades.ids, trades.times, in_order=split.consecutive)
        if void is not None:
            trades, mask = self._set_aside(trades, void, mask)
        new: Trades | None = trades
        if mask is not None:
            new = trades.take(mask) if mask.any() else None
        if new is not None and (rows := len(new.ids)):
            self._remember(new, rows)
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
        """Keep the evidence. What REST itself has no better is lost for good; what came live is asked for once more."""
        self._refused.extend(refused[: _MOST_REFUSED - len(self._refused)])
        if origin is not Origin.REST:
            return
        missing = [
            row for row in refused if any(hole.first <= row.trade_id <= hole.last for hole in self.ledger.holes())
        ]
        for row in missing:
            self.ledger.give_up(row.trade_id, row.trade_id)

    def _set_aside(self, trades: Trades, void: Bools, mask: Bools | None) -> tuple[Trades, Bools | None]:
        """Prints that are no trades: their ids are accounted for, and that is all."""
        fresh = void if mask is None else void & mask
        self._void.extend(zip(trades.ids[fresh].tolist(), trades.times[fresh].tolist(), strict=True))
        return trades.take(~void), None if mask is None else mask[~void]

    def settle(self) -> list[Fact]:
        """What is to say since the last time: ids with two contents, holes opened and filled."""
        facts: list[Fact] = self._strange() if self._conflicted or self._refused or self._void else []
        self._sense.settle(
            self.ledger.last, self.last_time, self.last_price, heard=self.accepted > self._accepted_before
        )
        self._accepted_before = self.accepted
        if self._open or len(self.ledger.ranges) > 1:
            facts.extend(self._holes())
        return facts

    def _strange(self) -> list[Fact]:
        """Ids that came with two contents, rows that cannot be trades, prints that are none."""
        facts: list[Fact] = [*self._conflicted, *self._refused]
        facts.extend(
            Gap(self.symbol, number, number, GapState.UPSTREAM, self.last_time or time, time, time, NO_TRADE)
            for number, time in self._void
        )
        for gathered in (self._conflicted, self._refused, self._void):
            gathered.clear()
        return facts

    def upstream_hole(self, first: int, last: int, evidence: str, *, permanent: bool) -> list[Fact]:
        """The exchange has no such ids (or not any more): the part of them that is still missing is closed.

        An exception leaves the ledger as it was: an id is accounted for with its evidence, or not at all.
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
                self.ledger.give_up(low, high)
            else:
                self.ledger.close(low, high)
            facts.append(
                Gap(self.symbol, low, high, state, self.last_time or 0, hole.from_time, hole.to_time, evidence)
            )
        # A hole of which this was the last missing part is over, under the ids it was opened with.
        named = {(gap.first, gap.last) for gap in facts if isinstance(gap, Gap)}
        facts.extend(gap for gap in self._holes() if (gap.first, gap.last) not in named)
        return facts

    def plausible_quote(self, quote: Quote) -> bool:
        """Whether a best bid and ask can be those of this market now."""
        low, high = self._sense.prices()
        return low <= quote.bid <= quote.ask <= high

    def provisional(self, start: int, end: int) -> bool:
        """Whether a trade of ``[start, end)`` could be missing: before the tape's start, or beside a hole."""
        begin = self.ledger.start_time
        if begin is None or begin >= start:
            return True
        return self.ledger.torn(start, end)

    def _holes(self) -> list[Gap]:
        """What a batch did to the holes. One that only shrank, or was split, is still the hole that was opened."""
        now = self.ledger.holes()
        new = [hole for hole in now if not any(_inside(hole, opened) for opened in self._open)]
        filled = [opened for opened in self._open if not any(_inside(hole, opened) for hole in now)]
        self._open = [opened for opened in self._open if opened not in filled] + new
        return [self._gap(hole, GapState.OPEN) for hole in new] + [self._ended(hole) for hole in filled]

    def _ended(self, opened: Hole) -> Gap:
        """Nothing of a hole is missing any more, but for what was given up."""
        lost = [hole for hole in self.ledger.lost() if _inside(hole, opened)]
        if [(hole.first, hole.last) for hole in lost] == [(opened.first, opened.last)]:
            return self._gap(opened, GapState.PERMANENT)
        but = ", ".join(f"{hole.first}…{hole.last}" for hole in lost)
        return self._gap(opened, GapState.FILLED, f"all but {but}, lost for good" if lost else "")

    def _gap(self, hole: Hole, state: GapState, evidence: str = "") -> Gap:
        return Gap(
            self.symbol, hole.first, hole.last, state, self.last_time or 0, hole.from_time, hole.to_time, evidence
        )

    def _remember(self, new: Trades, rows: int) -> None:
        """Keep the batches that hold the last ids: as they are, for a repeat is rare and a copy would cost every trade."""
        recent = self._recent
        recent.append(new)
        self._recent_rows += rows
        while self._recent_rows - len(recent[0].ids) >= _REMEMBERED:
            self._recent_rows -= len(recent.popleft().ids)
        self._loose = min(self._loose + 1, len(recent))
        if self._loose == _JOINED:
            last = [recent.pop() for _ in range(_JOINED)][::-1]
            recent.extend([_one(last)] if sum(map(len, last)) < _FEW_ROWS else last)
            self._loose = 0

    def _conflicts(self, repeats: Trades) -> list[ContentConflict]:
        """Repeats among the last ids that say something else than what is held."""
        held = {
            trade_id: content
            for batch in self._recent
            for trade_id, content in zip(batch.ids.tolist(), _content(batch), strict=True)
        }
        return [
            ContentConflict(self.symbol, trade_id, time)
            for trade_id, time, content in zip(
                repeats.ids.tolist(), repeats.times.tolist(), _content(repeats), strict=True
            )
            if held.get(trade_id, content) != content
        ]


def _one(batches: list[Trades]) -> Trades:
    """Batches of one symbol as one."""
    return Trades(
        batches[0].symbol,
        np.concatenate([batch.ids for batch in batches]),
        np.concatenate([batch.times for batch in batches]),
        np.concatenate([batch.prices for batch in batches]),
        np.concatenate([batch.quantities for batch in batches]),
        np.concatenate([batch.buyer_maker for batch in batches]),
    )


def _content(trades: Trades) -> list[tuple[float, float, int, bool]]:
    return list(
        zip(
            trades.prices.tolist(),
            trades.quantities.tolist(),
            trades.times.tolist(),
            trades.buyer_maker.tolist(),
            strict=True,
        )
    )


def _inside(hole: Hole, other: Hole) -> bool:
    return other.first <= hole.first and hole.last <= other.last
