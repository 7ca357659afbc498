"""The routes of market data: status, instruments, bars, rows, signals and gaps (``docs/api.md``)."""

from __future__ import annotations

import asyncio

from fastapi import Response

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.api.disk import Disk
from spreadscope.api.pair_data import ROWS, pair_history
from spreadscope.api.queries import Before, Frame, From, Limit, PairQuery, SymbolQuery, To
from spreadscope.api.routing import Routes
from spreadscope.api.signals import stored_with_advice
from spreadscope.api.status import StatusMaker
from spreadscope.app.core_service import CoreService
from spreadscope.app.markets import Markets
from spreadscope.contract.bodies import LATEST
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.statistics.catalogue import catalogue
from spreadscope.store.reader import StoreReader


def add_market(
    routes: Routes, core: CoreService, markets: Markets, reader: StoreReader, status: StatusMaker, disk: Disk
) -> None:
    """Add the routes. While the disk waits they answer with what is stored."""

    @routes.get("/api/status")
    async def get_status() -> contract.Status:
        return status.status()

    @routes.get("/api/instruments")
    async def get_instruments() -> list[contract.Instrument]:
        return [shapes.instrument(item) for item in markets.instruments()]

    @routes.get("/api/statistics")
    async def get_statistics(timeframe: Frame = Timeframe.M1) -> list[contract.Statistic]:
        return catalogue(core.parameters("", timeframe).analytics)

    @routes.get("/api/bars")
    async def get_bars(
        response: Response,
        symbol: SymbolQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        limit: Limit = 1000,
    ) -> list[contract.Bar]:
        name = parse_symbol(symbol)
        await disk.await_for_read(response)
        bars = await asyncio.to_thread(reader.bars, name, timeframe, start, end, limit)
        return [shapes.bar(bar) for bar in bars]

    @routes.get("/api/analytics")
    async def get_analytics(
        response: Response,
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        start: From = 0,
        end: To = LATEST,
        limit: Limit = 1000,
    ) -> list[contract.Row]:
        name = parse_pair(pair)
        await disk.await_for_read(response)
        rows = await asyncio.to_thread(reader.rows, name, timeframe, start, end, limit)
        return [shapes.row(row) for row in rows]

    @routes.get("/api/history")
    async def get_history(
        response: Response,
        pair: PairQuery,
        timeframe: Frame = Timeframe.M1,
        before: Before = LATEST,
        limit: Limit = ROWS,
    ) -> contract.PairHistory:
        name = parse_pair(pair)
        await disk.await_for_read(response)
        levels = core.parameters(name, timeframe).signals
        return await asyncio.to_thread(pair_history, reader, levels, name, timeframe, before, limit)

    @routes.get("/api/signals")
    async def get_signals(
        response: Response, pair: PairQuery | None = None, timeframe: Frame | None = None, limit: Limit = 1000
    ) -> list[contract.Signal]:
        name = parse_pair(pair) if pair is not None else None
        await disk.await_for_read(response)
        return await asyncio.to_thread(
            lambda: stored_with_advice(reader, reader.signals(name, timeframe, 0, limit), core.parameters)
        )

    @routes.get("/api/gaps")
    async def get_gaps(
        response: Response, symbol: SymbolQuery | None = None, limit: Limit = 1000
    ) -> list[contract.Gap]:
        name = parse_symbol(symbol) if symbol is not None else None
        await disk.await_for_read(response)
        return [shapes.gap(item) for item in await asyncio.to_thread(reader.gaps, name, limit)]
