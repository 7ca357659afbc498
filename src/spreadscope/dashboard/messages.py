"""The few fields of the live protocol (``docs/api.md``) that the relay must know; the rest passes through unread."""

from __future__ import annotations

from typing import Literal

import msgspec


class TabRequest(msgspec.Struct, omit_defaults=True):
    """What a browser tab may ask; also what we ask of the engine."""

    op: Literal["subscribe", "unsubscribe", "snapshot"]
    topic: str
    ref: str | None = None


class EngineMessage(msgspec.Struct):
    """What the engine sends. ``data`` is kept as the bytes it came in."""

    topic: str
    type: Literal["snapshot", "update", "error"]
    ref: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    message: str | None = None


class EngineState(msgspec.Struct, tag="engine", tag_field="type"):
    """Our own news to the tabs: whether the engine answers, and in words what is known of it."""

    state: Literal["connected", "lost"]
    detail: str = ""


decode_request = msgspec.json.Decoder(TabRequest).decode
decode_engine = msgspec.json.Decoder(EngineMessage).decode
_encoder = msgspec.json.Encoder()


def encode(message: msgspec.Struct) -> str:
    return _encoder.encode(message).decode()


def answer(message: EngineMessage, ref: str | None) -> str:
    """An engine's answer as JSON text, with the ``ref`` under which the tab asked."""
    fields: dict[str, object] = {"topic": message.topic, "type": message.type, "ref": ref}
    if bytes(message.data):
        fields["data"] = message.data
    if message.message is not None:
        fields["message"] = message.message
    return _encoder.encode(fields).decode()
