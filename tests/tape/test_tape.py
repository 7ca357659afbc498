"""The tape: each id once, and every hole from its opening to its end."""

from __future__ import annotations

import pytest

from spreadscope.model.facts import ContentConflict, Fact, Gap
from spreadscope.model.states import GapState
from spreadscope.tape.ledger import IdRange, Ledger
from spreadscope.tape.tape import Tape
from tests.support.market import START, trades


def gaps(facts: list[Fact]) -> list[tuple[int, int, str]]:
    return [(fact.first, fact.last, fact.state.value) for fact in facts if isinstance(fact, Gap)]


def held(tape: Tape) -> list[tuple[int, int]]:
    return [(r.first, r.last) for r in tape.ledger.ranges]


def tape_of(*runs: range) -> Tape:
    tape = Tape("BTCUSDT")
    for run in runs:
        tape.accept(trades(run))
    return tape


def test_a_hole_is_opened_once_and_ends_with_its_own_ids() -> None:
    tape = tape_of(range(1, 11), range(21, 31))
    assert gaps(tape.flush_changes()) == [(11, 20, "open")]
    assert tape.flush_changes() == []
    tape.accept(trades(range(31, 40)))
    assert tape.flush_changes() == []
    tape.accept(trades(range(11, 16)))  # shrinks
    assert tape.flush_changes() == []
    tape.accept(trades([18]))  # splits
    assert tape.flush_changes() == []
    assert [(hole.first, hole.last) for hole in tape.ledger.holes()] == [(16, 17), (19, 20)]
    tape.accept(trades([16, 17, 20, 19]))
    assert gaps(tape.flush_changes()) == [(11, 20, "filled")]
    assert held(tape) == [(1, 39)]


def test_a_hole_that_came_and_went_between_two_ticks_is_no_news() -> None:
    tape = tape_of(range(1, 11), range(21, 31), range(11, 21))
    assert tape.flush_changes() == []


def test_the_facts_of_a_hole_bound_its_time() -> None:
    tape = tape_of(range(1, 11), range(21, 31))
    (gap,) = tape.flush_changes()
    assert isinstance(gap, Gap)
    assert (gap.from_time, gap.to_time, gap.time) == (START + 100, START + 210, START + 300)


def test_an_upstream_hole_is_closed_with_its_evidence() -> None:
    tape = tape_of(range(1, 11), range(21, 31))
    tape.flush_changes()
    facts = tape.upstream_hole(11, 20, "REST skips", permanent=False)
    assert gaps(facts) == [(11, 20, "upstream")]
    assert all(isinstance(fact, Gap) and fact.evidence == "REST skips" for fact in facts)
    assert held(tape) == [(1, 30)]
    assert tape.flush_changes() == []


def test_a_hole_partly_upstream_partly_filled_ends_once() -> None:
    tape = tape_of(range(1, 11), range(21, 31))
    tape.flush_changes()
    assert gaps(tape.upstream_hole(11, 13, "e", permanent=False)) == [(11, 13, "upstream")]
    tape.accept(trades(range(14, 21)))
    assert gaps(tape.flush_changes()) == [(11, 20, "filled")]


def test_only_what_is_still_missing_can_be_closed() -> None:
    tape = tape_of(range(1, 11), range(21, 31))
    tape.flush_changes()
    tape.accept(trades(range(11, 15)))
    assert gaps(tape.upstream_hole(5, 25, "e", permanent=False)) == [(15, 20, "upstream"), (11, 20, "filled")]
    assert tape.upstream_hole(5, 25, "e", permanent=False) == []


def test_a_hole_given_up_is_permanent_and_not_open_any_more() -> None:
    tape = tape_of(range(1, 11), range(21, 31))
    tape.flush_changes()
    assert gaps(tape.upstream_hole(11, 20, "-4166", permanent=True)) == [(11, 20, "permanent")]
    assert tape.ledger.holes() == []
    assert [(hole.first, hole.last) for hole in tape.ledger.lost()] == [(11, 20)]
    assert held(tape) == [(1, 10), (21, 30)]
    assert tape.incomplete(START + 100, START + 200)
    assert tape.flush_changes() == []


def test_a_hole_lost_in_part_is_still_filled_in_the_other() -> None:
    tape = tape_of(range(1, 11), range(21, 31))
    tape.flush_changes()
    assert gaps(tape.upstream_hole(11, 15, "-4166", permanent=True)) == [(11, 15, "permanent")]
    assert [(hole.first, hole.last) for hole in tape.ledger.holes()] == [(16, 20)]
    tape.accept(trades(range(16, 21)))
    (end,) = tape.flush_changes()
    assert isinstance(end, Gap)
    assert (end.first, end.last, end.state) == (11, 20, GapState.FILLED)
    assert end.evidence == "all but 11…15, lost for good"


def test_a_hole_lost_in_two_steps_is_permanent_as_a_whole() -> None:
    tape = tape_of(range(1, 11), range(21, 31))
    tape.flush_changes()
    tape.upstream_hole(11, 15, "a", permanent=True)
    assert gaps(tape.upstream_hole(16, 20, "b", permanent=True)) == [(16, 20, "permanent"), (11, 20, "permanent")]


def test_an_id_given_up_that_comes_all_the_same_is_taken() -> None:
    tape = tape_of(range(1, 11), range(21, 31))
    tape.upstream_hole(11, 20, "e", permanent=True)
    tape.accept(trades(range(11, 21)))
    assert held(tape) == [(1, 30)]
    assert tape.ledger.lost() == []


@pytest.mark.parametrize("column", ["prices", "quantities", "times", "side"])
def test_the_same_id_with_other_content_is_an_alarm(column: str) -> None:
    tape = tape_of(range(1, 11))
    other = trades([10])
    if column == "side":
        other.buyer_maker[0] = not other.buyer_maker[0]
    else:
        getattr(other, column)[0] += 1
    assert tape.accept(other) is None
    assert [(fact.trade_id, type(fact)) for fact in tape.flush_changes()] == [(10, ContentConflict)]
    assert tape.flush_changes() == []
    assert tape.accept(trades([10])) is None
    assert tape.flush_changes() == []  # the first content is the one that is kept
    assert (tape.accepted, tape.repeated) == (10, 2)


def test_a_repeat_inside_one_batch_counts_once_and_conflicts_too() -> None:
    tape = Tape("BTCUSDT")
    accepted = tape.accept(trades([5, 6, 5, 6], prices=[1.0, 2.0, 1.0, 3.0]))
    assert accepted is not None
    assert accepted.trades.ids.tolist() == [5, 6]
    assert accepted.trades.prices.tolist() == [1.0, 2.0]
    assert [fact.trade_id for fact in tape.flush_changes() if isinstance(fact, ContentConflict)] == [6]


def test_the_newest_price_is_of_the_highest_id_not_of_the_last_arrival() -> None:
    tape = tape_of(range(1, 11))
    tape.accept(trades([12], prices=[70.0]))
    tape.accept(trades([11], prices=[90.0]))
    assert (tape.last_price, tape.last_time) == (70.0, START + 120)


def test_a_tape_taken_up_again_goes_on() -> None:
    tape = Tape("BTCUSDT", Ledger((IdRange(1, 10, START + 10, START + 100),)))
    assert tape.accept(trades(range(5, 11))) is None
    tape.accept(trades(range(12, 15)))
    assert gaps(tape.flush_changes()) == [(11, 11, "open")]


def test_a_gap_left_open_by_an_earlier_run_is_closed_under_its_own_ids() -> None:
    ranges = (IdRange(1, 15, START, START + 150), IdRange(21, 30, START + 210, START + 300))
    opened = Gap("BTCUSDT", 11, 20, GapState.OPEN, START + 300, START + 100, START + 210)
    tape = Tape("BTCUSDT", Ledger(ranges), [opened])
    assert tape.flush_changes() == []
    tape.accept(trades(range(16, 21)))
    assert gaps(tape.flush_changes()) == [(11, 20, "filled")]


def test_a_hole_whose_opening_was_lost_in_a_crash_is_opened_again() -> None:
    tape = Tape("BTCUSDT", Ledger((IdRange(1, 15, 0, 50), IdRange(21, 30, 90, 100))))
    assert gaps(tape.flush_changes()) == [(16, 20, "open")]


def test_a_gap_that_was_filled_before_a_crash_could_say_so_is_closed() -> None:
    opened = Gap("BTCUSDT", 11, 20, GapState.OPEN, 5, 40, 90)
    tape = Tape("BTCUSDT", Ledger((IdRange(1, 30, 0, 100),)), [opened])
    assert gaps(tape.flush_changes()) == [(11, 20, "filled")]


@pytest.mark.parametrize(
    ("start", "end", "provisional"),
    [(-10, 20, True), (10, 20, True), (20, 100, False), (20, 110, True), (100, 110, True), (110, 200, True),
     (200, 210, True),
     (210, 220, True), (220, 230, False), (220, 10_000, False)],
)  # fmt: skip
def test_where_a_trade_can_be_missing(start: int, end: int, provisional: bool) -> None:
    tape = tape_of(range(1, 11), range(21, 31))  # times START+10 … +100 and +210 … +300
    assert tape.incomplete(START + start, START + end) is provisional


def test_closing_what_is_held_is_refused() -> None:
    ledger = Ledger((IdRange(1, 10, 0, 9),))
    with pytest.raises(ValueError, match="not a hole"):
        ledger.close(5, 12)


@pytest.mark.parametrize("size", [1, 3, 700, 5_000])
def test_repeats_are_compared_over_the_last_ids_however_they_came_and_batches_stay_few(size: int) -> None:
    tape = tape_of(*(range(start, start + size) for start in range(1, 10_001, size)))
    last = tape.ledger.last or 0
    for back in (0, 1, 500, 2_047):
        assert tape.accept(trades([last - back], prices=[1e9])) is None
    told = [fact.trade_id for fact in tape.flush_changes() if isinstance(fact, ContentConflict)]
    assert told == [last, last - 1, last - 500, last - 2_047]
    assert len(tape._recent) < 200  # of one trade each they would be two thousand, and a kilobyte each
    assert tape._recent_rows == sum(map(len, tape._recent))
