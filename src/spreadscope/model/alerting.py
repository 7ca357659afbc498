"""States of alerts, and the state of a rule between two evaluations: small frozen structs that are stored unchanged."""

from __future__ import annotations

from enum import StrEnum

import msgspec

# Bounds of a rule.
LONGEST_TEXT = 500
LONGEST_NAME = 80
MOST_CHANNELS = 20
DAY_SECONDS = 86_400
MOST_AN_HOUR = 1_000

# The subject of a rule about every pair, or every symbol.
ANY_PAIR, ANY_SYMBOL = "any pair", "any symbol"


class Severity(StrEnum):
    """The severity of an alert."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertState(StrEnum):
    """The state of an alert; ``resolved`` and ``digest`` occur in facts only, not in a ``Life``."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    NO_DATA = "no data"
    RESOLVED = "resolved"
    DIGEST = "digest"


class Life(msgspec.Struct, frozen=True, omit_defaults=True):
    """The stored state of one rule about one subject. Times are market times (ms), ends of bars.

    ``start``: bars that ended by then do not fire (None until the market's clock runs). ``since``: when ``state``
    began. ``incident`` names the open alert, ``silenced`` is the reason why its firing was not notified.
    ``quiet_since``: since when the recovery condition holds. ``told_at``: the last notification. ``judged_once``: it
    had a verdict before. ``sides``: for every "crosses", whether the left side was above (1), on (0) or below (-1) the
    right.
    """

    start: int | None = None
    state: AlertState = AlertState.INACTIVE
    since: int = 0
    incident: str = ""
    fired_at: int = 0
    quiet_since: int | None = None
    acknowledged: bool = False
    silenced: str = ""
    told_at: int = 0
    judged_once: bool = False
    sides: tuple[int | None, ...] = ()


class Budget(msgspec.Struct, frozen=True, omit_defaults=True):
    """The notification budget of a rule: ``told`` are the times of the last hour's notifications, ``held`` the
    suppressed ones by subject, for the digest.

    ``held_since`` is the time of the first suppressed one; ``spent``: a one-shot rule has fired.
    """

    told: tuple[int, ...] = ()
    held: tuple[tuple[str, int], ...] = ()
    held_since: int = 0
    spent: bool = False


class WindowMemory(msgspec.Struct, frozen=True, array_like=True):
    """The stored values of one window of a rule: ``began`` (ms, None: no value yet) and (time, value) ascending."""

    began: int | None
    entries: tuple[tuple[int, float], ...]
