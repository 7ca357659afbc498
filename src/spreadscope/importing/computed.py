"""The import of analytics rows and signals from our own exports."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import polars as pl

from spreadscope.importing.checking import REASON
from spreadscope.importing.text_tables import LINE, RAW
from spreadscope.model.hedge import Space
from spreadscope.model.states import Action, Cause, PriceSource, SignalState
from spreadscope.model.validity import Reason
from spreadscope.store.maintenance.older_versions import cause_of_sentence
from spreadscope.store.tables import VALUE_COLUMNS

Rows = list[dict[str, Any]]  # each by column
_SIGNAL_NUMBERS = ("z", "spread", "beta", "price_y", "price_x")


def analytics_rows(cells: pl.DataFrame) -> tuple[Rows, pl.DataFrame]:
    """Returns rows of the table ``analytics`` without the pair and the timeframe, and the bad rows with reasons."""
    return _convert_rows(cells, _analytics)


def signal_rows(cells: pl.DataFrame) -> tuple[Rows, pl.DataFrame]:
    """Returns rows of the table ``signals`` without the pair and the timeframe, and the bad rows with reasons."""
    return _convert_rows(cells, _signal)


def _convert_rows(cells: pl.DataFrame, convert: Any) -> tuple[Rows, pl.DataFrame]:
    good: Rows = []
    bad: list[tuple[Any, ...]] = []
    for row in cells.iter_rows(named=True):
        try:
            good.append(convert(row))
        except (ValueError, KeyError, TypeError) as error:
            bad.append((row[LINE], row[RAW], f"not a row of an export ({error})"))
    return good, pl.DataFrame(bad, schema={LINE: pl.Int64, RAW: pl.String, REASON: pl.String}, orient="row")


def _analytics(row: dict[str, str | None]) -> dict[str, Any]:
    reasons = dict(part.split(": ", 1) for part in _text(row["reasons"]).split("; ") if part)
    values = {name: _number(row.get(name)) for name in VALUE_COLUMNS}
    for name, value in values.items():
        if name not in row:
            reasons[name] = Reason.NOT_STORED  # the export is of a version that did not have it
        if (value is None) != (name in reasons):
            raise ValueError(f"{name} needs a value or a reason")
    return {
        "time": _integer(row["time"]),
        "price_y": _number(row["price_y"]),
        "price_x": _number(row["price_x"]),
        "age_y": _integer(row["age_y"]) if row["age_y"] else None,
        "age_x": _integer(row["age_x"]) if row["age_x"] else None,
        "n": _integer(row["n"]),
        **values,
        "state": SignalState(_text(row["state"])).value,
        "stale": _boolean(row["stale"]),
        "incomplete": _boolean(row["incomplete"]),
        "reasons": msgspec.json.encode({name: Reason(reason).value for name, reason in reasons.items()}).decode(),
        "source_y": _source(row.get("source_y")),
        "source_x": _source(row.get("source_x")),
        "mixed": _boolean(row.get("mixed") or "false"),
    }


def _source(text: str | None) -> str | None:
    return PriceSource(text).value if text else None


def _signal(row: dict[str, str | None]) -> dict[str, Any]:
    action, cause = Action(_text(row["action"])), _text(row["cause"])
    kind = Cause(_text(row["kind"])) if row.get("kind") else cause_of_sentence(action, cause)
    return {
        "time": _integer(row["time"]),
        "action": action.value,
        "state": SignalState(_text(row["state"])).value,
        **{name: _number(row[name]) for name in _SIGNAL_NUMBERS},
        "cause": cause,
        "kind": kind.value,
        "space": Space(_text(row.get("space")) or Space.LOG).value,
    }


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


def _boolean(text: str | None) -> bool:
    return {"true": True, "false": False}[_text(text)]


def _text(text: str | None) -> str:
    """Returns a cell without the apostrophe that protects it in spreadsheets."""
    value = text or ""
    return value[1:] if value[:1] == "'" and value[1:2] in {"=", "+", "-", "@", "\t", "\r"} else value
