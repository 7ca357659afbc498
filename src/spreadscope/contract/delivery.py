"""Channels, and the state of each message (``docs/delivery.md``). Times are our clock, ms."""

from __future__ import annotations

import msgspec

from spreadscope.model.states import ChannelKind, DeliveryState


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel with its counts. The address is masked; ``failed`` counts messages that were given up."""

    name: str
    kind: ChannelKind
    address: str
    enabled: bool
    deduplicates: bool
    sent: int
    failed: int
    waiting: int
    last_sent: int | None
    last_error: str | None


class Tested(msgspec.Struct, frozen=True):
    """The answer of a channel to a test."""

    ok: bool
    message: str
    seconds: float


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message to one channel. ``maybe_repeated``: it may have arrived before."""

    id: int
    channel: str
    state: DeliveryState
    attempts: int
    next_at: int
    error: str
    sent_at: int | None
    maybe_repeated: bool
    rule_id: str
    subject: str
    time: int
    title: str
