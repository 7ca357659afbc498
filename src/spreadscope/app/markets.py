"""The market data of all venues that are followed.

A venue is asked what it lists when something of it is wanted first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from itertools import chain

from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.app.changes import Changes
from spreadscope.app.component import Component
from spreadscope.app.core_service import CoreService
from spreadscope.app.data_source import DataSource, source_of_store
from spreadscope.app.market_data import MarketData, MarketDataLimits
from spreadscope.app.market_metrics import market_metrics
from spreadscope.app.row_delay import RowDelay
from spreadscope.app.store_service import StoreService
from spreadscope.exchange.port import HistoryClient
from spreadscope.exchange.venues import DEFAULT, addresses, require_known, venue_for
from spreadscope.ingest.market_clock import MarketClock
from spreadscope.model.clock import Clock
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.model.instrument import Instrument, venue_of
from spreadscope.model.states import Mode
from spreadscope.store.directory import bind, bind_source
from spreadscope.tasks import Running, Tasks


class Markets(Component):
    """``default`` is always followed; its source is what the store is bound to.

    ``source`` is where the data come from.
    """

    name = "markets"

    def __init__(
        self,
        config: Config,
        clock: Clock,
        core: CoreService,
        store: StoreService,
        changes: Changes,
        tasks: Tasks,
        limits: MarketDataLimits | None = None,
    ) -> None:
        """``limits`` are those of each venue."""
        require_known(config)
        self._config = config
        self._clock = clock
        self._core = core
        self._store = store
        self._changes = changes
        self._tasks = tasks
        self._limits = limits
        self._market_clock = MarketClock(clock)
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()  # a venue is made once, however many ask for it
        self._started = False
        self._backfills = False
        self.on_listed: Callable[[MarketData], Awaitable[None]] = _nothing
        self._by_venue: dict[str, MarketData] = {}
        self.default = self._made(DEFAULT.name)
        self._row_delay = RowDelay(lambda: self.default.watchdog.exchange_clock.now_ms)
        core.observe(self._row_delay.note)
        self.source: DataSource | None = None

    def __iter__(self) -> Iterator[MarketData]:
        return iter(tuple(self._by_venue.values()))

    # --- life ---------------------------------------------------------------------------------------------------------

    async def open(self, stack: AsyncExitStack, symbols: Iterable[str]) -> None:
        """Ask the venues of these symbols what they list, and bind the store to where its data come from.

        Raises ``ExchangeError``, ``StoreError``, and ``SymbolError`` for one that is not listed.
        """
        self._stack = await stack.enter_async_context(AsyncExitStack())
        await self.default.open(self._stack)
        if self.default.source is not None:
            self.source = self.default.source
            bind_source(self._store.directory.database, self.source.mode, self.source.description)
        else:
            self.source = source_of_store(self._store.reader.meta())  # what is shown meanwhile must not lose its mark
        for symbol in symbols:
            market = await self.of(symbol)
            if market.catalog.fresh:
                market.catalog.require(symbol)

    def start(self) -> None:
        """Begin to watch; the store's writer has to run."""
        self._started = True
        for market in self:
            market.start()

    def start_backfill(self) -> None:
        """Begin to repair holes, once the first histories are there."""
        self._backfills = True
        for market in self:
            market.start_backfill()

    async def close_feeds(self) -> None:
        """Read no more, and hand on what was read."""
        for market in self:
            await market.feed.close()

    def running(self) -> list[Running[None]]:
        return [task for market in self for task in market.running()]

    async def of(self, symbol: str) -> MarketData:
        """Returns the market data of a symbol's venue; a venue that was not followed yet is asked what it lists.

        Raises ``UnknownSymbolError`` where there is no such venue, ``ExchangeError`` where what answers is not the
        venue.
        """
        name = venue_for(symbol).name
        async with self._opening:
            return self._by_venue.get(name) or await self._begin(name)

    async def _begin(self, name: str) -> MarketData:
        market = self._made(name)
        try:
            await market.open(self._stack)
            self._require_same_kind(market)
        except BaseException:
            del self._by_venue[name]
            self._core.gate.detach(market.feed)
            raise
        if self._started:
            market.start()
        if self._backfills:
            market.start_backfill()
        return market

    async def bind(self, market: MarketData) -> None:
        """A venue said after the start what it is: hold the store to it.

        Raises ``SpreadscopeError`` where it is another source.
        """
        try:
            self._require_same_kind(market)
            if market is self.default and (source := market.source) is not None:
                await asyncio.wrap_future(
                    self._store.writer.run(lambda store: bind(store, source.mode, source.description))
                )
                self.source = source
        except (StoreError, ConfigError) as problem:
            # Live trades of one source must not go on into the store of another.
            await market.feed.close()
            self._tasks.give_up(problem)
            raise

    def get(self, symbol: str) -> MarketData:
        """Returns the market data of a symbol whose tape is kept."""
        return self._by_venue[venue_of(symbol)]

    def funding_client(self, symbol: str) -> HistoryClient | None:
        """Returns the client of a symbol's venue; None where it is not followed, or has no funding."""
        market = self._by_venue.get(venue_of(symbol))
        return market.client if market is not None and market.venue.capabilities.marks else None

    def _made(self, name: str) -> MarketData:
        venue = venue_for(f"{name}:")
        self._by_venue[name] = market = MarketData(
            venue,
            addresses(venue, self._config),
            self._config,
            self._clock,
            self._core,
            self._store,
            self._market_clock,
            self._changes,
            self._tasks,
            on_listed=self._listed,
            limits=self._limits,
        )
        return market

    def _require_same_kind(self, market: MarketData) -> None:
        """A demo must never mix with a real market."""
        kinds = {each.source.mode for each in (market, self.default) if each.source is not None}
        if len(kinds) > 1 and Mode.DEMO in kinds:
            raise ConfigError(
                f"{market.venue.title} at {market.client.base_url} is"
                f" {market.source.mode if market.source else ''} data, but"
                f" {self.default.venue.title} is {self.default.source.mode if self.default.source else ''} data:"
                " give both"
                " addresses of the same kind"
            )

    async def _listed(self, market: MarketData) -> None:
        await self.on_listed(market)

    # --- questions ----------------------------------------------------------------------------------------------------

    async def require(self, symbol: str) -> None:
        """Raises ``SymbolError`` for a symbol that its venue does not list."""
        (await self.of(symbol)).catalog.require(symbol)

    def instruments(self) -> list[Instrument]:
        """Returns what the followed venues list."""
        return list(chain.from_iterable(market.catalog.info.instruments.values() for market in self))

    @property
    def demo(self) -> bool:
        return self.source is not None and self.source.mode is Mode.DEMO

    @property
    def starting(self) -> str:
        """What is waited for or fetched, for the screen; empty where nothing is."""
        return next((market.starting for market in self if market.starting), "")

    @property
    def messages(self) -> int:
        """Frames of all venues that have come so far."""
        return sum(market.feed.messages for market in self)

    @property
    def waiting_frames(self) -> int:
        return sum(market.feed.waiting_frames for market in self)

    def connections(self) -> Iterable[contract.ConnectionStatus]:
        return chain.from_iterable(market.connections() for market in self)

    def symbols(self) -> list[contract.SymbolStatus]:
        """Returns what the status says of every symbol whose tape is kept."""
        return [self.get(symbol).symbol(symbol) for symbol in self._core.symbols]

    def alarms(self) -> Iterable[contract.Alarm]:
        yield from chain.from_iterable(market.alarms() for market in self)

    def metrics(self) -> Iterable[Metric]:
        yield from market_metrics(tuple(self), tuple(self.connections()), self.symbols())
        yield from self._row_delay.metrics()

    def unready(self) -> Iterable[str]:
        return chain.from_iterable(market.unready() for market in self)


async def _nothing(_: MarketData) -> None:
    """Before anybody wants to know."""
