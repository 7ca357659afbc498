"""Whether what is stored of paper trading agrees with itself: balances, books and results against the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from spreadscope.model.trading import AccountState, PairTrade
from spreadscope.model.trading_states import Book
from spreadscope.store.trading_reader import read_accounts
from spreadscope.trading.fixed_point import text

_MOST_TRADES = 20  # that are named, of an account
_BALANCES = """
SELECT book, sum(amount) FROM (
    SELECT debit AS book, amount FROM paper_money WHERE account = ?1
    UNION ALL SELECT credit, -amount FROM paper_money WHERE account = ?1
) GROUP BY book
"""
_CHANGES = f"""
SELECT trade, sum(CASE debit WHEN '{Book.WALLET}' THEN amount ELSE -amount END) FROM paper_money
WHERE account = ? AND trade != 0 GROUP BY trade
"""  # noqa: S608 - a name of ours


class Disagreement(NamedTuple):
    """What does not agree, in words, and on which account."""

    account: str
    text: str


def disagreements(connection: sqlite3.Connection) -> Iterator[Disagreement]:
    """Yields what does not agree; all of it is read at one moment."""
    own = not connection.in_transaction
    if own:
        connection.execute("BEGIN")
    try:
        states, problems = read_accounts(connection)
        yield from (Disagreement("", problem) for problem in problems)
        for state in states:
            yield from _of_account(connection, state)
        if not problems:
            yield from _without_account(connection)
    finally:
        if own and connection.in_transaction:
            connection.execute("ROLLBACK")


def disagreements_of(connection: sqlite3.Connection, account: str) -> list[str]:
    """Returns what does not agree on one account, in words; read in the transaction that is open."""
    states, problems = read_accounts(connection)
    state = next((each for each in states if each.account == account), None)
    if state is None:
        return problems or [f"the account {account} is not stored"]
    return [found.text for found in _of_account(connection, state)]


def _of_account(connection: sqlite3.Connection, state: AccountState) -> Iterator[Disagreement]:
    name = state.account
    if total := sum(state.balances.values()):
        yield Disagreement(name, f"its books add up to {text(total)} USDT instead of 0")
    booked = {book.value: 0 for book in Book} | dict(connection.execute(_BALANCES, (name,)).fetchall())
    for book in Book:
        stated = state.balances.get(book.value, 0)
        if booked[book.value] != stated:
            yield Disagreement(
                name, f"its book {book} has {text(stated)} USDT, and its ledger says {text(booked[book.value])}"
            )
    yield from _trades(connection, name)


def _trades(connection: sqlite3.Connection, account: str) -> Iterator[Disagreement]:
    changes = dict(connection.execute(_CHANGES, (account,)).fetchall())
    found = 0
    for number, document in connection.execute(
        "SELECT id, document FROM paper_trades WHERE account = ? ORDER BY id", (account,)
    ):
        booked = changes.pop(number, 0)
        try:
            results = _results(msgspec.json.decode(document, type=PairTrade))
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            yield Disagreement(account, f"trade {number} cannot be read ({error})")
            continue
        for result in results:
            if result != booked and found < _MOST_TRADES:
                found += 1
                yield Disagreement(
                    account,
                    f"trade {number} has a result of {text(result)} USDT, and its entries add up to {text(booked)}",
                )
    for number in list(changes)[:_MOST_TRADES]:
        yield Disagreement(account, f"trade {number} has entries in the ledger, and is not stored")


def _results(trade: PairTrade) -> set[int]:
    """Returns the result that was booked on the legs, and once it is closed the net result of its parts."""
    booked = sum(leg.realised - leg.fees + leg.funding - leg.liquidation for leg in (trade.y, trade.x))
    return {booked} if trade.attribution is None else {booked, trade.attribution.net}


def _without_account(connection: sqlite3.Connection) -> Iterator[Disagreement]:
    for table in ("paper_money", "paper_trades", "paper_fills", "paper_orders"):
        query = (
            f"SELECT DISTINCT account FROM {table}"  # noqa: S608 - names of ours
            " WHERE account NOT IN (SELECT account FROM paper_accounts)"
        )
        for (account,) in connection.execute(query):
            yield Disagreement(account, f"the table {table} has rows of an account that is not stored")
