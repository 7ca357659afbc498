"""The scorecard of a rule: how often it fired, how long, and whether the spread came back before the stop."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from spreadscope.model.alerting import AlertState
from spreadscope.model.facts import Alert
from spreadscope.model.timeframe import Timeframe

# An alert that fires again this soon after its end flaps: within a minute, or five bars.
_FLAP_MS = 60_000
_FLAP_BARS = 5

ZSeries = Sequence[tuple[int, float | None]]  # (end of the bar, z), ascending


class Score(msgspec.Struct, frozen=True):
    """The scores of one rule. ``reverted``: firings after which |z| came back inside the exit; ``stopped``: it reached
    the stop first."""

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
    """Returns the scores of ``rule_ids`` from their ``alerts`` (ascending in time) and the z of their pairs."""
    incidents: dict[str, dict[str, _Incident]] = {rule_id: {} for rule_id in rule_ids}
    for alert in alerts:
        by_name = incidents.get(alert.rule_id)
        if by_name is None:
            continue
        name = alert.incident or f"{alert.subject}:{alert.time}"
        if alert.state is AlertState.FIRING and name not in by_name:
            by_name[name] = _Incident(alert)
        elif alert.state is AlertState.FIRING:
            by_name[name].suppressed = False  # notified later
        elif alert.state is AlertState.RESOLVED and name in by_name:
            by_name[name].end = alert.time
    return [
        _score(rule_id, list(by_name.values()), z, exit_level=exit_level, stop=stop)
        for rule_id, by_name in incidents.items()
    ]


def _score(
    rule_id: str,
    incidents: list[_Incident],
    z: Mapping[tuple[str, Timeframe], ZSeries],
    *,
    exit_level: float,
    stop: float,
) -> Score:
    durations = [(incident.end - incident.time) / 1_000 for incident in incidents if incident.end is not None]
    outcomes = [
        outcome
        for incident in incidents
        if (outcome := _outcome(z.get((incident.subject, incident.timeframe), ()), incident.time, exit_level, stop))
        is not None
    ]
    reverted = [seconds for came_back, seconds in outcomes if came_back]
    return Score(
        rule_id,
        fired=len(incidents),
        suppressed=sum(incident.suppressed for incident in incidents),
        resolved=len(durations),
        open=len(incidents) - len(durations),
        flaps=_flaps(incidents),
        median_seconds=median(durations) if durations else None,
        reverted=len(reverted),
        stopped=len(outcomes) - len(reverted),
        reverted_share=len(reverted) / len(outcomes) if outcomes else None,
        median_seconds_to_reversion=median(reverted) if reverted else None,
    )


def _outcome(z: ZSeries, time: int, exit_level: float, stop: float) -> tuple[bool, float] | None:
    """Returns whether |z| came back inside the exit before it reached the stop, and after how many seconds; None:
    neither yet.

    A firing inside the exit, or beyond the stop already, has no outcome.
    """
    place = bisect_right(z, time, key=lambda row: row[0])
    z_at_firing = z[place - 1][1] if place else None
    if z_at_firing is None or not exit_level < abs(z_at_firing) < stop:
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
    for incident in incidents:
        soon = max(_FLAP_MS, _FLAP_BARS * incident.timeframe.milliseconds)
        flaps += incident.subject in ends and incident.time - ends[incident.subject] <= soon
        if incident.end is not None:
            ends[incident.subject] = incident.end
    return flaps
