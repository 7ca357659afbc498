"""The life of an alert, step by step."""

from __future__ import annotations

import pytest

from spreadscope.alerts.runtime.life import HoldTimes, Transition, advance
from spreadscope.model.alerting import AlertState, Life

UNKNOWN = "stale leg"


def live(hold_times: HoldTimes, *truths: bool | str, recovered: list[bool] | None = None) -> list[tuple[str, str]]:
    """One judgement a second: the state and the turn of each."""
    life, out = Life(start=0), []
    for place, truth in enumerate(truths):
        over = recovered[place] if recovered is not None else truth is False
        life, turn = advance(life, hold_times, truth, over, 1_000 * (place + 1), f"i{place}")
        out.append((life.state.value, turn.name))
    return out


def test_without_anything_it_fires_and_ends_with_its_condition() -> None:
    assert live(HoldTimes(), False, True, True, False, True) == [
        ("inactive", "NOTHING"),
        ("firing", "FIRED"),
        ("firing", "NOTHING"),
        ("inactive", "RESOLVED"),
        ("firing", "FIRED"),
    ]


def test_it_waits_until_the_condition_has_held_long_enough() -> None:
    said = live(HoldTimes(hold=2_000), True, True, False, True, True, True)
    assert [state for state, _ in said] == ["pending", "pending", "inactive", "pending", "pending", "firing"]


def test_between_the_threshold_and_the_recovery_it_is_recovering_and_not_told_anew() -> None:
    said = live(HoldTimes(), True, False, True, False, False, recovered=[False, False, False, False, True])
    assert said == [
        ("firing", "FIRED"),
        ("recovering", "NOTHING"),
        ("firing", "NOTHING"),
        ("recovering", "NOTHING"),
        ("inactive", "RESOLVED"),
    ]


def test_it_keeps_firing_until_it_has_been_well_for_long_enough() -> None:
    said = live(HoldTimes(keep=2_000), True, False, True, False, False, False)
    assert [state for state, _ in said] == ["firing", "recovering", "firing", "recovering", "recovering", "inactive"]
    assert [turn for _, turn in said].count("FIRED") == 1


def test_being_well_again_counts_from_the_recovery_and_anew_after_a_relapse() -> None:
    recovered = [False, True, False, True, True, True]
    said = live(HoldTimes(keep=2_000), True, False, False, False, False, False, recovered=recovered)
    assert [state for state, _ in said][-2:] == ["recovering", "inactive"]


def test_without_data_an_alert_stays_open_and_goes_on_or_ends_when_they_are_back() -> None:
    on = live(HoldTimes(), True, UNKNOWN, UNKNOWN, True)
    assert on == [("firing", "FIRED"), ("no data", "LOST"), ("no data", "NOTHING"), ("firing", "NOTHING")]
    over = live(HoldTimes(), True, UNKNOWN, False)
    assert over == [("firing", "FIRED"), ("no data", "LOST"), ("inactive", "RESOLVED")]


def test_waiting_begins_anew_after_lost_data() -> None:
    said = live(HoldTimes(hold=2_000), True, True, UNKNOWN, True, True, True)
    assert [state for state, _ in said] == ["pending", "pending", "no data", "pending", "pending", "firing"]


@pytest.mark.parametrize("truth", [True, False, UNKNOWN])
def test_a_state_that_stays_is_the_same_object(truth: bool | str) -> None:
    life = Life(start=0)
    life, _ = advance(life, HoldTimes(), truth, truth is False, 1_000, "i")
    again, turn = advance(life, HoldTimes(), truth, truth is False, 2_000, "i")
    assert again is life
    assert turn is Transition.NOTHING


def test_an_end_leaves_nothing_of_the_incident() -> None:
    life, _ = advance(Life(start=0), HoldTimes(), True, False, 1_000, "i")
    assert (life.incident, life.fired_at) == ("i", 1_000)
    life, _ = advance(life, HoldTimes(), False, True, 2_000, "j")
    assert life == Life(start=0, state=AlertState.INACTIVE, since=2_000, fired_at=1_000, judged_once=True)
