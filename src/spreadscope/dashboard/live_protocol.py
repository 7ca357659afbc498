"""The live protocol (``docs/api.md``) for the relay, which passes the data of messages on as raw bytes."""

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
    """Returns an answer of the engine as JSON text, with the ``ref`` of the tab's request."""
    return encode(msgspec.structs.replace(message, ref=ref))
