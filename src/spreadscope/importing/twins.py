"""Trades without ids: which of them are held already, and which only look like them.

Two like rows can be two trades (an eighth of real trades share time, price, quantity and side with another), and the
same trade can be there again, because a program saved its buffer twice. What was saved at once is a *save*: a stretch of
the market in its order. Rows of one save are all trades; rows of two saves are the same as far as the saves overlap:

* where a save begins with what was held last, row by row, it goes on from there, and the rest is new;
* where it does not, as many like rows are new as it has more of them than are held.

So the same file twice adds nothing, and a buffer that was saved again and again adds each trade once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

#: Time, price, quantity, whether the buyer was the maker.
Row = tuple[int, float, float, bool]


class Twins:
    """The rows of one symbol, as they come save by save."""

    def __init__(self, held: Iterable[Row] = ()) -> None:
        self._rows: list[Row] = []  # in the order of the market, as far as the saves tell
        self._places: dict[Row, list[int]] = {}
        self.repeated = 0
        self._hold(held)

    def add(self, save: Sequence[Row]) -> list[Row]:
        """Take one save in; → its rows that are new, in their order."""
        overlap = self._overlap(save)
        if overlap:
            new = list(save[overlap:])
        else:
            left = Counter(save)
            left.subtract({row: len(self._places.get(row, ())) for row in left})
            new = []
            # Of like rows the last ones are the new ones: a save goes on where the one before it ended.
            for row in reversed(save):
                if left[row] > 0:
                    left[row] -= 1
                    new.append(row)
            new.reverse()
        self.repeated += len(save) - len(new)
        self._hold(new)
        return new

    def _hold(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._places.setdefault(row, []).append(len(self._rows))
            self._rows.append(row)

    def _overlap(self, save: Sequence[Row]) -> int:
        """How many rows at the head of a save are held: all of it where it is a part, else as far as what was held last goes."""
        head = list(save)
        held = self._rows
        places = self._places.get(head[0], []) if head else []
        for place in places:
            if place + len(head) > len(held):
                break
            if held[place : place + len(head)] == head:
                return len(head)
        for place in places:
            tail = len(held) - place
            if tail < len(head) and held[place:] == head[:tail]:
                return tail
        return 0


def saves(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """Cuts the rows of a file where the time goes back: there a buffer was saved anew.

    A file that has its newest rows first is turned round before.
    """
    down = sum(later[0] < earlier[0] for earlier, later in pairwise(rows))
    up = sum(later[0] > earlier[0] for earlier, later in pairwise(rows))
    ordered = list(reversed(rows)) if down > up else list(rows)
    cuts = [place for place, (earlier, later) in enumerate(pairwise(ordered), start=1) if later[0] < earlier[0]]
    return [ordered[low:high] for low, high in pairwise([0, *cuts, len(ordered)]) if high > low]
