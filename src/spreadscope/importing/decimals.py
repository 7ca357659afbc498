"""The reader of numbers as text: decimal points, decimal commas where a column is unambiguous, thousands separators."""

from __future__ import annotations

import polars as pl

_COMMA = r"^[+-]?\d+,\d+$"
_AMBIGUOUS = r"^[+-]?\d{1,3},\d{3}$"  # 1,234 is 1.234 in one country and 1234 in another
_GROUPED = r"^[+-]?\d{1,3}(,\d{3})+\.\d+$"
_GROUPED_BY_POINTS = r"^[+-]?\d{1,3}(\.\d{3})+,\d+$"
_FORMS = {1: _COMMA, 2: _GROUPED_BY_POINTS}


class Decimals:
    """A reader of the numbers of one file. What one cell shows about commas applies to all."""

    def __init__(self) -> None:
        self._decimal_comma: bool | None = None

    def detect_commas(self, columns: list[pl.Series]) -> None:
        """Detect from these columns whether a comma is a decimal point."""
        for column in columns:
            if self._decimal_comma is not None or not column.str.contains(",", literal=True).any():
                continue
            unambiguous = column.str.contains(_COMMA) & ~column.str.contains(_AMBIGUOUS)
            if unambiguous.any() or column.str.contains(_GROUPED_BY_POINTS).any():
                self._decimal_comma = True
            elif column.str.contains(_GROUPED).any():
                self._decimal_comma = False

    def read(self, column: pl.Series) -> pl.Series:
        """Returns the finite numbers of a column; null where there is none."""
        text = column.str.strip_chars()
        numbers = text.cast(pl.Float64, strict=False)
        if self._decimal_comma is not None and numbers.null_count() > text.null_count():
            if self._decimal_comma:
                without_commas = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
            else:
                without_commas = text.str.replace_all(",", "", literal=True)
            has_comma = text.str.contains(",", literal=True)
            numbers = numbers.fill_null(
                without_commas.cast(pl.Float64, strict=False).zip_with(has_comma.fill_null(value=False), numbers)
            )
        return numbers.zip_with(numbers.is_finite().fill_null(value=False), pl.Series([None], dtype=pl.Float64))
