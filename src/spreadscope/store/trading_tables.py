"""The facts of paper trading as rows of their tables. An account's numbers are given once, so no row is written twice.

Of orders, pair trades, decisions and accounts the newest state is kept; fills, the ledger of money, equity, the
kill switch and changes of settings only grow.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from spreadscope.model.trading import (
    AccountState,
    Decision,
    EquityPoint,
    Fill,
    KillChanged,
    LedgerEntry,
    OrderChanged,
    PairTrade,
    SettingChanged,
)
from spreadscope.store.command import Command

FILL_COLUMNS = Fill.__struct_fields__
MONEY_COLUMNS = LedgerEntry.__struct_fields__
EQUITY_COLUMNS = EquityPoint.__struct_fields__
_encode = msgspec.json.Encoder().encode


def insert_statement(table: str, columns: Sequence[str], *, verb: str = "INSERT OR IGNORE") -> str:
    """Returns the statement that writes a row; names are quoted, for some are words of SQL."""
    names = ", ".join(f'"{name}"' for name in columns)
    return f"{verb} INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"


_INSERT_FILL = insert_statement("paper_fills", FILL_COLUMNS)
_INSERT_MONEY = insert_statement("paper_money", MONEY_COLUMNS)
_INSERT_EQUITY = insert_statement("paper_equity", EQUITY_COLUMNS, verb="INSERT OR REPLACE")
_INSERT_KILL = insert_statement("paper_kills", KillChanged.__struct_fields__)
_INSERT_SETTING = insert_statement("paper_settings", SettingChanged.__struct_fields__)
_PUT_ORDER = "INSERT OR REPLACE INTO paper_orders VALUES (?, ?, ?, ?, ?, ?, ?)"
_PUT_TRADE = "INSERT OR REPLACE INTO paper_trades VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_DECISION = "INSERT OR REPLACE INTO paper_decisions VALUES (?, ?, ?, ?, ?, ?, ?)"
_PUT_ACCOUNT = "INSERT OR REPLACE INTO paper_accounts VALUES (?, ?, ?)"


def store_comment(account: str, trade: int, comment: str, tags: Sequence[str]) -> Command:
    """Returns the statement that replaces the comment and the tags of a pair trade."""
    row = (account, trade, comment, _encode(list(tags)).decode())
    return Command("INSERT OR REPLACE INTO paper_comments VALUES (?, ?, ?, ?)", row)


def _write_accounts(connection: sqlite3.Connection, facts: list[AccountState]) -> None:
    newest = {fact.account: fact for fact in facts}
    rows = [(fact.account, fact.time, _encode(fact).decode()) for fact in newest.values()]
    connection.executemany(_PUT_ACCOUNT, rows)


def _write_orders(connection: sqlite3.Connection, facts: list[OrderChanged]) -> None:
    newest = {(fact.order.account, fact.order.id): fact.order for fact in facts}
    connection.executemany(
        _PUT_ORDER,
        [
            (each.account, each.id, each.trade, each.symbol, each.state, each.time, _encode(each).decode())
            for each in newest.values()
        ],
    )


def _write_trades(connection: sqlite3.Connection, facts: list[PairTrade]) -> None:
    newest = {(fact.account, fact.id): fact for fact in facts}
    connection.executemany(
        _PUT_TRADE,
        [
            (
                each.account, each.id, str(each.pair), each.timeframe, each.state, each.decided, each.closed, each.time,
                _encode(each).decode(),
            )
            for each in newest.values()
        ],
    )  # fmt: skip


def _write_decisions(connection: sqlite3.Connection, facts: list[Decision]) -> None:
    newest = {(fact.account, fact.id): fact for fact in facts}
    connection.executemany(
        _PUT_DECISION,
        [
            (
                each.account, each.id, each.time, str(each.pair), each.timeframe, each.outcome,
                _encode(each).decode(),
            )
            for each in newest.values()
        ],
    )  # fmt: skip


def _writing(statement: str) -> Callable[[sqlite3.Connection, list[Any]], None]:
    """Returns the writer of a struct whose fields are the columns."""

    def write(connection: sqlite3.Connection, facts: list[Any]) -> None:
        connection.executemany(statement, map(msgspec.structs.astuple, facts))

    return write


TRADING_WRITERS: dict[type, Callable[[sqlite3.Connection, list[Any]], None]] = {
    AccountState: _write_accounts,
    OrderChanged: _write_orders,
    Fill: _writing(_INSERT_FILL),
    LedgerEntry: _writing(_INSERT_MONEY),
    PairTrade: _write_trades,
    Decision: _write_decisions,
    EquityPoint: _writing(_INSERT_EQUITY),
    KillChanged: _writing(_INSERT_KILL),
    SettingChanged: _writing(_INSERT_SETTING),
}
