"""The outbox: entered with the alert or not at all, once for each channel, and moved only as it should be."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from spreadscope.model.clock import ManualClock
from spreadscope.model.config import StoreConfig
from spreadscope.model.facts import Alert
from spreadscope.store.command import Command
from spreadscope.store.delivery import outbox
from spreadscope.store.delivery.delivery_reader import ChannelCount, DeliveryReader, StoredDelivery
from spreadscope.store.delivery.outbox import ChannelRoute, Outbox
from spreadscope.store.directory import DataDirectory
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter, WriterLimits
from tests.notify.rig import NOON, alert

HOUR = 3_600_000


class Box:
    """A store with an outbox on a clock of its own. ``write`` is one transaction."""

    def __init__(self, path: Path, *routes: ChannelRoute) -> None:
        self.clock = ManualClock(NOON * 1_000_000)
        self.outbox = Outbox(self.clock)
        self.outbox.routes = routes
        self.path = path
        self.reader = DeliveryReader(path / "spreadscope.db")

    def write(self, *alerts: Alert, commands: tuple[Command, ...] = ()) -> list[StoredDelivery]:
        """→ all deliveries afterwards, oldest first."""
        with DataDirectory(self.path) as directory:
            writer = StoreWriter(directory.database, StoreConfig(flush_seconds=0.01), self.outbox)
            writer.start()
            for command in commands:
                writer.command(command)
            writer.submit(alerts, {})
            writer.stop()
            assert (writer.error, writer.pending_rows) == (None, 0)
        return self.reader.newest(100)[::-1]


def test_one_row_for_each_alert_that_is_said_and_each_channel(tmp_path: Path) -> None:
    box = Box(tmp_path, ChannelRoute("a"), ChannelRoute("b"))
    rows = box.write(alert(1), alert(2, notify=""), alert(3, notify="resolved"))
    assert [(row.channel, row.alert.time, row.alert.notify) for row in rows] == [
        ("a", NOON + 1_000, "firing"),
        ("b", NOON + 1_000, "firing"),
        ("a", NOON + 3_000, "resolved"),
        ("b", NOON + 3_000, "resolved"),
    ]
    assert {(row.state, row.attempts, row.created, row.next_at) for row in rows} == {("waiting", 0, NOON, NOON)}
    assert len({row.key for row in rows}) == 4
    assert rows[0].alert == alert(1)


def test_an_alert_that_comes_again_is_not_entered_again(tmp_path: Path) -> None:
    box = Box(tmp_path, ChannelRoute("a"))
    first = box.write(alert(1))
    box.clock.advance(10**12)
    assert box.write(alert(1), alert(1)) == first
    assert len(box.write(alert(1, subject="CCCUSDT/DDDUSDT"), alert(1, rule_id="r2"), alert(1, notify="digest"))) == 4


@pytest.mark.parametrize(
    ("severity", "least", "enabled", "channels", "taken"),
    [
        ("info", "info", True, (), True),
        ("info", "warning", True, (), False),
        ("warning", "warning", True, (), True),
        ("critical", "warning", True, (), True),
        ("critical", "info", False, (), False),
        ("critical", "info", True, ("a", "b"), True),
        ("critical", "info", True, ("b",), False),
        ("new kind", "critical", True, (), True),
    ],
)
def test_which_alerts_a_channel_takes(
    severity: str, least: str, enabled: bool, channels: tuple[str, ...], taken: bool
) -> None:
    assert ChannelRoute("a", least, enabled).accepts(alert(severity=severity, channels=channels)) is taken


def test_a_channel_that_is_named_but_not_there_is_told_as_a_dead_letter(tmp_path: Path) -> None:
    rows = Box(tmp_path, ChannelRoute("a"), ChannelRoute("off", enabled=False)).write(
        alert(channels=("gone", "a", "off"))
    )
    assert [(row.channel, row.state) for row in rows] == [("a", "waiting"), ("gone", "dead")]
    assert rows[1].error == "there is no channel 'gone': see alerts.toml"


def test_without_an_outbox_or_without_channels_nobody_is_told(tmp_path: Path) -> None:
    assert Box(tmp_path).write(alert()) == []
    assert len(StoreReader(tmp_path / "spreadscope.db").alerts()) == 1


def test_alert_and_rows_are_one_transaction(tmp_path: Path) -> None:
    """While the rows cannot be written the alert is not either; when they can, both are."""
    failures: list[tuple[int, int]] = []

    class Failing(Outbox):
        def add(self, connection: sqlite3.Connection, alerts: object) -> None:
            if alerts and not failures:
                super().add(connection, alerts)  # type: ignore[arg-type]
                failures.append((_count("alerts"), _count("deliveries")))
                raise sqlite3.OperationalError("disk full")
            super().add(connection, alerts)  # type: ignore[arg-type]

    def _count(table: str) -> int:
        other = sqlite3.connect(tmp_path / "spreadscope.db")
        try:
            return int(other.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        finally:
            other.close()

    with DataDirectory(tmp_path) as directory:
        box = Failing(ManualClock(1))
        box.routes = (ChannelRoute("a"),)
        writer = StoreWriter(
            directory.database, StoreConfig(flush_seconds=0.01), box, limits=WriterLimits(retry_seconds=0.01)
        )
        writer.start()
        writer.submit([alert()], {})
        asyncio.run(writer.flush())
        writer.stop()
    assert failures == [(0, 0)]
    assert (_count("alerts"), _count("deliveries")) == (1, 1)


def test_what_was_on_its_way_when_the_engine_died_is_uncertain(tmp_path: Path) -> None:
    box = Box(tmp_path, ChannelRoute("a"), ChannelRoute("b"))
    one, _ = box.write(alert())
    marked = box.write(commands=(outbox.mark_sending(one.id, "t", "b", repeated=False, now=NOON),))
    assert [(row.state, row.attempts, row.uncertain) for row in marked] == [
        ("sending", 1, False),
        ("waiting", 0, False),
    ]
    found = box.write(commands=(outbox.recover_sending(NOON + 5),))
    assert [(row.state, row.next_at, row.uncertain, row.title) for row in found] == [
        ("waiting", NOON + 5, True, "t"),
        ("waiting", NOON, False, ""),
    ]
    # Uncertain it stays, whatever certain failures follow.
    again = box.write(
        commands=(
            outbox.mark_sending(one.id, "t", "b", repeated=False, now=NOON),
            outbox.mark_failed(one.id, "waiting", "no", next_at=NOON + 9, now=NOON, uncertain=False),
        )
    )
    assert (again[0].uncertain, again[0].state, again[0].next_at) == (True, "failed", NOON + 9)


def test_only_what_is_on_its_way_fails_and_only_what_waits_is_sent(tmp_path: Path) -> None:
    box = Box(tmp_path, ChannelRoute("a"))
    (row,) = box.write(alert())
    sent = (
        outbox.mark_sending(row.id, "t", "b", repeated=False, now=NOON),
        outbox.mark_sent(row.id, NOON + 1, ""),
        outbox.mark_failed(row.id, "waiting", "no", next_at=NOON, now=NOON, uncertain=True),
        outbox.mark_sending(row.id, "t2", "b2", repeated=True, now=NOON),
        outbox.retry(row.id, now=NOON, expires_at=NOON),
        outbox.expire(NOON + 100 * HOUR),
        outbox.recover_sending(NOON),
    )
    (row,) = box.write(commands=sent)
    assert (row.state, row.sent_at, row.title, row.attempts, row.error) == ("sent", NOON + 1, "t", 1, "")


def test_what_is_too_old_is_given_up_and_can_be_begun_anew(tmp_path: Path) -> None:
    box = Box(tmp_path, ChannelRoute("a"))
    (row,) = box.write(alert())
    (row,) = box.write(commands=(outbox.expire(NOON + 48 * HOUR - 1),))
    assert row.state == "waiting"
    (row,) = box.write(commands=(outbox.expire(NOON + 48 * HOUR),))
    assert (row.state, row.error) == ("dead", "given up: too old to be of use")
    (row,) = box.write(commands=(outbox.retry(row.id, now=NOON + 50 * HOUR, expires_at=NOON + 98 * HOUR),))
    (row,) = box.write(commands=(outbox.expire(NOON + 51 * HOUR),))
    assert (row.state, row.next_at, row.attempts) == ("waiting", NOON + 50 * HOUR, 0)


def test_what_is_due_and_what_became_of_all(tmp_path: Path) -> None:
    box = Box(tmp_path, ChannelRoute("a"), ChannelRoute("b"))
    rows = box.write(alert(1), alert(2))
    ids = [row.id for row in rows if row.channel == "a"]
    box.write(
        commands=(
            outbox.mark_sending(ids[0], "t", "b", repeated=False, now=NOON),
            outbox.mark_failed(ids[0], "waiting", "not now", next_at=NOON + 100, now=NOON + 7, uncertain=False),
            outbox.mark_sending(ids[1], "t", "b", repeated=False, now=NOON),
            outbox.mark_sent(ids[1], NOON + 3, ""),
        )
    )
    assert box.reader.due("a", NOON) == (None, NOON + 100)
    due, _ = box.reader.due("a", NOON + 100)
    assert due is not None
    assert (due.id, due.error) == (ids[0], "not now")
    assert box.reader.due("nobody", NOON) == (None, None)
    assert box.reader.counts() == {
        "a": ChannelCount(sent=1, dead=0, waiting=1, last_sent=NOON + 3, last_error="not now"),
        "b": ChannelCount(sent=0, dead=0, waiting=2),
    }
    assert [row.id for row in box.reader.newest(10, "failed")] == [ids[0]]
    assert [row.id for row in box.reader.newest(10, "sent")] == [ids[1]]
    assert len(box.reader.newest(1)) == 1
    assert box.reader.get(999) is None
    assert box.reader.get(ids[1]).state == "sent"
