"""A part of a running engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.contract import Level, Runbook


class Component(ABC):
    """A part that ``LiveEngine`` starts, watches and stops.

    What the status says of the engine is the union of what its parts say, and so are its metrics and whether it is
    ready.

    ``name`` is for people and for the log.
    """

    name: str

    @abstractmethod
    def alarms(self) -> Iterable[contract.Alarm]:
        """Returns what is not as it should be, the worst first."""

    def metrics(self) -> Iterable[Metric]:
        """Returns its figures as they are now, each family also where it has no sample yet (``metric_families``)."""
        return ()

    def unready(self) -> Iterable[str]:
        """Returns why the engine cannot answer with true data, a sentence each; nothing where it can."""
        return ()


def error(message: str, runbook: Runbook | None = None) -> contract.Alarm:
    """Returns an alarm of a fault; ``runbook`` is the page that says what to do."""
    return contract.Alarm(Level.ERROR, message, runbook)


def warning(message: str, runbook: Runbook | None = None) -> contract.Alarm:
    return contract.Alarm(Level.WARNING, message, runbook)
