"""The life of an alert: inactive, pending, firing, recovering, inactive again; and "no data" from each of them.

Each verdict is one pure step. An alert that loses its data keeps its incident: when data return it goes on or ends,
without a new notification. Who is notified is decided in ``notification_policy.py``.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from msgspec.structs import replace

from spreadscope.alerts.runtime.evaluation import Truth
from spreadscope.model.alerting import AlertState, Life


class Transition(Enum):
    """A change of an alert's life that may cause a notification."""

    NOTHING = auto()
    FIRED = auto()
    RESOLVED = auto()
    LOST = auto()


class HoldTimes(NamedTuple):
    """The times (ms) that a condition must hold before the rule fires (``hold``), and stay recovered before it ends
    (``keep``)."""

    hold: int = 0
    keep: int = 0


def advance(
    life: Life, hold_times: HoldTimes, truth: Truth, recovered: Truth, time: int, incident: str
) -> tuple[Life, Transition]:
    """Returns the life after a verdict at ``time`` (ms), and its transition; a text as ``truth`` is the reason for no
    data.

    ``incident`` is the name of the incident that would begin now.
    """
    if isinstance(truth, str):
        return _lose_data(life, time)
    if not life.judged_once:
        life = replace(life, judged_once=True)
    if life.incident:
        return _advance_incident(life, hold_times, time, holds=truth, recovered=recovered is True)
    if not truth:
        return (
            life if life.state is AlertState.INACTIVE else _enter_state(life, AlertState.INACTIVE, time)
        ), Transition.NOTHING
    if life.state is not AlertState.PENDING:
        life = _enter_state(life, AlertState.PENDING, time)
    if time - life.since < hold_times.hold:
        return life, Transition.NOTHING
    fired = replace(
        life, state=AlertState.FIRING, since=time, incident=incident, fired_at=time, acknowledged=False, silenced=""
    )
    return fired, Transition.FIRED


def end_incident(life: Life, time: int) -> Life:
    """Returns the life after its incident has ended."""
    return replace(
        life, state=AlertState.INACTIVE, since=time, incident="", quiet_since=None, acknowledged=False, silenced=""
    )


def _advance_incident(
    life: Life, hold_times: HoldTimes, time: int, *, holds: bool, recovered: bool
) -> tuple[Life, Transition]:
    """Returns the life of an open incident after a verdict: it goes on, recovers, or ends."""
    if holds:
        return (
            life if life.state is AlertState.FIRING else _enter_state(life, AlertState.FIRING, time)
        ), Transition.NOTHING
    if recovered and time - (time if life.quiet_since is None else life.quiet_since) >= hold_times.keep:
        return end_incident(life, time), Transition.RESOLVED
    if life.state is not AlertState.RECOVERING:
        life = _enter_state(life, AlertState.RECOVERING, time)
    if not recovered:
        return (life if life.quiet_since is None else replace(life, quiet_since=None)), Transition.NOTHING
    return (replace(life, quiet_since=time) if life.quiet_since is None else life), Transition.NOTHING


def _lose_data(life: Life, time: int) -> tuple[Life, Transition]:
    if life.state is AlertState.NO_DATA:
        return life, Transition.NOTHING
    return _enter_state(life, AlertState.NO_DATA, time), Transition.LOST


def _enter_state(life: Life, state: AlertState, time: int) -> Life:
    return replace(life, state=state, since=time, quiet_since=None)
