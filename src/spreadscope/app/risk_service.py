"""The risk of paper accounts: their positions of now on stored bars, worked out off the loop, kept for a minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from spreadscope import contract
from spreadscope.app.core_service import CoreService
from spreadscope.app.trading_service import TradingService
from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, UnknownAccountError, UnknownSymbolError
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import MINUTE, Timeframe
from spreadscope.store.reader import BarCloses, StoreReader
from spreadscope.trading.fixed_point import to_float
from spreadscope.trading.risk.holdings import Holding, hypothetical
from spreadscope.trading.risk.price_history import PriceHistory, price_history
from spreadscope.trading.risk.risk_report import DAY, DAY_SPAN, RiskMarket, RiskReport, RiskSettings, risk_report
from spreadscope.trading.risk.scenarios import BAD_DAYS

KEPT_SECONDS = 60.0
MOST_KEPT = 200
"""Reports, and bars of symbols, that are kept."""
MINUTE_SPAN = 2 * DAY
RECENT = "recent"

K = TypeVar("K")
V = TypeVar("V")
_Positions = tuple[str, contract.AccountSettings, tuple[tuple[int, str, float, float], ...]]


class RiskService:
    """Reads bars of the held symbols and of the market; ``seconds`` is the clock by which what is kept grows old."""

    def __init__(
        self,
        config: Config,
        core: CoreService,
        trading: TradingService,
        reader: StoreReader,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._core = core
        self._trading = trading
        self._reader = reader
        self._seconds = seconds
        self._bars: dict[tuple[str, Timeframe, str], tuple[float, BarCloses]] = {}
        self._reports: dict[_Positions, tuple[float, contract.RiskReport]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def risk(self, account: str) -> contract.RiskReport:
        """Returns the risk of an account. Raises ``UnknownAccountError`` and ``StoreError``."""
        return await self._report(account, self._trading.holdings(account))

    async def what_if(self, account: str, body: contract.WhatIfBody) -> contract.RiskReport:
        """Returns the risk of a copy of an account with trades scaled, left out or added. Nothing is traded.

        Raises ``UnknownAccountError`` for a trade that holds nothing, ``SymbolError`` for a pair that is not followed,
        ``ConfigError`` for one without a hedge ratio or a price.
        """
        held = {holding.trade: holding for holding in self._trading.holdings(account)}
        for each in body.scaled:
            if each.trade not in held:
                raise UnknownAccountError(f"trade {each.trade} of {account} holds nothing: see its open trades")
            held[each.trade] = held[each.trade].scaled(each.percent / 100)
        kept = [holding for holding in held.values() if holding.gross]
        return await self._report(account, [*kept, *map(self._added, body.added)])

    def _added(self, wanted: contract.AddedPair) -> Holding:
        pair = parse_pair(wanted.pair)
        states = self._core.states(pair)
        if states is None:
            raise UnknownSymbolError(f"the pair {pair} is not tracked: add it first")
        row = states[wanted.timeframe].row
        broker = self._core.engine.broker
        mark_y, mark_x = (to_float(broker.market.mark(symbol, broker.now)) for symbol in pair.symbols)
        if row is None or row.beta.value is None:
            raise ConfigError(f"{pair} has no hedge ratio at {wanted.timeframe} yet: wait until its window is full")
        if not mark_y or not mark_x:
            raise ConfigError(f"{pair} has no price of both legs yet: wait for a quote")
        return hypothetical(
            pair, side=wanted.side, space=self._core.parameters(pair, wanted.timeframe).analytics.space,
            beta=row.beta.value, sd=row.spread_sd.value, notional=wanted.notional, marks=(mark_y, mark_x),
        )  # fmt: skip

    async def _report(self, name: str, holdings: Sequence[Holding]) -> contract.RiskReport:
        settings = self._trading.account(name).settings
        # Marks change all the time: the same quantities are the same positions for a minute.
        key = (name, settings, tuple((each.trade, str(each.pair), each.y, each.x) for each in holdings))
        async with self._one_at_a_time:
            kept = self._reports.get(key)
            if kept is not None and self._seconds() - kept[0] < KEPT_SECONDS:
                return kept[1]
            account, symbols = self._trading.account(name), self._symbols(holdings)
            due = {symbol: self._core.engine.broker.market.next_funding(symbol) for symbol in symbols}
            funding = {symbol: each for symbol, each in due.items() if each is not None}
            report = await asyncio.to_thread(self._work_out, holdings, account, symbols, funding)
            found = msgspec.convert(report, contract.RiskReport, from_attributes=True)
            _keep(self._reports, key, (self._seconds(), found))
            return found

    def _symbols(self, holdings: Iterable[Holding]) -> list[str]:
        """Returns the symbols whose bars are needed: those held, and the market's."""
        held = {symbol for holding in holdings for symbol in holding.pair.symbols}
        return sorted(held | {self._config.risk.market}) if held else []

    def _work_out(
        self,
        holdings: Sequence[Holding],
        account: contract.PaperAccount,
        symbols: Sequence[str],
        funding: Mapping[str, tuple[int, float]],
    ) -> RiskReport:
        end = account.time - account.time % MINUTE
        minutes = self._read(symbols, Timeframe.M1, RECENT, end - MINUTE_SPAN, end)
        market = RiskMarket(
            five_minutes=_history(self._read(symbols, Timeframe.M5, RECENT, end - DAY_SPAN, end), Timeframe.M5),
            minutes=_history(minutes, Timeframe.M1),
            traded={name: _notionals(bars, end - DAY) for name, bars in minutes.items()},
            funding=funding,
            days={
                day: _history(self._read(symbols, Timeframe.M5, str(day), start, start + DAY), Timeframe.M5)
                for day in BAD_DAYS
                for start in (int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000,)
            },
        )
        return risk_report(
            holdings, market, RiskSettings(**dict(self._config.risk)), time=account.time, equity=account.equity,
            maintenance_rate=account.settings.maintenance_rate, fee_rate=account.settings.taker_fee_bps / 1e4,
        )  # fmt: skip

    def _read(
        self, symbols: Iterable[str], timeframe: Timeframe, span: str, start: int, end: int
    ) -> dict[str, BarCloses]:
        """Returns the bars of a ``span``, which are read again when they are a minute old."""
        found = {}
        for symbol in symbols:
            key = (symbol, timeframe, span)
            kept = self._bars.get(key)
            if kept is None or self._seconds() - kept[0] >= KEPT_SECONDS:
                kept = (self._seconds(), self._reader.closes(symbol, timeframe, start, end))
                _keep(self._bars, key, kept)
            found[symbol] = kept[1]
        return found


def _history(bars: Mapping[str, BarCloses], timeframe: Timeframe) -> PriceHistory:
    series: dict[str, tuple[IntArray, FloatArray]] = {name: (each.times, each.closes) for name, each in bars.items()}
    return price_history(timeframe.milliseconds, series, shift=timeframe.milliseconds)


def _notionals(bars: BarCloses, start: int) -> FloatArray:
    """Returns what was traded in each stored bar since ``start``, in the quote asset."""
    recent = bars.times >= start
    found: FloatArray = bars.closes[recent] * bars.volumes[recent]
    return found


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    """Keep a value; of more than ``MOST_KEPT`` the oldest is forgotten."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]
