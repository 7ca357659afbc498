"""The live engine: feed → core → store, with everything that starts, watches and stops it.

All of it runs on one event loop; the store's writer and the readers of the API have threads of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import structlog

from spreadscope.engine import Engine
from spreadscope.exchange.binance.rest import ExchangeInfo
from spreadscope.exchange.client import RestClient
from spreadscope.ingest.backfill import Backfill, fetch_history, fetch_tape_start
from spreadscope.ingest.feed import Feed
from spreadscope.model.clock import Clock, SystemClock
from spreadscope.model.config import Config
from spreadscope.model.errors import DecodeError, ExchangeError, SymbolError
from spreadscope.model.events import (
    DropPair,
    DropSymbol,
    Event,
    SetRule,
    Settle,
    TradingStatus,
    WatchPair,
    WatchSymbol,
)
from spreadscope.model.facts import Alert, Bar, Fact, GapState, TradesAccepted
from spreadscope.model.instrument import Pair, parse_pair, unknown_symbol
from spreadscope.model.resume import Input, ResumePair, ResumeTape
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.notify.dispatcher import Dispatcher
from spreadscope.notify.lane import Surroundings
from spreadscope.notify.secret import Masker
from spreadscope.runtime.alert_file import AlertFile, Channels
from spreadscope.runtime.archiver import Archiver
from spreadscope.runtime.file_rules import check_rules
from spreadscope.runtime.health import Watchdog
from spreadscope.runtime.intake import Intake
from spreadscope.runtime.rules import RuleDesk
from spreadscope.runtime.session import hear, session_of, touched_ledgers
from spreadscope.runtime.source import Source, identify
from spreadscope.store.deliveries import DeliveryReader
from spreadscope.store.directory import BANNED_UNTIL, DataDirectory, banned_until, bind_source, remember_ban
from spreadscope.store.outbox import Outbox
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter

log = structlog.get_logger()

Observer = Callable[[list[Fact]], None]

_CATCH_UP_SECONDS = 20.0
_HISTORY_TRADES = 60_000  # of all symbols together: 60 requests, half a minute's budget of weight
_RESTORED_BARS = 1_000


class LiveEngine:
    """An async context manager: inside it the engine runs. Raises ``SpreadscopeError`` where it cannot start."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        self.config = config
        self.clock = clock or SystemClock()
        self.engine = Engine(config)
        self.client = RestClient(config.exchange.rest_url, self.clock)
        self.directory = DataDirectory(config.data)
        outbox = Outbox(self.clock, config.alerts.drop_hours)
        self.writer = StoreWriter(self.directory.database, config.store, outbox)
        self.reader = StoreReader(self.directory.database)
        self.intake = Intake(self.writer, feed=lambda: self.feed, sink=self.sink)
        self.feed = Feed(config.exchange, self.clock, sink=self.intake.take, reject=self._quarantine)
        self.backfill = Backfill(
            self.client,
            self.clock,
            symbols=self._tapes,
            holes=self.engine.open_holes,
            sink=self.sink,
            important=self._is_leg,
            busy=lambda: self.intake.paused,
        )
        self.watchdog = Watchdog(
            self.feed,
            self.client,
            self.clock,
            config.exchange,
            last_id=self._last_id,
            halted=lambda symbol: symbol in self.engine.halted,
            sink=self.sink,
        )
        self.rules = RuleDesk(self.engine, self.writer, self.reader, self.sink)
        around = Surroundings(
            self.writer,
            DeliveryReader(self.directory.database),
            self.clock,
            config.alerts,
            Masker(),
            demo=lambda: self.source is not None and self.source.mode == "demo",
        )
        self.delivery = Dispatcher(around, outbox)
        self.alert_file = AlertFile(config.alerts_file(), config.alerts, around.masker, apply=self._apply_alerts)
        self.archiver = Archiver(
            self.directory.database,
            self.writer,
            self.clock,
            config.archive,
            config.retention,
            market_time=lambda: self.engine.market_time or 0,
        )
        self.info = ExchangeInfo({}, None)
        self.source: Source | None = None
        self.started_ns = self.clock.now_ns()
        self.starting = "connecting to the exchange"
        self.problems: dict[str, str] = {}
        self.trades = 0
        self._observers: list[Observer] = [self._wake_delivery]
        self.on_file_rules: Callable[[], None] = lambda: None  # the pages are told by whoever serves them
        self._tasks: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()
        self._commands = asyncio.Lock()

    # --- life -------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.enter_context(self.directory)
            await stack.enter_async_context(self.client)
            self.client.budget.restore(banned_until(self.directory.database))
            self.client.budget.on_ban(lambda until_ns: remember_ban(self.directory.database, until_ns))
            try:
                self.info = await self.client.exchange_info()
            except DecodeError as error:
                raise ExchangeError(f"{self.client.base_url} is not the exchange: {error}") from None
            self.source = identify(self.info, self.config.exchange.rest_url)
            for symbol in self.config.all_symbols():
                self._require(symbol)
            bind_source(self.directory.database, self.source.mode, self.source.description)
            self.writer.start(session_of(self.config, self.started_ns))
            stack.callback(self.writer.stop)
            self.delivery.start()
            stack.push_async_callback(self.delivery.stop)
            stack.callback(self.archiver.stop)
            self.client.budget.on_ban(self._remember_ban)
            self._stack = stack.pop_all()
        self._tasks = [
            asyncio.create_task(self._start_up(), name="start-up"),
            asyncio.create_task(self.watchdog.run(), name="watchdog"),
            asyncio.create_task(self.intake.run(), name="back-pressure"),
            asyncio.create_task(self.archiver.run(), name="archiver"),
        ]
        for task in self._tasks:
            task.add_done_callback(self._task_ended)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.feed.close()
        self.intake.drain()
        self.sink([Settle()])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    async def _start_up(self) -> None:
        """Take up what was watched before, fetch the history, go live."""
        try:
            stored_symbols, stored_pairs = self.reader.watched("symbol"), self.reader.watched("pair")
            pairs = list(dict.fromkeys([*self.config.parsed_pairs(), *map(parse_pair, stored_pairs)]))
            legs = [symbol for pair in pairs for symbol in pair.symbols]
            wanted = dict.fromkeys([*self.config.symbols, *stored_symbols, *legs])
            symbols = [symbol for symbol in wanted if symbol in self.info.instruments]
            for gone in set(wanted) - set(symbols):
                self.problems[gone] = f"{gone} was watched before, but the exchange no longer lists it"
            rules, unread = await asyncio.to_thread(self.rules.remembered)
            self.problems.update({f"rule {place}": text for place, text in enumerate(unread)})
            self.sink(rules)
            await self.alert_file.look()
            known = [pair for pair in pairs if set(pair.symbols) <= set(symbols)]
            async with self._commands:
                await self._watch(symbols, known, resumed=True)
        except Exception:
            # A task of the composition root must not die unseen: the page shows what went wrong.
            log.exception("start-up failed")
            self.problems["start-up"] = "the engine could not start completely: see its log"
            raise
        finally:
            self.starting = ""
            for name, going in (("backfill", self.backfill.run()), ("alerts file", self.alert_file.run())):
                self._tasks.append(asyncio.create_task(going, name=name))
                self._tasks[-1].add_done_callback(self._task_ended)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        """A task of ours that died by an error is told of: an engine that no longer repairs must not look well."""
        if not task.cancelled() and (error := task.exception()) is not None:
            name = task.get_name()
            log.error("task died", task=name, error=repr(error))
            self.problems.setdefault(name, f"the {name} ended by an error ({error!r}): restart the engine")

    # --- the line ---------------------------------------------------------------------------------------------------

    def sink(self, events: Sequence[Input]) -> None:
        """Events in order → the core → the store and whoever listens. Always on the loop's thread."""
        if not events:
            return
        facts, heard = hear(self.engine, events)
        self.trades += sum(len(fact.trades) for fact in facts if isinstance(fact, TradesAccepted))
        self.writer.submit(facts, touched_ledgers(self.engine, facts), heard)
        self.intake.weigh()
        for observer in self._observers:
            observer(facts)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call ``observer`` with the facts of every event; → a function that ends it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def _remember_ban(self, until_ns: int) -> None:
        """A ban outlasts the process: asking again after a restart would only prolong it."""
        self.writer.command("INSERT OR REPLACE INTO meta VALUES (?, ?)", BANNED_UNTIL, str(until_ns))

    def _quarantine(self, connection: str, error: str, raw: bytes) -> None:
        log.warning("frame quarantined", connection=connection, error=error)
        self.writer.command("INSERT INTO quarantine VALUES (?, ?, ?, ?)", self.clock.now_ns(), connection, error, raw)

    # --- commands ---------------------------------------------------------------------------------------------------

    async def add_symbols(self, symbols: Iterable[str]) -> list[str]:
        """Keep the tape of more symbols; → those that are new."""
        new = [symbol for symbol in symbols if symbol not in self.engine.tapes]
        for symbol in new:
            self._require(symbol)
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
            self._require(symbol)
        async with self._commands:
            await self._watch([symbol for symbol in pair.symbols if symbol not in self.engine.tapes], [pair])

    async def remove_pair(self, pair: Pair) -> None:
        """Stop tracking a pair; the tapes of its legs go on."""
        if pair not in self.engine.pairs:
            raise SymbolError(f"the pair {pair} is not tracked")
        self.sink([DropPair(pair)])
        self.writer.command("DELETE FROM watched WHERE kind = 'pair' AND name = ?", str(pair))

    # --- helpers ----------------------------------------------------------------------------------------------------

    async def _watch(self, symbols: list[str], pairs: list[Pair], *, resumed: bool = False) -> None:
        """Take up symbols and pairs: what the store has, what the exchange has, then live."""
        for symbol in symbols:
            await self._take_up(symbol)
        watch: list[Event] = [WatchPair(pair) for pair in pairs]
        # Before the market's clock runs, a pair can be there from the start. Once it runs, a pair is begun with its
        # history complete, for its first row is made from all bars in memory.
        running = bool(self.feed.symbols)
        if not running:
            self.sink(watch)
        if resumed:
            for pair in pairs:
                await self._resume(pair)
        await self._fetch(symbols)
        if running:
            self.sink(watch)
        for pair in pairs:
            self.writer.command("INSERT OR IGNORE INTO watched VALUES ('pair', ?)", str(pair))
        self.feed.add_symbols(symbols)

    async def _resume(self, pair: Pair) -> None:
        """Go on with what the store says of a pair that an earlier run watched."""
        for timeframe in TIMEFRAMES:
            rows = await asyncio.to_thread(self.reader.rows, pair, timeframe, limit=1)
            signals = await asyncio.to_thread(self.reader.signals, pair, timeframe, limit=1)
            if rows:
                self.sink([ResumePair(pair, timeframe, rows[-1].time, signals[0] if signals else None)])
            if signals:
                self.sink(await asyncio.to_thread(self.rules.position, signals[0]))

    async def _take_up(self, symbol: str) -> None:
        """The tape and the bars of an earlier run, and the trades of bars it had not closed."""
        await self.writer.flush()
        ranges, lost = await asyncio.to_thread(self.reader.ledger, symbol)
        if ranges and symbol not in self.engine.tapes:
            gaps = await asyncio.to_thread(self.reader.gaps, symbol)
            bars: list[Bar] = []
            for timeframe in TIMEFRAMES:
                bars += await asyncio.to_thread(self.reader.bars, symbol, timeframe, limit=_RESTORED_BARS)
            since = Timeframe.M5.open_time(ranges[-1].last_time) - Timeframe.M5.milliseconds
            trades = await asyncio.to_thread(self.reader.trades, symbol, since)
            opened = tuple(gap for gap in gaps if gap.state is GapState.OPEN)
            held = tuple((r.first, r.last, r.first_time, r.last_time) for r in ranges)
            self.sink([ResumeTape(symbol, held, lost, opened, tuple(bars), trades)])
        status = self.info.instruments[symbol]
        self.sink([WatchSymbol(symbol), TradingStatus(symbol, status.trading)])
        self.writer.command("INSERT OR IGNORE INTO watched VALUES ('symbol', ?)", symbol)

    async def _fetch(self, symbols: list[str]) -> None:
        """Candles and trades from before now. A failure here costs history, never the live tape."""
        try:
            now = await self.client.time()
            for symbol in symbols:
                self.starting = f"fetching the history of {symbol}"
                self.sink(await fetch_history(self.client, symbol, self.config.history.bars, now))
                most = _HISTORY_TRADES // len(symbols)
                minutes = self.config.history.trade_minutes
                batches = await fetch_tape_start(self.client, symbol, minutes, now, most)
                held = self._last_id(symbol)
                # A tape of an earlier run goes on from where it ended: only the newest trade is entered.
                self.sink(list(batches if held is None else batches[-1:]))
            self.starting = "fetching recent trades"
            await self.backfill.complete(_CATCH_UP_SECONDS)
        except (ExchangeError, DecodeError) as error:
            self.problems["history"] = f"history could not be fetched: {error}"
            log.warning("history not fetched", error=str(error))
        finally:
            self.starting = ""

    async def _apply_alerts(self, channels: Channels, rules: tuple[SetRule, ...]) -> None:
        """Put a file in force. The channels come first: a rule may fire as soon as it is set."""
        wanted = check_rules(rules)
        self.delivery.apply(channels)
        await self.rules.replace_file(wanted)
        self.on_file_rules()

    def _wake_delivery(self, facts: list[Fact]) -> None:
        if any(isinstance(fact, Alert) and fact.notify for fact in facts):
            self.delivery.wake()

    def _require(self, symbol: str) -> None:
        if symbol not in self.info.instruments:
            raise unknown_symbol(symbol, self.info.instruments)

    def _tapes(self) -> Iterable[str]:
        return tuple(self.engine.tapes)

    def _is_leg(self, symbol: str) -> bool:
        return any(symbol in pair.symbols for pair in self.engine.pairs)

    def _last_id(self, symbol: str) -> int | None:
        tape = self.engine.tapes.get(symbol)
        return tape.ledger.last if tape is not None else None
