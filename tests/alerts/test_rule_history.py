"""A rule tried on what is stored says what it said live."""

from __future__ import annotations

from itertools import chain

import pytest

from spreadscope.alerts.runtime.rule_history import run_on_history, windows_after_history
from spreadscope.model.alerting import AlertState
from spreadscope.model.events import SetRule
from tests.alerts.market import OTHER, PAIR, Market, end, price_bar, z_row

ZS = (1.0, 3.0, 2.5, None, 1.0, 2.2, 2.3, 1.0)


def test_what_it_would_have_said_is_what_it_said() -> None:
    rule = SetRule("r", "z > 2", str(PAIR), once=True, muted_until=1 << 60, enabled=False)
    rows = [z_row(i, z) for i, z in enumerate(ZS)]
    found = run_on_history(rule, [str(PAIR)], rows)
    live = Market(SetRule("r", "z > 2", str(PAIR))).zs(*ZS)
    assert [firing.time for firing in found.firings] == [a.time for a in live if a.state is AlertState.FIRING]
    assert [firing.end for firing in found.firings] == [a.time for a in live if a.state is AlertState.RESOLVED]
    assert (found.evaluated, found.no_data, found.start, found.end) == (8, 1, end(0), end(7))
    assert [firing.value for firing in found.firings] == [3.0, 2.2]
    assert found.note == ""


def test_a_rule_about_any_pair_is_tried_on_each() -> None:
    rows = list(chain.from_iterable((z_row(i, z), z_row(i, -(z or 0.0), OTHER)) for i, z in enumerate(ZS)))
    found = run_on_history(SetRule("r", "abs(z) > 2.4", "any pair"), [str(PAIR), str(OTHER)], rows)
    assert {firing.subject for firing in found.firings} == {str(PAIR), str(OTHER)}


def test_nothing_stored_is_nothing_said() -> None:
    found = run_on_history(SetRule("r", "z > 2", str(PAIR)), [str(PAIR)], [])
    assert (found.evaluated, found.start, found.firings) == (0, None, ())


def test_ages_come_from_stored_seconds() -> None:
    bars = [price_bar(i, 1.0) for i in (0, 1, 2, 20, 21)]
    found = run_on_history(SetRule("r", "age > 5", "BTCUSDT"), ["BTCUSDT"], bars)
    assert [(firing.time, firing.end) for firing in found.firings] == [(end(2) + 6_000, end(20))]
    assert "to a second" in found.note


@pytest.mark.parametrize(("text", "name"), [("gap > 0", "gap"), ("lag > 5", "lag"), ("funding > 0", "funding")])
def test_what_is_not_stored_is_said(text: str, name: str) -> None:
    found = run_on_history(SetRule("r", text, "BTCUSDT"), ["BTCUSDT"], [price_bar(i, 1.0) for i in range(5)])
    assert found.note.startswith(f"{name} is not stored")
    assert found.firings == ()


def test_windows_of_stored_rows_equal_those_that_lived() -> None:
    rule = SetRule("r", "mean(z, 4s) > 1", str(PAIR))
    live = Market(rule)
    live.zs(*ZS)
    rows = [z_row(i, z) for i, z in enumerate(ZS)]
    assert windows_after_history(rule, [str(PAIR)], rows) == live.book.windows("r")
