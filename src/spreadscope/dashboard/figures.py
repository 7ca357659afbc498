"""The format of numbers in tables: fixed decimals, a real minus sign, and a dash for a missing value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pandas as pd  # type: ignore[import-untyped]  # Streamlit's own tables are made of it

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler  # type: ignore[import-untyped]

NO_VALUE = "–"

# The cells of a row by the names of their columns.
TableRow = Mapping[str, str | float | bool | None]


def fixed_text(value: float | None, decimals: int, *, sign: bool = False) -> str:
    """Returns ``value`` with ``decimals`` decimals; a zero has no sign.

    >>> [fixed_text(value, 2, sign=True) for value in (-2.216, 0.004, 1234.5, None)]
    ['−2.22', '0.00', '+1,234.50', '–']
    """
    if value is None or not math.isfinite(value):
        return NO_VALUE
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}"
    if not rounded:
        return text
    return f"−{text}" if rounded < 0 else f"+{text}" if sign else text


def number_text(value: float | None) -> str:
    """Returns a number of unknown kind, such as a value of a rule, with decimals that depend on its size.

    >>> [number_text(value) for value in (-0.33640512, 90123.5, 0.00031, 0.0, 2e-9)]
    ['−0.3364', '90,123.50', '0.000310', '0.0000', '2.0e−9']
    """
    if value is None or not math.isfinite(value):
        return NO_VALUE
    size = abs(value)
    if 0 < size < 1e-6:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "−")
    return fixed_text(value, 2 if size >= 100 else 4 if size >= 0.01 or not size else 6)


def decimals_of(values: Sequence[float | None]) -> int:
    """Returns the number of decimals of prices in the data: the exchange sends whole ticks.

    >>> decimals_of([1918.3, 1918.25, None]), decimals_of([1922.9250000000002])
    (2, 3)
    """
    # The middle of bid and ask is no whole tick, and no exact decimal either.
    exponents = [Decimal(f"{value:.10g}").normalize().as_tuple().exponent for value in values if value is not None]
    return min(8, max([0, *(-exponent for exponent in exponents if isinstance(exponent, int))]))


def table(rows: Sequence[TableRow], decimals: Mapping[str, int | None], *, signed: Sequence[str] = ()) -> Styler:
    """Returns a table with ``decimals`` by column (None: by size); ``signed`` columns have a plus.

    It sorts by number.
    """
    formats = {
        name: (number_text if count is None else _formatter(count, sign=name in signed))
        for name, count in decimals.items()
    }
    return pd.DataFrame(rows).style.format(formats, na_rep=NO_VALUE)


def _formatter(decimals: int, *, sign: bool) -> Callable[[float | None], str]:
    return lambda value: fixed_text(value, decimals, sign=sign)
