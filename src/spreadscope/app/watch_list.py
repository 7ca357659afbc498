"""What is watched: symbols whose tapes are kept, pairs that are tracked.

Added, removed, and taken up again after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from spreadscope import contract
from spreadscope.app.changes import Changes
from spreadscope.app.component import Component, warning
from spreadscope.app.core_service import CoreService
from spreadscope.app.market_data import MarketData
from spreadscope.app.markets import Markets
from spreadscope.app.rule_service import RuleService
from spreadscope.app.store_service import StoreService
from spreadscope.app.stored_state import stored_pair, stored_tape
from spreadscope.model.config import Config
from spreadscope.model.errors import ExchangeError, StoreError, SymbolError
from spreadscope.model.events import DropPair, DropSymbol, TradingStatus, WatchPair, WatchSymbol
from spreadscope.model.instrument import Pair, parse_pair
from spreadscope.model.resume import Input
from spreadscope.store.command import unwatch_pair, unwatch_symbol, watch_pair, watch_symbol

_PAIRS_AT_ONCE = 4  # that are begun when an engine starts
_ROOM_BYTES = 16 << 20
_LOOK, _LONGEST_WAIT = 0.05, 30.0  # seconds; a market that stands still makes no rows that could be too many


class WatchList(Component):
    """``problems`` are sentences, by what they are about, on what was wanted and is not watched; ``starting`` says what
    of the start is going on (empty: nothing)."""

    name = "watch list"

    def __init__(
        self,
        config: Config,
        core: CoreService,
        store: StoreService,
        markets: Markets,
        rules: RuleService,
        changes: Changes,
    ) -> None:
        self.problems: dict[str, str] = {}
        self.starting = ""
        self._config = config
        self._core = core
        self._store = store
        self._markets = markets
        self._rules = rules
        self._changes = changes

    def alarms(self) -> Iterable[contract.Alarm]:
        return map(warning, self.problems.values())

    # --- commands -----------------------------------------------------------------------------------------------------

    async def add_symbols(self, symbols: Iterable[str]) -> list[str]:
        """Keep the tape of more symbols. Returns those that are new. Raises ``SymbolError``."""
        new = [symbol for symbol in symbols if symbol not in self._core.symbols]
        for symbol in new:
            await self._markets.require(symbol)
        async with self._changes.lock:
            await self._watch(new, [])
        return new

    def remove_symbol(self, symbol: str) -> None:
        """Stop keeping a tape. Raises ``SymbolError`` while a pair needs it."""
        if symbol not in self._core.symbols:
            raise SymbolError(f"{symbol} is not watched")
        if users := self._core.users(symbol):
            raise SymbolError(f"{symbol} is a leg of {users[0]}: remove the pair first")
        self._markets.get(symbol).remove(symbol)
        self._core.apply([DropSymbol(symbol)])
        self._store.writer.command(unwatch_symbol(symbol))

    async def add_pair(self, pair: Pair) -> None:
        """Track a pair; its legs' tapes are started where they are not kept yet. Raises ``SymbolError``."""
        if pair in self._core.pairs:
            raise SymbolError(f"the pair {pair} is there already")
        for symbol in pair.symbols:
            await self._markets.require(symbol)
        async with self._changes.lock:
            await self._store.writer.flush()
            # It may have been followed before: what was said then is not said again.
            new = [symbol for symbol in pair.symbols if symbol not in self._core.symbols]
            await self._watch(new, [pair], resumed=True)

    def remove_pair(self, pair: Pair) -> None:
        """Stop tracking a pair; the tapes of its legs go on. Raises ``SymbolError``."""
        if pair not in self._core.pairs:
            raise SymbolError(f"the pair {pair} is not tracked")
        self._core.apply([DropPair(pair)])
        self._store.writer.command(unwatch_pair(pair))

    async def venue_listed(self, market: MarketData) -> None:
        """A venue said what it lists: take up what was waiting for that."""
        await self._markets.bind(market)
        market.keep_list()
        await self.take_up_all()

    async def take_up_all(self) -> None:
        """Everything that is configured, or was watched before, and is listed; again when more of it is known to be."""
        async with self._changes.lock:
            stored_symbols, stored_pairs = self._store.reader.watched("symbol"), self._store.reader.watched("pair")
            pairs = list(dict.fromkeys([*self._config.parsed_pairs(), *self._readable(stored_pairs)]))
            legs = [symbol for pair in pairs for symbol in pair.symbols]
            wanted = dict.fromkeys([*self._config.symbols, *stored_symbols, *legs])
            listed: list[str] = []
            for symbol in wanted:
                self.problems.pop(symbol, None)
                if problem := await self._missing(symbol):
                    self.problems[symbol] = problem
                else:
                    listed.append(symbol)
            known = [pair for pair in pairs if set(pair.symbols) <= set(listed) and pair not in self._core.pairs]
            new = [symbol for symbol in listed if symbol not in self._markets.get(symbol).feed.symbols]
            for pair in known:  # all at once: a kill before the last one is begun forgets none
                self._store.writer.command(watch_pair(pair))
            await self._watch(new, known[:_PAIRS_AT_ONCE], resumed=True)
            for start in range(_PAIRS_AT_ONCE, len(known), _PAIRS_AT_ONCE):
                self.starting = f"beginning pairs, {start} of {len(known)} are there"
                await self._room()
                await self._watch([], known[start : start + _PAIRS_AT_ONCE], resumed=True)
            self.starting = ""

    async def _room(self) -> None:
        """Wait until the pairs that were begun last have their rows, and the disk has taken most of them.

        A pair begins with thousands of rows: those of hundreds of pairs at once would be more than may wait for the
        disk.
        """
        begun, waited = self._core.market_time, 0.0
        while waited < _LONGEST_WAIT and (
            self._core.market_time <= begun or self._store.writer.pending_bytes > _ROOM_BYTES
        ):
            await asyncio.sleep(_LOOK)
            waited += _LOOK

    async def _missing(self, symbol: str) -> str:
        """Why a symbol that is wanted cannot be watched; empty where it can."""
        try:
            catalog = (await self._markets.of(symbol)).catalog
        except (SymbolError, ExchangeError) as problem:
            return str(problem)
        if symbol in catalog.info.instruments:
            return ""
        if symbol in self._config.all_symbols() or not catalog.fresh:
            return catalog.missing(symbol)
        return f"{symbol} was watched before, but the exchange no longer lists it"

    def _readable(self, names: Iterable[str]) -> list[Pair]:
        """The pairs that the store says were watched. A name that is none is left out, and said."""
        pairs: list[Pair] = []
        for name in names:
            try:
                pairs.append(parse_pair(name))
            except SymbolError as error:
                self.problems[f"watched {name}"] = (
                    f"the store says that {name!r} was watched ({error}): it is left out;"
                    " spreadscope doctor --repair removes it"
                )
        return pairs

    # --- helpers ------------------------------------------------------------------------------------------------------

    async def _watch(self, symbols: Sequence[str], pairs: Sequence[Pair], *, resumed: bool = False) -> None:
        """Take up symbols and pairs: what the store has, what the exchange has, then live."""
        if not symbols and not pairs:
            return
        for symbol in symbols:
            await self._take_up(symbol)
        watch: list[Input] = [WatchPair(pair) for pair in pairs]
        if resumed:
            for pair in pairs:
                watch += await self._earlier_pair(pair)
        # Before the market's clock runs, a pair can be there from the start. Once it runs, a pair is begun with its
        # history complete, for its first row is made from all bars in memory.
        running = any(market.feed.symbols for market in self._markets)
        if not running:
            self._begin_pairs(pairs, watch)
        by_venue: dict[str, list[str]] = {}
        for symbol in symbols:
            by_venue.setdefault(self._markets.get(symbol).venue.name, []).append(symbol)
        for group in by_venue.values():
            await self._markets.get(group[0]).history.fetch(group)
        if running:
            self._begin_pairs(pairs, watch)
        for group in by_venue.values():
            self._markets.get(group[0]).add(group)

    def _begin_pairs(self, pairs: Iterable[Pair], watch: Sequence[Input]) -> None:
        self._core.apply(watch)
        for pair in pairs:
            self._store.writer.command(watch_pair(pair))

    async def _earlier_pair(self, pair: Pair) -> list[Input]:
        """What an earlier run left of a pair. Where that cannot be read the pair begins without it."""
        try:
            return await stored_pair(self._store.reader, self._rules, pair, self._core.engine.parameters)
        except (StoreError, ValueError) as error:
            self.problems[str(pair)] = (
                f"what the store has of {pair} cannot be read ({error}): it begins anew, without its position;"
                " see spreadscope doctor"
            )
            return []

    async def _take_up(self, symbol: str) -> None:
        """The tape of an earlier run, and whether the symbol trades."""
        await self._store.writer.flush()
        earlier = await stored_tape(self._store.reader, symbol) if symbol not in self._core.symbols else None
        if earlier is not None:
            self._core.apply([earlier])
            if (
                symbol not in self._core.symbols
            ):  # a new tape would know nothing of what is stored, nor of what it lacks
                raise StoreError(f"the stored tape of {symbol} could not be taken up: see the alarms")
        market = self._markets.get(symbol)
        trading = TradingStatus(symbol, market.trades_now(symbol))
        self._core.apply([WatchSymbol(symbol), trading, *market.order_rules([symbol])])
        self._store.writer.command(watch_symbol(symbol))
