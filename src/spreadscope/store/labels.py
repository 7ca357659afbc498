"""What a file that leaves the store says about its rows, so that no reader takes them for more than they are.

Demo data say that they are no market; trades without the exchange's ids say that they prove nothing; and ids that belong
to no market trade are named, so that an import of the file has no hole where the store has none.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import msgspec

from spreadscope.store.trades import proof

_DEMO = "DEMO DATA, not a market: "
_UNPROVABLE = "trades without the exchange's ids: "
_NO_TRADES = "ids without a market trade: "
_RANGE = re.compile(r"(\d{1,19})(?:-(\d{1,19}))?")

Ranges = tuple[tuple[int, int], ...]


class Label(msgspec.Struct, frozen=True, omit_defaults=True):
    """``demo``: the source of demo data; ``unprovable``: where trades without ids came from; ``no_trades``: ranges of ids."""

    demo: str = ""
    unprovable: str = ""
    no_trades: Ranges = ()

    def lines(self) -> list[str]:
        """The label as lines of a comment."""
        ids = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in self.no_trades)
        parts = ((_DEMO, self.demo), (_UNPROVABLE, self.unprovable), (_NO_TRADES, ids))
        return [" ".join(f"{words}{value}".split()) for words, value in parts if value]

    def document(self) -> dict[str, Any]:
        """The label as an object of JSON; empty where there is nothing to say."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        if self.demo:
            found["demo"] = self.lines()[0]
        return found


def from_line(text: str) -> Label:
    """Returns what one line of a comment says; an empty label where it says nothing of this kind."""
    if text.startswith(_DEMO):
        return Label(demo=text.removeprefix(_DEMO))
    if text.startswith(_UNPROVABLE):
        return Label(unprovable=text.removeprefix(_UNPROVABLE))
    if text.startswith(_NO_TRADES):
        found = (_RANGE.fullmatch(part.strip()) for part in text.removeprefix(_NO_TRADES).split(","))
        return Label(no_trades=tuple((int(m[1]), int(m[2] or m[1])) for m in found if m))
    return Label()


def from_document(value: dict[str, Any]) -> Label | None:
    """Returns the label that an object of JSON is; None where it is something else."""
    if not value or not value.keys() <= set(Label.__struct_fields__):
        return None
    try:
        label = msgspec.convert(value, Label)
    except msgspec.ValidationError:
        return None
    return msgspec.structs.replace(label, demo=label.demo.removeprefix(_DEMO))


def together(one: Label, other: Label) -> Label:
    """Returns what both say."""
    return Label(one.demo or other.demo, one.unprovable or other.unprovable, one.no_trades + other.no_trades)


def label_of(connection: sqlite3.Connection, symbol: str | None, start: int, end: int) -> Label:
    """Returns the label of the rows of a symbol's tape in ``[start, end)`` (None: rows that are of no tape)."""
    meta = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('mode', 'source')").fetchall())
    demo = (meta.get("source") or "demo") if meta.get("mode") == "demo" else ""
    if symbol is None:
        return Label(demo)
    closed = connection.execute(
        "SELECT first, last FROM gaps NATURAL JOIN symbols WHERE symbol = ? AND state = 'upstream'"
        " AND to_time >= ? AND from_time < ? ORDER BY first",
        (symbol, start, end),
    ).fetchall()
    return Label(demo, proof.unprovable(connection).get(symbol, ""), tuple(closed))
