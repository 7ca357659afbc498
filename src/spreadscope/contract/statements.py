"""The statement of a paper account over a time: what came into its wallet, what left it, and what each pair brought.

Amounts are whole numbers of 1e-8 USDT, so that sums are exact; times are ms of the market's clock.
"""

from __future__ import annotations

import msgspec

from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading_states import TradeOrigin

MOST_STATEMENT_TRADES = 5_000


class StatementBooks(msgspec.Struct, frozen=True, kw_only=True):
    """What entries of the ledger brought to the wallet, by kind; below 0 it was paid. ``total`` is the sum.

    ``realised`` is what fills brought against what their positions had cost; slippage is in it.
    """

    deposits: int
    realised: int
    fees: int
    funding: int
    liquidation: int
    total: int


class StatementPair(msgspec.Struct, frozen=True, kw_only=True):
    """What the trades of a pair brought to the wallet, and how many of them were closed. Without a pair: deposits."""

    pair: str
    closed: int
    books: StatementBooks


class StatementTrade(msgspec.Struct, frozen=True, kw_only=True):
    """A pair trade that was closed in the time; ``net = gross − costs``, since it was opened."""

    id: int
    pair: str
    timeframe: Timeframe
    side: int
    origin: TradeOrigin
    opened: int
    closed: int
    gross: int
    costs: int
    net: int
    note: str


class StatementEquity(msgspec.Struct, frozen=True, kw_only=True):
    """Wallet and open profits at the end of a minute."""

    time: int
    equity: int
    unrealised: int


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The statement of a paper account for ``[start, end)``, made at ``made`` from what was on disk.

    ``books`` are of all entries of that time, ``pairs`` the same by pair: their sums are equal, and ``books.total`` is
    what ``wallet_end`` has more than ``wallet_start``. ``problems`` says what of the account does not agree with its
    ledger (empty: balances, books and the results of trades do). ``trades`` are the newest that were closed, and
    ``trades_left_out`` how many earlier ones are not listed. ``opening`` and ``closing`` are the last equity before the
    start and before the end (null: none was noted).
    """

    account: str
    demo: bool
    version: str
    start: int
    end: int
    made: int
    wallet_start: int
    wallet_end: int
    books: StatementBooks
    pairs: tuple[StatementPair, ...]
    trades: tuple[StatementTrade, ...]
    trades_left_out: int
    opening: StatementEquity | None
    closing: StatementEquity | None
    entries: int
    first_entry: int | None
    last_entry: int | None
    problems: tuple[str, ...]
