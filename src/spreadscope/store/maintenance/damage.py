"""Rows that cannot be read and tables that are missing: how they are found and repaired."""

from __future__ import annotations

import sqlite3

from spreadscope.model.errors import SymbolError
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.store.alert_tables import read_rules
from spreadscope.store.tables import missing_tables


def damaged_watches(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Returns the rows of ``watched`` (kind, name) whose name is no pair and no symbol."""
    damaged: list[tuple[str, str]] = []
    for kind, name in connection.execute("SELECT kind, name FROM watched ORDER BY kind, name").fetchall():
        try:
            (parse_pair if kind == "pair" else parse_symbol)(str(name))
        except SymbolError:
            damaged.append((kind, name))
    return damaged


def delete_damaged(connection: sqlite3.Connection) -> None:
    """Delete the rows that cannot be read; within the caller's transaction."""
    for row in read_rules(connection)[1]:
        where = "rule_id = ?" if row.table == "rules" else "rule_id = ? AND subject = ?"
        connection.execute(f"DELETE FROM {row.table} WHERE {where}", row.rowid)  # noqa: S608 - names of ours
    connection.executemany("DELETE FROM watched WHERE kind = ? AND name = ?", damaged_watches(connection))


def create_missing_tables(connection: sqlite3.Connection) -> None:
    """Create missing tables and indexes, empty; within the caller's transaction."""
    for sql in sorted(missing_tables(connection).values(), key=lambda sql: not sql.startswith("CREATE TABLE")):
        connection.execute(sql)
