"""What went wrong on the way to the screens: said in the status for a while, and logged, while everything else goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

log = structlog.get_logger()

SAID_SECONDS = 60.0
_MOST = 20


class Faults:
    """Remembers where something failed. The same place is logged once as long as it is said."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._said: dict[str, tuple[float, str]] = {}
        self._ended: dict[str, str] = {}

    def note(self, place: str, error: Exception) -> None:
        """``place`` is what cannot be shown, in words."""
        if place not in self._current():
            if len(self._said) >= _MOST:
                return
            log.error("not shown", what=place, error=repr(error), exc_info=error)
        self._said[place] = (self._now(), type(error).__name__)

    def guard(self, place: str, action: Callable[[], None]) -> None:
        """Do something whose failure must end nothing else."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - a fault of ours costs one update, not every screen
            self.note(place, error)

    def ended(self, what: str, error: BaseException) -> None:
        """A task that others count on is gone for good."""
        log.error("ended", what=what, error=repr(error), exc_info=error)
        self._ended[what] = type(error).__name__

    def sentences(self) -> list[str]:
        """What failed within the last minute."""
        gone = [f"{what} ended by an error ({kind}): restart the engine" for what, kind in self._ended.items()]
        return gone + [
            f"{place} cannot be shown ({kind}): see the engine's log; everything else goes on"
            for place, (_, kind) in self._current().items()
        ]

    def _current(self) -> dict[str, tuple[float, str]]:
        oldest = self._now() - SAID_SECONDS
        self._said = {place: said for place, said in self._said.items() if said[0] >= oldest}
        return self._said
