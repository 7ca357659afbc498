"""Queries of the outbox: short reads on separate connections."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from spreadscope.model.facts import Alert
from spreadscope.model.states import DeliveryState
from spreadscope.store.directory import connect

# A delivery that waits after a failed attempt is shown as failed: it will be tried again.
STATES = tuple(DeliveryState)
_STATE = "CASE WHEN state = 'waiting' AND attempts > 0 AND error != '' THEN 'failed' ELSE state END"
_COLUMNS = (
    f"id, key, channel, {_STATE}, attempts, created, next_at, sent_at, uncertain, maybe_repeated, title, body, error,"
    " alert"
)


class StoredDelivery(msgspec.Struct, frozen=True):
    """A stored message to one channel. Times are our clock, ms; ``key`` stays the same when it is sent again.

    ``uncertain``: after a failed attempt, the message may still have arrived.
    """

    id: int
    key: str
    channel: str
    state: str
    attempts: int
    created: int
    next_at: int
    sent_at: int | None
    uncertain: bool
    maybe_repeated: bool
    title: str
    body: str
    error: str
    alert: Alert


class ChannelCount(msgspec.Struct, frozen=True):
    """Counts of a channel's messages: sent, given up, waiting; the last success (ms) and the last error."""

    sent: int = 0
    dead: int = 0
    waiting: int = 0
    last_sent: int | None = None
    last_error: str | None = None


class DeliveryReader:
    """Queries of the outbox. Safe to use from several threads."""

    def __init__(self, database: Path) -> None:
        self._database = database

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        connection = connect(self._database, read_only=True)
        try:
            yield connection
        finally:
            connection.close()

    def due(self, channel: str, now: int) -> tuple[StoredDelivery | None, int | None]:
        """Returns the delivery that is due longest, or None and when the next one is due (ms)."""
        with self._reading() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM deliveries"  # noqa: S608 - columns of ours
                " WHERE state = 'waiting' AND channel = ? ORDER BY next_at, id LIMIT 1",
                (channel,),
            ).fetchone()
        if row is None:
            return None, None
        delivery = _delivery(row)
        return (delivery, None) if delivery.next_at <= now else (None, delivery.next_at)

    def get(self, number: int) -> StoredDelivery | None:
        with self._reading() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM deliveries WHERE id = ?",  # noqa: S608 - columns of ours
                (number,),
            ).fetchone()
        return None if row is None else _delivery(row)

    def newest(self, limit: int, state: str | None = None) -> list[StoredDelivery]:
        """Returns the newest deliveries, of one state if it is given."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM deliveries"  # noqa: S608 - columns of ours
                f" WHERE ?1 IS NULL OR {_STATE} = ?1 ORDER BY id DESC LIMIT ?2",
                (state, limit),
            ).fetchall()
        return [_delivery(row) for row in rows]

    def counts(self) -> dict[str, ChannelCount]:
        """Returns the counts of messages by channel; channels without messages are left out."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT channel, sum(state = 'sent'), sum(state = 'dead'), sum(state IN ('waiting', 'sending')),"
                " max(sent_at) FROM deliveries GROUP BY channel"
            ).fetchall()
            # SQLite gives, beside a max(), the other columns of the row that holds it.
            errors = {
                channel: error
                for channel, error, _ in connection.execute(
                    "SELECT channel, error, max(updated) FROM deliveries WHERE error != '' GROUP BY channel"
                )
            }
        return {
            channel: ChannelCount(sent, dead, waiting, last_sent, errors.get(channel))
            for channel, sent, dead, waiting, last_sent in rows
        }


def _delivery(row: tuple[Any, ...]) -> StoredDelivery:
    values = dict(zip(StoredDelivery.__struct_fields__, row, strict=True))
    values["alert"] = msgspec.json.decode(values["alert"], type=Alert)
    for flag in ("uncertain", "maybe_repeated"):
        values[flag] = bool(values[flag])
    return StoredDelivery(**values)
