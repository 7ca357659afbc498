"""A channel: where messages go. What is said of it in the file, what it is sent, and what every kind of it can do."""

from __future__ import annotations

import uuid
from typing import Protocol

import msgspec

from spreadscope.model.facts import Alert
from spreadscope.notify.secret import Secret
from spreadscope.notify.template import (
    DEFAULT_BODY,
    DEFAULT_TITLE,
    LONGEST_BODY,
    LONGEST_TITLE,
    Template,
    as_body,
    as_title,
    parse_template,
    values_of,
)

_DEMO = "DEMO DATA"
_REPEAT = "This may be a repeat: an earlier attempt was interrupted, and the channel cannot tell."
_DEFAULTS = (
    parse_template(DEFAULT_TITLE, "title", LONGEST_TITLE),
    parse_template(DEFAULT_BODY, "body"),
)


class ChannelSpec(msgspec.Struct, frozen=True):
    """A channel as the file describes it, with its secrets. Equal specs are one channel that goes on."""

    name: str
    kind: str
    url: Secret
    signing: Secret | None = None
    lan: frozenset[str] = frozenset()
    enabled: bool = True
    min_severity: str = "info"
    per_minute: int = 20
    title: Template = _DEFAULTS[0]
    body: Template = _DEFAULTS[1]


class Message(msgspec.Struct, frozen=True):
    """What is sent. ``key`` is the delivery's own and stays the same when it is sent again; ``created`` is in ms."""

    key: str
    title: str
    body: str
    severity: str
    created: int
    alert: Alert | None = None
    demo: bool = False


class Channel(Protocol):
    """One kind of receiver. ``deduplicates``: a message that comes twice can be recognised by its key."""

    deduplicates: bool

    @property
    def address(self) -> str:
        """Where it leads, with everything secret masked."""
        ...

    async def send(self, message: Message, seconds: float) -> str:
        """Send; → the receiver's answer in a few words. Raises ``DeliveryError``, or ``TimeoutError`` (uncertain)."""
        ...


def compose(spec: ChannelSpec, alert: Alert, late: str, *, demo: bool) -> tuple[str, str]:
    """Title and body for one alert. A demo says so in both, whatever the templates are."""
    values = values_of(alert, late)
    title, body = spec.title.render(values), spec.body.render(values)
    if demo:
        title, body = f"{_DEMO}: {title}", f"{_DEMO}, not a market.\n{body}"
    return as_title(title), as_body(body)


def test_message(name: str, now: int, *, demo: bool) -> Message:
    """A message that says it is a test of the channel ``name``; ``now`` in ms."""
    title, body = "Spreadscope: test message", f"The channel {name} works."
    if demo:
        title, body = f"{_DEMO}: {title}", f"{body}\nThe engine runs on demo data, not on a market."
    return Message(f"test-{uuid.uuid4().hex}", title, body, "info", now, demo=demo)


def as_repeat(body: str) -> str:
    """The body of a message that may have arrived before."""
    return as_body(f"{body[: LONGEST_BODY - len(_REPEAT) - 1]}\n{_REPEAT}")


def say_late(alert: Alert, age_ms: int, late_ms: int) -> str:
    """How late a message is, or nothing: it waited too long for its channel, or its alert came late itself."""
    if age_ms >= late_ms:
        hours = age_ms / 3_600_000
        return f"Late: this was to be sent {f'{hours:.0f} h' if hours >= 1 else f'{hours * 60:.0f} min'} ago."
    return "Late: this is of a time when the engine was not running." if alert.late else ""
