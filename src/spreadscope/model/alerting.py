"""States of alerts and what is remembered of a rule between two of its bars: small, frozen, stored as it is."""

from __future__ import annotations

from enum import StrEnum

import msgspec

# Bounds of a rule.
LONGEST_TEXT = 500
LONGEST_NAME = 80
MOST_CHANNELS = 20
DAY_SECONDS = 86_400
MOST_AN_HOUR = 1_000

# What a rule is about where it is about each of its kind.
ANY_PAIR, ANY_SYMBOL = "any pair", "any symbol"


class Severity(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertState(StrEnum):
    """Where the life of an alert stands; ``resolved`` and ``digest`` are only said, never lived in."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    NO_DATA = "no data"
    RESOLVED = "resolved"
    DIGEST = "digest"


class Life(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rule about one subject. Times are market times (ms), ends of bars.

    ``start``: bars that ended by then are the past (None until the market's clock runs). ``since``: in this ``state``.
    ``incident`` names the alert that has not ended, ``silenced`` why its firing was not told. ``quiet_since``: the
    recovery has held. ``sides``: for every "crosses", whether the left side was above (1), on (0) or below (-1) the right.
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
    """What a rule has told of late: ``told`` are the firings of the last hour, ``held`` those kept for the digest.

    ``held_since`` is the first of them; ``spent``: a one-shot rule has fired.
    """

    told: tuple[int, ...] = ()
    held: tuple[tuple[str, int], ...] = ()
    held_since: int = 0
    spent: bool = False


class WindowMemory(msgspec.Struct, frozen=True, array_like=True):
    """The values of one "over the time before now": ``began`` (ms, None: nothing yet) and (time, value) ascending."""

    began: int | None
    entries: tuple[tuple[int, float], ...]
