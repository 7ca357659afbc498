"""The shared recordings through real sockets: the truth of every speed is the same, and dense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spreadscope.exchange.local import LocalExchange, RecordingFeed
from spreadscope.exchange.local.derived import DerivedStreams
from tests.exchange.local.local_harness import connect, receive, rest, run

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "frames"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="needs the recordings beside the checkout"),
]


def play(names: list[str], speed: Any) -> tuple[dict[str, list[list[Any]]], dict[str, list[list[Any]]]]:
    """What a subscriber got, and the truth, by symbol: [id, time, price, quantity, maker]."""
    got: dict[str, list[list[Any]]] = {}
    truth: dict[str, list[list[Any]]] = {}

    async def main() -> None:
        async with LocalExchange(RecordingFeed([SHARED / name for name in names]), speed=speed) as exchange:
            streams = "/".join(f"{symbol.lower()}@aggTrade" for symbol in exchange.symbols)
            async with connect(f"{exchange.ws_url}/market/stream?streams={streams}") as socket:
                await exchange.finished()
                for symbol in exchange.symbols:
                    truth[symbol] = [
                        list(row) for row in zip(*(c.tolist() for c in exchange.truth(symbol)), strict=True)
                    ]
                for _ in range(sum(map(len, truth.values()))):
                    row = (await receive(socket))["data"]
                    got.setdefault(row["s"], []).append(
                        [row["a"], row["T"], float(row["p"]), float(row["q"]), row["m"]]
                    )

    run(main())
    return got, truth


def test_two_symbols_at_full_speed() -> None:
    got, truth = play(["um_btcusdt_20240808.recv_ts_json.gz", "um_ethusdt_20240808.recv_ts_json.gz"], "max")
    assert got == truth
    assert {symbol: len(rows) for symbol, rows in got.items()} == {"BTCUSDT": 10_447, "ETHUSDT": 6_209}
    for rows in got.values():
        assert [row[0] for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(
    "name",
    [
        "um_2021-04-05_cryptofeed_5sym.txt.zst",
        "um_2021-07-22_cryptofeed_4sym.jsonl.zst",
        "um_2026-09-27_jarvis_subset.recv_ns_json.txt",
    ],
)
def test_recorded_aggregates_of_every_year(name: str) -> None:
    got, truth = play([name], "max")
    assert got == truth
    assert len(got) >= 2


def test_the_golden_kline_over_http() -> None:
    async def main() -> None:
        names = ("um_btcusdt_20230404.recv_ts_json.gz", "um_btcusdt_20230405.recv_ts_json.gz")
        async with LocalExchange(RecordingFeed([SHARED / n for n in names]), speed="max", start="now") as exchange:
            await exchange.finished()
            async with rest(exchange.rest_url) as client:
                answer = await client.get("/fapi/v1/klines?symbol=BTCUSDT&interval=5m&startTime=1680652800000&limit=1")
                assert json.loads(answer.text)[0][:6] == [
                    1_680_652_800_000, "28155.10", "28159.20", "28140.00", "28140.60", "685.263",
                ]  # fmt: skip
                mark = (await client.get("/fapi/v1/premiumIndex?symbol=BTCUSDT")).json()
                assert float(mark["markPrice"]) == pytest.approx(28_150, abs=50)

    run(main())


def test_the_golden_kline_in_its_stream() -> None:
    """The closed kline of five minutes is the exchange's own, made of the raw trades of two recordings."""
    names = ("um_btcusdt_20230404.recv_ts_json.gz", "um_btcusdt_20230405.recv_ts_json.gz")
    feed = RecordingFeed([SHARED / name for name in names])
    derived = DerivedStreams(feed, lambda: feed.start_ms)
    derived.joined("btcusdt@kline_5m")
    closed = []
    now_ms = feed.start_ms
    for block in feed.blocks():
        for frame in block:
            if frame.reveals is not None:
                frame.reveals.reveal()
            now_ms = max(now_ms, frame.event_ms)
        lines = [json.loads(frame.payload)["k"] for frame in derived.frames(now_ms)]
        closed += [line for line in lines if line["x"]]
    assert [line["t"] for line in closed] == [1_680_652_500_000, 1_680_652_800_000]
    golden = closed[-1]
    assert [golden[key] for key in "ohlcv"] == ["28155.10", "28159.20", "28140.00", "28140.60", "685.263"]
    assert golden["n"] < golden["L"] - golden["f"] + 1  # one print among them is no market trade
