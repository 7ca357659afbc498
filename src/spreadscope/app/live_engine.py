"""The live engine: its parts, started in order, watched, and stopped in reverse.

The way of a trade: ``MarketData`` (a venue's sockets) → ``CoreService`` (the pure core) → ``StoreService`` and whoever
observes. All of it runs on one event loop; the store's writer and the readers of the API have threads of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from itertools import chain
from types import TracebackType
from typing import Any, NoReturn, Self

from spreadscope import contract
from spreadscope.app.alert_service import AlertService
from spreadscope.app.archiver import Archiver
from spreadscope.app.changes import Changes
from spreadscope.app.component import Component
from spreadscope.app.core_service import CoreService
from spreadscope.app.engine_limits import EngineLimits
from spreadscope.app.funding_settlements import FundingSettlements
from spreadscope.app.job_service import JobService
from spreadscope.app.loop_watch import LoopWatch
from spreadscope.app.markets import Markets
from spreadscope.app.parameter_service import ParameterService
from spreadscope.app.playback_service import PlaybackService
from spreadscope.app.store_service import StoreService
from spreadscope.app.trading_service import TradingService
from spreadscope.app.watch_list import WatchList
from spreadscope.app.writer_watch import WriterWatch
from spreadscope.model.clock import Clock, SystemClock
from spreadscope.model.config import Config
from spreadscope.model.events import FlushChanges
from spreadscope.notify.secret import Masker
from spreadscope.tasks import Policy, Running, Tasks, end


class LiveEngine:
    """An async context manager: inside it the engine runs. Raises ``SpreadscopeError`` where it cannot start.

    ``core_kind`` and ``markets_kind`` are what a playback has others of."""

    core_kind: type[CoreService] = CoreService
    markets_kind: type[Markets] = Markets

    def __init__(self, config: Config, clock: Clock | None = None, limits: EngineLimits | None = None) -> None:
        limits = limits or EngineLimits()
        self.config = config
        self.clock = clock or SystemClock()
        self.tasks = Tasks(self.task_failed, limits.tasks)
        masker, self._changes = Masker(), Changes()
        self.store = StoreService(config, self.clock, limits.writer)
        self.core = self.core_kind(config, self.clock, self.store.writer, masker.mask, limits.gate)
        self.markets = self.markets_kind(
            config, self.clock, self.core, self.store, self._changes, self.tasks, limits.market_data
        )
        self.alerting = AlertService(config, self.clock, self.core, self.store, self.markets, masker, self.tasks)
        self.parameters = ParameterService(config, self.core, self.store)
        self.trading = TradingService(config, self.core, self.store, self.tasks)
        self.watch_list = WatchList(config, self.core, self.store, self.markets, self.alerting.rules, self._changes)
        self.archiver = Archiver(
            self.store.directory.database, self.store.writer, self.clock, config.archive, config.retention,
            market_time=lambda: self.core.market_time, limits=limits.archiver,
        )  # fmt: skip
        self.jobs = JobService(self.store.directory.database.parent / "jobs", self.clock, limits.jobs)
        self.playbacks = PlaybackService(config, self.clock)
        self.funding = FundingSettlements(self.core, self.markets.funding_client, self.clock, limits.funding)
        self.loop = LoopWatch(self.clock)
        self.markets.on_listed = self.watch_list.venue_listed
        self.components: tuple[Component, ...] = (
            self.store, self.core, self.markets, self.parameters, self.watch_list, self.alerting, self.trading,
            self.funding, self.archiver, self.jobs, self.playbacks, self.loop,
        )  # fmt: skip
        self.started_ns = self.clock.now_ns()
        self._writer_watch = WriterWatch(self.store.writer, self.core.gate.pause, limits.writer_watch)
        self._running: list[Running[Any]] = []
        self._stack = AsyncExitStack()

    @property
    def starting(self) -> str:
        """What of the start is going on; empty once it is over."""
        return self.markets.starting or self.watch_list.starting or self._changes.starting

    def playback(self) -> contract.Playback | None:
        """Where a playback stands; None where the market is live."""

    def queue(self) -> contract.Queue:
        """What was read and is not in the core yet, and what waits for the disk."""
        writer, events = self.store.writer, self.markets.waiting_frames + self.core.gate.waiting
        return contract.Queue(events, writer.pending_rows, writer.pending_bytes)

    def alarms(self) -> Iterable[contract.Alarm]:
        """What any part has to say."""
        return chain.from_iterable(component.alarms() for component in self.components)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.store.open(stack)
            self.jobs.open(stack)
            await self.markets.open(stack, self.config.all_symbols())
            self.store.begin(stack, self.started_ns)
            loop = asyncio.get_running_loop()
            stack.callback(loop.set_exception_handler, None)
            loop.set_exception_handler(self.core.faults.loop_failed)
            await stack.enter_async_context(self.tasks)
            self.alerting.begin(stack)
            stack.callback(self.archiver.stop)
            self.markets.start()
            self._stack = stack.pop_all()
        lasting = {"start-up": self._start_up, "back-pressure": self.core.gate.run, "disk watch": self.store.watch_disk,
                   "archiver": self.archiver.run, "jobs": self.jobs.run, "playbacks": self.playbacks.run,
                   "settled funding": self.funding.run, "loop watch": self.loop.run}  # fmt: skip
        self._running = [self.tasks.start(name, Policy.RESTART, run) for name, run in lasting.items()]
        self._running.append(self.tasks.start("writer watch", Policy.FATAL, self._writer_watch.run))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.markets.close_feeds()
        self.core.gate.drain()
        self.core.apply([FlushChanges()])
        await end(*self._running, *self.markets.running(), *self.alerting.running())
        await self._stack.aclose()
        if error is None and self.store.unwritten:
            raise self._writer_watch.unwritten()

    async def failure(self) -> NoReturn:
        """Wait until the engine cannot go on, because nothing is written any more for one. Raises why."""
        await self.tasks.failure()

    async def _start_up(self) -> None:
        """Take up what was watched before, fetch the history, go live."""
        try:
            await self.parameters.resume()
            unread = await self.alerting.resume()
            self.watch_list.problems.update({f"rule {place}": text for place, text in enumerate(unread)})
            await self.watch_list.take_up_all()
            await self.trading.resume()
        finally:
            if not self._changes.begun:
                self._changes.begun = True
                self.markets.start_backfill()
                self.alerting.start()

    def task_failed(self, name: str, error: Exception, policy: Policy) -> None:
        self.core.faults.task_failed(name, error, policy)
