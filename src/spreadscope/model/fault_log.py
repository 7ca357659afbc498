"""Exceptions of our own code, caught where they cost one thing only, on their way to become facts."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Self

from spreadscope.model.facts import Fault

_AGAIN_MS = 60_000  # the same failure is a fact once a minute of the market; between that it is counted
_LONGEST_ERROR = 300
_LONGEST_TRACE = 4_000


class FaultLog:
    """Collects what failed. ``take`` gives the faults that are new, ``recovered`` ends one for the screen."""

    def __init__(self) -> None:
        self.time = 0  # the market's clock, ms
        self.active: dict[tuple[str, str], Fault] = {}
        self._new: list[Fault] = []
        self._told: dict[tuple[str, str], int] = {}

    def note(self, part: str, subject: str, error: Exception, consequence: str) -> None:
        """``part`` of ``subject`` failed, which costs ``consequence`` (a sentence)."""
        key = (part, subject)
        before = self.active.get(key)
        trace = "".join(traceback.format_exception(error))[-_LONGEST_TRACE:]
        text = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
        fault = Fault(part, subject, self.time, text, consequence, trace, 1 if before is None else before.count + 1)
        self.active[key] = fault
        told = self._told.get(key)
        if before is None or told is None or self.time >= told + _AGAIN_MS:
            self._told[key] = self.time
            self._new.append(fault)

    def recovered(self, part: str, subject: str) -> None:
        """``part`` of ``subject`` works again."""
        self.active.pop((part, subject), None)

    def forget(self, subject: str) -> None:
        """A subject is no longer watched: nothing of it can fail any more."""
        for key in [key for key in self.active if key[1] == subject]:
            del self.active[key]

    def take(self) -> list[Fault]:
        """The faults since the last call that are to be stored and told."""
        new, self._new = self._new, []
        return new

    def guard(self, part: str, subject: str, consequence: str, then: Callable[[], None] | None = None) -> FaultGuard:
        """A context in which an exception is noted instead of raised; ``then`` is called after one."""
        return FaultGuard(self, part, subject, consequence, then)


class FaultGuard:
    """The context that ``FaultLog.guard`` makes. ``failed`` tells whether an exception was caught."""

    __slots__ = ("_consequence", "_log", "_part", "_subject", "_then", "failed")

    def __init__(
        self, log: FaultLog, part: str, subject: str, consequence: str, then: Callable[[], None] | None
    ) -> None:
        self._log, self._part, self._subject = log, part, subject
        self._consequence, self._then = consequence, then
        self.failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.failed = True
        self._log.note(self._part, self._subject, error, self._consequence)
        if self._then is not None:
            self._then()
        return True
