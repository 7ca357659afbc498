"""The price sources of both legs over the last rows: a row says when its window mixes mids and last trades."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from spreadscope.model.states import PriceSource

_Sources = tuple[PriceSource | None, PriceSource | None]


class SourceWindow:
    """The price sources of the last ``size`` rows."""

    def __init__(self, size: int) -> None:
        self._rows: deque[_Sources] = deque(maxlen=size)
        self._counts: Counter[_Sources] = Counter()
        self._mixed = False

    def push(self, y: PriceSource | None, x: PriceSource | None, skipped: int = 0) -> bool:
        """Add a row after ``skipped`` rows without prices. Returns whether a leg has prices of both kinds in the
        window."""
        for _ in range(min(skipped, self._rows.maxlen or 0)):
            self._push((None, None))
        self._push((y, x))
        return self._mixed

    def _push(self, row: _Sources) -> None:
        rows = self._rows
        if len(rows) == rows.maxlen:
            if rows[0] == row:  # the usual case: the counts do not change
                rows.append(row)
                return
            self._counts[rows[0]] -= 1
        rows.append(row)
        self._counts[row] += 1
        present = [sources for sources, count in self._counts.items() if count]
        self._mixed = _both(source for source, _ in present) or _both(source for _, source in present)


def _both(sources: Iterable[PriceSource | None]) -> bool:
    kinds = set(sources) - {None}
    return PriceSource.LAST in kinds and len(kinds) > 1
