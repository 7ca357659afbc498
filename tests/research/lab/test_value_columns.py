"""Values as columns and lines, and which rows a chart shows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope.contract.lab import Missing
from spreadscope.model.validity import Reason, Value
from spreadscope.research.lab.value_columns import ValueColumn, line_of, shown_places


def column(*values: Value) -> ValueColumn:
    made = ValueColumn()
    for value in values:
        made.append(value)
    return made


def test_a_column_gives_back_what_was_put_in() -> None:
    values = [Value(1.5), *(Value(None, reason) for reason in Reason), Value(-2.0)]
    made = column(*values)
    assert [made[place] for place in range(len(made))] == values
    assert made.numbers()[0] == 1.5
    assert math.isnan(made.numbers()[1])


def test_a_number_that_is_none_gets_a_reason() -> None:
    made = column(Value(math.nan), Value(math.inf), Value(None))
    assert {made[place] for place in range(3)} == {Value(None, Reason.NOT_FINITE)}


def test_a_line_names_the_reasons_in_runs() -> None:
    warming, stale = Value(None, Reason.WARMING_UP), Value(None, Reason.STALE_LEG)
    line = column(warming, warming, Value(1.0), stale, warming, Value(2.0)).line([0, 1, 2, 3, 4, 5])
    assert line.values == [None, None, 1.0, None, None, 2.0]
    assert line.missing == [
        Missing(0, 2, Reason.WARMING_UP), Missing(3, 4, Reason.STALE_LEG), Missing(4, 5, Reason.WARMING_UP)
    ]  # fmt: skip


def test_a_line_of_some_places_counts_its_own_places() -> None:
    line = line_of(np.array([1.0, math.nan, 3.0, math.nan]), [1, 2, 3], Reason.STALE_LEG)
    assert line.values == [None, 3.0, None]
    assert line.missing == [Missing(0, 1, Reason.STALE_LEG), Missing(2, 3, Reason.STALE_LEG)]


@pytest.mark.parametrize("count", [0, 1, 5, 100, 10_001])
def test_what_is_shown_is_bounded_and_keeps_the_extremes(count: int) -> None:
    values = np.random.default_rng(count).standard_normal(count)
    places = shown_places(values, 100)
    assert len(places) == min(count, len(places))
    assert len(places) <= 102
    assert np.all(np.diff(places) > 0)
    if count:
        assert values[places].max() == values.max()
        assert values[places].min() == values.min()
        assert (places[0], places[-1]) == (0, count - 1)


def test_rows_without_a_number_are_shown_too() -> None:
    assert len(shown_places(np.full(1_000, math.nan), 100)) >= 50
