"""Frames as they are received → a recording, with the REST answers that filled its holes."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from spreadscope.app.data_source import identify
from spreadscope.engine import Engine
from spreadscope.exchange.client import RestClient
from spreadscope.exchange.recording import RawFrame, RecordingWriter
from spreadscope.ingest.backfill import Backfill, fetch_tape_start
from spreadscope.ingest.feed import Feed
from spreadscope.model.clock import Clock, SystemClock
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import Event, WatchSymbol
from spreadscope.model.instrument import unknown_symbol
from spreadscope.tasks import Policy, Tasks


class Recorder:
    """An async context manager: inside it the symbols of the configuration are recorded to ``path``."""

    def __init__(self, config: Config, path: Path, clock: Clock | None = None) -> None:
        self._config = config
        self._path = path
        self._clock = clock or SystemClock()
        self._writer: RecordingWriter | None = None
        self._engine = Engine(config)
        self._tasks = Tasks()
        self._client = RestClient(config.exchange.rest_url, self._clock, tap=self._on_answer)
        self._feed = Feed(
            config.exchange,
            self._clock,
            sink=self._sink,
            reject=lambda *_: None,
            tasks=self._tasks,
            tap=self._on_frame,
        )
        self._backfill = Backfill(
            self._client,
            self._clock,
            symbols=lambda: tuple(self._engine.tapes),
            holes=self._engine.open_holes,
            sink=self._sink,
        )
        self._stack = AsyncExitStack()

    @property
    def frames(self) -> int:
        return self._writer.frames if self._writer is not None else 0

    @property
    def missing(self) -> int:
        """Trades known to be missing from the recording so far."""
        return sum(len(hole) for symbol in self._engine.tapes for hole in self._engine.open_holes(symbol))

    async def __aenter__(self) -> Self:
        symbols = self._config.all_symbols()
        if not symbols:
            raise ConfigError("name what to record, for example --symbols BTCUSDT,ETHUSDT")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._client)
            info = await self._client.exchange_info()
            for symbol in symbols:
                if symbol not in info.instruments:
                    raise unknown_symbol(symbol, info.instruments)
            source = identify(info, self._config.exchange.rest_url)
            self._writer = stack.enter_context(
                RecordingWriter(
                    self._path, started_ns=self._clock.now_ns(), source=f"{source.mode}: {source.description}"
                )
            )
            await stack.enter_async_context(self._tasks)
            now = await self._client.time()
            for symbol in symbols:
                self._sink([WatchSymbol(symbol)])
                self._sink(list(await fetch_tape_start(self._client, symbol, 0, now, 0)))
            self._feed.add_symbols(symbols)
            self._tasks.start("backfill", Policy.RESTART, self._backfill.run)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._feed.close()
        await self._stack.aclose()

    def _sink(self, events: list[Event]) -> None:
        for event in events:
            self._engine.on(event)

    def _on_frame(self, connection: str, payload: bytes) -> None:
        if self._writer is not None:
            self._writer.append(RawFrame(self._clock.now_ns(), payload, connection=connection))

    def _on_answer(self, request: str, body: bytes) -> None:
        # exchangeInfo and the time are no market data; a replay has no use for them.
        if self._writer is not None and "/aggTrades" in request:
            self._writer.append(RawFrame(self._clock.now_ns(), body, rest=request))
