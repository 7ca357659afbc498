"""The requests of whoever watches an engine, a part of the client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from spreadscope.contract import AccessEntry, Health, LogLevelBody, LogSetting, Person, Readiness

T = TypeVar("T")
Query = Mapping[str, str | int]

_NOT_READY = 503


class OperationRequests(ABC):
    """Whether the engine lives and is ready, its metrics, the level of its log, and who changed what."""

    @abstractmethod
    def _get(self, path: str, kind: type[T], query: Query | None = None, also: int | None = None) -> T: ...

    @abstractmethod
    def _change(self, method: str, path: str, kind: type[T], body: msgspec.Struct | None = None) -> T: ...

    @abstractmethod
    def _text(self, path: str) -> str: ...

    def health(self) -> Health:
        return self._get("/health", Health)

    def readiness(self) -> Readiness:
        """Returns whether the engine can answer with true data, also where it cannot."""
        return self._get("/ready", Readiness, also=_NOT_READY)

    def metrics(self) -> str:
        """Returns the metrics in Prometheus' text format."""
        return self._text("/metrics")

    def log_setting(self) -> LogSetting:
        return self._get("/api/log-level", LogSetting)

    def set_log_level(self, body: LogLevelBody) -> LogSetting:
        return self._change("PUT", "/api/log-level", LogSetting, body)

    def person(self) -> Person:
        """Returns who asks, as the engine sees it."""
        return self._get("/api/access/person", Person)

    def access_log(self, limit: int = 200, *, who: str = "", what: str = "") -> list[AccessEntry]:
        """Returns the newest lines of the log of changes, the newest first, for the scope ``admin`` alone.

        ``who`` and ``what`` leave lines with these texts in the name and in what was done, whatever their case.
        """
        return self._get("/api/access/log", list[AccessEntry], {"limit": limit, "who": who, "what": what})
