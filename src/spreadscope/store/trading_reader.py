"""What is stored of paper trading: pages of an account's history, the newest first, and the accounts for a restart."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import MINUTE
from spreadscope.model.trading import (
    AccountState,
    Attribution,
    Decision,
    EquityPoint,
    Fill,
    KillChanged,
    LedgerEntry,
    Order,
    PairTrade,
    SettingChanged,
)
from spreadscope.model.trading_states import TradeState
from spreadscope.store.reading import reading
from spreadscope.store.trading_tables import EQUITY_COLUMNS, FILL_COLUMNS, MONEY_COLUMNS

NEWEST = 1 << 62
A_PAGE = 1_000

T = TypeVar("T")
_FILL_NAMES = ", ".join(f'f."{name}"' for name in FILL_COLUMNS)
_MONEY_NAMES = ", ".join(MONEY_COLUMNS)


class HistoryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of an account are wanted: with a number below ``before``, of a trade or a pair (None: of any), and
    with a time in ``[start, end)`` (ms)."""

    before: int = NEWEST
    limit: int = A_PAGE
    trade: int | None = None
    pair: Pair | None = None
    start: int = 0
    end: int = NEWEST

    @property
    def values(self) -> tuple[Any, ...]:
        """The filter as values of a statement, ``?2`` to ``?7``."""
        pair = str(self.pair) if self.pair is not None else None
        return self.before, self.trade, pair, self.start, self.end, self.limit


class PairFill(msgspec.Struct, frozen=True):
    """A fill, and the pair of its trade."""

    fill: Fill
    pair: str


class ClosedTrades(msgspec.Struct, frozen=True):
    """The closed trades of a pair: how many, how many of them brought a gain, the best and the worst net result, and
    the sums of their parts (units of 1e-8)."""

    pair: str
    count: int
    won: int
    best: int
    worst: int
    parts: Attribution


class TradeComment(msgspec.Struct, frozen=True):
    """What a person wrote about a pair trade."""

    comment: str = ""
    tags: tuple[str, ...] = ()


class TradingReader:
    """Queries of paper trading. Safe to use from several threads: every query opens its own connection."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def accounts(self) -> tuple[list[AccountState], list[str]]:
        """Returns the accounts as they were last, and a sentence for each that cannot be read."""
        with reading(self._database) as connection:
            return read_accounts(connection)

    def trades(self, account: str, wanted: HistoryFilter, *, closed: bool = False) -> list[PairTrade]:
        """Returns trades after their newest change, the newest first; with ``closed`` those alone that are."""
        query = (
            "SELECT document FROM paper_trades WHERE account = ?1 AND id < ?2 AND (?3 IS NULL OR id = ?3)"
            " AND (?4 IS NULL OR pair = ?4) AND decided >= ?5 AND decided < ?6 AND (?8 IS NULL OR state = ?8)"
            " ORDER BY id DESC LIMIT ?7"
        )
        state = TradeState.CLOSED.value if closed else None
        return self._documents(query, (account, *wanted.values, state), PairTrade)

    def closed_by_pair(self, account: str) -> list[ClosedTrades]:
        """Returns the sums of all closed trades of each pair, exactly, in the order of their names."""
        sums = ", ".join(
            f"sum(json_extract(document, '$.attribution.{name}'))" for name in Attribution.__struct_fields__
        )
        net = "json_extract(document, '$.attribution.net')"
        query = (
            f"SELECT pair, count(*), sum({net} > 0), max({net}), min({net}), {sums} FROM paper_trades"  # noqa: S608 - names of ours
            " WHERE account = ? AND state = ? GROUP BY pair ORDER BY pair"
        )
        with reading(self._database) as connection:
            rows = connection.execute(query, (account, TradeState.CLOSED.value)).fetchall()
        names = Attribution.__struct_fields__
        return [
            ClosedTrades(pair, count, won, best, worst, _struct(Attribution, names, parts))
            for pair, count, won, best, worst, *parts in rows
        ]

    def trade(self, account: str, trade: int) -> PairTrade | None:
        """Returns a trade after its newest stored change; None where there is none."""
        query = "SELECT document FROM paper_trades WHERE account = ? AND id = ?"
        return next(iter(self._documents(query, (account, trade), PairTrade)), None)

    def orders(self, account: str, wanted: HistoryFilter) -> list[Order]:
        """Returns orders after their newest change, the newest first."""
        query = (
            "SELECT o.document FROM paper_orders o LEFT JOIN paper_trades t ON t.account = o.account AND t.id = o.trade"
            " WHERE o.account = ?1 AND o.id < ?2 AND (?3 IS NULL OR o.trade = ?3) AND (?4 IS NULL OR t.pair = ?4)"
            " AND o.time >= ?5 AND o.time < ?6 ORDER BY o.id DESC LIMIT ?7"
        )
        return self._documents(query, (account, *wanted.values), Order)

    def fills(self, account: str, wanted: HistoryFilter) -> list[PairFill]:
        """Returns fills with the pairs of their trades, the newest first."""
        query = (
            f"SELECT {_FILL_NAMES}, coalesce(t.pair, '') FROM paper_fills f"  # noqa: S608 - names of ours
            " LEFT JOIN paper_trades t ON t.account = f.account AND t.id = f.trade"
            " WHERE f.account = ?1 AND f.id < ?2 AND (?3 IS NULL OR f.trade = ?3) AND (?4 IS NULL OR t.pair = ?4)"
            " AND f.time >= ?5 AND f.time < ?6 ORDER BY f.id DESC LIMIT ?7"
        )
        with reading(self._database) as connection:
            rows = connection.execute(query, (account, *wanted.values)).fetchall()
        return [PairFill(_struct(Fill, FILL_COLUMNS, row[:-1]), row[-1]) for row in rows]

    def money(self, account: str, wanted: HistoryFilter) -> list[LedgerEntry]:
        """Returns entries of the ledger of money, the newest first."""
        query = (
            f"SELECT {_MONEY_NAMES} FROM paper_money WHERE account = ?1 AND id < ?2"  # noqa: S608 - names of ours
            " AND (?3 IS NULL OR trade = ?3) AND (?4 IS NULL OR trade IN"
            " (SELECT id FROM paper_trades t WHERE t.account = ?1 AND t.pair = ?4))"
            " AND time >= ?5 AND time < ?6 ORDER BY id DESC LIMIT ?7"
        )
        with reading(self._database) as connection:
            rows = connection.execute(query, (account, *wanted.values)).fetchall()
        return [_struct(LedgerEntry, MONEY_COLUMNS, row) for row in rows]

    def decisions(self, account: str, wanted: HistoryFilter) -> list[Decision]:
        """Returns decisions after their newest change, the newest first; of a trade, the one that opened it."""
        query = (
            "SELECT document FROM paper_decisions WHERE account = ?1 AND id < ?2"
            " AND (?3 IS NULL OR json_extract(document, '$.trade') = ?3) AND (?4 IS NULL OR pair = ?4)"
            " AND time >= ?5 AND time < ?6 ORDER BY id DESC LIMIT ?7"
        )
        return self._documents(query, (account, *wanted.values), Decision)

    def equity(
        self, account: str, *, start: int = 0, end: int = NEWEST, minutes: int = 1, limit: int = A_PAGE
    ) -> list[EquityPoint]:
        """Returns the newest ``limit`` points in ``[start, end)``, oldest first: the last of each ``minutes``."""
        query = (
            f"SELECT {', '.join(EQUITY_COLUMNS)} FROM paper_equity WHERE (account, time) IN"  # noqa: S608 - names of ours
            " (SELECT account, max(time) FROM paper_equity WHERE account = ?1 AND time >= ?2 AND time < ?3"
            " GROUP BY time / ?4) ORDER BY time DESC LIMIT ?5"
        )
        with reading(self._database) as connection:
            rows = connection.execute(query, (account, start, end, minutes * MINUTE, limit)).fetchall()
        return [_struct(EquityPoint, EQUITY_COLUMNS, row) for row in reversed(rows)]

    def kills(self, account: str, limit: int = A_PAGE) -> list[KillChanged]:
        """Returns when the kill switch was pulled and reset, the newest first."""
        query = 'SELECT account, time, active, "by", reason FROM paper_kills WHERE account = ? ORDER BY id DESC LIMIT ?'
        with reading(self._database) as connection:
            rows = connection.execute(query, (account, limit)).fetchall()
        return [
            KillChanged(account=name, time=time, active=bool(active), by=by, reason=reason)
            for name, time, active, by, reason in rows
        ]

    def setting_changes(self, account: str, limit: int = A_PAGE) -> list[SettingChanged]:
        """Returns the changes of an account's settings, the newest first."""
        columns = ", ".join(f'"{name}"' for name in SettingChanged.__struct_fields__)
        query = f"SELECT {columns} FROM paper_settings WHERE account = ? ORDER BY id DESC LIMIT ?"  # noqa: S608 - names of ours
        with reading(self._database) as connection:
            rows = connection.execute(query, (account, limit)).fetchall()
        return [_struct(SettingChanged, SettingChanged.__struct_fields__, row) for row in rows]

    def comments(self, account: str, trades: Collection[int]) -> dict[int, TradeComment]:
        """Returns what was written about some trades, by their numbers."""
        query = (
            "SELECT trade, comment, tags FROM paper_comments"
            " WHERE account = ? AND trade IN (SELECT value FROM json_each(?))"
        )
        numbers = msgspec.json.encode(list(trades)).decode()
        with reading(self._database) as connection:
            rows = connection.execute(query, (account, numbers)).fetchall()
        return {
            trade: TradeComment(comment, msgspec.json.decode(tags, type=tuple[str, ...]))
            for trade, comment, tags in rows
        }

    def _documents(self, query: str, values: Sequence[Any], kind: type[T]) -> list[T]:
        with reading(self._database) as connection:
            rows = connection.execute(query, tuple(values)).fetchall()
        try:
            return [msgspec.json.decode(document, type=kind) for (document,) in rows]
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise StoreError(
                f"a row of paper trading is damaged ({error}): look at the store with spreadscope doctor"
            ) from None


def read_accounts(connection: sqlite3.Connection) -> tuple[list[AccountState], list[str]]:
    """Returns the accounts as they were last, and a sentence for each that cannot be read."""
    states: list[AccountState] = []
    problems: list[str] = []
    for name, document in connection.execute("SELECT account, document FROM paper_accounts ORDER BY account"):
        try:
            states.append(msgspec.json.decode(document, type=AccountState))
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            problems.append(
                f"the paper account {name!r} cannot be read ({error}): it is left out; see spreadscope doctor"
            )
    return states, problems


def _struct(kind: type[T], columns: Sequence[str], row: Sequence[Any]) -> T:
    """Returns a struct whose fields are the columns of a row."""
    return msgspec.convert(dict(zip(columns, row, strict=True)), kind)
