"""Alerts, whatever the values are: one alert an excursion, never more than the cap, a life that goes on as it was."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from spreadscope.model.alerting import AlertState
from spreadscope.model.events import ResumeRule, SetRule
from spreadscope.model.facts import (
    Alert,
    AlertBudget,
    AlertLife,
    Fact,
)
from tests.alerts.market import PAIR, Market, z_row

HOUR_MS = 3_600_000

z_values = st.one_of(st.none(), st.sampled_from([-3.0, -1.0, 0.0, 0.9, 1.0, 1.1, 1.9, 2.0, 2.1, 3.0]))
texts = st.sampled_from(
    [
        "z > 2", "abs(z) >= 2", "z > 2 for 2s", "z > 1 for 3 bars", "z crosses above 1", "mean(z, 3s) > 1",
        "change(z, 2s) > 0.5 or z < -2", "not z < 2 and highest(z, 4s) > 2",
    ]
)  # fmt: skip
options = st.fixed_dictionaries(
    {
        "keep_seconds": st.sampled_from([0.0, 2.0]),
        "cooldown_seconds": st.sampled_from([0.0, 4.0]),
        "cap_per_hour": st.sampled_from([1, 2, 12]),
        "once": st.booleans(),
        "notify_no_data": st.booleans(),
    }
)


def alerts(facts: list[Fact], state: AlertState | None = None) -> list[Alert]:
    return [fact for fact in facts if isinstance(fact, Alert) and state in {None, fact.state}]


@given(st.lists(st.sampled_from([1.6, 1.99, 2.0, 2.01, 2.5, 3.0]), min_size=1, max_size=60))
def test_a_value_straddling_its_threshold_fires_once_with_hysteresis(values: list[float]) -> None:
    market = Market(SetRule("r", "z > 2", str(PAIR), recover=1.5))
    market.zs(*values)
    assert len(alerts(market.facts, AlertState.FIRING)) == (max(values) > 2)
    assert alerts(market.facts, AlertState.RESOLVED) == []


@given(st.integers(1, 5), st.lists(st.integers(1, 900), min_size=1, max_size=120))
def test_flapping_in_any_rhythm_stays_under_the_cap(cap: int, pauses: list[int]) -> None:
    market = Market(SetRule("r", "z > 2", str(PAIR), cap_per_hour=cap))
    second = 0
    for place, pause in enumerate(pauses):
        second += pause
        market.hear(z_row(second, 3.0 if place % 2 == 0 else 1.0))
    fired = alerts(market.facts, AlertState.FIRING)
    told = [alert.time for alert in fired if alert.notify]
    for place, time in enumerate(told):
        assert sum(time - HOUR_MS < other <= time for other in told[: place + 1]) <= cap
    market.pass_time(market.book.now + 3 * HOUR_MS)
    digests = alerts(market.facts, AlertState.DIGEST)
    held = [alert for alert in fired if alert.suppressed == "cap"]
    assert sum(int(digest.words.split()[0]) for digest in digests) == len(held)
    assert all(later.time - sooner.time >= HOUR_MS for sooner, later in pairwise(digests))


@given(texts, options, st.lists(z_values, min_size=1, max_size=30), st.data())
def test_a_life_taken_up_at_any_point_goes_on_equally(
    text: str, chosen: dict[str, object], values: list[float | None], data: st.DataObject
) -> None:
    rule = SetRule("r", text, str(PAIR), **chosen)  # type: ignore[arg-type]
    cut = data.draw(st.integers(0, len(values)))
    whole = Market(rule)
    whole.zs(*values)

    first = Market(rule)
    first.zs(*values[:cut])
    lives = {fact.subject: fact.life for fact in first.facts if isinstance(fact, AlertLife)}
    budgets = [fact.budget for fact in first.facts if isinstance(fact, AlertBudget)]
    windows = tuple(first.book.windows("r").items())
    second = Market(pairs=())
    second.book.set_rule(rule)
    kept = tuple((subject, life) for subject, life in lives.items() if life is not None)
    second.book.resume(ResumeRule("r", kept, budgets[-1] if budgets else None, windows))
    second.facts.clear()
    second.book.watch(str(PAIR))
    second.zs(*values[cut:], first=cut)
    said = [fact for fact in second.facts if isinstance(fact, Alert | AlertLife | AlertBudget)]
    assert [*first.facts, *said] == whole.facts


@given(texts, options, st.lists(z_values, min_size=1, max_size=30), st.integers(0, 30))
def test_a_prefix_of_the_market_says_a_prefix(
    text: str, chosen: dict[str, object], values: list[float | None], length: int
) -> None:
    rule = SetRule("r", text, str(PAIR), **chosen)  # type: ignore[arg-type]
    whole, part = Market(rule), Market(rule)
    whole.zs(*values)
    part.zs(*values[:length])
    assert part.facts == whole.facts[: len(part.facts)]


@given(texts, options, st.lists(z_values, min_size=1, max_size=40))
def test_incidents_begin_and_end_in_order(text: str, chosen: dict[str, object], values: list[float | None]) -> None:
    """Every incident is begun before it ends, ends at most once, and never two of one subject are open at a time."""
    market = Market(SetRule("r", text, str(PAIR), **chosen))  # type: ignore[arg-type]
    market.zs(*values)
    opened = ""
    for alert in alerts(market.facts):
        if alert.state is AlertState.FIRING:
            assert opened in {"", alert.incident}
            opened = alert.incident
        elif alert.state is AlertState.RESOLVED:
            assert alert.incident == opened
            opened = ""
        if alert.notify:
            assert alert.suppressed == ""
    keys = [(a.rule_id, a.subject, a.time, a.state) for a in alerts(market.facts)]
    assert len(set(keys)) == len(keys)
