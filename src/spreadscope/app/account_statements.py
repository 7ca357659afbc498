"""Statements of paper accounts, made from what is stored of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

import spreadscope
from spreadscope import contract
from spreadscope.app.core_service import CoreService
from spreadscope.app.markets import Markets
from spreadscope.app.trading_service import TradingService
from spreadscope.contract import MOST_STATEMENT_TRADES
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.trading import EquityPoint, PairTrade
from spreadscope.model.trading_states import EntryKind
from spreadscope.store.directory import DATABASE
from spreadscope.store.statement_reader import LedgerSum, StatementSums, read_statement

_BOOKS = {
    EntryKind.DEPOSIT: "deposits",
    EntryKind.REALISED: "realised",
    EntryKind.FEE: "fees",
    EntryKind.FUNDING: "funding",
    EntryKind.FUNDING_CORRECTION: "funding",
    EntryKind.LIQUIDATION_FEE: "liquidation",
}


class AccountStatements:
    """Makes statements; raises ``UnknownAccountError`` for an account that is not there, and ``StoreError``."""

    def __init__(self, config: Config, service: TradingService, markets: Markets, core: CoreService) -> None:
        self._service = service
        self._database = config.data / DATABASE
        self._markets = markets
        self._core = core

    async def statement(self, account: str, start: int, end: int) -> contract.Statement:
        """Returns the statement of ``[start, end)`` (ms), from the account's opening on and until now at most.

        Raises ``ConfigError`` where it would end before it begins.
        """
        opened, now = self._service.account(account).opened, self._core.market_time
        if start >= end:
            raise ConfigError("the statement ends before it begins: give an end that is later than its start")
        if end <= opened or start > now:
            raise ConfigError(f"nothing of {account} is in that time: it was opened at {_utc(opened)} UTC")
        start, end = max(start, opened), min(end, now + 1)
        sums = await asyncio.to_thread(
            read_statement, self._database, account, start, end, most_trades=MOST_STATEMENT_TRADES
        )
        return statement_of(sums, account, start, end, made=now, demo=self._markets.demo)


def statement_of(
    sums: StatementSums, account: str, start: int, end: int, *, made: int, demo: bool
) -> contract.Statement:
    """Returns the statement of the sums of ``[start, end)`` (ms)."""
    pairs = sorted({*(each.pair for each in sums.sums), *sums.closed})
    return contract.Statement(
        account=account,
        demo=demo,
        version=spreadscope.__version__,
        start=start,
        end=end,
        made=made,
        wallet_start=sums.wallet_start,
        wallet_end=sums.wallet_end,
        books=_books(sums.sums),
        pairs=tuple(
            contract.StatementPair(
                pair=pair,
                closed=sums.closed.get(pair, 0),
                books=_books(each for each in sums.sums if each.pair == pair),
            )
            for pair in pairs
        ),
        trades=tuple(map(_trade, sums.trades)),
        trades_left_out=sum(sums.closed.values()) - len(sums.trades),
        opening=_equity(sums.opening),
        closing=_equity(sums.closing),
        entries=sum(each.entries for each in sums.sums),
        first_entry=min((each.first for each in sums.sums), default=None),
        last_entry=max((each.last for each in sums.sums), default=None),
        problems=sums.problems,
    )


def _utc(time: int) -> str:
    return f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def _books(sums: Iterable[LedgerSum]) -> contract.StatementBooks:
    amounts = dict.fromkeys(_BOOKS.values(), 0)
    for each in sums:
        amounts[_BOOKS[each.kind]] += each.amount
    return contract.StatementBooks(**amounts, total=sum(amounts.values()))


def _trade(trade: PairTrade) -> contract.StatementTrade:
    parts = trade.attribution
    gross = 0 if parts is None else parts.spread + parts.imbalance + parts.drift
    net = 0 if parts is None else parts.net
    return contract.StatementTrade(
        id=trade.id, pair=str(trade.pair), timeframe=trade.timeframe, side=trade.side, origin=trade.origin,
        opened=trade.opened, closed=trade.closed, gross=gross, costs=gross - net, net=net, note=trade.note,
    )  # fmt: skip


def _equity(point: EquityPoint | None) -> contract.StatementEquity | None:
    if point is None:
        return None
    return contract.StatementEquity(time=point.time, equity=point.equity, unrealised=point.unrealised)
