"""Alert rules, alerts and lives of alerts as rows of their tables, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import msgspec

from spreadscope.model.alerting import AlertState, Budget, Life, Severity
from spreadscope.model.events import SetRule
from spreadscope.model.facts import Alert, AlertBudget, AlertLife
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.command import Command

_BUDGET_SUBJECT = ""  # the subject of the row that holds the message budget of a whole rule
ALERT_COLUMNS = Alert.__struct_fields__
_ALERT_SQL = (
    f"INSERT OR IGNORE INTO alerts ({', '.join(ALERT_COLUMNS)})"  # noqa: S608 - names of ours
    f" VALUES ({', '.join('?' * len(ALERT_COLUMNS))})"
)
RULE_COLUMNS = SetRule.__struct_fields__
_SAVE_RULE = (
    f"INSERT OR REPLACE INTO rules ({', '.join(RULE_COLUMNS)})"  # noqa: S608 - names of ours
    f" VALUES ({', '.join('?' * len(RULE_COLUMNS))})"
)


class AlertFilter(msgspec.Struct, frozen=True):
    """A filter of alerts that a reader passes; None means any. Times are ``[start, end)`` (ms)."""

    rule: str | None = None
    subject: str | None = None
    state: AlertState | None = None
    severity: Severity | None = None
    start: int = 0
    end: int = 1 << 62


class StoredRule(msgspec.Struct, frozen=True):
    """An alert rule as it was set, with the lives of its alerts and its message budget; the engine resumes it at a
    start.
    """

    rule: SetRule
    lives: tuple[tuple[str, Life], ...]
    budget: Budget | None


def save_rule(rule: SetRule) -> Command:
    """Returns the statement that stores a rule, in the place of an earlier one with its id."""
    values = {name: getattr(rule, name) for name in RULE_COLUMNS}
    values["recover"] = msgspec.json.encode(rule.recover).decode()
    values["channels"] = msgspec.json.encode(rule.channels).decode()
    return Command(_SAVE_RULE, tuple(values.values()))


def delete_rule(rule_id: str) -> Command:
    return Command("DELETE FROM rules WHERE rule_id = ?", (rule_id,))


def mute_rule(rule_id: str, until: int) -> Command:
    """Returns the statement that stores until when (market time, ms) a rule sends nothing."""
    return Command("UPDATE rules SET muted_until = ? WHERE rule_id = ?", (until, rule_id))


def write_alerts(connection: sqlite3.Connection, facts: Iterable[Alert]) -> None:
    rows = []
    for fact in facts:
        values = {name: getattr(fact, name) for name in ALERT_COLUMNS}
        values["channels"] = msgspec.json.encode(fact.channels).decode()
        rows.append(tuple(values.values()))
    connection.executemany(_ALERT_SQL, rows)


def write_lives(connection: sqlite3.Connection, facts: Iterable[AlertLife | AlertBudget]) -> None:
    """Write lives and budgets in the order of the facts: the last one of a subject stays."""
    for fact in facts:
        subject, value = (fact.subject, fact.life) if isinstance(fact, AlertLife) else (_BUDGET_SUBJECT, fact.budget)
        if value is None:
            connection.execute("DELETE FROM alert_lives WHERE rule_id = ? AND subject = ?", (fact.rule_id, subject))
        else:
            row = (fact.rule_id, subject, msgspec.json.encode(value).decode())
            connection.execute("INSERT OR REPLACE INTO alert_lives VALUES (?, ?, ?)", row)


class DamagedRow(msgspec.Struct, frozen=True):
    """A row of ``rules`` or ``alert_lives`` that cannot be read: its place, and why."""

    table: str
    rowid: tuple[str, ...]
    why: str

    @property
    def text(self) -> str:
        return f"the row {', '.join(self.rowid)} of the table {self.table} cannot be read ({self.why})"


def read_rules(connection: sqlite3.Connection) -> tuple[list[StoredRule], list[DamagedRow]]:
    """Returns the rules, and the rows that are left out: one that is damaged costs no other."""
    damaged: list[DamagedRow] = []
    lives: dict[str, list[tuple[str, Life]]] = {}
    budgets: dict[str, Budget] = {}
    for rule_id, subject, text in connection.execute("SELECT rule_id, subject, life FROM alert_lives ORDER BY 1, 2"):
        try:
            if subject == _BUDGET_SUBJECT:
                budgets[rule_id] = msgspec.json.decode(text, type=Budget)
            else:
                lives.setdefault(rule_id, []).append((subject, msgspec.json.decode(text, type=Life)))
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            damaged.append(DamagedRow("alert_lives", (str(rule_id), str(subject)), str(error)))
    rules: list[StoredRule] = []
    for row in connection.execute(
        f"SELECT {', '.join(RULE_COLUMNS)} FROM rules ORDER BY rule_id"  # noqa: S608 - names of ours
    ).fetchall():
        try:
            rule = _rule(row)
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            damaged.append(DamagedRow("rules", (str(row[0]),), str(error)))
            continue
        rules.append(StoredRule(rule, tuple(lives.get(rule.rule_id, ())), budgets.get(rule.rule_id)))
    return rules, damaged


def read_alerts(
    connection: sqlite3.Connection, alert_filter: AlertFilter, limit: int, after: tuple[Any, ...]
) -> list[Alert]:
    """Returns the newest ``limit`` alerts of the filter, newest first, older than ``after`` (the key of the last one
    read).
    """
    time, rule_id, subject, state = after or (1 << 62, "", "", "")
    rows = connection.execute(
        f"SELECT {', '.join(ALERT_COLUMNS)} FROM alerts"  # noqa: S608 - names of ours
        " WHERE (?1 IS NULL OR rule_id = ?1) AND (?2 IS NULL OR subject = ?2) AND (?3 IS NULL OR state = ?3)"
        " AND (?4 IS NULL OR severity = ?4) AND time >= ?5 AND time < ?6"
        " AND (time < ?7 OR (time = ?7 AND (rule_id, subject, state) > (?8, ?9, ?10)))"
        " ORDER BY time DESC, rule_id, subject, state LIMIT ?11",
        (
            alert_filter.rule, alert_filter.subject, alert_filter.state, alert_filter.severity,
            alert_filter.start, alert_filter.end,
            time, rule_id, subject, state, limit,
        ),
    ).fetchall()  # fmt: skip
    return [_alert(row) for row in rows]


def alert_key(alert: Alert) -> tuple[Any, ...]:
    """Returns what ``read_alerts`` takes as ``after``."""
    return (alert.time, alert.rule_id, alert.subject, alert.state)


def _rule(row: tuple[Any, ...]) -> SetRule:
    values = dict(zip(RULE_COLUMNS, row, strict=True))
    values["recover"] = msgspec.json.decode(values["recover"], type=float | str | None)
    values["channels"] = msgspec.json.decode(values["channels"], type=tuple[str, ...])
    for name in ("once", "notify_resolved", "notify_no_data", "enabled"):
        values[name] = bool(values[name])
    return msgspec.convert(values, SetRule)


def _alert(row: tuple[Any, ...]) -> Alert:
    values = dict(zip(ALERT_COLUMNS, row, strict=True))
    values["timeframe"] = Timeframe(values["timeframe"])
    values["state"] = AlertState(values["state"])
    values["severity"] = Severity(values["severity"])
    values["late"] = bool(values["late"])
    values["channels"] = msgspec.json.decode(values["channels"], type=tuple[str, ...])
    return Alert(**values)
