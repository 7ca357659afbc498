"""The history of paper accounts, as pages ask for it: read from the store, the newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from spreadscope import contract
from spreadscope.app import trading_views as views
from spreadscope.app.trading_service import TradingService
from spreadscope.model.errors import UnknownAccountError
from spreadscope.model.trading import EquityPoint
from spreadscope.store.reader import StoreReader
from spreadscope.store.trading_reader import HistoryFilter, TradeComment, TradingReader

S = TypeVar("S")
T = TypeVar("T")


class TradingHistory:
    """Every method raises ``UnknownAccountError`` for an account that is not there, and ``StoreError``."""

    def __init__(self, service: TradingService, reader: StoreReader) -> None:
        self._service = service
        self._reader: TradingReader = reader.trading

    async def closed_trades(self, account: str, wanted: HistoryFilter) -> list[contract.PaperTrade]:
        """Returns trades that are closed."""
        self._service.require(account)
        trades = await asyncio.to_thread(self._reader.trades, account, wanted, closed=True)
        comments = await asyncio.to_thread(self._reader.comments, account, [trade.id for trade in trades])
        return [self._service.trade(account, trade, comments.get(trade.id, TradeComment())) for trade in trades]

    async def trade(self, account: str, number: int) -> contract.PaperTrade:
        """Returns a trade, open or closed. Raises ``UnknownAccountError`` for one that is not there."""
        found = self._service.open_trade_of(account, number)
        if found is not None:
            return self._service.trade(account, found)
        stored = await asyncio.to_thread(self._reader.trade, account, number)
        if stored is None:
            raise UnknownAccountError(f"{account} has no trade {number}: see its trades")
        comments = await asyncio.to_thread(self._reader.comments, account, [number])
        return self._service.trade(account, stored, comments.get(number, TradeComment()))

    async def by_pair(self, account: str) -> list[contract.PairResult]:
        """Returns what all trades of each pair have brought, the best pair first."""
        self._service.require(account)
        closed = await asyncio.to_thread(self._reader.closed_by_pair, account)
        return views.pair_results(closed, self._service.open_trades(account))

    async def orders(self, account: str, wanted: HistoryFilter) -> list[contract.PaperOrder]:
        return await self._read(account, lambda: self._reader.orders(account, wanted), views.order)

    async def fills(self, account: str, wanted: HistoryFilter) -> list[contract.PaperFill]:
        return await self._read(account, lambda: self._reader.fills(account, wanted), views.fill)

    async def ledger(self, account: str, wanted: HistoryFilter) -> list[contract.MoneyEntry]:
        return await self._read(account, lambda: self._reader.money(account, wanted), views.money)

    async def decisions(self, account: str, wanted: HistoryFilter) -> list[contract.TradeDecision]:
        return await self._read(account, lambda: self._reader.decisions(account, wanted), views.decision)

    async def kills(self, account: str, limit: int) -> list[contract.KillEvent]:
        """Returns when the kill switch was pulled and reset."""
        return await self._read(account, lambda: self._reader.kills(account, limit), views.kill_event)

    async def setting_changes(self, account: str, limit: int) -> list[contract.SettingChange]:
        """Returns who changed which setting, and when."""
        return await self._read(account, lambda: self._reader.setting_changes(account, limit), views.setting_change)

    async def equity(
        self, account: str, *, start: int, end: int, minutes: int, limit: int
    ) -> list[contract.EquityPoint]:
        """Returns the newest points, oldest first: the last of each so many minutes."""

        def read() -> list[EquityPoint]:
            return self._reader.equity(account, start=start, end=end, minutes=minutes, limit=limit)

        return await self._read(account, read, views.equity_point)

    async def _read(self, account: str, read: Callable[[], list[S]], shape: Callable[[S], T]) -> list[T]:
        self._service.require(account)
        return [shape(item) for item in await asyncio.to_thread(read)]
