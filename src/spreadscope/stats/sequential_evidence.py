"""Evidence of cointegration that may be watched: decided in looks, at a size that holds over a session of any length.

Whoever tests at every bar and stops at the first small p finds something in every pair. Here the level is spent: each
look may use a share of it, and all shares together make the level, however long one watches. First come looks at a
quarter and a half of the window, for pairs that revert fast, then one at the whole window, which has most of the level,
then one every half window on the newest window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_series, check_count, check_window
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats.breakdown import BreakdownMonitor
from spreadscope.stats.surrogate_cointegration import FEWEST_ROWS, SurrogateTest

FIRST_SHARES = (0.10, 0.15, 0.375)  # of looks at a quarter, a half and the whole of the window
_LATER_SHARE = 0.375  # of all later looks together: the k-th has k^-1.5 / ζ(1.5) of it
_ZETA = 2.612375348685488
_FEWEST_SURROGATES, _MOST_SURROGATES = 999, 19_999
_MOST_WORK = 10**12
_VOLATILITY_ROWS = 30  # of the monitor of a found tie: 60 see a break no sooner and call twice as many ties broken


@dataclass(frozen=True, slots=True)
class Look(
    Result,
    title="One look at a pair",
    decides={"adjusted": "p of this look, from surrogates, for its share of the level"},
):
    """The result of one look.

    ``pvalue`` is of this look alone; ``share`` the part of the level it may use; ``adjusted`` = p · level / share, at
    most 1.

    ``rows`` counts the joint rows it saw, ``number`` begins with 1. With a ``reason`` there was no test, and its share
    is spent all the same.
    """

    number: int
    rows: int
    pvalue: float | None
    share: float
    adjusted: float
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Standing(
    Result,
    title="What the looks say so far",
    decides={"pvalue": "smallest p of the looks since the last break, each for its share of the level"},
):
    """The result of all looks so far.

    ``pvalue`` is valid however long one has watched: the smallest adjusted p of the looks since the last break, 1
    before the first.

    ``cointegrated``: ``pvalue`` ≤ level. ``since_break``: joint rows since a tie that was found broke, None while none
    broke or another was found. ``passed`` of ``looks`` had p ≤ level each, where chance gives ``level`` · ``looks``.
    """

    looks: int
    pvalue: float
    cointegrated: bool
    since_break: int | None
    passed: int
    last: Look | None
    next_in: int


class SequentialEvidence:
    """Feed it the log prices of every row; it looks when a look is due.

    ``window``: rows of the largest look. ``level``: of the whole session, and anew after the break of a tie that was
    found. The same rows and ``seed`` give the same looks.

    ``work``: the most that one row may cost, in rows of surrogates (a million take about a millisecond). A look that
    needs more is of the rows when it was due and comes some rows later, the same number on every machine. None: a look
    comes on the row that made it due.

    >>> rng = np.random.default_rng(3)
    >>> x = np.cumsum(rng.standard_normal(600))
    >>> evidence = SequentialEvidence(480)
    >>> looks = [look for look in (evidence.update(a, b) for a, b in zip(x + rng.standard_normal(600), x)) if look]
    >>> [look.rows for look in looks], evidence.standing.cointegrated
    ([120, 240, 480], True)
    """

    def __init__(self, window: int, *, level: float = 0.05, seed: int = 0, work: int | None = None) -> None:
        window = check_window(window, minimum=1)
        if window < 4 * FEWEST_ROWS:
            raise StatisticsError(
                f"window is {window}; the first look is at a quarter of it and needs {FEWEST_ROWS} rows"
            )
        if not 0.0 < level < 1.0:
            raise StatisticsError(f"level is {level}; give a probability such as 0.05")
        self.window = window
        self.level = level
        self._work = None if work is None else check_count(work, "work", "at least 1", least=1, most=_MOST_WORK)
        self._seed = seed
        self._y = np.empty(window)
        self._x = np.empty(window)
        self._count = 0  # joint rows so far
        self._begun = 0  # of them, before the last break
        self._looks = 0
        self._looks_before = 0  # likewise
        self._monitor: BreakdownMonitor | None = None  # of the tie that was found
        self._since_break: int | None = None
        self._passed = 0
        self._pvalue = 1.0
        self._last: Look | None = None
        self._test: SurrogateTest | None = None  # of a look that is not finished

    @property
    def standing(self) -> Standing:
        """What the looks say so far."""
        tied = self._pvalue <= self.level
        due = max(0, self._due_at(self._looks) - self._count)
        return Standing(self._looks, self._pvalue, tied, self._since_break, self._passed, self._last, due)

    @property
    def since_break(self) -> int | None:
        """Returns the joint rows since a tie that was found broke; None where none did, or another was found since."""
        return self._since_break

    def update(self, y: float, x: float) -> Look | None:
        """One more row of log prices; a row that lacks one is no row. Returns the look that was finished at it."""
        if not (math.isfinite(y) and math.isfinite(x)):
            if self._monitor is not None:
                self._monitor.update(None, None)
            return None
        if self._since_break is not None:
            self._since_break += 1
        if self._monitor is not None and self._monitor.update(y, x).broken:
            self._restart()
        place = self._count % self.window
        self._y[place], self._x[place] = y, x
        self._count += 1
        look = None
        if self._test is not None and self._count >= self._due_at(self._looks + 1):
            look = self._make(_MOST_SURROGATES)  # a look is not overtaken by the next, however little a row may cost
        if self._test is None and self._count >= self._due_at(self._looks):
            self._test = self._new_test()
        if self._test is None or look is not None:
            return look
        return self._make(_MOST_SURROGATES if self._work is None else max(1, self._work // max(1, self._test.rows)))

    def _restart(self) -> None:
        """Look no more at the rows of a tie that broke: they would make it look like one for as long as the window
        is."""
        self._monitor = self._test = None
        self._begun, self._looks_before = self._count, self._looks
        self._pvalue, self._since_break = 1.0, 0

    def _make(self, surrogates: int) -> Look | None:
        """Go on with the look that is due. Returns it when it is finished."""
        test = self._test
        if test is None:
            return None
        test.make(surrogates)
        if not test.done:
            return None
        self._test = None
        return self._looked(test)

    def rows(self) -> tuple[FloatArray, FloatArray]:
        """Returns the joint rows of the newest window, the oldest first, also those before a break."""
        if self._count <= self.window:
            return self._y[: self._count].copy(), self._x[: self._count].copy()
        place = self._count % self.window
        return np.roll(self._y, -place), np.roll(self._x, -place)

    def _rows_to_look_at(self) -> tuple[FloatArray, FloatArray]:
        y, x = self.rows()
        since = min(self._count - self._begun, self.window)
        return y[len(y) - since :], x[len(x) - since :]

    def share(self, look: int) -> float:
        """Returns the part of the level that look ``look`` (from 0, anew after a break) may use; all of them together
        make the level."""
        if look < len(FIRST_SHARES):
            return self.level * FIRST_SHARES[look]
        later = float(look - len(FIRST_SHARES) + 1)
        return self.level * _LATER_SHARE / (_ZETA * later * math.sqrt(later))

    def _due_at(self, look: int) -> int:
        look -= self._looks_before
        first = (self.window // 4, self.window // 2, self.window)
        rows = first[look] if look < len(first) else self.window + (look - len(first) + 1) * (self.window // 2)
        return self._begun + rows

    def _new_test(self) -> SurrogateTest:
        surrogates = min(
            max(_FEWEST_SURROGATES, math.ceil(4 / self.share(self._looks - self._looks_before))), _MOST_SURROGATES
        )
        return SurrogateTest(*self._rows_to_look_at(), surrogates=surrogates, seed=self._seed + self._looks)

    def _looked(self, of_look: SurrogateTest) -> Look:
        share, test = self.share(self._looks - self._looks_before), of_look.result
        adjusted = 1.0 if test.pvalue is None else min(1.0, test.pvalue * self.level / share)
        self._looks += 1
        self._pvalue = min(self._pvalue, adjusted)
        self._passed += test.pvalue is not None and test.pvalue <= self.level
        self._last = Look(self._looks, test.n, test.pvalue, share, adjusted, test.reason)
        if self._pvalue <= self.level:
            self._since_break = None
            # Frozen anew at every look: β may drift, while a break is faster than half a window.
            self._monitor = self._frozen()
        return self._last

    def _frozen(self) -> BreakdownMonitor | None:
        try:
            return BreakdownMonitor.freeze(*self._rows_to_look_at(), volatility_rows=_VOLATILITY_ROWS)
        except StatisticsError:
            return None  # legs so close to collinear or constant have no tie that could be seen to break


@labelled
def evidence_over(y: FloatArray, x: FloatArray, window: int, *, level: float = 0.05, seed: int = 0) -> list[Look]:
    """Returns the looks that watching these rows would have taken."""
    evidence = SequentialEvidence(window, level=level, seed=seed)
    legs = zip(as_series(y, "y").tolist(), as_series(x, "x").tolist(), strict=True)
    return [look for look in (evidence.update(one, other) for one, other in legs) if look is not None]
