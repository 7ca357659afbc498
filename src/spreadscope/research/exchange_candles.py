"""Candles of the most traded perpetuals, asked of an exchange within its budget of weight."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import polars as pl
import structlog

from spreadscope.contract import LeftOutSymbol
from spreadscope.exchange.governor import WeightBudget
from spreadscope.exchange.port import HistoryClient, InstrumentList
from spreadscope.model.errors import ConfigError, DecodeError, ExchangeError
from spreadscope.model.instrument import unknown_symbol
from spreadscope.model.timeframe import CandleLength
from spreadscope.research.job_kinds import ReportProgress
from spreadscope.research.scan_sources import CANDLES, FETCHED, SCHEMA, FetchedCandles
from spreadscope.tasks import Policy, Tasks, first_ended

log = structlog.get_logger()

_PERPETUAL = "PERPETUAL"
_AT_ONCE = 4  # requests
_SHARE = 0.5  # of the budget of a minute: the engine's own repair has the rest
_WAIT_SECONDS = 1.0
_MAX_FAILED = 0.2  # of the symbols may fail before the scan does


class CandleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: the newest ``bars`` candles of the ``top`` perpetuals, or of ``symbols`` where some are named.

    ``min_volume`` is what must have been traded in 24 hours, in ``quote_asset``.
    """

    length: CandleLength
    bars: int
    top: int
    min_volume: float = 0.0
    quote_asset: str = "USDT"
    symbols: tuple[str, ...] = ()


class Chosen(msgspec.Struct, frozen=True):
    """The symbols to ask for, the most traded one first, and those that are left out."""

    symbols: tuple[str, ...]
    left_out: tuple[LeftOutSymbol, ...]


def choose(listed: InstrumentList, volumes: dict[str, float], request: CandleRequest) -> Chosen:
    """Returns the symbols that a request is about. Raises ``SpreadscopeError`` where there are fewer than two."""
    instruments = listed.instruments
    for name in request.symbols:
        if name not in instruments:
            raise unknown_symbol(name, instruments)
    named = request.symbols or tuple(
        name
        for name, item in instruments.items()
        if item.contract_type == _PERPETUAL and item.quote_asset == request.quote_asset
    )
    if not named:
        quotes = sorted({item.quote_asset for item in instruments.values() if item.contract_type == _PERPETUAL})
        raise ConfigError(
            f"no perpetual is quoted in {request.quote_asset[:20]!r}: choose one of {', '.join(quotes[:10])}"
        )
    left_out: list[LeftOutSymbol] = []
    liquid: list[str] = []
    for name in sorted(named, key=lambda name: (-volumes.get(name, 0.0), name)):
        volume = volumes.get(name, 0.0)
        if not instruments[name].trading:
            left_out.append(LeftOutSymbol(name, f"it does not trade now ({instruments[name].status.lower()})"))
        elif volume < request.min_volume:
            asset = instruments[name].quote_asset
            left_out.append(
                LeftOutSymbol(name, f"{volume:,.0f} {asset} in 24 h are less than {request.min_volume:,.0f}")
            )
        else:
            liquid.append(name)
    if len(liquid) < 2:
        most = max((volumes.get(name, 0.0) for name in named if instruments[name].trading), default=0.0)
        raise ConfigError(
            f"{len(liquid)} of {len(named)} symbols were traded for {request.min_volume:,.0f} {request.quote_asset} or "
            f"more in 24 h (the most: {most:,.0f}), and a scan needs 2: ask for less"
        )
    return Chosen(tuple(liquid if request.symbols else liquid[: request.top]), tuple(left_out))


async def fetch(
    client: HistoryClient,
    listed: InstrumentList,
    request: CandleRequest,
    folder: Path,
    progress: ReportProgress,
    *,
    title: str,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Ask for candles and write them to ``folder``; ``title`` names the exchange.

    Raises ``SpreadscopeError``. A symbol that cannot be had is left out; where many cannot, the first reason is raised.
    """
    progress(None, "asking what was traded in the last 24 hours")
    volumes = await client.day_volumes()
    chosen = choose(listed, volumes, request)
    now = await client.time()
    weight = client.candles_weight(request.bars)
    frames: dict[str, pl.DataFrame] = {}
    failed: list[tuple[LeftOutSymbol, Exception]] = []
    queue = list(reversed(chosen.symbols))

    async def work() -> None:
        while queue:
            symbol = queue.pop()
            done = len(frames) + len(failed)
            fraction, place = done / len(chosen.symbols), f"{done + 1} of {len(chosen.symbols)}"
            await _wait_for_room(client.budget, weight, lambda words: progress(fraction, f"{words}; {place}"), sleep)  # noqa: B023 - called before the next turn
            progress(fraction, f"candles of {symbol}, {place}")
            try:
                rows = await client.candles(symbol, request.length, request.bars)
            except (ExchangeError, DecodeError) as error:
                if client.budget.banned_s:
                    raise
                log.warning("no candles", symbol=symbol, error=str(error))
                failed.append((LeftOutSymbol(symbol, f"the exchange gave no candles ({error})"), error))
                if len(failed) > max(1.0, _MAX_FAILED * len(chosen.symbols)):
                    raise
                continue
            whole = [row for row in rows if row.open_time + request.length.milliseconds <= now]
            frames[symbol] = pl.DataFrame(
                {
                    "symbol": [symbol] * len(whole),
                    "open_time": [row.open_time for row in whole],
                    "close": [row.close for row in whole],
                },
                schema=SCHEMA,
            )

    async with Tasks() as tasks:
        workers = [tasks.start("candles", Policy.OWNED, work) for _ in range(_AT_ONCE)]
        while workers:
            for ended in await first_ended(workers):
                ended.result()
                workers.remove(ended)
    empty = [LeftOutSymbol(name, "it has no whole candle yet") for name, frame in frames.items() if frame.is_empty()]
    left_out = (*chosen.left_out, *(each for each, _ in failed), *empty)
    fetched = FetchedCandles(
        title=f"candles of {request.length} of {title}, {_which(request, len(frames))}",
        demo=listed.demo is not None,
        left_out=left_out,
    )
    progress(1.0, "storing the candles")
    await asyncio.to_thread(_write, folder, list(frames.values()), fetched)


def _which(request: CandleRequest, count: int) -> str:
    if request.symbols:
        return f"{count} named symbols"
    least = f" with at least {request.min_volume:,.0f} {request.quote_asset}" if request.min_volume else ""
    return f"the {count} most traded perpetuals in {request.quote_asset}{least}"


def _write(folder: Path, frames: Sequence[pl.DataFrame], fetched: FetchedCandles) -> None:
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=SCHEMA)
    frame.write_parquet(folder / CANDLES)
    (folder / FETCHED).write_bytes(msgspec.json.encode(fetched))


async def _wait_for_room(
    budget: WeightBudget, weight: int, say: Callable[[str], None], sleep: Callable[[float], Awaitable[object]]
) -> None:
    """Wait until a request leaves the engine its share of the minute. A ban is for the request itself to say."""
    while not budget.banned_s:
        if budget.blocked_s:
            say(f"the exchange asked to wait {budget.blocked_s:.0f} s")
        elif budget.used + weight > _SHARE * budget.limit:
            say(f"waits for the next minute of the exchange's budget ({budget.used} of {budget.limit} is used)")
        else:
            return
        await sleep(_WAIT_SECONDS)
