"""The life of an alert: inactive → pending → firing → recovering → inactive, and no data from anywhere.

One pure step a judgement. An alert that lost its data keeps its incident: when they are back it goes on or ends, and is not
told anew. Whether somebody is told is not decided here (``notice.py``).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from msgspec.structs import replace

from spreadscope.alerts.runtime.evaluation import Truth
from spreadscope.model.alerting import AlertState, Life


class Transition(Enum):
    """What a step brought that is worth saying."""

    NOTHING = auto()
    FIRED = auto()
    RESOLVED = auto()
    LOST = auto()


class HoldTimes(NamedTuple):
    """How long (ms) a condition must hold before it fires, and stay recovered before it ends."""

    hold: int = 0
    keep: int = 0


def advance(
    life: Life, course: HoldTimes, truth: Truth, recovered: Truth, time: int, incident: str
) -> tuple[Life, Transition]:
    """The life after a judgement at ``time`` (ms); a text is the reason why there is no verdict.

    ``incident`` is the name of the incident that would begin now.
    """
    if isinstance(truth, str):
        return _blind(life, time)
    if not life.judged_once:
        life = replace(life, judged_once=True)
    if life.incident:
        return _within(life, course, time, holds=truth, recovered=recovered is True)
    if not truth:
        return (
            life if life.state is AlertState.INACTIVE else _moved(life, AlertState.INACTIVE, time)
        ), Transition.NOTHING
    if life.state is not AlertState.PENDING:
        life = _moved(life, AlertState.PENDING, time)
    if time - life.since < course.hold:
        return life, Transition.NOTHING
    fired = replace(
        life, state=AlertState.FIRING, since=time, incident=incident, fired_at=time, acknowledged=False, silenced=""
    )
    return fired, Transition.FIRED


def ended(life: Life, time: int) -> Life:
    """The life after its incident, whatever it was in."""
    return replace(
        life, state=AlertState.INACTIVE, since=time, incident="", quiet_since=None, acknowledged=False, silenced=""
    )


def _within(life: Life, course: HoldTimes, time: int, *, holds: bool, recovered: bool) -> tuple[Life, Transition]:
    """An incident is open: it goes on, is recovering, or ends."""
    if holds:
        return (life if life.state is AlertState.FIRING else _moved(life, AlertState.FIRING, time)), Transition.NOTHING
    if recovered and time - (time if life.quiet_since is None else life.quiet_since) >= course.keep:
        return ended(life, time), Transition.RESOLVED
    if life.state is not AlertState.RECOVERING:
        life = _moved(life, AlertState.RECOVERING, time)
    if not recovered:
        return (life if life.quiet_since is None else replace(life, quiet_since=None)), Transition.NOTHING
    return (replace(life, quiet_since=time) if life.quiet_since is None else life), Transition.NOTHING


def _blind(life: Life, time: int) -> tuple[Life, Transition]:
    if life.state is AlertState.NO_DATA:
        return life, Transition.NOTHING
    return _moved(life, AlertState.NO_DATA, time), Transition.LOST


def _moved(life: Life, state: AlertState, time: int) -> Life:
    return replace(life, state=state, since=time, quiet_since=None)
