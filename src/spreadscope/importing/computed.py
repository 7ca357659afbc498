"""Analytics rows and signals of our own exports, back to what the store keeps."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import polars as pl

from spreadscope.importing.checking import REASON
from spreadscope.importing.text import LINE, RAW
from spreadscope.model.facts import Action, PriceSource, SignalState
from spreadscope.model.validity import Reason
from spreadscope.store.schema import VALUE_COLUMNS

Rows = list[tuple[Any, ...]]
_SIGNAL_NUMBERS = ("z", "spread", "beta", "price_y", "price_x")


def analytics_rows(cells: pl.DataFrame) -> tuple[Rows, pl.DataFrame]:
    """→ rows of the table ``analytics`` after its key, and the bad rows with reasons."""
    return _each(cells, _analytics)


def signal_rows(cells: pl.DataFrame) -> tuple[Rows, pl.DataFrame]:
    """→ rows of the table ``signals`` after its key, and the bad rows with reasons."""
    return _each(cells, _signal)


def _each(cells: pl.DataFrame, convert: Any) -> tuple[Rows, pl.DataFrame]:
    good: Rows = []
    bad: Rows = []
    for row in cells.iter_rows(named=True):
        try:
            good.append(convert(row))
        except (ValueError, KeyError, TypeError) as error:
            bad.append((row[LINE], row[RAW], f"not a row of an export ({error})"))
    return good, pl.DataFrame(bad, schema={LINE: pl.Int64, RAW: pl.String, REASON: pl.String}, orient="row")


def _analytics(row: dict[str, str | None]) -> tuple[Any, ...]:
    reasons = dict(part.split(": ", 1) for part in _text(row["reasons"]).split("; ") if part)
    values = {name: _number(row.get(name)) for name in VALUE_COLUMNS}
    for name, value in values.items():
        if (value is None) != (name in reasons):
            raise ValueError(f"{name} needs a value or a reason")
    return (
        _integer(row["time"]), _number(row["price_y"]), _number(row["price_x"]),
        _integer(row["age_y"]) if row["age_y"] else None, _integer(row["age_x"]) if row["age_x"] else None,
        _integer(row["n"]), *values.values(), SignalState(_text(row["state"])).value,
        _truth(row["stale"]), _truth(row["incomplete"]),
        msgspec.json.encode({name: Reason(reason).value for name, reason in reasons.items()}).decode(),
        _source(row.get("source_y")), _source(row.get("source_x")), _truth(row.get("mixed") or "false"),
    )  # fmt: skip


def _source(text: str | None) -> str | None:
    return PriceSource(text).value if text else None


def _signal(row: dict[str, str | None]) -> tuple[Any, ...]:
    numbers = [_number(row[name]) for name in _SIGNAL_NUMBERS]
    action, state = Action(_text(row["action"])), SignalState(_text(row["state"]))
    return (_integer(row["time"]), action.value, state.value, *numbers, _text(row["cause"]))


def _integer(text: str | None) -> int:
    value = int(_text(text))
    if value < 0:
        raise ValueError(f"{value} is negative")
    return value


def _number(text: str | None) -> float | None:
    if text is None or text == "":
        return None
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not finite")
    return value


def _truth(text: str | None) -> bool:
    return {"true": True, "false": False}[_text(text)]


def _text(text: str | None) -> str:
    """A cell; the apostrophe that kept a spreadsheet from running it goes."""
    value = text or ""
    return value[1:] if value[:1] == "'" and value[1:2] in {"=", "+", "-", "@", "\t", "\r"} else value
