"""The label of a file that leaves the store: it says where its rows come from and what they prove.

Demo data are named as such; trades without the exchange's ids are named unprovable; and ids that belong to no market
trade are listed, so that an import of the file has no hole where the store has none.
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
    """A label.

    ``demo``: the source of demo data; ``unprovable``: where trades without ids came from; ``no_trades``: ranges of ids.
    """

    demo: str = ""
    unprovable: str = ""
    no_trades: Ranges = ()

    def lines(self) -> list[str]:
        """Returns the label as lines of a comment."""
        ids = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in self.no_trades)
        parts = ((_DEMO, self.demo), (_UNPROVABLE, self.unprovable), (_NO_TRADES, ids))
        return [" ".join(f"{prefix}{value}".split()) for prefix, value in parts if value]

    def document(self) -> dict[str, Any]:
        """Returns the label as an object of JSON; empty where there is nothing to say."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        if self.demo:
            document["demo"] = self.lines()[0]
        return document


def label_of_line(text: str) -> Label:
    """Returns the label in one line of a comment; an empty label where there is none."""
    if text.startswith(_DEMO):
        return Label(demo=text.removeprefix(_DEMO))
    if text.startswith(_UNPROVABLE):
        return Label(unprovable=text.removeprefix(_UNPROVABLE))
    if text.startswith(_NO_TRADES):
        ranges = (_RANGE.fullmatch(part.strip()) for part in text.removeprefix(_NO_TRADES).split(","))
        return Label(no_trades=tuple((int(m[1]), int(m[2] or m[1])) for m in ranges if m))
    return Label()


def label_of_document(value: dict[str, Any]) -> Label | None:
    """Returns the label that an object of JSON is; None where it is something else."""
    if not value or not value.keys() <= set(Label.__struct_fields__):
        return None
    try:
        label = msgspec.convert(value, Label)
    except msgspec.ValidationError:
        return None
    return msgspec.structs.replace(label, demo=label.demo.removeprefix(_DEMO))


def merge_labels(first: Label, second: Label) -> Label:
    """Returns one label with the content of both."""
    return Label(first.demo or second.demo, first.unprovable or second.unprovable, first.no_trades + second.no_trades)


def label_of_tape(connection: sqlite3.Connection, symbol: str | None, start: int, end: int) -> Label:
    """Returns the label of the rows of a symbol's tape in ``[start, end)`` (None: rows that are of no tape)."""
    meta = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('mode', 'source')").fetchall())
    demo = (meta.get("source") or "demo") if meta.get("mode") == "demo" else ""
    if symbol is None:
        return Label(demo)
    no_trades = connection.execute(
        "SELECT first, last FROM gaps NATURAL JOIN symbols WHERE symbol = ? AND state = 'upstream'"
        " AND to_time >= ? AND from_time < ? ORDER BY first",
        (symbol, start, end),
    ).fetchall()
    return Label(demo, proof.unprovable(connection).get(symbol, ""), tuple(no_trades))
