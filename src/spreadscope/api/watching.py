"""The routes of what is watched: symbols and pairs (``docs/api.md``). A change is answered once it is on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from spreadscope.api import shapes
from spreadscope.api.description import answers, changes
from spreadscope.api.disk import Disk
from spreadscope.api.queries import OF_PAIR, OF_SYMBOLS, NamePath
from spreadscope.model.errors import SymbolError
from spreadscope.model.instrument import parse_pair, parse_symbol, parse_symbols
from spreadscope.model.timeframe import TIMEFRAMES
from spreadscope.runtime.live import LiveEngine

Json = dict[str, Any]
T = TypeVar("T")

MOST_SYMBOLS = 1_000
MOST_PAIRS = 1_000


class SymbolsBody(BaseModel):
    """Symbols to watch, comma separated."""

    model_config = ConfigDict(extra="forbid", strict=True)
    symbols: Annotated[str, Field(json_schema_extra=OF_SYMBOLS)]


class PairBody(BaseModel):
    """A pair to track, ``Y/X``."""

    model_config = ConfigDict(extra="forbid", strict=True)
    pair: Annotated[str, Field(json_schema_extra=OF_PAIR)]


def add_watching(app: FastAPI, live: LiveEngine, disk: Disk) -> None:
    """Add the routes."""
    _add_symbols(app, live, disk)
    _add_pairs(app, live, disk)


def _add_symbols(app: FastAPI, live: LiveEngine, disk: Disk) -> None:
    @app.get("/api/symbols", responses=answers("symbol", many=True))
    async def get_symbols() -> list[str]:
        return list(live.engine.tapes)

    @app.post("/api/symbols", status_code=201, responses=changes("symbol", 201, many=True), response_model=None)
    async def post_symbols(body: SymbolsBody) -> Response:
        names = parse_symbols(body.symbols)
        for name in names:
            live.listing.require(name)
        _require_room(len(live.engine.tapes) + len(names), MOST_SYMBOLS, "symbols")
        await disk.require()
        added, late = await disk.change(live.add_symbols(names))
        return late or await disk.kept(added, 201)

    @app.delete("/api/symbols/{symbol}", status_code=204, responses=changes(None, 204), response_model=None)
    async def delete_symbol(symbol: NamePath) -> Response:
        name = _there(lambda: parse_symbol(symbol))
        if name not in live.engine.tapes:
            raise HTTPException(404, f"{name} is not watched")
        if any(name in pair.symbols for pair in live.engine.pairs):
            raise HTTPException(409, f"{name} is a leg of a pair: remove the pair first")
        await live.remove_symbol(name)
        return await disk.kept(None, 204)


def _add_pairs(app: FastAPI, live: LiveEngine, disk: Disk) -> None:
    @app.get("/api/pairs", responses=answers("pair", many=True))
    async def get_pairs() -> list[Json]:
        return [
            {
                "pair": str(pair),
                "y": pair.y,
                "x": pair.x,
                "rows": {
                    timeframe: shapes.row(row) if (row := states[timeframe].row) is not None else None
                    for timeframe in TIMEFRAMES
                },
            }
            for pair, states in live.engine.pairs.items()
        ]

    @app.post("/api/pairs", status_code=201, responses=changes("legs", 201), response_model=None)
    async def post_pair(body: PairBody) -> Response:
        pair = parse_pair(body.pair)
        if pair in live.engine.pairs:
            raise HTTPException(409, f"the pair {pair} is there already")
        for name in pair.symbols:
            live.listing.require(name)
        _require_room(len(live.engine.pairs) + 1, MOST_PAIRS, "pairs")
        _require_room(len({*live.engine.tapes, *pair.symbols}), MOST_SYMBOLS, "symbols")
        await disk.require()
        _, late = await disk.change(live.add_pair(pair))
        return late or await disk.kept({"pair": str(pair), "y": pair.y, "x": pair.x}, 201)

    @app.delete("/api/pairs/{y}/{x}", status_code=204, responses=changes(None, 204), response_model=None)
    async def delete_pair(y: NamePath, x: NamePath) -> Response:
        pair = _there(lambda: parse_pair(f"{y}/{x}"))
        if pair not in live.engine.pairs:
            raise HTTPException(404, f"the pair {pair} is not tracked")
        await live.remove_pair(pair)
        return await disk.kept(None, 204)


def _there(parse: Callable[[], T]) -> T:
    """What an address names; what can be no name is not there."""
    try:
        return parse()
    except SymbolError as error:
        raise HTTPException(404, str(error)) from None


def _require_room(count: int, most: int, what: str) -> None:
    if count > most:
        raise HTTPException(409, f"at most {most} {what} are watched at once: remove some first")
