"""A body is a struct of the contract or one sentence, whatever the bytes are."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from starlette.exceptions import HTTPException
from starlette.requests import Request

from spreadscope.api.bodies import decode_body
from spreadscope.contract import CheckBody, MuteBody, PairBody, RuleBody, Severity, SymbolsBody, Timeframe

KINDS = (SymbolsBody, PairBody, RuleBody, CheckBody, MuteBody)


def read(raw: bytes, kind: type, content_type: str = "application/json") -> object:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": raw, "more_body": False}

    headers = [(b"content-type", content_type.encode())] if content_type else []
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    return asyncio.run(decode_body(request, kind))


def refusal(raw: bytes, kind: type, content_type: str = "application/json") -> str:
    with pytest.raises(HTTPException) as error:
        read(raw, kind, content_type)
    assert error.value.status_code == 400
    return str(error.value.detail)


def test_what_is_left_out_is_known_to_be() -> None:
    bare = read(b'{"text": "z > 2"}', RuleBody)
    assert bare == RuleBody(text="z > 2")
    assert isinstance(bare, RuleBody)
    assert (bare.recover, bare.cooldown_seconds) == (UNSET, UNSET)
    given = read(b'{"text": "z > 2", "recover": null, "cooldown_seconds": 0}', RuleBody)
    assert isinstance(given, RuleBody)
    assert (given.recover, given.cooldown_seconds) == (None, 0.0)


def test_a_number_without_a_fraction_is_an_integer() -> None:
    assert read(b'{"until": 1e3}', MuteBody) == MuteBody(1000)
    assert read(b'{"until": 7.0}', MuteBody) == MuteBody(7)
    whole = read(b'{"text": "z > 2", "cap_per_hour": 3.0, "recover": 1.0, "keep_seconds": 5}', RuleBody)
    assert isinstance(whole, RuleBody)
    assert (whole.cap_per_hour, whole.recover, whole.keep_seconds) == (3, 1.0, 5.0)


SENTENCES = [
    (b"", RuleBody, "body: Field required"),
    (b"{", RuleBody, "body: JSON decode error"),
    (b"\xff\xfe", RuleBody, "body: JSON decode error"),
    (b"[]", RuleBody, "body: Input should be a valid object"),
    (b"{}", RuleBody, "text: Field required"),
    (b'{"until": NaN}', MuteBody, "NaN is no number of JSON"),
    (b'{"until": 1e999}', MuteBody, "the number 1e999 is too large"),
    (b'{"until": ' + b"9" * 6_000 + b"}", MuteBody, "JSON decode error"),
    (b'{"until": -1}', MuteBody, "until: Input should be greater than or equal to 0"),
    (b'{"until": true}', MuteBody, "until: Input should be a valid integer"),
    (b'{"until": "soon"}', MuteBody, "until: Input should be a valid integer"),
    (b'{"text": 7}', RuleBody, "text: Input should be a valid string"),
    (b'{"text": "z > 2", "recover": []}', RuleBody, "recover: "),
    (b'{"text": "z > 2", "keep_seconds": "5"}', RuleBody, "keep_seconds: Input should be a valid number"),
    (b'{"text": "z > 2", "channels": "desk"}', RuleBody, "channels: Input should be a valid list"),
    (b'{"text": "z > 2", "channels": [7]}', RuleBody, "channels[0]: Input should be a valid string"),
    (b'{"text": "z > 2", "timeframe": "2m"}', RuleBody, "unknown timeframe '2m': choose one of 1s, 1m, 5m"),
    (b'{"text": "z > 2", "severity": "loud"}', RuleBody,
     "unknown severity 'loud': choose one of info, warning, critical"),
    (b'{"text": "z > 2", "severity": 7}', RuleBody, "severity: Input should be a valid string"),
    (b'{"text": "z > 2", "sverity": "info"}', RuleBody,
     "sverity: Extra inputs are not permitted: did you mean severity?"),
    (b'{"symbol": "A"}', SymbolsBody, "symbol: Extra inputs are not permitted: did you mean symbols?"),
    (b'{"a": "A"}', PairBody, "a: Extra inputs are not permitted: use pair"),
    (b'{"pair": "\\ud800"}', PairBody, "pair: Input should be a valid string, unable to parse raw data as a unicode"),
    (b'{"\\ud800": "x"}', PairBody, "unicode string"),
    (b'"\\udfff"', PairBody, "unicode string"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "kind", "sentence"), SENTENCES)
def test_what_is_wrong_is_said(raw: bytes, kind: type, sentence: str) -> None:
    assert sentence in refusal(raw, kind)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_is_not_said_to_be_json_is_refused(content_type: str) -> None:
    assert "send JSON, with Content-Type: application/json" in refusal(b'{"pair": "A/B"}', PairBody, content_type)
    assert read(b'{"pair": "A/B"}', PairBody, "Application/JSON; charset=utf-8") == PairBody("A/B")


def test_every_choice_is_taken() -> None:
    for severity in Severity:
        for timeframe in Timeframe:
            raw = json.dumps({"text": "z > 2", "severity": severity, "timeframe": timeframe}).encode()
            assert read(raw, RuleBody) == RuleBody(text="z > 2", severity=severity, timeframe=timeframe)


scalars = st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(codec=None), max_size=30)
names = st.sampled_from(sorted({name for kind in KINDS for name in kind.__struct_fields__})) | st.text(max_size=5)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6), max_leaves=12
)


@given(
    raw=st.binary(max_size=60) | documents.map(lambda document: json.dumps(document).encode()),
    kind=st.sampled_from(KINDS),
)
def test_any_bytes_are_a_body_or_one_short_sentence(raw: bytes, kind: type) -> None:
    try:
        found: object = read(raw, kind)
    except HTTPException as error:
        found = error
    if isinstance(found, HTTPException):
        assert (found.status_code, 0 < len(found.detail) < 600) == (400, True)
        assert found.detail.encode()
    else:
        assert isinstance(found, kind)
