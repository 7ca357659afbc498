"""Whole numbers of 1e-8: the arithmetic of money, prices and quantities. Rounding is half to even, once per result."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from spreadscope.model.trading import UNIT

#: Basis points are kept to 1e-4 of one.
_BPS_PARTS = 10_000 * 10_000


def to_units(value: float | str | Decimal) -> int:
    """Returns a number as units of 1e-8. Raises ``ValueError`` for what is not finite.

    >>> to_units("0.001"), to_units(0.1), to_units(1e-9)
    (100000, 10000000, 0)
    """
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{value} is not a finite number")
    return int((number * UNIT).to_integral_value(ROUND_HALF_EVEN))


def to_float(units: int) -> float:
    """Returns units of 1e-8 as a number."""
    return units / UNIT


def divide(numerator: int, denominator: int) -> int:
    """Returns a quotient rounded half to even.

    >>> divide(5, 2), divide(7, 2), divide(-5, 2), divide(-7, 3)
    (2, 4, -2, -2)
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return whole + (twice > denominator or (twice == denominator and whole & 1))


def notional(quantity: int, price: int) -> int:
    """Returns quantity times price, signed as the quantity.

    >>> notional(-3 * UNIT, 2 * UNIT) == -6 * UNIT
    True
    """
    return divide(quantity * price, UNIT)


def basis_points(amount: int, bps: float) -> int:
    """Returns so many basis points of an amount.

    >>> basis_points(1_000 * UNIT, 5.0) == UNIT // 2
    True
    """
    return divide(amount * round(bps * 10_000), _BPS_PARTS)


def times(amount: int, factor: float) -> int:
    """Returns an amount times a number that is not a whole one, such as a funding rate.

    >>> times(100 * UNIT, 0.0001) == UNIT // 100
    True
    """
    return int((Decimal(amount) * Decimal(repr(factor))).to_integral_value(ROUND_HALF_EVEN))


def floor_to(value: int, step: int) -> int:
    """Returns the next multiple of ``step`` towards 0."""
    return value - value % step if value >= 0 else -(-value - -value % step)


def nearest(value: int, step: int) -> int:
    """Returns the nearest multiple of ``step``.

    >>> nearest(149, 100), nearest(-151, 100)
    (100, -200)
    """
    return divide(value, step) * step


def ceiling_to(value: int, step: int) -> int:
    """Returns the next multiple of ``step`` away from 0, for a value that is not negative."""
    return -(-value // step) * step


def text(units: int) -> str:
    """Returns units of 1e-8 as a decimal without zeros at its end.

    >>> text(150_000_000), text(-1), text(10**8)
    ('1.5', '-0.00000001', '1')
    """
    sign, whole, rest = "-" if units < 0 else "", *divmod(abs(units), UNIT)
    return f"{sign}{whole}.{rest:08d}".rstrip("0").rstrip(".")
