"""The filter of duplicate trades without ids.

Two equal rows can be two trades (an eighth of real trades share time, price, quantity and side with another), or one
trade that a program saved twice. A *save* is what was saved at one time: some rows of the market in their order. Rows
within one save are all trades; two saves have the same trades where they overlap:

* where a save begins with the last stored rows, row by row, the rows after them are new;
* else, of equal rows, only as many are new as the save has more of them than are stored.

So the same file twice adds nothing, and a buffer that was saved repeatedly adds each trade once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from spreadscope.store.import_target import TradeRow


class DuplicateFilter:
    """A filter of the rows of one symbol, which come save by save."""

    def __init__(self, stored: Iterable[TradeRow] = ()) -> None:
        self._rows: list[TradeRow] = []  # in the order of the market, as far as it is known
        self._indexes: dict[TradeRow, list[int]] = {}
        self.repeated = 0
        self._remember(stored)

    def add(self, save: Sequence[TradeRow]) -> list[TradeRow]:
        """Add one save. Returns its new rows in their order."""
        overlap = self._overlap(save)
        if overlap:
            new = list(save[overlap:])
        else:
            missing = Counter(save)
            missing.subtract({row: len(self._indexes.get(row, ())) for row in missing})
            new = []
            # Of equal rows the last ones are new: a save continues the one before it.
            for row in reversed(save):
                if missing[row] > 0:
                    missing[row] -= 1
                    new.append(row)
            new.reverse()
        self.repeated += len(save) - len(new)
        self._remember(new)
        return new

    def _remember(self, rows: Iterable[TradeRow]) -> None:
        for row in rows:
            self._indexes.setdefault(row, []).append(len(self._rows))
            self._rows.append(row)

    def _overlap(self, save: Sequence[TradeRow]) -> int:
        """Returns how many rows at the start of a save are stored: all of them, or as many as the last stored rows."""
        head = list(save)
        rows = self._rows
        indexes = self._indexes.get(head[0], []) if head else []
        for index in indexes:
            if index + len(head) > len(rows):
                break
            if rows[index : index + len(head)] == head:
                return len(head)
        for index in indexes:
            tail = len(rows) - index
            if tail < len(head) and rows[index:] == head[:tail]:
                return tail
        return 0


def split_saves(rows: Sequence[TradeRow]) -> list[Sequence[TradeRow]]:
    """Returns the saves of a file: its rows are split where the time goes back.

    A file with the newest rows first is reversed before.
    """
    falling = sum(later[0] < earlier[0] for earlier, later in pairwise(rows))
    rising = sum(later[0] > earlier[0] for earlier, later in pairwise(rows))
    ordered = list(reversed(rows)) if falling > rising else list(rows)
    cuts = [index for index, (earlier, later) in enumerate(pairwise(ordered), start=1) if later[0] < earlier[0]]
    return [ordered[low:high] for low, high in pairwise([0, *cuts, len(ordered)]) if high > low]
