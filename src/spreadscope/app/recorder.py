"""Writes frames as they are received to a recording, with the REST answers that filled its holes."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from spreadscope.app.data_source import identify
from spreadscope.engine import Engine
from spreadscope.exchange.port import Venue
from spreadscope.exchange.recording import RawFrame, RecordingWriter
from spreadscope.exchange.venues import addresses, require_known, venue_for
from spreadscope.ingest.backfill import Backfill, fetch_tape_start
from spreadscope.ingest.feed import Feed
from spreadscope.ingest.market_clock import MarketClock
from spreadscope.model.clock import Clock, SystemClock
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import Event, WatchSymbol
from spreadscope.model.instrument import unknown_symbol, venue_of
from spreadscope.tasks import Policy, Tasks


class Recorder:
    """An async context manager: inside it the symbols of the configuration are recorded to ``path``."""

    def __init__(self, config: Config, path: Path, clock: Clock | None = None) -> None:
        require_known(config)
        if not config.all_symbols():
            raise ConfigError("name what to record, for example --symbols BTCUSDT,ETHUSDT")
        self._config = config
        self._path = path
        self._clock = clock or SystemClock()
        self._writer: RecordingWriter | None = None
        self._engine = Engine(config)
        self._tasks = Tasks()
        self._market_clock = MarketClock(self._clock)
        venues = dict.fromkeys(map(venue_for, config.all_symbols()))
        self._lines = [_Line(self, venue) for venue in venues]
        self._stack = AsyncExitStack()

    @property
    def frames(self) -> int:
        return self._writer.frames if self._writer is not None else 0

    @property
    def missing(self) -> int:
        """Trades known to be missing from the recording so far."""
        return sum(len(hole) for symbol in self._engine.tapes for hole in self._engine.open_holes(symbol))

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            sources = [await line.open(stack) for line in self._lines]
            self._writer = stack.enter_context(
                RecordingWriter(self._path, started_ns=self._clock.now_ns(), source="; ".join(sources))
            )
            await stack.enter_async_context(self._tasks)
            for line in self._lines:
                await line.begin()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for line in self._lines:
            await line.feed.close()
        await self._stack.aclose()

    def apply(self, venue: Venue, events: list[Event]) -> None:
        for event in self._market_clock.joined(venue.name, events):
            self._engine.on(event)

    def on_frame(self, connection: str, payload: bytes) -> None:
        if self._writer is not None:
            self._writer.append(RawFrame(self._clock.now_ns(), payload, connection=connection))

    def on_answer(self, venue: Venue, request: str, body: bytes) -> None:
        # What a venue lists and its time are no market data; a replay has no use for them.
        if self._writer is not None and venue.recorded_trades(request, body) is not None:
            self._writer.append(RawFrame(self._clock.now_ns(), body, rest=request))


class _Line:
    """One venue's frames and answers on their way to the recording."""

    def __init__(self, recorder: Recorder, venue: Venue) -> None:
        config, clock = recorder._config, recorder._clock  # noqa: SLF001 - its own half
        engine, tasks = recorder._engine, recorder._tasks  # noqa: SLF001 - its own half
        reached = addresses(venue, config)
        self._venue = venue
        self._rest_url = reached.rest_url
        self._symbols = [symbol for symbol in config.all_symbols() if venue_of(symbol) == venue.name]
        self._recorder = recorder
        self._tasks = tasks
        self._client = venue.client(
            reached.rest_url, clock, tap=lambda request, body: recorder.on_answer(venue, request, body)
        )
        self.feed = Feed(
            venue,
            reached.ws_url,
            config.exchange,
            clock,
            sink=self._apply,
            reject=lambda *_: None,
            tasks=tasks,
            tap=recorder.on_frame,
        )
        self._backfill = Backfill(
            self._client,
            venue.capabilities,
            clock,
            symbols=lambda: [symbol for symbol in engine.tapes if venue_of(symbol) == venue.name],
            holes=engine.open_holes,
            sink=self._apply,
        )

    async def open(self, stack: AsyncExitStack) -> str:
        """Ask what the venue lists.

        Returns what its data are. Raises ``SymbolError`` for a symbol that it does not list.
        """
        await stack.enter_async_context(self._client)
        listed = await self._client.instruments()
        for symbol in self._symbols:
            if symbol not in listed.instruments:
                raise unknown_symbol(symbol, listed.instruments)
        source = identify(self._venue, listed, self._rest_url)
        return f"{source.mode}: {source.description}"

    async def begin(self) -> None:
        """Subscribe, and repair what is missing."""
        now = await self._client.time()
        for symbol in self._symbols:
            self._apply([WatchSymbol(symbol)])
            self._apply(list(await fetch_tape_start(self._client, self._venue.capabilities, symbol, 0, now, 0)))
        self.feed.add_symbols(self._symbols)
        self._tasks.start(f"backfill of {self._venue.title}", Policy.RESTART, self._backfill.run)

    def _apply(self, events: list[Event]) -> None:
        self._recorder.apply(self._venue, events)
