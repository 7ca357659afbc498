"""How good a rule was: how often it fired, how long, and whether the spread came back before the stop."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from spreadscope.model.alerting import AlertState
from spreadscope.model.facts import Alert
from spreadscope.model.timeframe import Timeframe

# An alert that is back so soon after its end flaps: within a minute, or five bars.
_FLAP_MS = 60_000
_FLAP_BARS = 5

ZSeries = Sequence[tuple[int, float | None]]  # (end of the bar, z), ascending


class Score(msgspec.Struct, frozen=True):
    """One rule. ``reverted`` of the firings with |z| beyond the exit came back inside it, ``stopped`` reached the stop first."""

    rule_id: str
    fired: int = 0
    suppressed: int = 0
    resolved: int = 0
    open: int = 0
    flaps: int = 0
    median_seconds: float | None = None
    reverted: int = 0
    stopped: int = 0
    reverted_share: float | None = None
    median_seconds_to_reversion: float | None = None


class _Incident:
    """A firing and its end."""

    def __init__(self, alert: Alert) -> None:
        self.subject, self.timeframe, self.time = alert.subject, alert.timeframe, alert.time
        self.suppressed = bool(alert.suppressed)
        self.end: int | None = None


def scorecard(
    rule_ids: Iterable[str],
    alerts: Iterable[Alert],
    z: Mapping[tuple[str, Timeframe], ZSeries],
    *,
    exit_level: float,
    stop: float,
) -> list[Score]:
    """The scores of ``rule_ids`` from their ``alerts`` (ascending in time) and the z of the pairs they are about."""
    incidents: dict[str, dict[str, _Incident]] = {rule_id: {} for rule_id in rule_ids}
    for alert in alerts:
        known = incidents.get(alert.rule_id)
        if known is None:
            continue
        name = alert.incident or f"{alert.subject}:{alert.time}"
        if alert.state is AlertState.FIRING and name not in known:
            known[name] = _Incident(alert)
        elif alert.state is AlertState.FIRING:
            known[name].suppressed = False  # told after all
        elif alert.state is AlertState.RESOLVED and name in known:
            known[name].end = alert.time
    return [
        _score(rule_id, list(found.values()), z, exit_level=exit_level, stop=stop)
        for rule_id, found in incidents.items()
    ]


def _score(
    rule_id: str,
    incidents: list[_Incident],
    z: Mapping[tuple[str, Timeframe], ZSeries],
    *,
    exit_level: float,
    stop: float,
) -> Score:
    lasted = [(one.end - one.time) / 1_000 for one in incidents if one.end is not None]
    outcomes = [
        outcome
        for one in incidents
        if (outcome := _outcome(z.get((one.subject, one.timeframe), ()), one.time, exit_level, stop)) is not None
    ]
    reverted = [seconds for came_back, seconds in outcomes if came_back]
    return Score(
        rule_id,
        fired=len(incidents),
        suppressed=sum(one.suppressed for one in incidents),
        resolved=len(lasted),
        open=len(incidents) - len(lasted),
        flaps=_flaps(incidents),
        median_seconds=median(lasted) if lasted else None,
        reverted=len(reverted),
        stopped=len(outcomes) - len(reverted),
        reverted_share=len(reverted) / len(outcomes) if outcomes else None,
        median_seconds_to_reversion=median(reverted) if reverted else None,
    )


def _outcome(z: ZSeries, time: int, exit_level: float, stop: float) -> tuple[bool, float] | None:
    """Whether |z| came back inside the exit before it reached the stop, and after how many seconds; None: neither yet.

    A firing inside the exit, or beyond the stop already, has no outcome.
    """
    place = bisect_right(z, time, key=lambda row: row[0])
    at = z[place - 1][1] if place else None
    if at is None or not exit_level < abs(at) < stop:
        return None
    for end, value in z[place:]:
        if value is not None and abs(value) <= exit_level:
            return True, (end - time) / 1_000
        if value is not None and abs(value) >= stop:
            return False, (end - time) / 1_000
    return None


def _flaps(incidents: list[_Incident]) -> int:
    ends: dict[str, int] = {}
    flaps = 0
    for one in incidents:
        soon = max(_FLAP_MS, _FLAP_BARS * one.timeframe.milliseconds)
        flaps += one.subject in ends and one.time - ends[one.subject] <= soon
        if one.end is not None:
            ends[one.subject] = one.end
    return flaps
