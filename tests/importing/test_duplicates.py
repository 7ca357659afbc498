"""Like rows are two trades in one save, and one trade in two saves."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from spreadscope.importing.duplicates import DuplicateFilter, split_saves
from spreadscope.store.import_target import TradeRow


def rows(*times: int, price: float = 1.0) -> list[TradeRow]:
    return [(time, price, 1.0, False) for time in times]


def entered(*parts: list[TradeRow]) -> list[TradeRow]:
    twins = DuplicateFilter()
    return [row for part in parts for row in twins.add(part)]


def test_twins_of_one_save_are_two_and_the_same_save_adds_nothing() -> None:
    save = rows(1, 2, 2, 3)
    assert entered(save) == save
    assert entered(save, save) == save


def test_a_save_that_goes_on_from_the_one_before_adds_its_new_rows() -> None:
    assert entered(rows(1, 2, 2, 3), rows(2, 2, 3, 4, 4)) == rows(1, 2, 2, 3, 4, 4)
    # Within one coarse second what follows the overlap is new, though it looks like what was held.
    assert entered(rows(1, 7, 7), rows(7, 7, 7)) == rows(1, 7, 7, 7)
    assert entered(rows(1, 7) + rows(7, price=2.0), rows(7, price=2.0) + rows(7)) == (
        rows(1, 7) + rows(7, price=2.0) + rows(7)
    )


def test_a_save_that_does_not_reach_what_was_held_last_adds_what_is_missing() -> None:
    assert entered(rows(1, 2, 3, 4), rows(2, 3), rows(3, 9)) == rows(1, 2, 3, 4, 9)
    assert entered(rows(1, 2, 5), rows(2, 3, 6)) == rows(1, 2, 5, 3, 6)


def test_a_file_is_cut_where_its_time_goes_back_and_turned_where_it_runs_down() -> None:
    assert [len(save) for save in split_saves(rows(1, 2, 3, 2, 3, 4))] == [3, 3]
    assert split_saves(rows(3, 2, 2, 1)) == [rows(1, 2, 2, 3)]
    assert split_saves([]) == []


@given(st.data())
def test_a_rolling_buffer_saved_again_and_again_gives_the_market_once(data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([1.0, 2.0])), min_size=1, max_size=40))
    time, market = 0, []
    for step, price in steps:
        time += step
        market.append((time, price, 1.0, False))
    size = data.draw(st.integers(1, 12))
    parts, low, high = [], 0, 0
    while high < len(market):
        high = min(len(market), high + data.draw(st.integers(0, size - 1)) + 1)
        low = max(0, high - size)
        parts.append(market[low:high])
    found = Counter(entered(*parts, *parts))
    # A trade is never made up; none is lost but where two saves touch in twins that nothing tells apart.
    assert not found - Counter(market)
    distinct = len(set(market)) == len(market)
    if distinct:
        assert found == Counter(market)
