"""What failed of ourselves, and what came that cannot be, as the screen shows it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import structlog

from spreadscope.model.clock import Clock
from spreadscope.model.facts import Fact, Fault, TradeRefused
from spreadscope.model.fault_log import FaultLog
from spreadscope.tasks import Policy

log = structlog.get_logger()

_RED_NS = 60_000_000_000  # a failure that is over stays red so long, ...
_SHOWN_NS = 600_000_000_000  # ... and is told of so long
_KEPT = 20
_MOST_LINES = 20


class Alarm(NamedTuple):
    """A line for the screen: ``level`` is ``error`` or ``warning``."""

    level: str
    message: str


class _Recent(NamedTuple):
    at_ns: int
    fault: Fault


_CONSEQUENCES = {
    Policy.RESTART: "the {} failed and is begun anew",
    Policy.ONCE: "the {} failed and was left",
    Policy.FATAL: "the {} failed: the engine stops",
}


class FaultReport:
    """Hears of faults from the core's facts (``note``) and from what surrounds it (``failed``, ``guard``)."""

    def __init__(
        self,
        core: FaultLog,
        clock: Clock,
        store: Callable[[Fault], None],
        mask: Callable[[str], str] = str,
    ) -> None:
        """``store`` keeps a fault that is no fact of the core; ``mask`` takes secrets out of its words."""
        self._core = core
        self._clock = clock
        self._store = store
        self._outside_core = FaultLog(mask)
        self._recent: deque[_Recent] = deque(maxlen=_KEPT)
        self.refused = 0
        self._last_refused: TradeRefused | None = None
        self._refused_ns = 0

    def note(self, facts: Iterable[Fact]) -> None:
        """What of these facts is a fault, or a trade that was refused."""
        for fact in facts:
            if isinstance(fact, Fault):
                log.error(
                    "our own code failed", part=fact.part, subject=fact.subject, error=fact.error, trace=fact.trace
                )
                self._recent.append(_Recent(self._clock.monotonic_ns(), fact))
            elif isinstance(fact, TradeRefused):
                log.warning("trade refused", symbol=fact.symbol, id=fact.trade_id, price=fact.price, why=fact.why)
                self.refused += 1
                self._last_refused, self._refused_ns = fact, self._clock.monotonic_ns()

    def failed(self, part: str, subject: str, error: Exception, consequence: str) -> None:
        """Something beside the core failed and the rest goes on. Stored once a minute, however often it happens."""
        self._outside_core.time = self._clock.now_ns() // 1_000_000
        self._outside_core.note(part, subject, error, consequence)
        new = self._outside_core.take()
        self.note(new)
        for fault in new:
            self._store(fault)

    def loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Report that a callback of the event loop failed (a timer, a library's own task)."""
        error = context.get("exception")
        if isinstance(error, Exception):
            place = str(context.get("message", "callback"))[:100]
            self.failed("event loop", place, error, "something in the engine's event loop failed")
        loop.default_exception_handler(context)

    def task_failed(self, name: str, error: Exception, policy: Policy) -> None:
        """Report that a task of ours failed: an engine that no longer repairs, say, must not look well."""
        self.failed("task", name, error, _CONSEQUENCES[policy].format(name))

    def guard(self, part: str, subject: str, consequence: str, action: Callable[[], None]) -> None:
        """Do something whose failure must end nothing else."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - a fault of ours costs this one thing
            self.failed(part, subject, error, consequence)

    def recovered(self, part: str, subject: str) -> None:
        """What had failed beside the core works again."""
        self._outside_core.recovered(part, subject)

    def _forget_what_is_over(self) -> None:
        """What surrounds the core does not say when it works again: a minute without a failure is taken for it."""
        oldest = (self._clock.now_ns() - _RED_NS) // 1_000_000
        for (part, subject), fault in tuple(self._outside_core.active.items()):
            if fault.time < oldest:
                self.recovered(part, subject)

    def active(self) -> dict[tuple[str, str], Fault]:
        """Returns what fails now, by part and subject."""
        self._forget_what_is_over()
        return {**self._core.active, **self._outside_core.active}

    def alarms(self) -> list[Alarm]:
        """The worst first: what fails now, what failed lately, what was refused."""
        now = self._clock.monotonic_ns()
        active = self.active()
        alarms = [
            Alarm("error", f"{fault.consequence} ({fault.error}{_times(fault.count)}): please report this fault")
            for fault in list(active.values())[-_MOST_LINES:]
        ]
        if len(active) > _MOST_LINES:
            alarms.append(Alarm("error", f"{len(active) - _MOST_LINES} more parts of the program fail: see the log"))
        over = {
            (recent.fault.part, recent.fault.subject): recent
            for recent in self._recent
            if now - recent.at_ns < _SHOWN_NS and (recent.fault.part, recent.fault.subject) not in active
        }
        alarms += [
            Alarm(
                "error" if now - recent.at_ns < _RED_NS else "warning",
                f"{recent.fault.consequence} ({recent.fault.error}): it works again",
            )
            for recent in over.values()
        ]
        if self._last_refused is not None and now - self._refused_ns < _SHOWN_NS:
            last = self._last_refused
            alarms.append(
                Alarm(
                    "warning",
                    f"{self.refused} rows that cannot be trades were refused and kept as evidence,"
                    f" the last of {last.symbol}"
                    f" (id {last.trade_id}): {last.why}",
                )
            )
        return alarms


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""
