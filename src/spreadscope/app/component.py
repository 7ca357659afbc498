"""A part of a running engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from spreadscope import contract
from spreadscope.contract import Level


class Component(ABC):
    """A part that ``LiveEngine`` starts, watches and stops.

    What the status says of the engine is the union of what its parts say.

    ``name`` is for people and for the log.
    """

    name: str

    @abstractmethod
    def alarms(self) -> Iterable[contract.Alarm]:
        """Returns what is not as it should be, the worst first."""


def error(message: str) -> contract.Alarm:
    return contract.Alarm(Level.ERROR, message)


def warning(message: str) -> contract.Alarm:
    return contract.Alarm(Level.WARNING, message)
