"""Times in any unit or form are one time, and what could be two times is none."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.importing.decimals import Decimals
from spreadscope.importing.times import EARLIEST, LATEST, TimeReader

MOMENT = 1_761_990_600_123


def read(*texts: str | None) -> list[int | None]:
    return TimeReader().read(pl.Series(texts, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    "text",
    [
        "1761990600123", "1761990600123.0", "1761990600.123", "1761990600123456", "1761990600123456789",
        "1.761990600123e12", "1.761990600123E+12", "2025-11-01T09:50:00.123Z", "2025-11-01 09:50:00.123",
        "2025-11-01T09:50:00,123", "2025-11-01T09:50:00.123456789Z", "2025-11-01 11:50:00.123+02:00",
        "2025-11-01T04:20:00.123-0530", "2025/11/01 09:50:00.123", "01.11.2025 09:50:00.123",
        "2025-11-01 09:50:00.123 UTC",
        "01.11.2025 10:50:00.123 GMT+0100", "2025-11-1 9:50:00.123", "  2025-11-01 09:50:00.123 ",
        "2025-11-01 9:50:00.123 AM",
    ],
)  # fmt: skip
def test_one_moment_in_many_forms(text: str) -> None:
    assert read(text) == [MOMENT]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-11-01", "2025-11-01"),
        ("20251101", "2025-11-01"),
        ("20251101 095000", "2025-11-01 09:50"),
        ("20251101095000", "2025-11-01 09:50"),
        ("20251101T095000Z", "2025-11-01 09:50"),
        ("2025-11-01 09:50", "2025-11-01 09:50"),
        ("2025-11-01 09-PM", "2025-11-01 21:00"),
        ("2025-11-01 12-AM", "2025-11-01 00:00"),
        ("2025-11-01 12:30 PM", "2025-11-01 12:30"),
        ("1761990600", "2025-11-01 09:50"),
    ],
)
def test_forms_without_milliseconds(text: str, moment: str) -> None:
    assert read(text) == [round(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)]


@pytest.mark.parametrize(
    "text",
    ["", "now", "2025-13-01", "2025-02-30", "2025-11-01T25:00", "-1761990600", "nan", "inf", "1e400", "9" * 30,
     "1.76199E+12", None],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert read(text) == [None]


def test_other_rows_say_whether_the_day_comes_first_and_else_there_is_no_time() -> None:
    assert read("01/02/2025 00:00") == [None]
    first, second = read("01/02/2025", "13/02/2025")
    assert first == read("2025-02-01")[0]
    assert second == read("2025-02-13")[0]
    assert read("01/02/2025", "02/13/2025")[0] == read("2025-01-02")[0]
    times = TimeReader()
    times.read(pl.Series(["13/02/2025"]))
    assert times.read(pl.Series(["01/02/2025"])).to_list() == read("2025-02-01")


@given(st.integers(EARLIEST, LATEST - 1))
def test_every_unit_and_iso_give_the_same_millisecond(moment: int) -> None:
    iso = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    assert iso == datetime.fromtimestamp(moment // 1000, UTC).isoformat()[:19] + f".{moment % 1000:03d}+00:00"
    seconds = f"{moment // 1000}.{moment % 1000:03d}"
    assert set(read(str(moment), f"{moment}.0", seconds, f"{moment}000", f"{moment}999", f"{moment}000000", iso)) == {
        moment
    }


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["110000,5", "1,234"], [110000.5, 1.234]),  # the first cell leaves no doubt about the second
        (["1,234", "2,345"], [None, None]),  # 1.234 in one country, 1234 in another
        (["1,234.5", "12.5"], [1234.5, 12.5]),
        (["1.234,56", "7"], [1234.56, 7.0]),
        ([" 5 ", "1e-05", "NA", "nan", "inf", "", None], [5.0, 1e-05, None, None, None, None, None]),
    ],
)
def test_decimal_commas_are_read_where_they_leave_no_doubt(cells: list[str], numbers: list[float]) -> None:
    decimals, column = Decimals(), pl.Series(cells, dtype=pl.String)
    decimals.detect_commas([column])
    assert decimals.read(column).to_list() == numbers
