"""Statements for the writer that store no fact: what is watched, a quarantined frame; other tables add their own."""

from __future__ import annotations

import msgspec

from spreadscope.model.instrument import Pair

_BYTES = 150  # of memory, beside the values


class Command(msgspec.Struct, frozen=True):
    """An SQL statement for the writer that stores no fact: what is watched, an alert rule, a quarantined frame.

    ``durable``: once written it outlasts a power cut too, not only a kill.
    """

    sql: str
    values: tuple[object, ...]
    durable: bool = False

    rows = 1
    messages = 0

    @property
    def bytes(self) -> int:
        return _BYTES + sum(len(value) for value in self.values if isinstance(value, bytes | str))


def watch_symbol(symbol: str) -> Command:
    return Command("INSERT OR IGNORE INTO watched VALUES ('symbol', ?)", (symbol,))


def unwatch_symbol(symbol: str) -> Command:
    return Command("DELETE FROM watched WHERE kind = 'symbol' AND name = ?", (symbol,))


def watch_pair(pair: Pair) -> Command:
    return Command("INSERT OR IGNORE INTO watched VALUES ('pair', ?)", (str(pair),))


def unwatch_pair(pair: Pair) -> Command:
    return Command("DELETE FROM watched WHERE kind = 'pair' AND name = ?", (str(pair),))


def quarantine(received_ns: int, origin: str, error: str, raw: bytes) -> Command:
    """Returns the statement that keeps a frame or an answer that could not be accepted, with the reason."""
    return Command("INSERT INTO quarantine VALUES (?, ?, ?, ?)", (received_ns, origin, error, raw))
