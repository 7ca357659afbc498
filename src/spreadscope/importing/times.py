"""The reader of times as text, in any unit or form, as milliseconds since 1970 (UTC where there is no zone).

Numbers are seconds, ms, µs or ns; for the years 2000 to 2100 their magnitudes do not overlap. Text is ISO or a form
that exchanges and vendors use. Where day and month are ambiguous, other rows of the column decide; where none does
there is no time.
"""

from __future__ import annotations

import polars as pl

#: The valid times, ms: 2000 to 2100.
EARLIEST, LATEST = 946_684_800_000, 4_102_444_800_000

_CLOCK = r"(?:[T ]+(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?(?:[ -]?([AaPp][Mm]))?)?"
_ZONE = r"\s*(?:UTC|GMT|Z|z)?\s*([+-]\d{2}:?\d{2})?$"
_YEAR_FIRST = rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_CLOCK}{_ZONE}"
_YEAR_LAST = rf"^(\d{{1,2}})([-/.])(\d{{1,2}})[-/.](\d{{4}}),?{_CLOCK}{_ZONE}"
_COMPACT = r"^(20\d{2})(\d{2})(\d{2})[T ]?(?:(\d{2}):?(\d{2}):?(\d{2})?)?Z?$"
_EXPONENT = r"^(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})$"
# A spreadsheet shortens a time in ms to six digits (1.76199E+12); a program writes all digits.
_FEWEST_DIGITS = 8


class TimeReader:
    """A reader of the blocks of one column. The order of day and month in one block applies to the next ones."""

    def __init__(self) -> None:
        self._day_first: bool | None = None

    def read(self, texts: pl.Series) -> pl.Series:
        """Returns the times in ms; null where there is none."""
        text = texts.cast(pl.String).str.strip_chars().rename("t")
        frame = text.to_frame().with_columns(
            pl.col("t").cast(pl.Int64, strict=False).alias("whole"),
            pl.when(~pl.col("t").str.contains(r"[eE]|^\d+$"))
            .then(pl.col("t").cast(pl.Float64, strict=False))
            .alias("decimal"),
        )
        parsed = frame.select(
            _milliseconds_of_integer(pl.col("whole"), pl.col("t")).fill_null(
                _milliseconds_of_decimal(pl.col("decimal"))
            )
        ).to_series()
        if parsed.null_count() == 0:
            return parsed
        rest = text.to_frame().with_columns(pl.Series("found", parsed))
        all_parsed = rest.select(
            pl.coalesce(pl.col("found"), self._year_first(), self._compact(), self._exponent()).alias("found")
        ).to_series()
        if all_parsed.null_count():
            all_parsed = all_parsed.fill_null(self._year_last(text))
        return all_parsed

    def _year_first(self) -> pl.Expr:
        return _timestamp(*_groups(_YEAR_FIRST, 9))

    def _compact(self) -> pl.Expr:
        year, month, day, hour, minute, second = _groups(_COMPACT, 6)
        missing = pl.lit(None, pl.String)
        return _timestamp(year, month, day, hour, minute, second, missing, missing, missing)

    def _exponent(self) -> pl.Expr:
        first, rest, power = _groups(_EXPONENT, 3)
        digits = rest.fill_null("").str.len_chars() + 1
        value = pl.col("t").cast(pl.Float64, strict=False)
        enough = digits >= pl.min_horizontal(pl.lit(_FEWEST_DIGITS), power.cast(pl.Int64) + 1)
        return pl.when(first.is_not_null() & enough).then(_milliseconds_of_decimal(value))

    def _year_last(self, text: pl.Series) -> pl.Series:
        first, separator, second, year, *clock = _groups(_YEAR_LAST, 10)
        frame = text.to_frame()
        parts = frame.select(
            first.cast(pl.Int64).alias("one"), separator.alias("mark"), second.cast(pl.Int64).alias("two")
        )
        if (parts["one"] > 12).any():
            self._day_first = True
        elif (parts["two"] > 12).any():
            self._day_first = False
        elif (parts["mark"] == ".").any() and self._day_first is None:
            self._day_first = True  # in dates with dots the day comes first
        if self._day_first is None:
            return pl.Series("found", [None] * len(text), pl.Int64)
        day, month = (first, second) if self._day_first else (second, first)
        return frame.select(_timestamp(year, month, day, *clock).alias("found")).to_series()


def _groups(pattern: str, count: int) -> list[pl.Expr]:
    return [pl.col("t").str.extract(pattern, group) for group in range(1, count + 1)]


def _milliseconds_of_integer(value: pl.Expr, text: pl.Expr) -> pl.Expr:
    compact = text.str.len_chars().is_in([8, 14]) & text.str.starts_with("20")
    return (
        pl.when(compact | (value < 0))
        .then(None)
        .when(value >= 10**17)
        .then(value // 10**6)
        .when(value >= 10**14)
        .then(value // 1000)
        .when(value >= 10**11)
        .then(value)
        .otherwise(value * 1000)
    )


def _milliseconds_of_decimal(value: pl.Expr) -> pl.Expr:
    """Returns the milliseconds of a decimal; a thousandth of a millisecond corrects the rounding of the float."""
    milliseconds = (
        pl.when((value < 0) | ~value.is_finite())
        .then(None)
        .when(value >= 1e17)
        .then(value / 1e6)
        .when(value >= 1e14)
        .then(value / 1e3)
        .when(value >= 1e11)
        .then(value)
        .otherwise(value * 1e3)
    )
    return (milliseconds + 1e-3).floor().cast(pl.Int64, strict=False)


def _timestamp(
    year: pl.Expr, month: pl.Expr, day: pl.Expr, hour: pl.Expr, minute: pl.Expr, second: pl.Expr,
    fraction: pl.Expr, am_pm: pl.Expr, zone: pl.Expr,
) -> pl.Expr:  # fmt: skip
    hours = hour.fill_null("0").cast(pl.Int64)
    afternoon = am_pm.str.to_lowercase() == "pm"
    hour_of_day = pl.when(am_pm.is_null()).then(hours).when(afternoon).then(hours % 12 + 12).otherwise(hours % 12)
    clock = pl.concat_str(
        hour_of_day.cast(pl.String).str.zfill(2),
        pl.lit(":"),
        minute.fill_null("00"),
        pl.lit(":"),
        second.fill_null("00"),
    )
    date = pl.concat_str(year, pl.lit("-"), month.str.zfill(2), pl.lit("-"), day.str.zfill(2))
    local = pl.concat_str(date, pl.lit(" "), clock).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    thousandths = fraction.fill_null("").str.pad_end(3, "0").str.slice(0, 3).cast(pl.Int64, strict=False)
    digits = zone.str.replace(":", "")
    minutes = digits.str.slice(1, 2).cast(pl.Int64) * 60 + digits.str.slice(3, 2).cast(pl.Int64)
    offset_minutes = pl.when(digits.str.starts_with("-")).then(-minutes).otherwise(minutes).fill_null(0)
    return local.dt.timestamp("ms") + thousandths - offset_minutes * 60_000
