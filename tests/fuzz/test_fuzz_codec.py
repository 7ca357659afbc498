"""Whatever bytes come, the parsers give what they document, and never another exception."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.exchange.binance_futures import rest
from spreadscope.exchange.binance_futures.decode import (
    decode,
)
from spreadscope.exchange.recording import read_recording
from spreadscope.exchange.rest_client import decode_refusal
from spreadscope.model.errors import DecodeError
from tests.fuzz.codec import FRAMES, SEEDS, check
from tests.fuzz.damaged import anything, mutated

events = st.sampled_from(
    ["aggTrade", "trade", "bookTicker", "markPriceUpdate", "kline", "forceOrder", "contractInfo", "depthUpdate", "new"]
)
keys = st.sampled_from([*list("EesapqflTmuUbBAirPkxotcdXSvVnzQ"), "st", "nq", "ap", "cs", "ct", "dt", "ot", "pu"])
payloads = st.builds(
    lambda event, body: {**body, "e": event},
    events,
    st.dictionaries(keys, st.integers(-5, 2**70) | st.sampled_from(["1.5", "nan", "", "x"]) | anything, max_size=20),
)


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes(raw: bytes) -> None:
    check(raw)


@given(st.one_of(anything, payloads, st.lists(payloads, max_size=3)), st.booleans())
@settings(max_examples=400)
def test_any_json(document: object, wrapped: bool) -> None:
    if wrapped:
        document = {"stream": "s", "data": document}
    check(json.dumps(document).encode())


@given(mutated(SEEDS))
@settings(max_examples=400)
def test_damaged_frames(raw: bytes) -> None:
    check(raw)


def test_damaged_real_frames(shared: Path) -> None:
    real = [
        item.payload
        for item in read_recording(shared / "data" / "frames" / "um_2026-09-27_jarvis_subset.recv_ns_json.txt")
    ]

    @given(mutated(real))
    @settings(max_examples=300)
    def damaged(raw: bytes) -> None:
        check(raw)

    damaged()


@given(st.one_of(st.binary(max_size=80), anything.map(lambda item: json.dumps(item).encode()), mutated(SEEDS)))
@settings(max_examples=300)
def test_rest_bodies(body: bytes) -> None:
    for read in (
        rest.decode_time, partial(rest.decode_agg_trades, "BTCUSDT"), rest.decode_klines, rest.decode_exchange_info,
        rest.decode_premium_index, rest.decode_funding_rates, partial(rest.decode_settled_funding, "BTCUSDT"),
        rest.decode_funding_intervals,
    ):  # fmt: skip
        try:
            read(body)
        except DecodeError as error:
            assert "\n" not in str(error)  # noqa: PT017 - the property is that nothing else comes
    assert isinstance(decode_refusal(body), tuple | None)


def test_the_seeds_themselves_are_good() -> None:
    for raw in SEEDS:
        assert isinstance(decode(raw), FRAMES)
        msgspec.json.decode(raw)
