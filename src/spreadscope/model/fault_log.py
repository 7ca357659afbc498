"""Exceptions of our own code, caught where they cost one thing only, on their way to become facts."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

from spreadscope.model.facts import Fault

T = TypeVar("T")

_AGAIN_MS = 60_000  # the same failure is a fact once a minute of the market; between that it is counted
_LONGEST_ERROR = 300
_LONGEST_TRACE = 4_000
_MOST = 200  # subjects that are remembered; the ones that failed first are forgotten first


class FaultLog:
    """Collects what failed. ``take`` gives the faults that are new, ``recovered`` ends one for the screen."""

    def __init__(self, mask: Callable[[str], str] = str) -> None:
        """``mask`` takes out of a text what nobody may read."""
        self._mask = mask
        self.time = 0  # the market's clock, ms
        self.active: dict[tuple[str, str], Fault] = {}
        self._new: list[Fault] = []
        self._told: dict[tuple[str, str], int] = {}

    def note(self, part: str, subject: str, error: Exception, consequence: str) -> None:
        """``part`` of ``subject`` failed, which costs ``consequence`` (a sentence)."""
        key = (part, subject)
        before = self.active.get(key)
        trace = self._mask("".join(traceback.format_exception(error)))[-_LONGEST_TRACE:]
        text = self._mask(words(error))[:_LONGEST_ERROR]
        fault = Fault(part, subject, self.time, text, consequence, trace, 1 if before is None else before.count + 1)
        _remember(self.active, key, fault)
        told = self._told.get(key)
        if before is None or told is None or self.time >= told + _AGAIN_MS:
            _remember(self._told, key, self.time)
            self._new.append(fault)

    def recovered(self, part: str, subject: str) -> None:
        """``part`` of ``subject`` works. Called where all is well, so it costs nothing while nothing has failed."""
        if self.active:
            self.active.pop((part, subject), None)

    def forget(self, subject: str) -> None:
        """A subject is no longer watched: nothing of it can fail any more."""
        for key in [key for key in self.active if key[1] == subject]:
            del self.active[key]

    def take(self) -> list[Fault]:
        """The faults since the last call that are to be stored and told."""
        if not self._new:
            return []
        new, self._new = self._new, []
        return new


def words(error: BaseException) -> str:
    """An exception in one line, also one that cannot say what it is."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a fault within a fault
        text = "(it cannot be printed)"
    return f"{type(error).__name__}: {text}"


def _remember(held: dict[tuple[str, str], T], key: tuple[str, str], value: T) -> None:
    if key not in held and len(held) >= _MOST:
        del held[next(iter(held))]
    held[key] = value
