"""What the prices of the last rows were, of both legs: a window must not mix mids and last trades without saying so."""

from __future__ import annotations

from collections import Counter, deque

from spreadscope.model.facts import PriceSource

_Sources = tuple[PriceSource | None, PriceSource | None]


class SourceWindow:
    """The price sources of the last ``size`` rows."""

    def __init__(self, size: int) -> None:
        self._rows: deque[_Sources] = deque(maxlen=size)
        self._counts: tuple[Counter[PriceSource], Counter[PriceSource]] = (Counter(), Counter())

    def push(self, y: PriceSource | None, x: PriceSource | None, skipped: int = 0) -> bool:
        """Enter a row behind ``skipped`` ones without prices. Returns whether a leg has prices of both kinds in the window."""
        for _ in range(min(skipped, self._rows.maxlen or 0)):
            self._push((None, None))
        self._push((y, x))
        return any(
            counts[PriceSource.LAST] and counts[PriceSource.MID] + counts[PriceSource.EARLIER_MID]
            for counts in self._counts
        )

    def _push(self, row: _Sources) -> None:
        if len(self._rows) == self._rows.maxlen:
            for counts, source in zip(self._counts, self._rows[0], strict=True):
                if source is not None:
                    counts[source] -= 1
        self._rows.append(row)
        for counts, source in zip(self._counts, row, strict=True):
            if source is not None:
                counts[source] += 1
