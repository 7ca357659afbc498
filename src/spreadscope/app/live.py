"""The live engine: feed → core → store, with everything that starts, watches and stops it.

All of it runs on one event loop; the store's writer and the readers of the API have threads of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Any, NoReturn, Self

import structlog

from spreadscope.app.alert_file import AlertFile, Channels
from spreadscope.app.archiver import Archiver
from spreadscope.app.backpressure import BackpressureGate
from spreadscope.app.data_source import DataSource, identify, remembered
from spreadscope.app.fault_report import FaultReport
from spreadscope.app.file_rules import check_rules
from spreadscope.app.instrument_catalog import InstrumentCatalog
from spreadscope.app.quarantine import Quarantine
from spreadscope.app.resume import earlier_pair, earlier_tape
from spreadscope.app.rule_service import RuleService
from spreadscope.app.writer_watch import WriterWatch
from spreadscope.engine import Engine
from spreadscope.exchange.binance_futures.rest import ExchangeInfo
from spreadscope.exchange.client import RestClient
from spreadscope.ingest.backfill import Backfill
from spreadscope.ingest.feed import Feed
from spreadscope.ingest.history_loader import HistoryLoader
from spreadscope.ingest.watchdog import Watchdog
from spreadscope.model.clock import Clock, SystemClock
from spreadscope.model.config import Config
from spreadscope.model.errors import ExchangeError, StoreError, SymbolError
from spreadscope.model.events import (
    DropPair,
    DropSymbol,
    FlushChanges,
    SetRule,
    TradingStatus,
    WatchPair,
    WatchSymbol,
)
from spreadscope.model.facts import Alert, Fact, TradesAccepted
from spreadscope.model.instrument import Pair, parse_pair
from spreadscope.model.resume import Input
from spreadscope.notify.channel_worker import DeliveryContext
from spreadscope.notify.dispatcher import Dispatcher
from spreadscope.notify.secret import Masker
from spreadscope.replay.session_config import apply_events, session_of, touched_ledgers
from spreadscope.store.delivery.delivery_reader import DeliveryReader
from spreadscope.store.delivery.outbox import Outbox
from spreadscope.store.directory import BANNED_UNTIL, DataDirectory, banned_until, bind, bind_source, remember_ban
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter
from spreadscope.tasks import Policy, Running, Tasks, end

log = structlog.get_logger()

Observer = Callable[[list[Fact]], None]

_BAN_LOOK_SECONDS = 0.25
_ASK_AGAIN_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 10.0
_CONSEQUENCES = {
    Policy.RESTART: "the {} failed and is begun anew",
    Policy.ONCE: "the {} failed and was left",
    Policy.FATAL: "the {} failed: the engine stops",
}


class LiveEngine:
    """An async context manager: inside it the engine runs. Raises ``SpreadscopeError`` where it cannot start."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        self.config = config
        self.clock = clock or SystemClock()
        self.engine = Engine(config)
        self.tasks = Tasks(self.task_failed)
        self.client = RestClient(config.exchange.rest_url, self.clock)
        self.directory = DataDirectory(config.data)
        outbox = Outbox(self.clock, config.alerts.drop_hours)
        self.writer = StoreWriter(self.directory.database, config.store, outbox)
        self.reader = StoreReader(self.directory.database)
        self.quarantine = Quarantine(self.writer, self.clock)
        self.intake = BackpressureGate(self.writer, feed=lambda: self.feed, sink=self.sink)
        self.feed = Feed(
            config.exchange,
            self.clock,
            sink=self.intake.take,
            reject=self.quarantine.keep,
            tasks=self.tasks,
            exchange_now=lambda: self.watchdog.exchange_clock.now_ms,
            failed=lambda name, error: self.faults.failed(
                "feed", name, error, f"frames of {name} were not read: their trades are fetched again"
            ),
        )
        self.backfill = Backfill(
            self.client,
            self.clock,
            symbols=self._tapes,
            holes=self.engine.open_holes,
            sink=self.sink,
            important=self._is_leg,
            busy=self._asks_nothing,
            reject=self.quarantine.keep,
        )
        self.watchdog = Watchdog(
            self.feed,
            self.client,
            self.clock,
            config.exchange,
            last_id=self._last_id,
            halted=lambda symbol: symbol in self.engine.halted,
            sink=self.sink,
            tasks=self.tasks,
        )
        self.rules = RuleService(self.engine, self.writer, self.reader, self.sink)
        around = DeliveryContext(
            self.writer,
            DeliveryReader(self.directory.database),
            self.clock,
            config.alerts,
            Masker(),
            demo=lambda: self.source is not None and self.source.mode == "demo",
        )
        self.delivery = Dispatcher(around, outbox, self.tasks)
        self.alert_file = AlertFile(config.alerts_file(), config.alerts, around.masker, apply=self._apply_alerts)
        self.archiver = Archiver(
            self.directory.database,
            self.writer,
            self.clock,
            config.archive,
            config.retention,
            market_time=lambda: self.engine.market_time or 0,
        )
        self.listing = InstrumentCatalog(self.client, self.directory.database, self.writer, self.clock)
        self.past = HistoryLoader(self.client, config.history, self.backfill, last_id=self._last_id, sink=self.sink)
        self.source: DataSource | None = None
        self.started_ns = self.clock.now_ns()
        self._beginning = "connecting to the exchange"
        self.problems: dict[str, str] = {}
        self.faults = FaultReport(
            self.engine.faults, self.clock, lambda fault: self.writer.submit([fault], {}), around.masker.mask
        )
        self._writer_watch = WriterWatch(self.writer, self.feed.pause)
        self.trades = 0
        self._observers: list[Observer] = [self._wake_delivery]
        self.on_file_rules: Callable[[], None] = lambda: None  # the pages are told by whoever serves them
        self._running: list[Running[Any]] = []
        self._rules_are_set = False
        self._stack = AsyncExitStack()
        self._commands = asyncio.Lock()

    @property
    def info(self) -> ExchangeInfo:
        """What the exchange lists, as far as it is known."""
        return self.listing.info

    @property
    def starting(self) -> str:
        """What of the start is going on; empty once it is over."""
        if not self._beginning and self.listing.waiting:
            return self.listing.waiting
        return self.past.doing or self._beginning

    # --- life -------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.enter_context(self.directory)
            await stack.enter_async_context(self.client)
            self.client.budget.restore(banned_until(self.directory.database))
            self.client.budget.on_ban(lambda until_ns: remember_ban(self.directory.database, until_ns))
            await self.listing.begin()
            if self.listing.fresh:
                for symbol in self.config.all_symbols():
                    self.listing.require(symbol)
            if self.listing.known:
                self.source = identify(self.info, self.config.exchange.rest_url)
                bind_source(self.directory.database, self.source.mode, self.source.description)
            else:
                self.source = remembered(self.reader.meta())  # what is shown meanwhile must not lose its mark
            self.writer.start(session_of(self.config, self.started_ns))
            stack.callback(self.writer.stop)
            stack.callback(asyncio.get_running_loop().set_exception_handler, None)
            asyncio.get_running_loop().set_exception_handler(self._loop_failed)
            await stack.enter_async_context(self.tasks)
            self.delivery.start()
            stack.push_async_callback(self.delivery.stop)
            stack.callback(self.archiver.stop)
            self.client.budget.on_ban(self._remember_ban)
            self._stack = stack.pop_all()
        self._running = [
            self.tasks.start("start-up", Policy.RESTART, self._start_up),
            self.tasks.start("watchdog", Policy.RESTART, self.watchdog.run),
            self.tasks.start("back-pressure", Policy.RESTART, self.intake.run),
            self.tasks.start("archiver", Policy.RESTART, self.archiver.run),
            self.tasks.start("making up after a ban", Policy.RESTART, self._outlast_bans),
            self.tasks.start("writer watch", Policy.FATAL, self._writer_watch.run),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.feed.close()
        self.intake.drain()
        self.sink([FlushChanges()])
        await end(*self._running)
        await self._stack.aclose()
        if error is None and (self.writer.failed or self.writer.pending_rows):
            raise self._writer_watch.unwritten()

    async def failure(self) -> NoReturn:
        """Wait until the engine cannot go on, because nothing is written any more for one. Raises why."""
        await self.tasks.failure()

    async def _start_up(self) -> None:
        """Take up what was watched before, fetch the history, go live."""
        try:
            if self.listing.fresh:
                self.listing.keep()
            if not self._rules_are_set:  # a start that failed half way is begun anew
                rules, unread = await asyncio.to_thread(self.rules.remembered)
                self.problems.update({f"rule {place}": text for place, text in enumerate(unread)})
                self.sink(rules)
                self._rules_are_set = True
            await self.alert_file.look()
            await self._take_up_all()
        finally:
            if self._beginning:
                self._beginning = ""
                self._running += [
                    self.tasks.start("backfill", Policy.RESTART, self.backfill.run),
                    self.tasks.start("alerts file", Policy.RESTART, self.alert_file.run),
                ]

    async def _take_up_all(self) -> None:
        """Everything that is configured, or was watched before, and is listed; again when more of it is known to be."""
        async with self._commands:
            stored_symbols, stored_pairs = self.reader.watched("symbol"), self.reader.watched("pair")
            pairs = list(dict.fromkeys([*self.config.parsed_pairs(), *self._readable(stored_pairs)]))
            legs = [symbol for pair in pairs for symbol in pair.symbols]
            wanted = dict.fromkeys([*self.config.symbols, *stored_symbols, *legs])
            listed = [symbol for symbol in wanted if symbol in self.listing.info.instruments]
            for symbol in wanted:
                self.problems.pop(symbol, None)
            for gone in wanted.keys() - set(listed):
                configured = gone in self.config.all_symbols() or not self.listing.fresh
                before = f"{gone} was watched before, but the exchange no longer lists it"
                self.problems[gone] = self.listing.missing(gone) if configured else before
            known = [pair for pair in pairs if set(pair.symbols) <= set(listed) and pair not in self.engine.pairs]
            await self._watch([symbol for symbol in listed if symbol not in self.feed.symbols], known, resumed=True)

    def _readable(self, names: Iterable[str]) -> list[Pair]:
        """The pairs that the store says were watched. A name that is none is left out, and said."""
        pairs: list[Pair] = []
        for name in names:
            try:
                pairs.append(parse_pair(name))
            except SymbolError as error:
                self.problems[f"watched {name}"] = (
                    f"the store says that {name!r} was watched ({error}): it is left out; spreadscope doctor --repair removes it"
                )
        return pairs

    async def _outlast_bans(self) -> None:
        """Ask for what could not be asked for as long as this address was banned, or the exchange out of reach."""
        pause = _ASK_AGAIN_SECONDS
        while True:
            await asyncio.sleep(_BAN_LOOK_SECONDS)
            if self.client.budget.blocked_s or self._beginning:
                continue
            if not self.listing.fresh and not await self._list_again():
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            pause = _ASK_AGAIN_SECONDS
            if self.past.owed:
                async with self._commands:
                    await self.past.make_up()
                if self.past.owed:
                    await asyncio.sleep(_LONGEST_PAUSE_SECONDS)

    async def _list_again(self) -> bool:
        """Take up what the exchange lists now; → whether it could be asked."""
        before = self.listing.problem
        try:
            await self.listing.ask()
        except ExchangeError as error:
            if str(error) != before:
                log.warning("the exchange cannot be asked what it lists", error=str(error))
            return False
        source = identify(self.info, self.config.exchange.rest_url)
        try:
            await asyncio.wrap_future(self.writer.run(lambda store: bind(store, source.mode, source.description)))
        except StoreError as error:
            # Live trades of one source must not go on into the store of another.
            await self.feed.close()
            self.tasks.give_up(error)
            raise
        self.source = source
        self.listing.keep()
        trading = {symbol: self._trades_now(symbol) for symbol in self.engine.tapes}
        self.sink([TradingStatus(symbol, now) for symbol, now in trading.items()])
        await self._take_up_all()
        return True

    def _loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A callback of the event loop failed (a timer, a library's own task): it is seen like any other fault."""
        error = context.get("exception")
        if isinstance(error, Exception):
            place = str(context.get("message", "callback"))[:100]
            self.faults.failed("event loop", place, error, "something in the engine's event loop failed")
        loop.default_exception_handler(context)

    def task_failed(self, name: str, error: Exception, policy: Policy) -> None:
        """A task of ours failed: an engine that no longer repairs, say, must not look well."""
        self.faults.failed("task", name, error, _CONSEQUENCES[policy].format(name))

    # --- the line ---------------------------------------------------------------------------------------------------

    def sink(self, events: Sequence[Input]) -> None:
        """Events in order → the core → the store and whoever listens. Always on the loop's thread."""
        if not events:
            return
        try:
            facts, heard = apply_events(self.engine, events)
            self.writer.submit(facts, touched_ledgers(self.engine, facts), heard)
        except Exception as error:
            # The ledger in memory is ahead of what was handed on: whatever is written after this would vouch for what is not there.
            self.writer.refuse(f"what the core said could not be handed to the store ({error!r}): start again")
            raise
        self.faults.note(facts)
        self.trades += sum(len(fact.trades) for fact in facts if isinstance(fact, TradesAccepted))
        self.intake.weigh()
        for observer in tuple(self._observers):
            name = getattr(observer, "__qualname__", type(observer).__name__)
            self.faults.guard("screen", name, "what the pages show may have stopped", partial(observer, facts))

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call ``observer`` with the facts of every event; → a function that ends it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def _remember_ban(self, until_ns: int) -> None:
        """A ban outlasts the process: asking again after a restart would only prolong it."""
        self.writer.command("INSERT OR REPLACE INTO meta VALUES (?, ?)", BANNED_UNTIL, str(until_ns))

    # --- commands ---------------------------------------------------------------------------------------------------

    async def add_symbols(self, symbols: Iterable[str]) -> list[str]:
        """Keep the tape of more symbols; → those that are new."""
        new = [symbol for symbol in symbols if symbol not in self.engine.tapes]
        for symbol in new:
            self.listing.require(symbol)
        async with self._commands:
            await self._watch(new, [])
        return new

    async def remove_symbol(self, symbol: str) -> None:
        """Stop keeping a tape. Refused while a pair needs it."""
        if symbol not in self.engine.tapes:
            raise SymbolError(f"{symbol} is not watched")
        users = [str(pair) for pair in self.engine.pairs if symbol in pair.symbols]
        if users:
            raise SymbolError(f"{symbol} is a leg of {users[0]}: remove the pair first")
        self.feed.remove_symbols([symbol])
        self.watchdog.symbols.pop(symbol, None)
        self.sink([DropSymbol(symbol)])
        self.writer.command("DELETE FROM watched WHERE kind = 'symbol' AND name = ?", symbol)

    async def add_pair(self, pair: Pair) -> None:
        """Track a pair; its legs' tapes are started where they are not kept yet."""
        if pair in self.engine.pairs:
            raise SymbolError(f"the pair {pair} is there already")
        for symbol in pair.symbols:
            self.listing.require(symbol)
        async with self._commands:
            await self.writer.flush()
            # It may have been followed before: what was said then is not said again.
            new = [symbol for symbol in pair.symbols if symbol not in self.engine.tapes]
            await self._watch(new, [pair], resumed=True)

    async def remove_pair(self, pair: Pair) -> None:
        """Stop tracking a pair; the tapes of its legs go on."""
        if pair not in self.engine.pairs:
            raise SymbolError(f"the pair {pair} is not tracked")
        self.sink([DropPair(pair)])
        self.writer.command("DELETE FROM watched WHERE kind = 'pair' AND name = ?", str(pair))

    # --- helpers ----------------------------------------------------------------------------------------------------

    async def _watch(self, symbols: list[str], pairs: list[Pair], *, resumed: bool = False) -> None:
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
        running = bool(self.feed.symbols)
        if not running:
            self._begin_pairs(pairs, watch)
        await self.past.fetch(symbols)
        if running:
            self._begin_pairs(pairs, watch)
        self.feed.add_symbols(symbols)

    def _begin_pairs(self, pairs: list[Pair], watch: list[Input]) -> None:
        self.sink(watch)
        for pair in pairs:
            self.writer.command("INSERT OR IGNORE INTO watched VALUES ('pair', ?)", str(pair))

    async def _earlier_pair(self, pair: Pair) -> list[Input]:
        """What an earlier run left of a pair. Where that cannot be read the pair begins without it."""
        try:
            return await earlier_pair(self.reader, self.rules, pair, self.config)
        except (StoreError, ValueError) as error:
            self.problems[str(pair)] = (
                f"what the store has of {pair} cannot be read ({error}): it begins anew, without its position; see spreadscope doctor"
            )
            return []

    async def _take_up(self, symbol: str) -> None:
        """The tape of an earlier run, and whether the symbol trades."""
        await self.writer.flush()
        earlier = await earlier_tape(self.reader, symbol) if symbol not in self.engine.tapes else None
        if earlier is not None:
            self.sink([earlier])
            if symbol not in self.engine.tapes:  # a new tape would know nothing of what is stored, nor of what it lacks
                raise StoreError(f"the stored tape of {symbol} could not be taken up: see the alarms")
        self.sink([WatchSymbol(symbol), TradingStatus(symbol, self._trades_now(symbol))])
        self.writer.command("INSERT OR IGNORE INTO watched VALUES ('symbol', ?)", symbol)

    async def _apply_alerts(self, channels: Channels, rules: tuple[SetRule, ...]) -> None:
        """Put a file in force. The channels come first: a rule may fire as soon as it is set."""
        wanted = check_rules(rules, self.config.analytics.space)
        self.delivery.apply(channels)
        await self.rules.replace_file(wanted)
        self.on_file_rules()

    def _wake_delivery(self, facts: list[Fact]) -> None:
        if any(isinstance(fact, Alert) and fact.notify for fact in facts):
            self.delivery.wake()

    def _asks_nothing(self) -> bool:
        """Whether holes are left open for now: what would fill them could not be taken, or not be asked for."""
        return self.intake.paused or self.client.budget.banned_s > 0

    def _trades_now(self, symbol: str) -> bool:
        instrument = self.listing.info.instruments.get(symbol)
        return instrument is not None and instrument.trading

    def _tapes(self) -> Iterable[str]:
        return tuple(self.engine.tapes)

    def _is_leg(self, symbol: str) -> bool:
        return any(symbol in pair.symbols for pair in self.engine.pairs)

    def _last_id(self, symbol: str) -> int | None:
        tape = self.engine.tapes.get(symbol)
        return tape.ledger.last if tape is not None else None
