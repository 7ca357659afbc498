"""A log of exceptions of our own code, which become facts: each is caught where only one part fails."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

from spreadscope.model.facts import Fault

T = TypeVar("T")

_REPEAT_MS = 60_000  # the same failure becomes a fact once a minute of market time; in between it is only counted
_LONGEST_ERROR = 300
_LONGEST_TRACE = 4_000
_MAX_SUBJECTS = 200  # when there are more, the oldest are dropped


class FaultLog:
    """A log of failures, used by the engine. ``take`` returns the new faults, ``recovered`` ends one."""

    def __init__(self, mask: Callable[[str], str] = str) -> None:
        """``mask`` removes secrets from a text."""
        self._mask = mask
        self.time = 0  # the market's clock, ms
        self.active: dict[tuple[str, str], Fault] = {}
        self._new: list[Fault] = []
        self._reported_at: dict[tuple[str, str], int] = {}

    def note(self, part: str, subject: str, error: Exception, consequence: str) -> None:
        """Note that ``part`` of ``subject`` failed; ``consequence`` is a sentence."""
        key = (part, subject)
        previous = self.active.get(key)
        trace = self._mask("".join(traceback.format_exception(error)))[-_LONGEST_TRACE:]
        text = self._mask(error_text(error))[:_LONGEST_ERROR]
        fault = Fault(part, subject, self.time, text, consequence, trace, 1 if previous is None else previous.count + 1)
        _put(self.active, key, fault)
        reported_at = self._reported_at.get(key)
        if previous is None or reported_at is None or self.time >= reported_at + _REPEAT_MS:
            _put(self._reported_at, key, self.time)
            self._new.append(fault)

    def recovered(self, part: str, subject: str) -> None:
        """Note that ``part`` of ``subject`` works. It is called on every success, so it must be cheap."""
        if self.active:
            self.active.pop((part, subject), None)

    def forget(self, subject: str) -> None:
        """Remove a subject that is no longer watched."""
        for key in [key for key in self.active if key[1] == subject]:
            del self.active[key]

    def take(self) -> list[Fault]:
        """Returns the faults since the last call, to be stored and shown."""
        if not self._new:
            return []
        new, self._new = self._new, []
        return new


def error_text(error: BaseException) -> str:
    """Returns an exception in one line, even one that cannot be printed."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a fault within a fault
        text = "(it cannot be printed)"
    return f"{type(error).__name__}: {text}"


def _put(faults: dict[tuple[str, str], T], key: tuple[str, str], value: T) -> None:
    if key not in faults and len(faults) >= _MAX_SUBJECTS:
        del faults[next(iter(faults))]
    faults[key] = value
