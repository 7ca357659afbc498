"""One venue's line into the core: what it lists, history, live feed, repair of holes, and who watches all that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from spreadscope import contract
from spreadscope.app.changes import Changes
from spreadscope.app.component import Component, error, warning
from spreadscope.app.core_service import CoreService
from spreadscope.app.data_source import DataSource, identify
from spreadscope.app.instrument_catalog import InstrumentCatalog
from spreadscope.app.store_service import StoreService
from spreadscope.contract import Runbook
from spreadscope.exchange.port import Venue
from spreadscope.exchange.venues import Addresses
from spreadscope.ingest.backfill import Backfill
from spreadscope.ingest.connection import Connection
from spreadscope.ingest.feed import Feed, FeedLimits
from spreadscope.ingest.history_loader import HistoryLoader
from spreadscope.ingest.market_clock import MarketClock
from spreadscope.ingest.watchdog import Watchdog, WatchdogLimits
from spreadscope.model.clock import Clock
from spreadscope.model.config import Config
from spreadscope.model.errors import ExchangeError
from spreadscope.model.events import Event, TradingStatus
from spreadscope.model.instrument import qualified, venue_of
from spreadscope.model.states import ConnectionState, Mode, SymbolState
from spreadscope.model.trading_events import SetInstrument
from spreadscope.store.directory import banned_until, remember_ban, save_ban
from spreadscope.tasks import Policy, Running, Tasks
from spreadscope.trading.order_rules import OrderRules

log = structlog.get_logger()

# States in which what is known of a symbol is so: a market that rests is no fault.
_KNOWN_WELL = {SymbolState.OK, SymbolState.QUIET, SymbolState.HALTED}
_DAY_MS = 86_400_000  # a market further away than that is a recording, and its lag means nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDataLimits:
    """What a venue's line is bounded by.

    A start waits for ``first_answer_seconds`` at most; an exchange that could not be asked is asked again after
    ``ask_again_seconds``, and twice that each time, up to ``longest_pause_seconds``; every ``check_seconds`` it is
    looked whether there is something to ask. What the venue lists is read anew after ``list_again_seconds``, for the
    steps of its orders change. A connection is late that is not there after ``connect_seconds``.
    """

    feed: FeedLimits = field(default_factory=FeedLimits)
    watchdog: WatchdogLimits = field(default_factory=WatchdogLimits)
    first_answer_seconds: float = 5.0
    check_seconds: float = 0.25
    ask_again_seconds: float = 1.0
    longest_pause_seconds: float = 10.0
    list_again_seconds: float = 3_600.0
    connect_seconds: float = 5.0


class MarketData(Component):
    """Asks the venue what it lists when it is opened; ``run`` asks again for what could not be asked for.

    ``on_listed`` is awaited whenever the venue has answered what it lists; ``source`` is what answers there (None: not
    known yet).
    """

    def __init__(
        self,
        venue: Venue,
        addresses: Addresses,
        config: Config,
        clock: Clock,
        core: CoreService,
        store: StoreService,
        market_clock: MarketClock,
        changes: Changes,
        tasks: Tasks,
        *,
        on_listed: Callable[[MarketData], Awaitable[None]],
        limits: MarketDataLimits | None = None,
    ) -> None:
        self._limits = limits = limits or MarketDataLimits()
        self.name = f"market data of {venue.title}"
        self.venue = venue
        self.client = venue.client(addresses.rest_url, clock)
        self.catalog = InstrumentCatalog(
            venue.name,
            self.client,
            store.directory.database,
            store.writer,
            clock,
            first_answer_seconds=limits.first_answer_seconds,
        )
        self.feed = Feed(
            venue,
            addresses.ws_url,
            config.exchange,
            clock,
            sink=self._take,
            reject=store.quarantine.keep,
            tasks=tasks,
            exchange_now=self._exchange_now,
            failed=self._reading_failed,
            limits=limits.feed,
        )
        self.backfill = Backfill(
            self.client,
            venue.capabilities,
            clock,
            symbols=self.symbols,
            holes=core.engine.open_holes,
            sink=core.apply,
            important=lambda symbol: bool(core.users(symbol)),
            busy=self._asks_nothing,
            reject=store.quarantine.keep,
        )
        self.watchdog = Watchdog(
            venue,
            self.feed,
            self.client,
            clock,
            config.exchange,
            last_id=core.last_id,
            halted=core.is_halted,
            sink=core.apply,
            tasks=tasks,
            limits=limits.watchdog,
        )
        self.history = HistoryLoader(
            self.client, venue.capabilities, config.history, self.backfill, last_id=core.last_id, sink=core.apply
        )
        self.source: DataSource | None = None
        self.addresses = addresses
        self._clock = clock
        self._core = core
        self._store = store
        self._market_clock = market_clock
        self._changes = changes
        self._tasks = tasks
        self._on_listed = on_listed
        self._running: list[Running[None]] = []
        core.gate.attach(self.feed)

    # --- life ---------------------------------------------------------------------------------------------------------

    async def open(self, stack: AsyncExitStack) -> None:
        """Ask what the venue lists; where it cannot be asked now, take what is stored. Raises ``ExchangeError``."""
        database = self._store.directory.database
        await stack.enter_async_context(self.client)
        self.client.budget.restore(banned_until(database, self.venue.name))
        self.client.budget.on_ban(lambda until_ns: remember_ban(database, until_ns, self.venue.name))
        await self.catalog.begin()
        if self.catalog.known:
            self.source = self._identify()

    def start(self) -> None:
        """Begin to watch and to ask again; the store's writer has to run."""
        self.client.budget.on_ban(self._remember_ban)
        if self.catalog.fresh:
            self.catalog.keep()
        self._running += [
            self._tasks.start(self._called("watchdog"), Policy.RESTART, self.watchdog.run),
            self._tasks.start(self._called("making up after a ban"), Policy.RESTART, self._outlast_bans),
        ]

    def start_backfill(self) -> None:
        """Begin to repair holes, once the first histories are there."""
        self._running.append(self._tasks.start(self._called("backfill"), Policy.RESTART, self.backfill.run))

    def running(self) -> list[Running[None]]:
        return list(self._running)

    def _called(self, what: str) -> str:
        return qualified(self.venue.name, what)

    async def _outlast_bans(self) -> None:
        """Ask for what could not be asked for as long as this address was banned, or the venue out of reach."""
        pause = self._limits.ask_again_seconds
        while True:
            await asyncio.sleep(self._limits.check_seconds)
            if self.client.budget.blocked_s or not self._changes.begun:
                continue
            if self._list_is_old() and not await self._list_again():
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._limits.longest_pause_seconds)
                continue
            pause = self._limits.ask_again_seconds
            if self.history.pending:
                async with self._changes.lock:
                    await self.history.load_pending()
                if self.history.pending:
                    await asyncio.sleep(self._limits.longest_pause_seconds)

    def _list_is_old(self) -> bool:
        age = self._clock.now_ns() / 1e9 - self.catalog.time / 1e3
        return not self.catalog.fresh or age > self._limits.list_again_seconds

    async def _list_again(self) -> bool:
        """Ask what the venue lists. Returns whether it could be asked."""
        before = self.catalog.problem
        try:
            await self.catalog.ask()
        except ExchangeError as problem:
            if str(problem) != before:
                log.warning("the exchange cannot be asked what it lists", venue=self.venue.name, error=str(problem))
            return False
        self.source = self._identify()
        await self._on_listed(self)
        return True

    def _identify(self) -> DataSource:
        return identify(self.venue, self.catalog.info, self.addresses.rest_url)

    def keep_list(self) -> None:
        """Store what the venue lists, and take from it which of the watched symbols trade now, and by which rules."""
        self.catalog.keep()
        symbols = self.symbols()
        trading = [TradingStatus(symbol, self.trades_now(symbol)) for symbol in symbols]
        self._core.apply([*trading, *self.order_rules(symbols)])

    def order_rules(self, symbols: Iterable[str]) -> list[SetInstrument]:
        """Returns the events that tell the core the order rules of symbols, where it knows others or none."""
        known = self._core.engine.broker.market.rules
        listed = [self.catalog.info.instruments.get(symbol) for symbol in symbols]
        return [
            SetInstrument(instrument)
            for instrument in listed
            if instrument is not None and OrderRules.of(instrument) != known.get(instrument.symbol)
        ]

    def _remember_ban(self, until_ns: int) -> None:
        """A ban outlasts the process: asking again after a restart would only prolong it."""
        self._store.writer.command(save_ban(until_ns, self.venue.name))

    # --- the line -----------------------------------------------------------------------------------------------------

    def _take(self, events: Sequence[Event]) -> None:
        self._core.gate.take(self._market_clock.joined(self.venue.name, events))

    def _exchange_now(self) -> int | None:
        return self.watchdog.exchange_clock.now_ms

    def _reading_failed(self, name: str, problem: Exception) -> None:
        lost = f"frames of {name} were not read: their trades are fetched again"
        self._core.faults.failed("feed", name, problem, lost)

    def _asks_nothing(self) -> bool:
        """Whether holes are left open for now: what would fill them could not be taken, or not be asked for."""
        return self._core.gate.paused or self.client.budget.banned_s > 0

    def symbols(self) -> tuple[str, ...]:
        """Returns the venue's symbols whose tapes are kept."""
        return tuple(symbol for symbol in self._core.symbols if venue_of(symbol) == self.venue.name)

    def trades_now(self, symbol: str) -> bool:
        """Returns whether the venue lists a symbol as trading."""
        instrument = self.catalog.info.instruments.get(symbol)
        return instrument is not None and instrument.trading

    def add(self, symbols: Sequence[str]) -> None:
        """Subscribe to symbols."""
        self.feed.add_symbols(symbols)

    def remove(self, symbol: str) -> None:
        """Unsubscribe from a symbol."""
        self.feed.remove_symbols([symbol])
        self.watchdog.symbols.pop(symbol, None)
        if not self.feed.symbols:
            self._market_clock.forget(self.venue.name)

    # --- status -------------------------------------------------------------------------------------------------------

    @property
    def starting(self) -> str:
        """What is waited for or fetched, for the screen; empty where nothing is."""
        return self.history.doing or self.catalog.waiting

    def status(self) -> contract.VenueStatus:
        """Returns what the status says of this venue."""
        clock, budget = self.watchdog.exchange_clock, self.client.budget
        offset, round_trip = clock.offset_ms, clock.round_trip_ms
        return contract.VenueStatus(
            name=self.venue.name,
            title=self.venue.title,
            exchange_clock=contract.ExchangeClock(
                offset_ms=None if offset is None else round(offset, 1),
                round_trip_ms=None if round_trip is None else round(round_trip, 1),
                real_time=clock.real_time,
                steps=clock.steps,
            ),
            rest=contract.RestStatus(
                weight_used=budget.used,
                weight_limit=budget.limit,
                blocked_seconds=round(budget.blocked_s, 1),
                banned_seconds=round(budget.banned_s, 1),
                refusals=budget.refusals,
                trades_missing=self.backfill.missing,
                trades_fetched=self.backfill.filled,
            ),
        )

    def connections(self) -> Iterable[contract.ConnectionStatus]:
        return map(self._connection, self.feed.connections)

    def _connection(self, connection: Connection) -> contract.ConnectionStatus:
        now = self._clock.monotonic_ns()
        age = (now - connection.last_frame_ns) // 1_000_000 if connection.last_frame_ns else None
        return contract.ConnectionStatus(
            name=connection.name,
            state=connection.state,
            since=connection.since_ns // 1_000_000,
            streams=len(connection.streams),
            reconnects=connection.reconnects,
            renewals=connection.renewals,
            last_frame_age_ms=age,
            silent_ms=round(self.watchdog.silent_s(connection) * 1e3),
            paused=connection.paused,
            detail=connection.detail,
        )

    def symbol(self, symbol: str) -> contract.SymbolStatus:
        """Returns what the status says of one symbol."""
        tape = self._core.engine.tapes[symbol]
        seen = self.feed.symbols.get(symbol)
        health = self.watchdog.symbols.get(symbol)
        age = (self._clock.monotonic_ns() - seen.last_seen_ns) // 1_000_000 if seen and seen.last_seen_ns else None
        holes = tape.ledger.holes()
        return contract.SymbolStatus(
            symbol=symbol,
            venue=self.venue.name,
            connection=carrier.name if (carrier := self.feed.connection_of(symbol)) else None,
            state=health.state if health else SymbolState.WAITING,
            last_price=tape.last_price,
            last_time=tape.last_time,
            age_ms=age,
            lag_ms=seen.lag_ms if seen and abs(seen.lag_ms or 0) < _DAY_MS else None,
            trades=tape.accepted,
            first_id=tape.ledger.first,
            last_id=tape.ledger.last,
            open_gaps=len(holes),
            missing=sum(len(hole) for hole in holes),
            detail=self.backfill.problems.get(symbol) or (health.detail if health else ""),
        )

    def alarms(self) -> Iterable[contract.Alarm]:
        yield from self._rest_alarms()
        yield from self._connection_alarms()
        for symbol, health in self.watchdog.symbols.items():
            if health.state in {SymbolState.STALLED, SymbolState.NEVER_DELIVERED, SymbolState.LAGGING}:
                late = health.state is SymbolState.LAGGING
                page = Runbook.SYMBOL_LATE if late else Runbook.SYMBOL_SILENT
                yield error(f"{symbol}: {health.state}: {health.detail}", page)
        for symbol, text in self.backfill.problems.items():
            yield warning(f"{symbol}: gap not filled yet: {text}", Runbook.HOLES_OPEN)
        for text in self.feed.refusals[-3:]:
            yield warning(f"the exchange refused a request: {text}", Runbook.CONNECTION_DOWN)
        if self.feed.rejected:
            yield warning(f"{self.feed.rejected} malformed frames in quarantine", Runbook.FRAMES_REJECTED)

    def unready(self) -> Iterable[str]:
        """Why what is known of this venue may not be so now. A market known to be quiet is no reason."""
        if not self.catalog.known:
            yield f"{self.venue.title} has not said what it lists"
        for connection in self.feed.connections:
            if connection.state is not ConnectionState.CONNECTED:
                yield f"connection {connection.name}: {connection.detail or connection.state}"
        for symbol in self.feed.symbols:
            health = self.watchdog.symbols.get(symbol)
            if health is None or health.state not in _KNOWN_WELL:
                state = health.state if health is not None else SymbolState.WAITING
                yield f"{symbol}: {state}{f': {health.detail}' if health is not None and health.detail else ''}"

    def _rest_alarms(self) -> Iterable[contract.Alarm]:
        budget = self.client.budget
        if banned := budget.banned_s:
            until = datetime.fromtimestamp(budget.banned_until_ns / 1e9, UTC)
            yield error(
                f"the exchange has banned this address from REST until {until:%Y-%m-%d %H:%M:%S} UTC, for another"
                f" {banned:.0f} s: live trades go on, gaps stay open",
                Runbook.EXCHANGE_BAN,
            )
        for text in filter(None, (self.catalog.alarm, self.history.problem)):
            yield warning(text, Runbook.NOT_READY)

    def _connection_alarms(self) -> Iterable[contract.Alarm]:
        now = self._clock.now_ns()
        silent = self.watchdog.silent()
        if silent:
            yield error(self._silence(silent), Runbook.EXCHANGE_SILENT)
        for connection in self.feed.connections:
            late = now - connection.since_ns > self._limits.connect_seconds * 1e9
            if connection.state is not ConnectionState.CONNECTED and connection not in silent and late:
                yield error(
                    f"connection {connection.name}: {connection.detail or connection.state}", Runbook.CONNECTION_DOWN
                )

    def _silence(self, silent: list[Connection]) -> str:
        """What does not come, why as far as that is known, and what to do."""
        seconds = max(map(self.watchdog.silent_s, silent))
        whole = len(silent) == len(self.feed.connections)
        of = "" if whole else f" on {', '.join(connection.name for connection in silent)}"
        why = next((connection.detail for connection in silent if connection.detail), "")
        look = (
            "see whether the local exchange still runs"
            if self.source is not None and self.source.mode is Mode.DEMO
            else "check this machine's network and the exchange's news"
        )
        return (
            f"nothing has come from the exchange{of} for {seconds:.0f} s{f' ({why})' if why else ''}:"
            " prices and figures are"
            f" old, do not act on them; {look}; the engine connects again by itself"
        )
