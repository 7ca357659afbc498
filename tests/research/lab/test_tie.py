"""The tie of a range and the verdict on it, against pairs of which the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope.contract.lab import LegStudy, Verdict
from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.events import Floats
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason, Value
from spreadscope.research.lab.study_legs import Legs, legs_of, study_leg
from spreadscope.research.lab.tie import Tie, scatter_of, tie_of
from spreadscope.research.lab.verdict import Findings, verdict_of
from tests.research.lab.pairs_of_bars import PAIR, bars, reverting, tied, walk


def legs(y: Floats, x: Floats) -> Legs:
    return legs_of(bars(PAIR.y, y), bars(PAIR.x, x), Timeframe.M1.milliseconds)


def tie(y: Floats, x: Floats) -> Tie:
    return tie_of(legs(y, x), seed=1)


def leg_studies(y: Floats, x: Floats) -> tuple[LegStudy, LegStudy]:
    return (
        study_leg(PAIR.y, bars(PAIR.y, y), y, Timeframe.M1, "the store"),
        study_leg(PAIR.x, bars(PAIR.x, x), x, Timeframe.M1, "the store"),
    )


def verdict(y: Floats, x: Floats, **found: object) -> Verdict:
    fields: dict[str, object] = {
        "analytics": AnalyticsConfig(), "session_tied": None, "session_p": Value(None, Reason.WARMING_UP), "looks": 0,
        "beta_low": 0.6, "beta_high": 0.8, "break_even": Value(0.0008), "fee": 0.0005, "trades": 40,
    }  # fmt: skip
    return verdict_of(tie(y, x), leg_studies(y, x), Findings(**{**fields, **found}))  # type: ignore[arg-type]


def test_a_tied_pair_is_called_tied_and_its_half_life_is_inside_the_interval() -> None:
    y, x = tied(3_000, half_life=20.0)
    found = tie(y, x)
    assert found.p.value is not None
    assert found.p.value <= 0.01
    assert found.low.value is not None
    assert found.high.value is not None
    assert found.low.value <= 20 * 60 <= found.high.value
    assert found.beta.value == pytest.approx(0.7, abs=0.05)
    assert verdict(y, x).tied is True


def test_unrelated_legs_are_called_tied_in_no_more_than_the_level() -> None:
    said = [tie(walk(600, seed), walk(600, seed + 900)).p.value or 1.0 for seed in range(120)]
    assert sum(p < 0.05 for p in said) <= 13


def test_the_uncertainty_of_beta_covers_the_truth() -> None:
    """About 95 of 100 intervals hold β; without the memory of the spread it would be half of them."""
    held = 0
    for seed in range(60):
        found = tie(*tied(1_000, seed, half_life=30.0))
        if found.beta.value is not None and found.uncertainty.value is not None:
            held += abs(found.beta.value - 0.7) <= found.uncertainty.value * abs(found.beta.value)
    assert held >= 50


def test_what_cannot_be_judged_has_its_reason() -> None:
    x = walk(500, 1)
    assert tie(np.full(500, 8.0), x).p == Value(None, Reason.CONSTANT_LEG)
    collinear = tie(2.0 * x, x)
    assert collinear.p == Value(None, Reason.COLLINEAR)
    assert collinear.half_life == Value(None, Reason.COLLINEAR)
    short = tie(walk(40, 1), walk(40, 2))
    assert short.p == Value(None, Reason.TOO_FEW_ROWS)
    said = verdict(2.0 * x, x)
    assert said.tied is None
    assert said.text == "Whether the legs are tied cannot be judged: collinear legs."


def test_the_verdict_gives_its_reasons_in_words() -> None:
    y, x = tied(600, half_life=150.0)
    said = verdict(y, x)
    assert said.tied is False
    assert said.text.startswith("Not cointegrated in this range as far as can be seen: p 0.")
    words = " ".join(said.reasons)
    assert "half-lives long" in words or "No half-life can be told from a random walk" in words
    assert "β of the range is uncertain by" in words
    assert "would have earned nothing at a fee of 8.00 bp a fill: more than the 5 bp that you gave" in words


def test_the_verdict_says_what_a_live_session_would_say() -> None:
    y, x = tied(600)
    untold = " ".join(verdict(y, x).reasons)
    assert "its first look comes after 360 rows" in untold
    told = " ".join(verdict(y, x, session_tied=True, session_p=Value(0.004), looks=3).reasons)
    assert "would call it tied at its end: p 0.004 after 3 looks" in told


def test_a_pegged_leg_is_no_tie() -> None:
    pegged = reverting(2_000, 3, half_life=3.0, sd=1e-4)
    said = verdict(pegged, walk(2_000, 4))
    assert said.tied is not True
    assert any("AAAUSDT goes back to a level by itself" in reason for reason in said.reasons)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"trades": 0, "break_even": Value(None, Reason.NO_TRADES)}, "There was no round trip"),
        ({"break_even": Value(-0.0001)}, "40 round trips lost before any fee."),
        ({"trades": 1, "break_even": Value(0.0001)}, "1 round trip would have earned nothing at a fee of 1.00 bp"),
    ],
)
def test_the_words_on_money(found: dict[str, object], words: str) -> None:
    y, x = tied(600)
    assert any(words in reason for reason in verdict(y, x, **found).reasons)


def test_gaps_are_said() -> None:
    y, x = tied(600)
    y[100:300] = math.nan
    said = verdict(y, x)
    assert "AAAUSDT has no bar in 33% of the rows." in said.reasons


def test_the_scatter_is_thinned_and_its_line_is_of_all_rows() -> None:
    y, x = tied(5_000)
    grid = legs(y, x)
    found = scatter_of(grid, tie_of(grid, seed=1))
    assert len(found.x) == len(found.y) == len(found.places) == 1_500
    assert found.n == 5_000
    assert found.y[7] == pytest.approx(y[found.places[7]])
