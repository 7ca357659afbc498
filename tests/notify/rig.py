"""A store, an outbox and a dispatcher without the rest of an engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from spreadscope.model.alerting import AlertState, Severity
from spreadscope.model.clock import Clock, SystemClock
from spreadscope.model.config import AlertsConfig, StoreConfig
from spreadscope.model.facts import Alert
from spreadscope.model.timeframe import Timeframe
from spreadscope.notify.channel import ChannelSpec, Message
from spreadscope.notify.channel_worker import DeliveryContext
from spreadscope.notify.dispatcher import Dispatcher
from spreadscope.notify.make import make_channel
from spreadscope.notify.secret import Masker, Secret
from spreadscope.store.delivery.delivery_reader import DeliveryReader, StoredDelivery
from spreadscope.store.delivery.outbox import Outbox
from spreadscope.store.directory import DataDirectory
from spreadscope.store.writer import StoreWriter
from spreadscope.tasks import Tasks

LAN = frozenset({"127.0.0.1"})
NOON = 1_764_244_800_000  # 2025-11-27 12:00:00 UTC


def alert(number: int = 0, **values: Any) -> Alert:
    given: dict[str, Any] = {
        "rule_id": "r1",
        "text": "z > 2",
        "subject": "AAAUSDT/BBBUSDT",
        "timeframe": Timeframe.S1,
        "time": NOON + number * 1_000,
        "state": AlertState.FIRING,
        "value": 2.5,
        "threshold": 2.0,
        "name": f"far apart {number}",
        "severity": Severity.WARNING,
        "incident": f"r1:AAAUSDT/BBBUSDT:{NOON}",
        "words": "z is 2.5, above 2.",
        "notify": "firing",
    }
    return Alert(**{**given, **values})


def message(key: str = "k1", **values: Any) -> Message:
    given: dict[str, Any] = {"title": "A title", "body": "A body\nof two lines", "severity": "warning", "created": NOON}
    return Message(key=key, **{**given, "alert": alert(), **values})


def webhook(url: str, name: str = "hook", **values: Any) -> ChannelSpec:
    return ChannelSpec(name, "webhook", Secret(url), lan=LAN, **values)


def mail(url: str, name: str = "mail", **values: Any) -> ChannelSpec:
    return ChannelSpec(name, "email", Secret(url), lan=LAN, **values)


def service(url: str, name: str = "service", **values: Any) -> ChannelSpec:
    return ChannelSpec(name, "service", Secret(url), **values)


def quick(**values: Any) -> AlertsConfig:
    return AlertsConfig(**{"retry_seconds": 0.05, "retry_max_seconds": 0.2, "timeout_seconds": 5.0, **values})


class Rig:
    """``fire`` enters alerts as the engine does; ``rows`` are the deliveries, oldest first."""

    def __init__(self, directory: DataDirectory, config: AlertsConfig, clock: Clock, *, demo: bool = False) -> None:
        self.outbox = Outbox(clock, config.drop_hours)
        self.writer = StoreWriter(directory.database, StoreConfig(flush_seconds=0.01), self.outbox)
        self.reader = DeliveryReader(directory.database)
        self.masker = Masker()
        around = DeliveryContext(self.writer, self.reader, clock, config, self.masker, demo=lambda: demo)
        self.tasks = Tasks()
        self.dispatcher = Dispatcher(around, self.outbox, self.tasks)

    def use(self, *specs: ChannelSpec) -> None:
        channels = [(spec, make_channel(spec, self.masker) if spec.enabled else None) for spec in specs]
        self.dispatcher.apply(channels)

    def fire(self, *alerts: Alert) -> None:
        self.writer.submit(alerts, {})
        self.dispatcher.wake()

    @property
    def rows(self) -> list[StoredDelivery]:
        return self.reader.newest(1_000)[::-1]

    def states(self) -> list[str]:
        return [row.state for row in self.rows]


@asynccontextmanager
async def rig(
    path: Path, *specs: ChannelSpec, config: AlertsConfig | None = None, clock: Clock | None = None, demo: bool = False
) -> AsyncIterator[Rig]:
    with DataDirectory(path) as directory:
        made = Rig(directory, config or quick(), clock or SystemClock(), demo=demo)
        made.writer.start()
        await made.tasks.__aenter__()
        made.dispatcher.start()
        try:
            made.use(*specs)
            yield made
        finally:
            await made.dispatcher.stop()
            assert made.tasks.running == frozenset()
            made.writer.stop()
            assert made.writer.error is None
