"""All channels: begun, replaced when the file changes, ended; and what is told of them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable

import structlog

from spreadscope.model.errors import StoreError
from spreadscope.notify.channel import Channel, ChannelSpec, compose
from spreadscope.notify.channel_worker import ChannelTestResult, ChannelWorker, DeliveryContext
from spreadscope.notify.secret import QuietLibraries, Secret
from spreadscope.store.delivery import outbox
from spreadscope.store.delivery.delivery_reader import ChannelCount, StoredDelivery
from spreadscope.store.delivery.outbox import ChannelRoute, Outbox
from spreadscope.tasks import Policy, Running, Tasks, end, first_ended

log = structlog.get_logger()

_GRACE_SECONDS = 1.2  # of the three in which a command ends
_SWEEP_SECONDS = 60.0
_COUNT_SECONDS = 1.0


class Dispatcher:
    """Delivers what the outbox holds. One lane a channel, so that one that fails never delays another."""

    def __init__(self, around: DeliveryContext, box: Outbox, tasks: Tasks) -> None:
        """``tasks`` is the group of the lanes' tasks."""
        self._around = around
        self._tasks = tasks
        self._outbox = box
        self._quiet = QuietLibraries(around.masker)
        self._lanes: dict[str, ChannelWorker] = {}
        self._disabled: dict[str, ChannelSpec] = {}
        self._running: dict[ChannelWorker, Running[None]] = {}
        self._sweeper: Running[None] | None = None
        self._moved = True
        self._counting = asyncio.Lock()
        self.counts: dict[str, ChannelCount] = {}

    def start(self) -> None:
        """Take up what an earlier run left; after the store's writer was started, before the first ``apply``."""
        self._quiet.begin()
        self._around.writer.command(outbox.RECOVER, self._now(), durable=True)
        self._sweeper = self._tasks.start("outbox", Policy.RESTART, self._sweep)

    def apply(self, channels: Iterable[tuple[ChannelSpec, Channel | None]]) -> None:
        """These are the channels from now on; those whose description is the same go on undisturbed.

        A channel that is switched off has no ``Channel`` and gets no messages; what waits for it goes on waiting.
        """
        wanted = {spec.name: (spec, channel) for spec, channel in channels}
        for name, lane in tuple(self._lanes.items()):
            if name not in wanted or wanted[name][0] != lane.spec:
                lane.retire()
                del self._lanes[name]
        self._disabled = {name: spec for name, (spec, channel) in wanted.items() if channel is None}
        for name, (spec, channel) in wanted.items():
            if channel is not None and name not in self._lanes:
                self._begin(ChannelWorker(spec, channel, self._around))
        self._outbox.routes = tuple(
            ChannelRoute(spec.name, spec.min_severity, spec.enabled) for spec, _ in wanted.values()
        )

    def wake(self) -> None:
        """There may be something to send."""
        self._moved = True
        for lane in self._lanes.values():
            lane.wake()

    async def stop(self) -> None:
        """End within a second or two. What is on its way may arrive meanwhile; the rest waits for the next start."""
        for lane in self._running:
            lane.retire()
        await first_ended(self._running.values(), _GRACE_SECONDS, every=True)
        await end(self._sweeper, *self._running.values())
        self._quiet.end()

    # --- what is asked ----------------------------------------------------------------------------------------------

    @property
    def channels(self) -> list[tuple[ChannelSpec, ChannelWorker | None]]:
        """Every channel of the file, by name; those that are switched off have no lane."""
        held: dict[str, tuple[ChannelSpec, ChannelWorker | None]] = {
            name: (spec, None) for name, spec in self._disabled.items()
        }
        held |= {name: (lane.spec, lane) for name, lane in self._lanes.items()}
        return [held[name] for name in sorted(held)]

    def lane(self, name: str) -> ChannelWorker | None:
        return self._lanes.get(name)

    async def test(self, name: str) -> ChannelTestResult | None:
        """Send a test message; None where no such channel runs."""
        lane = self._lanes.get(name)
        return await lane.test() if lane is not None else None

    async def deliveries(self, limit: int, state: str | None = None) -> list[StoredDelivery]:
        """The newest deliveries that are on disk."""
        return await asyncio.to_thread(self._around.reader.newest, limit, state)

    async def delivery(self, number: int) -> StoredDelivery | None:
        return await asyncio.to_thread(self._around.reader.get, number)

    def retry(self, delivery: StoredDelivery) -> None:
        """Let a delivery that waits or was given up begin anew, now."""
        now = self._now()
        expires_at = now + int(self._around.config.drop_hours * 3_600_000)
        self._around.writer.command(outbox.RETRY, now, expires_at, now, delivery.id)
        self._moved = True
        if (lane := self._lanes.get(delivery.channel)) is not None:
            lane.hurry()

    def title(self, delivery: StoredDelivery) -> str:
        """The title it was sent with, or the one it would be sent with."""
        if delivery.title:
            return delivery.title
        lane = self._lanes.get(delivery.channel)
        spec = lane.spec if lane is not None else ChannelSpec(delivery.channel, "service", Secret(""))
        return compose(spec, delivery.alert, "", demo=self._around.demo())[0]

    async def count(self) -> dict[str, ChannelCount]:
        """What became of all messages, by channel, as far as it is on disk."""
        async with self._counting:  # one after the other, so that an older count never takes the place of a newer one
            self.counts = await asyncio.to_thread(self._around.reader.counts)
            return self.counts

    def troubles(self) -> list[str]:
        """Sentences for the alarms: channels that keep failing, messages that were given up."""
        said = [
            f"alerts do not get through to {name}: {lane.problem}"
            for name, lane in self._lanes.items()
            if lane.in_trouble
        ]
        if dead := sum(count.dead for count in self.counts.values()):
            said.append(f"{dead} alert messages were given up: see the dead letters")
        return said

    # --- tasks ------------------------------------------------------------------------------------------------------

    def _begin(self, lane: ChannelWorker) -> None:
        """Start a lane, after the one of the same name that it replaces has sent its last message."""
        before = [task for other, task in self._running.items() if other.spec.name == lane.spec.name]

        async def run() -> None:
            await first_ended(before, every=True)
            await lane.run()
            self._running.pop(lane, None)

        self._lanes[lane.spec.name] = lane
        self._running[lane] = self._tasks.start(f"channel {lane.spec.name}", Policy.RESTART, run)

    async def _sweep(self) -> None:
        """Give up what is too old, and count."""
        while True:
            try:
                self._around.writer.command(outbox.EXPIRE, self._now())
                self._moved = True
                for _ in range(int(_SWEEP_SECONDS / _COUNT_SECONDS)):
                    await asyncio.sleep(_COUNT_SECONDS)
                    await self._count_moved()
            except (StoreError, sqlite3.Error) as error:
                log.warning("outbox not counted", error=str(error))
                await asyncio.sleep(_SWEEP_SECONDS)

    async def _count_moved(self) -> None:
        """Count anew where something moved: the whole outbox is read for it."""
        lanes = list(self._lanes.values())
        if self._moved or any(lane.moved for lane in lanes):
            self._moved = False
            for lane in lanes:
                lane.moved = False
            await self._around.writer.flush()
            await self.count()

    def _now(self) -> int:
        return self._around.clock.now_ns() // 1_000_000
