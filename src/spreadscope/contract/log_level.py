"""The level of the engine's log, which can be changed while it runs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from spreadscope.model.states import LogLevel

MOST_LOG_MINUTES = 1_440


class LogSetting(msgspec.Struct, frozen=True):
    """The level of the log, the one it goes back to, and when (ms; null: it stays)."""

    level: LogLevel
    usual: LogLevel
    until: int | None


class LogLevelBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Log from ``level`` on, for so many minutes (null: until the engine ends)."""

    level: LogLevel
    minutes: Annotated[int, Meta(ge=1, le=MOST_LOG_MINUTES)] | None = 10
