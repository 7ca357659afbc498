"""Prices and quantities as integers of so many decimals, and as the exchange writes them."""

from __future__ import annotations


def decimal_text(value: int, decimals: int) -> str:
    """A scaled integer as the exchange writes it: always with all its decimals."""
    if decimals == 0:
        return str(value)
    sign, digits = ("-", -value) if value < 0 else ("", value)
    whole, fraction = divmod(digits, 10**decimals)
    return f"{sign}{whole}.{fraction:0{decimals}d}"


def scaled(text: str, decimals: int) -> int:
    """A decimal text as an integer of so many decimals; the text may have fewer, never more."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(decimals, "0"))
