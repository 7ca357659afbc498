"""The filters of ``exchangeInfo`` that an order must pass, as Binance writes them: futures and Spot have one form.

A venue lists hundreds of instruments, and a filter that cannot be read is no reason to know none of them: what is not
there, is not written as a decimal string, or is of another shape counts as not value_of.
Source: the exchange's pages "Exchange Information" (futures) and "Filters" (Spot).
"""

from __future__ import annotations

import re
from typing import Any

_DECIMAL = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")


def decimal_string(value: object) -> str | None:
    """Returns a decimal string exactly as it was given; None for anything else."""
    return value if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


class OrderFilters:
    """The filters of one instrument by their type (``LOT_SIZE``)."""

    def __init__(self, listed: object) -> None:
        """``listed`` is the JSON value of the key ``filters``, whatever it is."""
        rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        self._rows: dict[Any, dict[str, Any]] = {
            row["filterType"]: row for row in rows if isinstance(row.get("filterType"), str)
        }

    def value_of(self, kind: str, key: str) -> str | None:
        """Returns what a filter says under a key; None where it does not say it."""
        return decimal_string(self._rows.get(kind, {}).get(key))
