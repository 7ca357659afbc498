"""The routes of watched symbols and pairs (``docs/api.md``). A change is answered once it is on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from starlette.exceptions import HTTPException

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.api.disk import Disk
from spreadscope.api.limits import ApiLimits
from spreadscope.api.queries import NamePath
from spreadscope.api.routing import Routes
from spreadscope.app.core_service import CoreService
from spreadscope.app.markets import Markets
from spreadscope.app.watch_list import WatchList
from spreadscope.contract import NotYet, PairBody, SymbolsBody
from spreadscope.guard.identity import ADMIN
from spreadscope.model.errors import SymbolError
from spreadscope.model.instrument import Pair, parse_pair, parse_symbol, parse_symbols
from spreadscope.model.timeframe import TIMEFRAMES

T = TypeVar("T")


def add_watching(
    routes: Routes, core: CoreService, markets: Markets, watch_list: WatchList, disk: Disk, limits: ApiLimits
) -> None:
    """Add the routes."""
    _add_symbols(routes, core, markets, watch_list, disk, limits)
    _add_pairs(routes, core, markets, watch_list, disk, limits)


def _add_symbols(
    routes: Routes, core: CoreService, markets: Markets, watch_list: WatchList, disk: Disk, limits: ApiLimits
) -> None:
    @routes.get("/api/symbols")
    async def get_symbols() -> list[str]:
        return list(core.symbols)

    @routes.post("/api/symbols", 201, needs=ADMIN)
    async def post_symbols(body: SymbolsBody) -> list[str] | NotYet[list[str]]:
        names = parse_symbols(body.symbols)
        for name in names:
            await markets.require(name)
        _require_room(len(core.symbols) + len(names), limits.symbols, "symbols")
        await disk.require()
        added = await disk.change(watch_list.add_symbols(names))
        return disk.not_yet(None) if added is None else await disk.answer_when_stored(added)

    @routes.delete("/api/symbols/{symbol}", needs=ADMIN)
    async def delete_symbol(symbol: NamePath) -> NotYet[None] | None:
        name = _parse_path(lambda: parse_symbol(symbol))
        if name not in core.symbols:
            raise HTTPException(404, f"{name} is not watched")
        if core.users(name):
            raise HTTPException(409, f"{name} is a leg of a pair: remove the pair first")
        watch_list.remove_symbol(name)
        return await disk.answer_when_stored(None)


def _add_pairs(
    routes: Routes, core: CoreService, markets: Markets, watch_list: WatchList, disk: Disk, limits: ApiLimits
) -> None:
    @routes.get("/api/pairs")
    async def get_pairs() -> list[contract.PairRows]:
        return [
            contract.PairRows(
                str(pair),
                pair.y,
                pair.x,
                {
                    timeframe: shapes.row(row) if (row := states[timeframe].row) is not None else None
                    for timeframe in TIMEFRAMES
                },
            )
            for pair in core.pairs
            if (states := core.states(pair)) is not None
        ]

    @routes.post("/api/pairs", 201, needs=ADMIN)
    async def post_pair(body: PairBody) -> contract.PairName | NotYet[contract.PairName]:
        pair = parse_pair(body.pair)
        if pair in core.pairs:
            raise HTTPException(409, f"the pair {pair} is there already")
        for name in pair.symbols:
            await markets.require(name)
        _require_room(len(core.pairs) + 1, limits.pairs, "pairs")
        _require_room(len({*core.symbols, *pair.symbols}), limits.symbols, "symbols")
        await disk.require()
        added = await disk.change(_add_pair(watch_list, pair))
        return disk.not_yet(None) if added is None else await disk.answer_when_stored(added)

    @routes.delete("/api/pairs/{y}/{x}", needs=ADMIN)
    async def delete_pair(y: NamePath, x: NamePath) -> NotYet[None] | None:
        pair = _parse_path(lambda: parse_pair(f"{y}/{x}"))
        if pair not in core.pairs:
            raise HTTPException(404, f"the pair {pair} is not tracked")
        watch_list.remove_pair(pair)
        return await disk.answer_when_stored(None)


async def _add_pair(watch_list: WatchList, pair: Pair) -> contract.PairName:
    await watch_list.add_pair(pair)
    return shapes.pair_name(pair)


def _parse_path(parse: Callable[[], T]) -> T:
    """Returns the parsed name of a path; a bad name is a 404."""
    try:
        return parse()
    except SymbolError as error:
        raise HTTPException(404, str(error)) from None


def _require_room(count: int, limit: int, kind: str) -> None:
    if count > limit:
        raise HTTPException(409, f"at most {limit} {kind} are watched at once: remove some first")
