"""The shared recordings: every file reads, and the rebuilt aggregates give the exchange's own bar."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from spreadscope.exchange.recording import AggTradeBuilder, BuiltAggregate, merge_recordings, read_recording

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "frames"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="needs the recordings beside the checkout"),
]


class Wrapped(msgspec.Struct):
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


def aggregates(*names: str) -> list[BuiltAggregate]:
    builder = AggTradeBuilder()
    out: list[BuiltAggregate] = []
    for frame in merge_recordings(SHARED / name for name in names):
        wrapped = msgspec.json.decode(frame.payload, type=Wrapped)
        if wrapped.stream.endswith("@trade"):
            out += builder.add(bytes(wrapped.data))
    return out + builder.flush()


def test_the_golden_five_minute_bar() -> None:
    out = aggregates("um_btcusdt_20230404.recv_ts_json.gz", "um_btcusdt_20230405.recv_ts_json.gz")
    bar = [a for a in out if 1_680_652_800_000 <= a.T < 1_680_653_100_000]
    prices = [Decimal(a.p) for a in bar]
    volume = sum(Decimal(a.q) for a in bar)
    assert [*map(str, (prices[0], max(prices), min(prices), prices[-1], volume))] == [
        "28155.10", "28159.20", "28140.00", "28140.60", "685.263",
    ]  # fmt: skip


def test_no_raw_trade_is_lost_between_two_files() -> None:
    out = aggregates("um_btcusdt_20230404.recv_ts_json.gz", "um_btcusdt_20230405.recv_ts_json.gz")
    assert [a.a for a in out] == list(range(1, len(out) + 1))
    gaps = [(a.l, b.f) for a, b in itertools.pairwise(out) if b.f != a.l + 1]
    assert gaps == [(3535191079, 3535191081)]  # only the insurance fund's print is left out


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("um_btcusdt_20240808.recv_ts_json.gz", 93_954),
        ("um_2021-04-05_cryptofeed_5sym.txt.zst", 8_421),
        ("um_2021-07-22_cryptofeed_4sym.jsonl.zst", 1_535),
        ("um_2026-09-27_jarvis_subset.recv_ns_json.txt", 36),
    ],
)
def test_every_format_reads_to_its_end(name: str, count: int) -> None:
    assert sum(1 for _ in read_recording(SHARED / name)) == count
