"""A channel, which receives messages: its description in the file, its messages, and what every kind must implement."""

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
    body_text,
    parse_template,
    title_text,
    values_of,
)

_DEMO = "DEMO DATA"
_REPEAT = "This may be a repeat: an earlier attempt was interrupted, and the channel cannot tell."
_DEFAULTS = (
    parse_template(DEFAULT_TITLE, "title", LONGEST_TITLE),
    parse_template(DEFAULT_BODY, "body"),
)


class ChannelSpec(msgspec.Struct, frozen=True):
    """A channel as the file describes it, with its secrets. A channel with an equal spec is not restarted."""

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
    """A message to one channel. ``key`` names the delivery and stays the same for a repeat; ``created`` is in ms."""

    key: str
    title: str
    body: str
    severity: str
    created: int
    alert: Alert | None = None
    demo: bool = False


class Channel(Protocol):
    """A kind of receiver. ``deduplicates``: the receiver can recognise a repeated message by its key."""

    deduplicates: bool

    @property
    def address(self) -> str:
        """The address with all secrets masked."""
        ...

    async def send(self, message: Message, seconds: float) -> str:
        """Send the message.

        Returns the receiver's answer. Raises ``DeliveryError``, or ``TimeoutError`` (uncertain).
        """
        ...


def compose(spec: ChannelSpec, alert: Alert, late: str, *, demo: bool) -> tuple[str, str]:
    """Returns title and body for one alert. With demo data both say so, whatever the templates are."""
    values = values_of(alert, late)
    title, body = spec.title.render(values), spec.body.render(values)
    if demo:
        title, body = f"{_DEMO}: {title}", f"{_DEMO}, not a market.\n{body}"
    return title_text(title), body_text(body)


def test_message(name: str, now: int, *, demo: bool) -> Message:
    """Returns a test message for the channel ``name``; ``now`` is in ms."""
    title, body = "Spreadscope: test message", f"The channel {name} works."
    if demo:
        title, body = f"{_DEMO}: {title}", f"{body}\nThe engine runs on demo data, not on a market."
    return Message(f"test-{uuid.uuid4().hex}", title, body, "info", now, demo=demo)


def repeat_body(body: str) -> str:
    """Returns the body of a message that may have arrived before."""
    return body_text(f"{body[: LONGEST_BODY - len(_REPEAT) - 1]}\n{_REPEAT}")


def late_note(alert: Alert, age_ms: int, late_ms: int) -> str:
    """Returns a note that a message or its alert is late; empty where it is not."""
    if age_ms >= late_ms:
        hours = age_ms / 3_600_000
        return f"Late: this was to be sent {f'{hours:.0f} h' if hours >= 1 else f'{hours * 60:.0f} min'} ago."
    return "Late: this is of a time when the engine was not running." if alert.late else ""
