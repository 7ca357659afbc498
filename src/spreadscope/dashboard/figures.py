"""Numbers in tables as the rest of the screen writes them: fixed decimals, a real minus, and a dash where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pandas as pd  # type: ignore[import-untyped]  # Streamlit's own tables are made of it

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler  # type: ignore[import-untyped]

NOTHING = "–"

# A line of a table: by the name of its column.
Line = Mapping[str, str | float | bool | None]


def fixed(value: float | None, decimals: int, *, sign: bool = False) -> str:
    """``value`` with so many decimals, rounded as it is written; no sign before a zero.

    >>> [fixed(value, 2, sign=True) for value in (-2.216, 0.004, 1234.5, None)]
    ['−2.22', '0.00', '+1,234.50', '–']
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}"
    if not rounded:
        return text
    return f"−{text}" if rounded < 0 else f"+{text}" if sign else text


def figure(value: float | None) -> str:
    """A number of unknown kind, such as what a rule looks at, with the decimals that its size asks for.

    >>> [figure(value) for value in (-0.33640512, 90123.5, 0.00031, 0.0, 2e-9)]
    ['−0.3364', '90,123.50', '0.000310', '0.0000', '2.0e−9']
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    size = abs(value)
    if 0 < size < 1e-6:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "−")
    return fixed(value, 2 if size >= 100 else 4 if size >= 0.01 or not size else 6)


def decimals_seen(values: Sequence[float | None]) -> int:
    """Decimals of prices as the data have them: the exchange sends whole ticks.

    >>> decimals_seen([1918.3, 1918.25, None]), decimals_seen([1922.9250000000002])
    (2, 3)
    """
    # The middle of bid and ask is no whole tick, and no clean decimal either.
    exponents = [Decimal(f"{value:.10g}").normalize().as_tuple().exponent for value in values if value is not None]
    return min(8, max([0, *(-exponent for exponent in exponents if isinstance(exponent, int))]))


def table(rows: Sequence[Line], decimals: Mapping[str, int | None], *, signed: Sequence[str] = ()) -> Styler:
    """``rows`` to show: by column its decimals (None: as its size asks for), ``signed`` with a plus too. Sorting is by number."""
    formats = {
        name: (figure if count is None else _formatter(count, sign=name in signed)) for name, count in decimals.items()
    }
    return pd.DataFrame(rows).style.format(formats, na_rep=NOTHING)


def _formatter(decimals: int, *, sign: bool) -> Callable[[float | None], str]:
    return lambda value: fixed(value, decimals, sign=sign)
