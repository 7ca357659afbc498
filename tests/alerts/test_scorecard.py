"""Scores of rules, by hand."""

from __future__ import annotations

from spreadscope.alerts.runtime.scorecard import Score, scorecard
from spreadscope.model.alerting import AlertState
from spreadscope.model.facts import Alert
from spreadscope.model.timeframe import Timeframe
from tests.support.facts import PAIR, alert
from tests.support.market import START

KEY = (str(PAIR), Timeframe.M1)
MINUTE = 60_000


def fired(minute: int, **other: object) -> Alert:
    return alert(START + minute * MINUTE, incident=f"i{minute}", **other)


def over(minute: int, of: int) -> Alert:
    return alert(START + minute * MINUTE, state=AlertState.RESOLVED, incident=f"i{of}")


def z(*values: float | None) -> list[tuple[int, float | None]]:
    return [(START + place * MINUTE, value) for place, value in enumerate(values)]


def score(alerts: list[Alert], series: list[tuple[int, float | None]]) -> Score:
    (found,) = scorecard(["r1"], alerts, {KEY: series}, exit_level=0.5, stop=4.0)
    return found


def test_a_reversion_a_stop_and_one_that_is_undecided() -> None:
    alerts = [fired(0), over(3, 0), fired(4), over(6, 4), fired(20)]
    series = z(2, 1.5, None, 0.4, 2.5, 3, -4.5, *[1.0] * 13, 2.2, 1)
    found = score(alerts, series)
    assert (found.fired, found.resolved, found.open) == (3, 2, 1)
    assert (found.reverted, found.stopped, found.reverted_share) == (1, 1, 0.5)
    assert found.median_seconds_to_reversion == 180
    assert found.median_seconds == 150
    assert found.flaps == 1  # the second came within five bars of the end of the first


def test_a_firing_without_a_spread_to_come_back_has_no_outcome() -> None:
    found = score([fired(0), fired(2), fired(3)], z(0.3, 0.1, 5.0, None, 0.0))
    assert (found.fired, found.reverted, found.stopped, found.reverted_share) == (3, 0, 0, None)


def test_what_was_told_after_all_is_one_alert_and_not_suppressed() -> None:
    alerts = [fired(0, notify="", suppressed="muted"), alert(START + MINUTE, incident="i0"), fired(5, suppressed="cap")]
    found = score(alerts, [])
    assert (found.fired, found.suppressed) == (2, 1)


def test_every_rule_has_a_score_and_others_have_none() -> None:
    found = scorecard(["a", "b"], [fired(0)], {}, exit_level=0.5, stop=4.0)
    assert [(one.rule_id, one.fired, one.median_seconds) for one in found] == [("a", 0, None), ("b", 0, None)]
