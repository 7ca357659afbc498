"""The workers of all channels: started, replaced when the file changes, stopped; and their status."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable

import structlog

from spreadscope.model.errors import StoreError
from spreadscope.model.states import ChannelKind
from spreadscope.notify.channel import Channel, ChannelSpec, compose
from spreadscope.notify.channel_worker import ChannelTestResult, ChannelWorker, DeliveryContext, DeliveryOutcome
from spreadscope.notify.secret import LibraryLogMasking, Secret
from spreadscope.store.delivery import outbox
from spreadscope.store.delivery.delivery_reader import ChannelCount, StoredDelivery
from spreadscope.store.delivery.outbox import ChannelRoute, Outbox
from spreadscope.tasks import Policy, Running, Tasks, end, first_ended

log = structlog.get_logger()

_GRACE_SECONDS = 1.2  # of the three in which a command ends
_EXPIRY_SECONDS = 60.0
_COUNT_SECONDS = 1.0


class Dispatcher:
    """The deliverer of the outbox: one worker a channel, so that a failing channel never delays another."""

    def __init__(self, context: DeliveryContext, outbox_writer: Outbox, tasks: Tasks) -> None:
        """``tasks`` is the task group of the workers."""
        self._context = context
        self._tasks = tasks
        self._outbox = outbox_writer
        self._library_logs = LibraryLogMasking(context.masker)
        self._workers: dict[str, ChannelWorker] = {}
        self._disabled: dict[str, ChannelSpec] = {}
        self._running: dict[ChannelWorker, Running[None]] = {}
        self._expiry_task: Running[None] | None = None
        self._changed = True
        self._counting = asyncio.Lock()
        self.counts: dict[str, ChannelCount] = {}

    def start(self) -> None:
        """Resume deliveries of an earlier run; after the store's writer was started, before the first ``apply``."""
        self._library_logs.begin()
        self._context.writer.command(outbox.recover_sending(self._now()))
        self._expiry_task = self._tasks.start("outbox", Policy.RESTART, self._expire_and_count)

    def apply(self, channels: Iterable[tuple[ChannelSpec, Channel | None]]) -> None:
        """Replace the channels; those with the same description keep their workers.

        A disabled channel has no ``Channel`` and gets no messages; its deliveries wait.
        """
        new = {spec.name: (spec, channel) for spec, channel in channels}
        for name, worker in tuple(self._workers.items()):
            if name not in new or new[name][0] != worker.spec:
                worker.retire()
                del self._workers[name]
        self._disabled = {name: spec for name, (spec, channel) in new.items() if channel is None}
        for name, (spec, channel) in new.items():
            if channel is not None and name not in self._workers:
                self._start_worker(ChannelWorker(spec, channel, self._context))
        self._outbox.routes = tuple(
            ChannelRoute(spec.name, spec.min_severity, spec.enabled) for spec, _ in new.values()
        )

    def wake(self) -> None:
        """Let all workers look for due deliveries."""
        self._changed = True
        for worker in self._workers.values():
            worker.wake()

    async def stop(self) -> None:
        """End within two seconds. A message being sent may still arrive; the rest waits for the next start."""
        for worker in self._running:
            worker.retire()
        await first_ended(self._running.values(), _GRACE_SECONDS, every=True)
        await end(self._expiry_task, *self._running.values())
        self._library_logs.end()

    # --- queries ----------------------------------------------------------------------------------------------------

    @property
    def channels(self) -> list[tuple[ChannelSpec, ChannelWorker | None]]:
        """Every channel of the file, by name; disabled ones have no worker."""
        channels: dict[str, tuple[ChannelSpec, ChannelWorker | None]] = {
            name: (spec, None) for name, spec in self._disabled.items()
        }
        channels |= {name: (worker.spec, worker) for name, worker in self._workers.items()}
        return [channels[name] for name in sorted(channels)]

    @property
    def outcomes(self) -> dict[tuple[ChannelKind, DeliveryOutcome], int]:
        """Attempts so far, by the kind of their channel and what became of them; those that never were with 0."""
        counts = self._context.outcomes
        return {(kind, outcome): counts[kind, outcome] for kind in ChannelKind for outcome in DeliveryOutcome}

    def worker(self, name: str) -> ChannelWorker | None:
        return self._workers.get(name)

    async def test(self, name: str) -> ChannelTestResult | None:
        """Send a test message. Returns the result; None where no such channel runs."""
        worker = self._workers.get(name)
        return await worker.test() if worker is not None else None

    async def deliveries(self, limit: int, state: str | None = None) -> list[StoredDelivery]:
        """Returns the newest deliveries on disk."""
        return await asyncio.to_thread(self._context.reader.newest, limit, state)

    async def delivery(self, number: int) -> StoredDelivery | None:
        return await asyncio.to_thread(self._context.reader.get, number)

    def retry(self, delivery: StoredDelivery) -> None:
        """Try a waiting or dead delivery again, now."""
        now = self._now()
        expires_at = now + int(self._context.config.drop_hours * 3_600_000)
        self._context.writer.command(outbox.retry(delivery.id, now=now, expires_at=expires_at))
        self._changed = True
        if (worker := self._workers.get(delivery.channel)) is not None:
            worker.retry_now()

    def title(self, delivery: StoredDelivery) -> str:
        """Returns the title with which a delivery was or would be sent."""
        if delivery.title:
            return delivery.title
        worker = self._workers.get(delivery.channel)
        spec = worker.spec if worker is not None else ChannelSpec(delivery.channel, "service", Secret(""))
        return compose(spec, delivery.alert, "", demo=self._context.demo())[0]

    async def count(self) -> dict[str, ChannelCount]:
        """Returns the counts of all messages on disk, by channel."""
        async with self._counting:  # one at a time, so that an older count never replaces a newer one
            self.counts = await asyncio.to_thread(self._context.reader.counts)
            return self.counts

    def troubles(self) -> list[str]:
        """Returns sentences for the alarms: channels that keep failing, messages that were given up."""
        sentences = [
            f"alerts do not get through to {name}: {worker.problem}"
            for name, worker in self._workers.items()
            if worker.in_trouble
        ]
        if dead := sum(count.dead for count in self.counts.values()):
            sentences.append(f"{dead} alert messages were given up: see the dead letters")
        return sentences

    # --- tasks ------------------------------------------------------------------------------------------------------

    def _start_worker(self, worker: ChannelWorker) -> None:
        """Start a worker after the worker that it replaces has sent its last message."""
        predecessors = [
            task for worker_of_task, task in self._running.items() if worker_of_task.spec.name == worker.spec.name
        ]

        async def run() -> None:
            await first_ended(predecessors, every=True)
            await worker.run()
            self._running.pop(worker, None)

        self._workers[worker.spec.name] = worker
        self._running[worker] = self._tasks.start(f"channel {worker.spec.name}", Policy.RESTART, run)

    async def _expire_and_count(self) -> None:
        """Give up deliveries that are too old, and count, until cancelled."""
        while True:
            try:
                self._context.writer.command(outbox.expire(self._now()))
                self._changed = True
                for _ in range(int(_EXPIRY_SECONDS / _COUNT_SECONDS)):
                    await asyncio.sleep(_COUNT_SECONDS)
                    await self._count_changes()
            except (StoreError, sqlite3.Error) as error:
                log.warning("outbox not counted", error=str(error))
                await asyncio.sleep(_EXPIRY_SECONDS)

    async def _count_changes(self) -> None:
        """Count again only where something changed, because a count reads the whole outbox."""
        workers = list(self._workers.values())
        if self._changed or any(worker.changed for worker in workers):
            self._changed = False
            for worker in workers:
                worker.changed = False
            await self._context.writer.flush()
            await self.count()

    def _now(self) -> int:
        return self._context.clock.now_ns() // 1_000_000
