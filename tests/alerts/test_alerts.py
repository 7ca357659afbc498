"""Rules: what may be written, what is said of what may not, and the life of a rule."""

from __future__ import annotations

import pytest

from spreadscope.alerts import Rule, RuleError, RuleWatch, parse
from spreadscope.model.events import SetRule
from spreadscope.model.facts import AlertState
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe

PAIR = Pair("BTCUSDT", "ETHUSDT")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Z-Score > 2", Rule("z", ">", 2.0)),
        ("Z > 2", Rule("z", ">", 2.0)),
        ("z_score>=2", Rule("z", ">=", 2.0)),
        ("Spread < -5", Rule("spread", "<", -5.0)),
        ("Price > 90000", Rule("price", ">", 90000.0)),
        ("  corr\t<=  .7\n", Rule("correlation", "<=", 0.7)),
        ("Correlation < 1e-1", Rule("correlation", "<", 0.1)),
        ("ADF p < 0.05", Rule("adf_p", "<", 0.05)),
        ("coint_p<5.e-2", Rule("eg_p", "<", 0.05)),
        ("Kalman Z > +1", Rule("kalman_z", ">", 1.0)),
        ("hedge ratio > 1", Rule("beta", ">", 1.0)),
        ("Half-Life < 60", Rule("half_life", "<", 60.0)),
        ("abs(z) >= 2.5", Rule("z", ">=", 2.5, absolute=True)),
        ("ABS ( Z-Score ) > 2", Rule("z", ">", 2.0, absolute=True)),
        ("|z| > 2", Rule("z", ">", 2.0, absolute=True)),
    ],
)
def test_what_may_be_written(text: str, rule: Rule) -> None:
    assert parse(text) == rule


@pytest.mark.parametrize(
    ("text", "position", "suggestion"),
    [
        ("", 0, "z > 2"),
        ("z", 1, "z > 2"),
        ("zscor > 2", 0, "zscore"),
        ("  sprad < 1", 2, "spread"),
        ("volume > 3", 0, None),
        ("> 3", 0, None),
        ("z > ", 4, None),
        ("z > two", 4, None),
        ("z > 2 and z < 3", 4, None),
        ("z >> 2", 3, None),
        ("z > nan", 4, None),
        ("z > inf", 4, None),
        ("z > 1e999", 4, None),
        ("z > 0x10", 4, None),
        ("z > 1_000", 4, None),
        ("abs(sprd) > 2", 0, "spread"),
        ("z > __import__('os')", 4, None),
        ("z" * 201, 200, None),
    ],
)
def test_what_may_not_says_where_and_what_instead(text: str, position: int, suggestion: str | None) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)
    assert caught.value.position == position
    assert caught.value.suggestion == suggestion
    assert "\n" not in str(caught.value)


def test_comparisons() -> None:
    assert parse("z > 2").holds(2.01)
    assert not parse("z > 2").holds(2.0)
    assert parse("z >= 2").holds(2.0)
    assert parse("z < -2").holds(-2.01)
    assert not parse("z < -2").holds(2.01)
    assert parse("|z| > 2").holds(-2.01)


def test_the_life_of_a_rule() -> None:
    watch = RuleWatch(SetRule("r1", "Price > 10", symbol="BTCUSDT"))
    said = []
    for time, price in enumerate([9.0, 11.0, 12.0, 10.0, 9.0, 10.5]):
        alert = watch.on_price(price, time)
        if alert is not None:
            said.append((alert.time, alert.state, alert.value, alert.threshold, alert.subject, alert.timeframe))
    assert said == [
        (1, AlertState.FIRING, 11.0, 10.0, "BTCUSDT", Timeframe.S1),
        (3, AlertState.INACTIVE, 10.0, 10.0, "BTCUSDT", Timeframe.S1),
        (5, AlertState.FIRING, 10.5, 10.0, "BTCUSDT", Timeframe.S1),
    ]


@pytest.mark.parametrize(
    ("values", "states"),
    [
        ([None, None, 1.0], []),
        ([3.0, None, None], ["firing", "no data"]),
        ([3.0, None, 3.0], ["firing", "no data", "firing"]),
        ([3.0, None, 1.0, 3.0], ["firing", "no data", "firing"]),
        ([None, 3.0], ["firing"]),
    ],
)
def test_without_data_nothing_fires(values: list[float | None], states: list[str]) -> None:
    watch = RuleWatch(SetRule("r1", "z > 2", pair=PAIR))
    alerts = [watch._observe(value, time) for time, value in enumerate(values)]
    assert [alert.state.value for alert in alerts if alert is not None] == states


@pytest.mark.parametrize("definition", [SetRule("r", "price > 1", pair=PAIR), SetRule("r", "z > 1", symbol="BTCUSDT")])
def test_a_rule_about_the_wrong_kind_of_subject_is_refused(definition: SetRule) -> None:
    with pytest.raises(RuleError, match="is about a"):
        RuleWatch(definition)
