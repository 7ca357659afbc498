"""Comparisons with a stated allowance, and the worst of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def there(found: T | None) -> T:
    """A result that must be there. Raises ``ValueError`` where it is not."""
    if found is None:
        raise ValueError("no result where one was expected")
    return found


class Checks:
    """What one case compared. An error is counted in units of its allowance: at most 1 passes."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.failures: list[str] = []
        self.worst = 0.0
        self.worst_label = ""

    def _record(self, label: str, error: float, allowed: float, text: str) -> None:
        self.made.append(label)
        share = 0.0 if error == 0.0 else (error / allowed if allowed > 0.0 else math.inf)
        if not math.isfinite(error):
            share = math.inf
        if share > self.worst or not self.worst_label:
            self.worst, self.worst_label = share, f"{label}: {text}"
        if share > 1.0:
            self.failures.append(f"{label}: {text}")

    def relative(self, label: str, got: float | None, want: float, allowed: float, *, floor: float = 0.0) -> None:
        """|got − want| ≤ allowed · |want|.

        ``floor`` is the magnitude used where ``want`` is smaller (a certified 0).
        """
        if got is None:
            self._record(label, math.inf, allowed, f"got None, want {want}")
            return
        scale = max(abs(want), floor)
        error = abs(got - want) / scale if scale > 0.0 else (0.0 if got == want else math.inf)
        self._record(
            label, error, allowed, f"got {got!r}, want {want!r}, relative error {error:.2e}, allowed {allowed:g}"
        )

    def absolute(self, label: str, got: float | None, want: float, allowed: float) -> None:
        """|got − want| ≤ allowed."""
        if got is None:
            self._record(label, math.inf, allowed, f"got None, want {want}")
            return
        error = abs(got - want)
        self._record(label, error, allowed, f"got {got!r}, want {want!r}, error {error:.2e}, allowed {allowed:g}")

    def relative_each(
        self, label: str, got: Sequence[float], want: Sequence[float], allowed: float, *, floor: float = 0.0
    ) -> None:
        """``relative`` for two sequences of one length."""
        self.true(f"{label} length", len(got) == len(want), f"{len(got)} values for {len(want)}")
        for i, (g, w) in enumerate(zip(got, want, strict=False)):
            self.relative(f"{label}[{i}]", float(g), float(w), allowed, floor=floor)

    def absolute_each(self, label: str, got: Sequence[float], want: Sequence[float], allowed: float) -> None:
        """``absolute`` for two sequences of one length."""
        self.true(f"{label} length", len(got) == len(want), f"{len(got)} values for {len(want)}")
        for i, (g, w) in enumerate(zip(got, want, strict=False)):
            self.absolute(f"{label}[{i}]", float(g), float(w), allowed)

    def true(self, label: str, holds: bool, text: str = "") -> None:
        """A statement that holds or does not."""
        self._record(label, 0.0 if holds else math.inf, 1.0, text or ("holds" if holds else "does not hold"))

    def nearer(self, label: str, got: float | None, right: float, wrong: float) -> None:
        """``got`` is nearer to what is right than to a well-known wrong value, however near these two are."""
        nearer = got is not None and abs(got - right) <= abs(got - wrong)
        self.true(label, nearer, f"got {got!r}, right {right!r}, wrong {wrong!r}")

    def at_most(self, label: str, got: float, bound: float) -> None:
        """A measured rate and its upper bound."""
        self._record(label, max(got - bound, 0.0), 0.0, f"measured {got:.4f}, at most {bound}")

    def at_least(self, label: str, got: float, bound: float) -> None:
        """A measured rate and its lower bound."""
        self._record(label, max(bound - got, 0.0), 0.0, f"measured {got:.4f}, at least {bound}")
