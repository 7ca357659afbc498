"""The worker of one channel: it takes due deliveries from the outbox, sends them, and records the result.

Before a message is sent, its row says "sending" on the disk. A row that says so at the next start may have arrived: a
channel that recognises repeats gets the same message again, any other one a message that says that it may be a repeat.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter, deque
from collections.abc import Callable
from enum import StrEnum

import msgspec
import structlog

from spreadscope.model.clock import Clock
from spreadscope.model.config import AlertsConfig
from spreadscope.model.errors import DeliveryError, StoreError
from spreadscope.model.states import ChannelKind
from spreadscope.notify.attempt import send_once
from spreadscope.notify.backoff import pause
from spreadscope.notify.channel import Channel, ChannelSpec, Message, compose, late_note, repeat_body, test_message
from spreadscope.notify.secret import Masker
from spreadscope.store.delivery import outbox
from spreadscope.store.delivery.delivery_reader import DeliveryReader, StoredDelivery
from spreadscope.store.writer import StoreWriter

log = structlog.get_logger()

_MINUTE_NS = 60_000_000_000
_STORE_SECONDS = 1.0
_MAX_CHANNEL_PAUSE = 60.0  # of a failing channel: it may accept another message
_FAILURES_OF_ALARM = 3  # so many in a row raise an alarm


class DeliveryOutcome(StrEnum):
    """What became of an attempt."""

    SENT = "sent"
    RETRY = "retry"
    GIVEN_UP = "given up"


class DeliveryContext(msgspec.Struct, frozen=True):
    """What every channel worker needs. ``demo`` returns whether the market is a demo."""

    writer: StoreWriter
    reader: DeliveryReader
    clock: Clock
    config: AlertsConfig
    masker: Masker
    demo: Callable[[], bool]
    outcomes: Counter[tuple[ChannelKind, DeliveryOutcome]] = msgspec.field(default_factory=Counter)  # of all channels


class ChannelTestResult(msgspec.Struct, frozen=True):
    """The result of a test message."""

    ok: bool
    message: str
    seconds: float


class ChannelWorker:
    """The worker of a channel, which sends one message at a time.

    ``retire`` ends ``run`` after the message being sent.
    """

    def __init__(self, spec: ChannelSpec, channel: Channel, context: DeliveryContext) -> None:
        self.spec = spec
        self.channel = channel
        self.failures = 0
        self.problem = ""
        self.changed = True  # whether a delivery changed its state since the last count
        self._context = context
        self._retired = asyncio.Event()
        self._wake = asyncio.Event()
        self._pause_over = asyncio.Event()
        self._sending = asyncio.Lock()
        self._sent_ns: deque[int] = deque(maxlen=spec.per_minute)
        self._paused_until_ns = 0

    @property
    def in_trouble(self) -> bool:
        return self.failures >= _FAILURES_OF_ALARM

    def wake(self) -> None:
        """Look for due deliveries."""
        self._wake.set()

    def retire(self) -> None:
        """Take nothing more from the outbox."""
        self._retired.set()
        self._wake.set()
        self._pause_over.set()

    def retry_now(self) -> None:
        """End the pause after failures, because a user asks for another attempt. The limit a minute still applies."""
        self._paused_until_ns = 0
        self._wake.set()
        self._pause_over.set()

    async def run(self) -> None:
        """Send due deliveries until the worker is retired."""
        structlog.contextvars.bind_contextvars(channel=self.spec.name)
        while not self._retired.is_set():
            try:
                await self._send_next()
            except (StoreError, sqlite3.Error) as error:
                # The disk may recover; due deliveries stay due.
                log.warning("outbox not readable", channel=self.spec.name, error=str(error))
                self.problem = f"the outbox cannot be read: {error}"
                await _wait_for(self._retired, _STORE_SECONDS)

    async def test(self) -> ChannelTestResult:
        """Send a test message after the message being sent. Returns the result."""
        clock = self._context.clock
        message = test_message(self.spec.name, clock.now_ns() // 1_000_000, demo=self._context.demo())
        async with self._sending:
            started_ns = clock.monotonic_ns()
            self._sent_ns.append(started_ns)
            try:
                answer, ok = await self._send(message), True
            except DeliveryError as error:
                answer, ok = str(error), False
            return ChannelTestResult(ok, answer, round((clock.monotonic_ns() - started_ns) / 1e9, 3))

    async def _send_next(self) -> None:
        """Send the message that is due, or wait until one is due."""
        context = self._context
        if (seconds := self._seconds_to_wait()) > 0:
            self._pause_over.clear()
            await _wait_for(self._pause_over, seconds)
            return
        self._wake.clear()
        await context.writer.flush()  # so that the outbox has all that was submitted before
        now = context.clock.now_ns() // 1_000_000
        delivery, next_at = await asyncio.to_thread(context.reader.due, self.spec.name, now)
        if delivery is None:
            await _wait_for(self._wake, None if next_at is None else (next_at - now) / 1e3)
        elif not self._retired.is_set():
            async with self._sending:
                await self._deliver(delivery)

    def _seconds_to_wait(self) -> float:
        """Returns the seconds until the channel may be used: its limit a minute, and the pause after failures."""
        now = self._context.clock.monotonic_ns()
        limit_reached = len(self._sent_ns) == self.spec.per_minute
        ready = max(self._paused_until_ns, self._sent_ns[0] + _MINUTE_NS if limit_reached else 0)
        return max(0.0, (ready - now) / 1e9)

    async def _deliver(self, delivery: StoredDelivery) -> None:
        context = self._context
        message, repeated = self._message(delivery)
        began = outbox.mark_sending(delivery.id, message.title, message.body, repeated=repeated, now=self._now())
        context.writer.command(began)
        self.changed = True
        await context.writer.flush()
        if self._retired.is_set():
            context.writer.command(outbox.mark_unsent(delivery.id))
            return
        self._sent_ns.append(context.clock.monotonic_ns())
        try:
            answer = await self._send(message)
        except DeliveryError as error:
            self._record_failure(delivery, error)
            return
        self.failures, self.problem, self._paused_until_ns, self.changed = 0, "", 0, True
        # An e-mail to several may be refused for some recipients: the row keeps that.
        note = answer if self.spec.kind == "email" and "refused" in answer else ""
        context.writer.command(outbox.mark_sent(delivery.id, self._now(), note))
        context.outcomes[ChannelKind(self.spec.kind), DeliveryOutcome.SENT] += 1
        log.info(
            "alert delivered", channel=self.spec.name, rule=delivery.alert.rule_id, send_once=delivery.attempts + 1
        )

    def _message(self, delivery: StoredDelivery) -> tuple[Message, bool]:
        """Returns the message, and whether it may be a repeat that the channel cannot recognise."""
        context, alert = self._context, delivery.alert
        demo = context.demo()
        if delivery.uncertain and self.channel.deduplicates and delivery.title:
            title, body, repeated = delivery.title, delivery.body, False
        else:
            note = late_note(alert, self._now() - delivery.created, int(context.config.late_hours * 3_600_000))
            title, body = compose(self.spec, alert, note, demo=demo)
            repeated = delivery.uncertain and not self.channel.deduplicates
            body = repeat_body(body) if repeated else body
        return Message(delivery.key, title, body, str(alert.severity), delivery.created, alert, demo), repeated

    async def _send(self, message: Message) -> str:
        return await send_once(self.channel, message, self._context.config.timeout_seconds, self._context.masker)

    def _record_failure(self, delivery: StoredDelivery, error: DeliveryError) -> None:
        context, config = self._context, self._context.config
        attempts = delivery.attempts + 1
        self.failures += 1
        self.problem, self.changed = str(error), True
        message_pause = max(error.retry_after, self._pause(attempts, config.retry_max_seconds))
        channel_pause = max(
            error.retry_after, self._pause(self.failures, min(_MAX_CHANNEL_PAUSE, config.retry_max_seconds))
        )
        self._paused_until_ns = context.clock.monotonic_ns() + int(channel_pause * 1e9)
        state = "dead" if attempts >= config.attempts else "waiting"
        outcome = DeliveryOutcome.GIVEN_UP if state == "dead" else DeliveryOutcome.RETRY
        context.outcomes[ChannelKind(self.spec.kind), outcome] += 1
        next_at = self._now() + int(message_pause * 1e3)
        failed = outbox.mark_failed(
            delivery.id, state, str(error), next_at=next_at, now=self._now(), uncertain=error.uncertain
        )
        context.writer.command(failed)
        log.warning("alert not delivered", channel=self.spec.name, send_once=attempts, state=state, error=str(error))

    def _pause(self, failures: int, longest: float) -> float:
        return pause(failures, self._context.config.retry_seconds, longest, random.random())  # noqa: S311 - jitter

    def _now(self) -> int:
        return self._context.clock.now_ns() // 1_000_000


async def _wait_for(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for an event, ``seconds`` at most."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
