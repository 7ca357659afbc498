"""One channel's own task: takes what is due from the outbox, sends it, and writes down what became of it.

Before a message leaves, its row says "sending" on the disk. What is found so at the next start may have arrived: a
channel that recognises repeats is sent the very same message again, any other one a message that says it may be a repeat.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import deque
from collections.abc import Callable

import msgspec
import structlog

from spreadscope.model.clock import Clock
from spreadscope.model.config import AlertsConfig
from spreadscope.model.errors import DeliveryError, StoreError
from spreadscope.notify.attempt import attempt
from spreadscope.notify.backoff import pause
from spreadscope.notify.channel import Channel, ChannelSpec, Message, as_repeat, compose, say_late, test_message
from spreadscope.notify.secret import Masker
from spreadscope.store.delivery import outbox
from spreadscope.store.delivery.delivery_reader import DeliveryReader, StoredDelivery
from spreadscope.store.writer import StoreWriter

log = structlog.get_logger()

_MINUTE_NS = 60_000_000_000
_STORE_SECONDS = 1.0
_LONGEST_REST = 60.0  # of a channel that fails: another message may be one that it takes
_TROUBLE = 3  # failures in a row that are an alarm


class DeliveryContext(msgspec.Struct, frozen=True):
    """What every lane works with. ``demo`` tells whether the market is a demo's."""

    writer: StoreWriter
    reader: DeliveryReader
    clock: Clock
    config: AlertsConfig
    masker: Masker
    demo: Callable[[], bool]


class ChannelTestResult(msgspec.Struct, frozen=True):
    """What a receiver said to a test."""

    ok: bool
    message: str
    seconds: float


class ChannelWorker:
    """Sends one message at a time. ``run`` is its task; ``retire`` ends it after the message on its way."""

    def __init__(self, spec: ChannelSpec, channel: Channel, around: DeliveryContext) -> None:
        self.spec = spec
        self.channel = channel
        self.failures = 0
        self.problem = ""
        self.moved = True  # whether a message changed its state since it was counted
        self._around = around
        self._retired = asyncio.Event()
        self._wake = asyncio.Event()
        self._rested = asyncio.Event()
        self._sending = asyncio.Lock()
        self._sent_ns: deque[int] = deque(maxlen=spec.per_minute)
        self._rest_until_ns = 0

    @property
    def in_trouble(self) -> bool:
        return self.failures >= _TROUBLE

    def wake(self) -> None:
        """Something may be due."""
        self._wake.set()

    def retire(self) -> None:
        """Take nothing more from the outbox."""
        self._retired.set()
        self._wake.set()
        self._rested.set()

    def hurry(self) -> None:
        """Somebody asks for another attempt: rest no longer after failures. The limit a minute holds."""
        self._rest_until_ns = 0
        self._wake.set()
        self._rested.set()

    async def run(self) -> None:
        """Until retired."""
        while not self._retired.is_set():
            try:
                await self._step()
            except (StoreError, sqlite3.Error) as error:
                # The disk may come back; what is due stays due.
                log.warning("outbox not readable", channel=self.spec.name, error=str(error))
                self.problem = f"the outbox cannot be read: {error}"
                await _until(self._retired, _STORE_SECONDS)

    async def test(self) -> ChannelTestResult:
        """Send a message that says it is a test, now. Waits for the message on its way."""
        clock = self._around.clock
        message = test_message(self.spec.name, clock.now_ns() // 1_000_000, demo=self._around.demo())
        async with self._sending:
            began = clock.monotonic_ns()
            self._sent_ns.append(began)
            try:
                answer, ok = await self._send(message), True
            except DeliveryError as error:
                answer, ok = str(error), False
            return ChannelTestResult(ok, answer, round((clock.monotonic_ns() - began) / 1e9, 3))

    async def _step(self) -> None:
        """Send the message that is due, or wait until one is."""
        around = self._around
        if (rest := self._rest()) > 0:
            self._rested.clear()
            await _until(self._rested, rest)
            return
        self._wake.clear()
        await around.writer.flush()  # what was submitted before we were woken is in the outbox now
        now = around.clock.now_ns() // 1_000_000
        delivery, next_at = await asyncio.to_thread(around.reader.due, self.spec.name, now)
        if delivery is None:
            await _until(self._wake, None if next_at is None else (next_at - now) / 1e3)
        elif not self._retired.is_set():
            async with self._sending:
                await self._deliver(delivery)

    def _rest(self) -> float:
        """Seconds until the channel may be spoken to: its limit a minute, and a pause after failures."""
        now = self._around.clock.monotonic_ns()
        full = len(self._sent_ns) == self.spec.per_minute
        ready = max(self._rest_until_ns, self._sent_ns[0] + _MINUTE_NS if full else 0)
        return max(0.0, (ready - now) / 1e9)

    async def _deliver(self, delivery: StoredDelivery) -> None:
        around = self._around
        message, repeated = self._message(delivery)
        marked = (message.title, message.body, repeated, self._now(), delivery.id)
        around.writer.command(outbox.MARK_SENDING, *marked, durable=True)
        self.moved = True
        await around.writer.flush()
        if self._retired.is_set():
            around.writer.command(outbox.MARK_UNSENT, delivery.id)
            return
        self._sent_ns.append(around.clock.monotonic_ns())
        try:
            answer = await self._send(message)
        except DeliveryError as error:
            self._note_failure(delivery, error)
            return
        self.failures, self.problem, self._rest_until_ns, self.moved = 0, "", 0, True
        # Of e-mail to several, some recipients may have been refused: that is kept with the row.
        told = answer if self.spec.kind == "email" and "refused" in answer else ""
        around.writer.command(outbox.MARK_SENT, self._now(), self._now(), told, delivery.id)
        log.info("alert delivered", channel=self.spec.name, rule=delivery.alert.rule_id, attempt=delivery.attempts + 1)

    def _message(self, delivery: StoredDelivery) -> tuple[Message, bool]:
        """What to send, and whether it may be a repeat that the channel cannot recognise."""
        around, alert = self._around, delivery.alert
        demo = around.demo()
        if delivery.uncertain and self.channel.deduplicates and delivery.title:
            title, body, repeated = delivery.title, delivery.body, False
        else:
            late = say_late(alert, self._now() - delivery.created, int(around.config.late_hours * 3_600_000))
            title, body = compose(self.spec, alert, late, demo=demo)
            repeated = delivery.uncertain and not self.channel.deduplicates
            body = as_repeat(body) if repeated else body
        return Message(delivery.key, title, body, str(alert.severity), delivery.created, alert, demo), repeated

    async def _send(self, message: Message) -> str:
        return await attempt(self.channel, message, self._around.config.timeout_seconds, self._around.masker)

    def _note_failure(self, delivery: StoredDelivery, error: DeliveryError) -> None:
        around, config = self._around, self._around.config
        attempts = delivery.attempts + 1
        self.failures += 1
        self.problem, self.moved = str(error), True
        wait = max(error.retry_after, self._pause(attempts, config.retry_max_seconds))
        rest = max(error.retry_after, self._pause(self.failures, min(_LONGEST_REST, config.retry_max_seconds)))
        self._rest_until_ns = around.clock.monotonic_ns() + int(rest * 1e9)
        state = "dead" if attempts >= config.attempts else "waiting"
        next_at = self._now() + int(wait * 1e3)
        around.writer.command(outbox.MARK_FAILED, state, next_at, self._now(), str(error), error.uncertain, delivery.id)
        log.warning("alert not delivered", channel=self.spec.name, attempt=attempts, state=state, error=str(error))

    def _pause(self, failures: int, longest: float) -> float:
        return pause(failures, self._around.config.retry_seconds, longest, random.random())  # noqa: S311 - jitter

    def _now(self) -> int:
        return self._around.clock.now_ns() // 1_000_000


async def _until(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for an event, or so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
