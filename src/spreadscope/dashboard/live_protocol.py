"""The live protocol (``docs/api.md``) as the relay reads it: what is in a message passes through as the bytes it came in."""

from __future__ import annotations

import msgspec

from spreadscope.contract import Ref, Refusal, Request, Snapshot, Update

FromEngine = Snapshot[msgspec.Raw] | Update[msgspec.Raw] | Refusal

decode_request = msgspec.json.Decoder(Request).decode
decode_engine: msgspec.json.Decoder[FromEngine] = msgspec.json.Decoder(FromEngine)
_encoder = msgspec.json.Encoder()


def encode(message: msgspec.Struct) -> str:
    return _encoder.encode(message).decode()


def answer(message: Snapshot[msgspec.Raw] | Refusal, ref: Ref) -> str:
    """An engine's answer as JSON text, with the ``ref`` under which the tab asked."""
    return encode(msgspec.structs.replace(message, ref=ref))
