"""Who is told: mute, acknowledgement, cooldown and the hourly cap, in this order. What is not told is recorded with its reason."""

from __future__ import annotations

from msgspec.structs import replace

from spreadscope.model.alerting import Budget, Life
from spreadscope.model.events import SetRule

HOUR_MS = 3_600_000
MUTED, ACKNOWLEDGED, COOLDOWN, CAP = "muted", "acknowledged", "cooldown", "cap"
# The reasons that pass while an alert still fires: then it is told after all. What the cap held back is in the digest.
PASSING = frozenset({MUTED, COOLDOWN})


def told(rule: SetRule, budget: Budget, life: Life, subject: str, time: int) -> tuple[str, Budget]:
    """Whether a firing (or lost data) at ``time`` is told: → "" or the reason against it, and the budget after it."""
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


def end_told(rule: SetRule, life: Life, time: int) -> tuple[bool, str]:
    """Whether the end of an incident (or of its data) is told, and the reason against it."""
    if time < rule.muted_until:
        return False, MUTED
    if life.acknowledged:
        return False, ACKNOWLEDGED
    return not life.silenced, life.silenced


def digest_due(budget: Budget) -> int | None:
    """When what was held back is told at once: an hour after the first of it; None where there is nothing."""
    return budget.held_since + HOUR_MS if budget.held else None
