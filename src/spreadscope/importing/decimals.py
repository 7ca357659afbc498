"""Numbers as text: decimal points, decimal commas where a column leaves no doubt, and thousands that are set apart."""

from __future__ import annotations

import polars as pl

_COMMA = r"^[+-]?\d+,\d+$"
_DOUBTFUL = r"^[+-]?\d{1,3},\d{3}$"  # 1,234 is 1.234 in one country and 1234 in another
_GROUPED = r"^[+-]?\d{1,3}(,\d{3})+\.\d+$"
_GROUPED_BY_POINTS = r"^[+-]?\d{1,3}(\.\d{3})+,\d+$"
_FORMS = {1: _COMMA, 2: _GROUPED_BY_POINTS}


class Decimals:
    """Reads the columns of numbers of one file. What one cell tells of its commas holds for all."""

    def __init__(self) -> None:
        self._comma: bool | None = None

    def look(self, columns: list[pl.Series]) -> None:
        """Learn from these columns whether a comma is a decimal point."""
        for column in columns:
            if self._comma is not None or not column.str.contains(",", literal=True).any():
                continue
            certain = column.str.contains(_COMMA) & ~column.str.contains(_DOUBTFUL)
            if certain.any() or column.str.contains(_GROUPED_BY_POINTS).any():
                self._comma = True
            elif column.str.contains(_GROUPED).any():
                self._comma = False

    def read(self, column: pl.Series) -> pl.Series:
        """Returns the finite numbers of a column; null where there is none."""
        text = column.str.strip_chars()
        plain = text.cast(pl.Float64, strict=False)
        if self._comma is not None and plain.null_count() > text.null_count():
            if self._comma:
                other = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
            else:
                other = text.str.replace_all(",", "", literal=True)
            has_comma = text.str.contains(",", literal=True)
            plain = plain.fill_null(
                other.cast(pl.Float64, strict=False).zip_with(has_comma.fill_null(value=False), plain)
            )
        return plain.zip_with(plain.is_finite().fill_null(value=False), pl.Series([None], dtype=pl.Float64))
