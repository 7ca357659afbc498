"""A whole study: what is in it, what it refuses, and that nothing in it is a number that is none."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from spreadscope.contract.lab import Study
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import Floats
from spreadscope.model.facts import PairRow
from spreadscope.model.hedge import HedgeName
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.lab.live_rows import live_rows
from spreadscope.research.lab.study import LINES, StudyInput, study
from tests.research.lab.pairs_of_bars import PAIR, START, bars, given, settings, tied, walk

SMALL: dict[str, float | str | bool] = {
    "analytics__hedge_window": 60,
    "analytics__z_window": 30,
    "analytics__correlation_window": 30,
}


@pytest.fixture(scope="module")
def compared() -> tuple[Study, list[list[PairRow]], StudyInput]:
    y, x = tied(500)
    asked = given(
        y, x, settings(**SMALL), settings(**SMALL, signals__entry=1.5, fee_bps=2.0), without_x=range(200, 210)
    )
    rows: list[list[PairRow]] = [[], []]
    return study(asked, take_row=lambda number, row: rows[number].append(row)), rows, asked


def test_every_number_is_a_number_or_has_a_reason(compared: tuple[Study, list[list[PairRow]], StudyInput]) -> None:
    found, _, _ = compared
    again = msgspec.json.decode(msgspec.json.encode(found), type=Study)
    assert again == found  # NaN would come back as null, and equals nothing
    for one in found.sets:
        for line in [*one.lines.values(), *(line for path in one.paths for line in (path.beta, path.spread, path.z))]:
            gaps = {place for run in line.missing for place in range(run.first, run.end)}
            assert gaps == {place for place, value in enumerate(line.values) if value is None}
            assert len(line.values) == len(found.times)
        for figure in [*one.figures, *one.backtest.figures, *(f for leg in found.legs for f in leg.figures)]:
            assert (figure.value.value is None) == (figure.value.reason is not None), figure.key


def test_lines_and_table_are_the_rows(compared: tuple[Study, list[list[PairRow]], StudyInput]) -> None:
    found, rows, asked = compared
    config = asked.sets[0].parameters
    live = [step.row for step in live_rows(PAIR, Timeframe.M1, config, asked.bars_y, asked.bars_x)]
    assert rows[0] == live
    assert found.times == [row.time for row in live]
    traded = next(path for path in found.sets[0].paths if path.traded)
    for place, row in enumerate(live):
        assert traded.z.values[place] == (None if row.z.value is None else pytest.approx(row.z.value, rel=1e-9))
        for key in LINES:
            value = row[key].value
            assert found.sets[0].lines[key].values[place] == (None if value is None else pytest.approx(value, rel=1e-9))


def test_all_models_are_there_and_one_is_traded(compared: tuple[Study, list[list[PairRow]], StudyInput]) -> None:
    for one in compared[0].sets:
        assert [path.model for path in one.paths] == list(HedgeName)
        assert [path.model for path in one.paths if path.traded] == ["ols"]


def test_two_sets_differ_by_what_was_asked(compared: tuple[Study, list[list[PairRow]], StudyInput]) -> None:
    first, second = compared[0].sets
    assert (first.entry, second.entry) == (2.0, 1.5)
    assert [first.fee_bps, second.fee_bps] == pytest.approx([5.0, 2.0])
    assert first.paths == second.paths
    assert len(second.backtest.trades) > len(first.backtest.trades)
    assert {f.key for f in first.figures} == {f.key for f in second.figures}


def test_the_range_is_half_open_and_gaps_are_counted(compared: tuple[Study, list[list[PairRow]], StudyInput]) -> None:
    found = compared[0]
    assert (found.start, found.end, found.rows) == (START, START + 500 * 60_000, 500)
    missing = {leg.symbol: next(f.value.value for f in leg.figures if f.key == "missing") for leg in found.legs}
    assert missing == {PAIR.y: 0.0, PAIR.x: pytest.approx(0.02)}
    assert found.price_x.values[205] is None


@pytest.mark.parametrize(
    ("y", "x", "options", "words"),
    [
        (np.empty(0), walk(90, 1), {}, "there are no bars of AAAUSDT in this range"),
        (walk(50, 1), walk(50, 2), {}, "50 rows have bars of both legs: a study needs at least 60"),
        (walk(90, 1), walk(90, 2), {"without_y": range(40), "without_x": range(40, 90)}, "share no time"),
        (walk(90, 1), walk(90, 2), {"without_y": range(0, 90, 2), "without_x": range(1, 90, 2)}, "share no time"),
    ],
)
def test_a_range_that_makes_no_study_is_refused(y: Floats, x: Floats, options: dict[str, range], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        study(given(y, x, **options))


def test_a_range_that_is_too_long_is_refused() -> None:
    asked = given(walk(90, 1), walk(90, 2))
    far = bars(PAIR.x, walk(1, 3), start=START + 60_000 * 200_000)
    with pytest.raises(ConfigError, match="a study takes at most 100,000"):
        study(msgspec.structs.replace(asked, bars_x=[*asked.bars_x, *far]))


def test_progress_rises_to_the_end() -> None:
    said: list[float] = []
    study(given(*tied(450)), progress=lambda fraction, _: said.append(fraction or 0.0))
    assert said == sorted(said)
    assert said[-1] > 0.8


def test_many_rows_are_thinned_and_it_is_said() -> None:
    found = study(msgspec.structs.replace(given(*tied(500), settings(**SMALL)), shown_rows=100))
    assert len(found.times) <= 102
    assert found.rows == 500
    assert "Charts show" in found.notes[-1]
    z = next(path for path in found.sets[0].paths if path.traded).z.values
    assert max(value for value in z if value is not None) > 2


@pytest.mark.parametrize("flat", ["y", "x", "both"])
def test_legs_that_stand_still_make_a_study_without_numbers(flat: str) -> None:
    y, x = walk(200, 1), walk(200, 2)
    if flat in {"y", "both"}:
        y = np.full(200, 8.0)
    if flat in {"x", "both"}:
        x = np.full(200, 8.0)
    found = study(given(y, x, settings(**SMALL)))
    assert found.sets[0].verdict.tied is None
    assert "constant leg" in found.sets[0].verdict.text
    assert not math.isnan(found.scatter.n)
    msgspec.json.encode(found)
