"""The outbox: the deliveries of alerts, added in the transaction that stores the alert.

A delivery is ``waiting``, then ``sending``, then ``sent``. A failed one is ``waiting`` again, until its attempts or its
time are used up: then it is ``dead``. The statements here move it.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence

import msgspec

from spreadscope.model.clock import Clock
from spreadscope.model.facts import Alert
from spreadscope.store.command import Command

_RANK = {"info": 0, "warning": 1, "critical": 2}

_MARK_SENDING = """UPDATE deliveries SET state = 'sending', attempts = attempts + 1, title = ?, body = ?,
    maybe_repeated = ?, updated = ? WHERE id = ? AND state = 'waiting'"""
_MARK_SENT = "UPDATE deliveries SET state = 'sent', sent_at = ?, updated = ?, error = ? WHERE id = ?"
_MARK_FAILED = """UPDATE deliveries SET state = ?, next_at = ?, updated = ?, error = ?, uncertain = uncertain OR ?
    WHERE id = ? AND state = 'sending'"""
# The row was marked, but nothing was sent before the engine stopped.
_MARK_UNSENT = "UPDATE deliveries SET state = 'waiting', attempts = attempts - 1 WHERE id = ? AND state = 'sending'"
# The process ended during these sends: it is unknown whether the messages arrived.
_RECOVER = "UPDATE deliveries SET state = 'waiting', uncertain = 1, next_at = ? WHERE state = 'sending'"
_EXPIRE = (
    "UPDATE deliveries SET state = 'dead', updated = ?1,"
    """ error = ltrim(error || '; given up: too old to be of use', '; ')
    WHERE state = 'waiting' AND expires_at <= ?1"""
)
_RETRY = """UPDATE deliveries SET state = 'waiting', attempts = 0, next_at = ?, expires_at = ?, updated = ?
    WHERE id = ? AND state IN ('waiting', 'dead')"""

_INSERT = """INSERT OR IGNORE INTO deliveries (key, channel, rule_id, subject, time, notify, alert, state, attempts,
    created, next_at, expires_at, updated, uncertain, maybe_repeated, title, body, error)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, 0, 0, '', '', ?)"""


def mark_sending(delivery_id: int, title: str, body: str, *, repeated: bool, now: int) -> Command:
    """Returns the statement that begins an attempt; ``repeated``: the receiver may have the message already."""
    return Command(_MARK_SENDING, (title, body, repeated, now, delivery_id), durable=True)


def mark_unsent(delivery_id: int) -> Command:
    return Command(_MARK_UNSENT, (delivery_id,))


def mark_sent(delivery_id: int, now: int, note: str) -> Command:
    return Command(_MARK_SENT, (now, now, note, delivery_id))


def mark_failed(delivery_id: int, state: str, error: str, *, next_at: int, now: int, uncertain: bool) -> Command:
    """Returns the statement that ends an attempt; the delivery is ``waiting`` until ``next_at``, or ``dead``."""
    return Command(_MARK_FAILED, (state, next_at, now, error, uncertain, delivery_id))


def recover_sending(now: int) -> Command:
    """Returns the statement that takes up the deliveries of a process that ended while it sent them."""
    return Command(_RECOVER, (now,), durable=True)


def expire(now: int) -> Command:
    return Command(_EXPIRE, (now,))


def retry(delivery_id: int, *, now: int, expires_at: int) -> Command:
    return Command(_RETRY, (now, expires_at, now, delivery_id))


class ChannelRoute(msgspec.Struct, frozen=True):
    """A channel as the outbox knows it: which alerts it accepts."""

    channel: str
    min_severity: str = "info"
    enabled: bool = True

    def accepts(self, alert: Alert) -> bool:
        """Returns whether an alert goes to this channel. An alert of unknown severity always does."""
        named = not alert.channels or self.channel in alert.channels
        severe_enough = _RANK.get(str(alert.severity), 2) >= _RANK[self.min_severity]
        return self.enabled and named and severe_enough


class Outbox:
    """The writer's helper that adds deliveries, in the writer's thread. ``routes`` is replaced as a whole."""

    def __init__(self, clock: Clock, drop_hours: float = 48.0) -> None:
        self._clock = clock
        self._drop_ms = int(drop_hours * 3_600_000)
        self.routes: tuple[ChannelRoute, ...] = ()

    def add(self, connection: sqlite3.Connection, alerts: Sequence[Alert]) -> None:
        """Add a row for each alert with a message and each channel, inside the transaction that stores the alerts.

        An alert that was added before is not added again. A channel that does not exist gets a dead row.
        """
        routes = self.routes
        channels = {route.channel for route in routes}
        now = self._clock.now_ns() // 1_000_000
        for alert in alerts:
            if not alert.notify:
                continue
            for route in routes:
                if route.accepts(alert):
                    self._insert(connection, alert, route.channel, now)
            for name in alert.channels:
                if name not in channels:
                    self._insert(connection, alert, name, now, f"there is no channel {name!r}: see alerts.toml")

    def _insert(
        self, connection: sqlite3.Connection, alert: Alert, channel: str, now: int, error: str | None = None
    ) -> None:
        values = (
            *(uuid.uuid4().hex, channel, alert.rule_id, alert.subject, alert.time, alert.notify),
            *(msgspec.json.encode(alert).decode(), "waiting" if error is None else "dead"),
            *(now, now, now + self._drop_ms, now, error or ""),
        )
        connection.execute(_INSERT, values)
