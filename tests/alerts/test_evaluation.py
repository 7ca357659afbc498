"""Readings → verdicts: three-valued logic, windows, crossings, and what is remembered of them."""

from __future__ import annotations

import math

import pytest

from spreadscope.alerts.runtime.evaluation import Evaluator
from spreadscope.alerts.runtime.plan import plan
from spreadscope.model.timeframe import Timeframe

PAIR = "BTCUSDT/ETHUSDT"


def evaluator(text: str, recover: float | str | None = None, timeframe: Timeframe = Timeframe.S1) -> Evaluator:
    return Evaluator(plan(text, PAIR, timeframe, recover))


def truths(text: str, *values: float | str) -> list[bool | str]:
    made = evaluator(text)
    return [made.evaluate(1_000 * (place + 1), [value]).truth for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("z > 2", [1, 2, 3], [False, False, True]),
        ("z >= 2", [1, 2, 3], [False, True, True]),
        ("z < 2", [1, 2, 3], [True, False, False]),
        ("z <= 2", [1, 2, 3], [True, True, False]),
        ("|z| > 2", [-3, 1, 3], [True, False, True]),
        ("-z * 2 + 1 > 3", [-2, 0], [True, False]),
        ("(z + 2) / z > 2", [1, 4, 0], [True, False, "division by zero"]),
        ("z * 1e99 * 1e99 * 1e99 * 1e99 > 1", [1e9], ["value not finite"]),
        ("z > 2", ["stale leg"], ["stale leg"]),
        ("not z > 2", [3, 1, "stale leg"], [False, True, "stale leg"]),
        ("z crosses above 2", [1, 3, 4, 2, 3], ["warming up", True, False, False, True]),
        ("z crosses below 0", [1, 0, -1, -2], ["warming up", False, True, False]),
        ("z crosses above 2", [1, "stale leg", 3], ["warming up", "stale leg", True]),
        ("change(z, 2s) >= 2", [1, 2, 3, 3, 5], ["warming up", "warming up", True, False, True]),
        ("mean(z, 3s) > 1", [0, 0, 3, 3, 0], ["warming up", "warming up", False, True, True]),
        ("highest(z, 2s) > 2", [3, 1, 1, 3], ["warming up", True, False, True]),
        ("lowest(z, 2s) < 0", [-1, 1, 1], ["warming up", True, False]),
        # Beyond what a float holds on the way: a sum, a square, a sum of squares, a difference.
        ("mean(z, 2s) > 1", [1e308, 1e308], ["warming up", "value not finite"]),
        ("sd(z, 2s) > 1", [1e200, -1e200], ["warming up", "value not finite"]),
        ("sd(z, 2s) > 1", [0.0, 1.8961503816218355e154], ["warming up", "value not finite"]),
        ("change(z, 1s) > 1", [-1e308, 1e308], ["warming up", "value not finite"]),
    ],
)
def test_conditions(text: str, values: list[float | str], expected: list[bool | str]) -> None:
    assert truths(text, *values) == expected


UNKNOWN = "halted"


@pytest.mark.parametrize("a", [True, False, UNKNOWN])
@pytest.mark.parametrize("b", [True, False, UNKNOWN])
def test_kleene(a: bool | str, b: bool | str) -> None:
    """A part that decides does so whatever is unknown beside it."""
    readings = [value if isinstance(value, str) else float(value) for value in (a, b)]
    both = evaluator("z > 0.5 and corr > 0.5").evaluate(1_000, readings).truth
    either = evaluator("z > 0.5 or corr > 0.5").evaluate(1_000, readings).truth
    assert both == (False if False in {a, b} else UNKNOWN if UNKNOWN in {a, b} else True)
    assert either == (True if True in {a, b} else UNKNOWN if UNKNOWN in {a, b} else False)


def test_standard_deviation_and_mean_are_those_of_the_window() -> None:
    values = [1e9 + x for x in (0.1, 0.4, 0.2, 0.8, 0.3)]
    made = evaluator("sd(z, 4s) > 0")
    for place, value in enumerate(values):
        shown = made.evaluate(1_000 * (place + 1), [value]).value
    mean = math.fsum(values[-4:]) / 4
    assert shown == pytest.approx(math.sqrt(sum((v - mean) ** 2 for v in values[-4:]) / 3), rel=1e-9)


def test_a_change_over_a_hole_in_time_is_not_made_up() -> None:
    made = evaluator("change(z, 2s) > 1")
    for time in (1_000, 2_000, 3_000):
        made.evaluate(time, [1.0])
    assert made.evaluate(10_000_000, [5.0]).truth == "warming up"


def test_windows_go_with_time_and_not_with_the_number_of_values() -> None:
    made = evaluator("highest(z, 10s) > 4", timeframe=Timeframe.S1)
    made.evaluate(1_000, [5.0])
    made.evaluate(9_000, [1.0])
    assert made.evaluate(10_500, [1.0]).truth is True
    assert made.evaluate(12_000, [1.0]).truth is False


def test_the_value_shown_is_the_side_that_moves_with_its_sign() -> None:
    assert evaluator("abs(z) > 2").evaluate(1_000, [-3.0]).value == -3.0
    assert evaluator("2 < z").evaluate(1_000, [3.0]).value == 3.0
    assert evaluator("z > 2 and corr > 1").evaluate(1_000, [3.0, 0.5]).value == 3.0


def test_recovery() -> None:
    made = evaluator("z > 2", recover=1)
    assert [made.evaluate(t, [z]).recovered for t, z in ((1, 3.0), (2, 1.5), (3, 1.0))] == [False, False, True]
    plain = evaluator("z > 2")
    assert [plain.evaluate(t, [z]).recovered for t, z in ((1, 3.0), (2, 1.5), (3, "stale"))] == [False, True, False]


def test_what_is_remembered_goes_on_equally() -> None:
    text = "mean(z, 5s) crosses above 1 or change(z, 3s) > 2"
    values = [0.0, 1.0, 0.5, 3.0, 2.0, -1.0, 0.0, 4.0, 1.0, 1.0, 0.0, 2.5]
    for cut in range(len(values)):
        whole = evaluator(text)
        first, second = evaluator(text), evaluator(text)
        expected = [whole.evaluate(1_000 * (i + 1), [v]).truth for i, v in enumerate(values)]
        said = [first.evaluate(1_000 * (i + 1), [v]).truth for i, v in enumerate(values[:cut])]
        second.restore(first.sides, first.windows())
        said += [second.evaluate(1_000 * (i + 1), [v]).truth for i, v in enumerate(values) if i >= cut]
        assert said == expected
