"""What a scan reads: one table whatever the unit, holes kept, and nothing left out without a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from spreadscope.importing.closes import Closes, Grid, make_grid, read_closes
from spreadscope.model.errors import ConfigError

T0, STEP = 1_761_955_200_000, 300_000
UNITS: dict[str, Callable[[int], object]] = {
    "ms": int,
    "s": lambda t: t // 1000,
    "us": lambda t: t * 1000,
    "ns": lambda t: t * 1_000_000,
    "floats": lambda t: t / 1000,
    "floats of ms": float,
    "iso": lambda t: datetime.fromtimestamp(t / 1000, UTC).isoformat(),
    "words": lambda t: datetime.fromtimestamp(t / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S"),
}


def grid(path: Path, rows: list[str], header: str = "symbol,open_time,close") -> Grid:
    path.write_text("\n".join([header, *rows]))
    return make_grid(read_closes(path))


def table(time: Callable[[int], object] = int) -> list[str]:
    return [f"{s},{time(T0 + STEP * i)},{100 + i + place}" for place, s in enumerate("AB") for i in range(12)]


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_of_the_times_changes_nothing(tmp_path: Path, unit: str) -> None:
    found = grid(tmp_path / "a.csv", table(UNITS[unit]))
    assert (found.step, found.symbols, found.notes) == (STEP, ["A", "B"], [])
    assert found.times.tolist() == [T0 + STEP * i for i in range(12)]
    assert found.closes[3].tolist() == [103, 104]


def test_what_is_missing_is_a_hole_on_the_grid(tmp_path: Path) -> None:
    rows = [row for number, row in enumerate(table()) if number not in {3, 4, 5, 16, 17}]
    found = grid(tmp_path / "a.csv", rows)
    assert np.flatnonzero(np.isnan(found.closes[:, 0])).tolist() == [3, 4, 5]
    assert np.flatnonzero(np.isnan(found.closes[:, 1])).tolist() == [4, 5]
    # Also where no symbol has a bar.
    assert len(found.times) == 12
    assert np.isnan(found.closes[4]).all()


def test_bars_that_do_not_agree_are_said_and_left_out(tmp_path: Path) -> None:
    found = grid(tmp_path / "a.csv", [*table(), f"A,{T0 + STEP},999", f"B,{T0},100", f"B,{T0},101"])
    assert len(found.notes) == 1
    assert "2 bars are in a.csv twice with different closes (the first: B" in found.notes[0]
    # A grid begins where two symbols have a bar: the first two rows have one each now.
    assert found.times[0] == T0 + 2 * STEP
    same = grid(tmp_path / "b.csv", [*table(), table()[3]])
    assert same.notes == ["1 bars of b.csv are repeats of others, and count once"]


def test_prices_that_are_none_and_times_that_are_none_are_said(tmp_path: Path) -> None:
    found = grid(tmp_path / "a.csv", [*table(), "A,soon,1", f"A,{T0 + 12 * STEP},0", f"B,{T0 + 12 * STEP},NA"])
    assert found.notes == [
        "1 rows have no time and are left out",
        "2 closes of a.csv are empty or no price, and count as missing",
    ]


def test_bars_off_the_grid_are_said(tmp_path: Path) -> None:
    found = grid(tmp_path / "a.csv", [*table(), f"A,{T0 + 1234},100"])
    assert found.notes == ["1 bars do not lie on the grid of 5m of the others, and are left out"]


def test_days_follow_their_calendar(tmp_path: Path) -> None:
    days = [d for d in range(30) if d % 7 not in {2, 3}]
    rows = [f"{s},{T0 + 86_400_000 * d},{100 + d}" for s in "AB" for d in days]
    found = grid(tmp_path / "a.csv", rows)
    assert len(found.times) == len(days)
    assert np.isfinite(found.closes).all()


def test_a_wide_table_and_files_of_one_symbol(tmp_path: Path) -> None:
    found = grid(tmp_path / "w.csv", [f"{T0 + STEP * i},{1 + i},,{3 + i}" for i in range(12)], "Date,AUSDT,BUSDT,CUSDT")
    assert found.symbols == ["AUSDT", "CUSDT"]
    one = tmp_path / "BTC_USDT_USDT-5m-futures.csv"
    one.write_text(
        "date,open,high,low,close,volume\n" + "\n".join(f"{T0 + STEP * i},1,1,1,{i + 1},1" for i in range(12))
    )
    closes = read_closes(one)
    assert closes.frame["symbol"].unique().to_list() == ["BTC_USDT_USDT"]
    with pytest.raises(ConfigError, match=r"at least two symbols \(there is BTC_USDT_USDT alone"):
        make_grid(closes)


def test_what_cannot_be_laid_out_is_one_sentence(tmp_path: Path) -> None:
    far = [f"{s},{T0 + 1000 * i},1" for s in "AB" for i in range(9)] + [f"{s},{4_000_000_000_000},100" for s in "AB"]
    with pytest.raises(ConfigError, match="far from the others"):
        grid(tmp_path / "a.csv", far)
    with pytest.raises(ConfigError, match="times do not meet"):
        grid(
            tmp_path / "b.csv",
            [f"{s},{T0 + 1000 * i + 99_000 * place},1" for place, s in enumerate("AB") for i in range(5)],
        )
    with pytest.raises(ConfigError, match="one bar alone"):
        grid(tmp_path / "c.csv", [f"A,{T0},1", f"B,{T0},1"])
    assert isinstance(read_closes(tmp_path / "c.csv"), Closes)


def test_a_symbol_that_was_listed_late_does_not_shorten_the_others(tmp_path: Path) -> None:
    rows = [f"{s},{T0 + STEP * i},{100 + i}" for s in "ABC" for i in range(100)]
    late = [f"NEW,{T0 + STEP * i},5" for i in range(90, 100)]
    found = grid(tmp_path / "a.csv", rows + late)
    assert (found.symbols, len(found.times)) == (["A", "B", "C"], 100)
    assert found.notes == [
        "NEW is left out: its bars, from 2025-11-01 07:30 to 2025-11-01 08:15, share too little time with the others"
    ]
    # What most symbols lack at both ends is no hole of theirs.
    early = [f"OLD,{T0 - STEP * i},5" for i in range(1, 40)] + [f"OLD,{T0 + STEP * i},5" for i in range(100)]
    found = grid(tmp_path / "b.csv", rows + early)
    assert (len(found.times), bool(np.isfinite(found.closes).all()), found.notes) == (100, True, [])


def test_quotes_of_other_markets_are_older(tmp_path: Path) -> None:
    rows = [
        f"{s},{year}-{month:02d}-01,{year + month}"
        for s in "AB"
        for year in range(1965, 1999)
        for month in range(1, 13)
    ]
    found = grid(tmp_path / "a.csv", rows)
    assert (len(found.times), found.notes) == (34 * 12, [])
