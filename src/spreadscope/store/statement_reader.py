"""What a statement of a paper account is made of: exact sums of its ledger, by pair and kind, over a time."""

from __future__ import annotations

from pathlib import Path

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.model.trading import EquityPoint, PairTrade
from spreadscope.model.trading_states import Book, EntryKind, TradeState
from spreadscope.store.maintenance.trading_check import disagreements_of
from spreadscope.store.reading import reading
from spreadscope.store.trading_tables import EQUITY_COLUMNS

_GAIN = f"CASE WHEN m.debit = '{Book.WALLET}' THEN m.amount ELSE -m.amount END"
_WALLET = f"SELECT coalesce(sum({_GAIN}), 0) FROM paper_money m WHERE m.account = ? AND m.time < ?"  # noqa: S608 - names of ours
_SUMS = (
    f"SELECT coalesce(t.pair, ''), m.kind, sum({_GAIN}), count(*), min(m.id), max(m.id) FROM paper_money m"  # noqa: S608
    " LEFT JOIN paper_trades t ON t.account = m.account AND t.id = m.trade"
    " WHERE m.account = ? AND m.time >= ? AND m.time < ? GROUP BY 1, 2 ORDER BY 1, 2"
)
_CLOSED = " FROM paper_trades WHERE account = ? AND state = ? AND closed >= ? AND closed < ?"
_EQUITY = (
    f"SELECT {', '.join(EQUITY_COLUMNS)} FROM paper_equity WHERE account = ? AND time < ?"  # noqa: S608
    " ORDER BY time DESC LIMIT 1"
)


class LedgerSum(msgspec.Struct, frozen=True):
    """What the entries of a kind brought to the wallet (units of 1e-8) for the trades of a pair (empty: for none)."""

    pair: str
    kind: EntryKind
    amount: int
    entries: int
    first: int
    last: int


class StatementSums(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, as it was at one moment. ``closed`` counts the closed trades by pair, ``trades`` are the newest.

    ``problems`` says what of the account does not agree with its ledger, at any time.
    """

    wallet_start: int
    wallet_end: int
    sums: tuple[LedgerSum, ...]
    closed: dict[str, int]
    trades: tuple[PairTrade, ...]
    opening: EquityPoint | None
    closing: EquityPoint | None
    problems: tuple[str, ...]


def read_statement(database: Path, account: str, start: int, end: int, *, most_trades: int) -> StatementSums:
    """Returns the sums of ``[start, end)`` (ms). Raises ``StoreError``."""
    with reading(database) as connection:

        def wallet(time: int) -> int:
            (amount,) = connection.execute(_WALLET, (account, time)).fetchone()
            return int(amount)

        def equity(time: int) -> EquityPoint | None:
            row = connection.execute(_EQUITY, (account, time)).fetchone()
            return None if row is None else msgspec.convert(dict(zip(EQUITY_COLUMNS, row, strict=True)), EquityPoint)

        closed = (account, TradeState.CLOSED.value, start, end)
        documents = connection.execute(
            f"SELECT document{_CLOSED} ORDER BY closed DESC, id DESC LIMIT ?", (*closed, most_trades)
        ).fetchall()
        try:
            return StatementSums(
                wallet_start=wallet(start),
                wallet_end=wallet(end),
                sums=tuple(
                    LedgerSum(pair, EntryKind(kind), *numbers)
                    for pair, kind, *numbers in connection.execute(_SUMS, (account, start, end))
                ),
                closed=dict(connection.execute(f"SELECT pair, count(*){_CLOSED} GROUP BY pair", closed).fetchall()),
                trades=tuple(msgspec.json.decode(document, type=PairTrade) for (document,) in documents),
                opening=equity(start),
                closing=equity(end),
                problems=tuple(disagreements_of(connection, account)),
            )
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise StoreError(
                f"a row of paper trading is damaged ({error}): look at the store with spreadscope doctor"
            ) from None
