"""The policy of notifications: mute, acknowledgement, cooldown and the hourly cap, in this order, can suppress one."""

from __future__ import annotations

from msgspec.structs import replace

from spreadscope.model.alerting import Budget, Life
from spreadscope.model.events import SetRule

HOUR_MS = 3_600_000
MUTED, ACKNOWLEDGED, COOLDOWN, CAP = "muted", "acknowledged", "cooldown", "cap"
# Reasons that can end while an alert still fires: it is notified then. What the cap suppressed is in the digest.
TEMPORARY = frozenset({MUTED, COOLDOWN})


def check_firing(rule: SetRule, budget: Budget, life: Life, subject: str, time: int) -> tuple[str, Budget]:
    """Returns the reason that suppresses the notification of a firing (or of lost data), "" for none, and the budget
    after it."""
    if time < rule.muted_until:
        return MUTED, budget
    if life.acknowledged:
        return ACKNOWLEDGED, budget
    if life.told_at and time - life.told_at < rule.cooldown_seconds * 1_000:
        return COOLDOWN, budget
    recent = tuple(then for then in budget.told if then > time - HOUR_MS)
    if len(recent) >= rule.cap_per_hour:
        held = dict(budget.held)
        held[subject] = held.get(subject, 0) + 1
        since = budget.held_since if budget.held else time
        return CAP, replace(budget, told=recent, held=tuple(sorted(held.items())), held_since=since)
    return "", replace(budget, told=(*recent, time))


def check_end(rule: SetRule, life: Life, time: int) -> tuple[bool, str]:
    """Returns whether the end of an incident (or of its data) is notified, and the reason that suppresses it."""
    if time < rule.muted_until:
        return False, MUTED
    if life.acknowledged:
        return False, ACKNOWLEDGED
    return not life.silenced, life.silenced


def digest_due(budget: Budget) -> int | None:
    """Returns when the suppressed alerts are notified together: an hour after the first; None when there are none."""
    return budget.held_since + HOUR_MS if budget.held else None
