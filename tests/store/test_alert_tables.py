"""Rules, lives and alerts in the store: what goes in comes back, filters, pages, and what an older store held."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from spreadscope.model.alerting import AlertState, Budget, Life, Severity
from spreadscope.model.events import SetRule
from spreadscope.model.facts import AlertBudget, AlertLife
from spreadscope.model.timeframe import Timeframe
from spreadscope.store import tables
from spreadscope.store.alert_tables import AlertFilter, save_rule
from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.reader import StoreReader
from tests.support.facts import PAIR, alert, store
from tests.support.market import START

RULE = SetRule(
    "r1", "z > 2 for 30s", "any pair", Timeframe.M1, "stretched", Severity.CRITICAL, "abs(z) < 1", 5.0, 60.0, 3,
    once=True,
    notify_resolved=False, notify_no_data=True, channels=("desk", "phone"), enabled=False, origin="file",
    muted_until=START,
)  # fmt: skip
LIFE = Life(
    start=START, state=AlertState.RECOVERING, since=START + 1, incident="r1:A/B:5", fired_at=5, quiet_since=7,
    acknowledged=True,
    silenced="cap", told_at=3, judged_once=True, sides=(1, None, -1),
)  # fmt: skip
BUDGET = Budget(told=(1, 2), held=(("A/B", 3),), held_since=2, spent=True)


def test_rules_and_what_is_remembered_of_them_come_back_equal(tmp_path: Path) -> None:
    plain = SetRule("r2", "z > 2", str(PAIR), recover=1.5)
    with store(tmp_path) as (writer, reader):
        for rule in (RULE, plain):
            writer.command(save_rule(rule))
        writer.submit(
            [AlertLife("r1", "A/B", Life()), AlertLife("r1", "A/B", LIFE), AlertLife("r1", "C/D", Life())], {}
        )
        writer.submit([AlertBudget("r1", BUDGET), AlertLife("r1", "C/D", None), AlertLife("gone", "A/B", LIFE)], {})
        asyncio.run(writer.flush())
        first, second = reader.rules()
    assert (first.rule, first.lives, first.budget) == (RULE, (("A/B", LIFE),), BUDGET)
    assert (second.rule, second.lives, second.budget) == (plain, (), None)


def test_alerts_are_found_by_rule_subject_state_severity_and_time(tmp_path: Path) -> None:
    alerts = [
        alert(START + second, rule_id=f"r{second % 2}", subject=f"S{second % 3}", state=state, severity=severity,
            threshold=None)
        for second in range(60)
        for state in (AlertState.FIRING, AlertState.RESOLVED)
        for severity in [list(Severity)[second % 3]]
    ]  # fmt: skip
    with store(tmp_path) as (writer, _):
        writer.submit(alerts, {})
        writer.submit(alerts[:5], {})  # said again: kept once
    reader = StoreReader(tmp_path / DATABASE)
    expected = sorted(alerts, key=lambda a: (-a.time, a.rule_id, a.subject, a.state))
    assert reader.alerts() == expected
    assert reader.alerts(limit=7) == expected[:7]
    for wanted, keep in (
        (AlertFilter(rule="r1"), lambda a: a.rule_id == "r1"),
        (AlertFilter(subject="S2"), lambda a: a.subject == "S2"),
        (AlertFilter(state=AlertState.RESOLVED), lambda a: a.state is AlertState.RESOLVED),
        (AlertFilter(severity=Severity.INFO), lambda a: a.severity is Severity.INFO),
        (AlertFilter(start=START + 5, end=START + 9), lambda a: START + 5 <= a.time < START + 9),
    ):
        assert reader.alerts(alert_filter=wanted) == [a for a in expected if keep(a)]


def test_pages_hold_every_alert_once(tmp_path: Path) -> None:
    alerts = [alert(START + place // 5, subject=f"S{place % 5}") for place in range(50)]
    with store(tmp_path) as (writer, _):
        writer.submit(alerts, {})
    reader = StoreReader(tmp_path / DATABASE)
    assert [a for page in reader.alert_pages(rows_a_page=7) for a in page] == reader.alerts()


def test_rules_and_alerts_of_an_older_store_are_carried_over(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / DATABASE)
    for step, script in enumerate(tables._STEPS[:2], start=1):
        connection.executescript(f"{script}; PRAGMA user_version = {step};")
    connection.execute("INSERT INTO rules VALUES ('r1', 'z > 2', ?, '1m')", (str(PAIR),))
    for time, state in ((1, "firing"), (2, "inactive"), (3, "no data")):
        connection.execute(
            "INSERT INTO alerts VALUES ('r1', ?, ?, 'z > 2', ?, '1m', 2.5, 2.0)", (time, state, str(PAIR))
        )
    connection.commit()
    connection.close()
    with DataDirectory(tmp_path) as directory:
        reader = StoreReader(directory.database)
        (held,) = reader.rules()
        assert held.rule == SetRule("r1", "z > 2", str(PAIR), Timeframe.M1)
        assert (held.lives, held.budget) == ((), None)
        assert [(a.time, a.state) for a in reader.alerts()] == [
            (3, AlertState.NO_DATA), (2, AlertState.RESOLVED), (1, AlertState.FIRING),
        ]  # fmt: skip
        assert {(a.value, a.threshold, a.notify) for a in reader.alerts()} == {(2.5, 2.0, "")}
