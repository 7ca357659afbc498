"""Evidence that may be watched: the shares make the level, a look comes when it is due, and the verdict follows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope.model.errors import StatisticsError
from spreadscope.stats import SequentialEvidence
from spreadscope.stats.sequential_evidence import evidence_over
from spreadscope.stats.surrogate_cointegration import SurrogateTest
from spreadscope.stats.synthetic_pairs import tied, unrelated


def test_all_shares_together_make_the_level() -> None:
    evidence = SequentialEvidence(480, level=0.05)
    spent = math.fsum(evidence.share(look) for look in range(100_000))
    assert 0.0499 < spent < 0.05, "whatever the number of looks, the level is not passed"
    shares = [evidence.share(look) for look in range(3, 50)]
    assert shares == sorted(shares, reverse=True)


def test_looks_come_at_a_quarter_a_half_the_whole_and_then_every_half_window() -> None:
    y, x = unrelated(1_300, 1)
    evidence = SequentialEvidence(480)
    rows = [row + 1 for row, (a, b) in enumerate(zip(y, x, strict=True)) if evidence.update(a, b)]
    assert rows == [120, 240, 480, 720, 960, 1_200]
    assert [look.rows for look in evidence_over(y, x, 480)] == [120, 240, 480, 480, 480, 480]
    assert evidence.standing.next_in == 1_440 - 1_300


def test_a_look_sees_the_newest_window() -> None:
    y, x = unrelated(2_000, 2)
    evidence = SequentialEvidence(480)
    for a, b in zip(y, x, strict=True):
        evidence.update(a, b)
    newest_y, newest_x = evidence.rows()
    assert np.array_equal(newest_y, y[-480:])
    assert np.array_equal(newest_x, x[-480:])


def test_a_tie_is_found_and_stays_found() -> None:
    evidence = SequentialEvidence(480)
    said = []
    for a, b in zip(*tied(1_500, 4, 3), strict=True):
        if evidence.update(a, b) is not None:
            said.append((evidence.standing.cointegrated, evidence.standing.since_break))
    assert said[-1] == (True, None)
    assert (True, None) in said[:3]
    assert evidence.standing.passed >= evidence.standing.looks - 1, "chance takes a look now and then"


def joined(*parts: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs one after another, each from the prices that the one before has come to."""
    legs = []
    for leg in range(2):
        prices = np.zeros(1)
        for part in parts:
            prices = np.concatenate([prices, prices[-1] + part[leg] - part[leg][0]])
        legs.append(prices[1:])
    return legs[0], legs[1]


def test_a_tie_that_ends_is_seen_to_break_and_is_no_tie_any_more() -> None:
    evidence = SequentialEvidence(480)
    seen: list[tuple[bool, int | None]] = []
    for a, b in zip(*joined(tied(960, 4, 3), unrelated(1_440, 5)), strict=True):
        evidence.update(a, b)
        seen.append((evidence.standing.cointegrated, evidence.standing.since_break))
    assert seen[959] == (True, None)
    broke = next(row for row, (_, since) in enumerate(seen) if since is not None)
    assert 960 < broke < 1_100
    assert seen[-1] == (False, 2_399 - broke), "and the rows before it make it no tie again"
    assert evidence.standing.pvalue > 0.05


def test_looks_begin_anew_after_a_break_and_may_find_another_tie() -> None:
    y, x = joined(tied(960, 4, 3), unrelated(600, 5), tied(1_440, 2, 6))
    evidence = SequentialEvidence(480)
    rows: list[int] = []
    broke = None
    for row, (a, b) in enumerate(zip(y, x, strict=True)):
        look = evidence.update(a, b)
        if broke is None and evidence.since_break is not None:
            broke = row
        if look is not None and broke is not None:
            rows.append(row - broke)
    assert rows[:4] == [119, 239, 479, 719], "the first row after the break is the first that is looked at"
    assert evidence.standing.cointegrated
    assert evidence.standing.since_break is None


def test_a_row_without_a_leg_breaks_nothing() -> None:
    evidence = SequentialEvidence(480)
    for row, (a, b) in enumerate(zip(*tied(1_200, 4, 3), strict=True)):
        evidence.update(math.nan if row % 50 == 49 else a, b)
    assert evidence.standing.cointegrated
    assert evidence.since_break is None


def test_few_ties_are_called_broken_that_are_not() -> None:
    broken = 0
    for seed in range(60):
        evidence = SequentialEvidence(480)
        seen = []
        for a, b in zip(*tied(1_500, 4, seed), strict=True):
            evidence.update(a, b)
            seen.append(evidence.since_break)
        broken += any(since is not None for since in seen)
    assert broken <= 12, "an eighth of such sessions, and two standard errors"


def test_the_session_p_is_the_smallest_that_a_share_allows() -> None:
    y, x = unrelated(1_300, 7)
    looks = evidence_over(y, x, 480)
    assert [look.adjusted for look in looks] == [min(1.0, (look.pvalue or 1) * 0.05 / look.share) for look in looks]
    evidence = SequentialEvidence(480)
    for a, b in zip(y, x, strict=True):
        evidence.update(a, b)
    assert evidence.standing.pvalue == min(look.adjusted for look in looks)


def test_rows_without_a_leg_are_no_rows() -> None:
    evidence = SequentialEvidence(480)
    for _ in range(5_000):
        assert evidence.update(math.nan, 1.0) is None
    assert evidence.standing.looks == 0
    assert evidence.standing.pvalue == 1.0


def test_legs_that_stand_still_spend_their_share_and_say_why() -> None:
    looks = evidence_over(np.ones(480), np.arange(480.0), 480)
    assert {look.reason for look in looks} == {"constant leg"}
    assert {look.adjusted for look in looks} == {1.0}


def test_watching_unrelated_pairs_for_long_calls_few_of_them_tied() -> None:
    called = 0
    for seed in range(120):
        evidence = SequentialEvidence(240)
        for a, b in zip(*unrelated(1_500, seed), strict=True):
            evidence.update(a, b)
        called += evidence.standing.cointegrated
    assert called <= 11, "5% of 120 and two standard errors"


@pytest.mark.parametrize(("window", "level"), [(100, 0.05), (480, 0.0), (480, 1.0)])
def test_what_carries_no_evidence_is_refused(window: int, level: float) -> None:
    with pytest.raises(StatisticsError):
        SequentialEvidence(window, level=level)


@pytest.mark.parametrize("work", [1, 50_000, 200_000, 10**12])
def test_a_look_in_parts_is_the_look_at_once_some_rows_later(work: int) -> None:
    y, x = tied(1_700, 4, 5)  # nothing breaks: a monitor is frozen when a look is finished
    at_once, in_parts = SequentialEvidence(240), SequentialEvidence(240, work=work)
    due: list[tuple[int, object]] = []
    came: list[tuple[int, object]] = []
    for row, (a, b) in enumerate(zip(y, x, strict=True)):
        for evidence, looks in ((at_once, due), (in_parts, came)):
            if (look := evidence.update(a, b)) is not None:
                looks.append((row, look))
        assert in_parts.standing.next_in >= 0
    assert [look for _, look in came] == [look for _, look in due][: len(came)]
    assert len(came) >= len(due) - 1
    for (wanted, _), (row, _) in zip(due, came, strict=False):
        assert wanted <= row <= wanted + 120, "before the next one is due"
    if work == 10**12:
        assert came == due


def test_no_row_makes_more_surrogates_than_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    make = SurrogateTest.make

    def noted(test: SurrogateTest, surrogates: int) -> None:
        made.append(surrogates * test.rows)
        make(test, surrogates)

    monkeypatch.setattr(SurrogateTest, "make", noted)
    evidence = SequentialEvidence(480, work=100_000)
    for a, b in zip(*tied(3_000, 4, 3), strict=True):
        evidence.update(a, b)
    assert max(made) <= 100_000
    assert evidence.standing.looks > 5
