"""One symbol on two venues through the whole line: the local exchange, real sockets, the engine and the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local import Faults, LocalExchange, NoFaults, RecordingFeed, SeededFaults
from spreadscope.model.facts import Bar
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe
from tests.e2e.line import START_MS, assert_store_equals_truth, config, run, until, whole, write_recording

PERPETUAL, SPOT = "AAAUSDT", "binance-spot:AAAUSDT"
PAIR = f"{PERPETUAL}/{SPOT}"
SECONDS = 40


def spot_recording(path: Path) -> Path:
    """Raw trades and quotes of Spot beside the futures' of ``write_recording``, a little below them."""
    lines = []
    for step in range(SECONDS * 5):
        time = START_MS + step * 200
        price = f"{99.9 + step % 7 * 0.01:.8f}"
        for twin in range(1 + step % 3):
            trade = {
                "e": "trade", "E": time + 1, "s": PERPETUAL, "t": 7_000 + step * 3 + min(twin, step % 3), "p": price,
                "q": f"{0.1 + twin / 100:.8f}", "T": time, "m": step % 2 == 0, "M": True,
            }  # fmt: skip
            lines.append((time + 40 + twin, "trade", trade))
        for missing in range(1 + step % 3, 3):  # every raw id comes: prints of another price fill the step
            trade = {
                "e": "trade", "E": time + 2, "s": PERPETUAL, "t": 7_000 + step * 3 + missing,
                "p": f"{98 + missing}.00000000",
                "q": "0.50000000", "T": time, "m": step % 2 == 0, "M": True,
            }  # fmt: skip
            lines.append((time + 44 + missing, "trade", trade))
        quote = {"u": step + 1, "s": PERPETUAL, "b": price, "B": "1", "a": f"{99.92 + step % 7 * 0.01:.8f}", "A": "2"}
        lines.append((time + 50, "bookTicker", quote))
    text = (
        f"{received * 1_000_000} {json.dumps({'stream': f'aaausdt@{kind}', 'data': data})}"
        for received, kind, data in lines
    )
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def bars_of(live: LiveEngine) -> list[Bar]:
    return live.store.reader.bars(SPOT, Timeframe.S1)


@pytest.mark.parametrize("faults", ["", "drop=9@0.05,duplicate=9@0.05,reorder=5@0.05,429=1@0.2,5xx=1@0.2"])
def test_both_tapes_are_whole_and_the_pair_has_rows(tmp_path: Path, faults: str) -> None:
    recordings = [
        write_recording(tmp_path / "futures.txt", (PERPETUAL,), seconds=SECONDS), spot_recording(tmp_path / "spot.txt"),
    ]  # fmt: skip

    async def main() -> None:
        asked: Faults = SeededFaults(faults, 5) if faults else NoFaults()
        async with LocalExchange(RecordingFeed(recordings), speed=20.0, faults=asked) as exchange:
            assert exchange.symbols == (PERPETUAL, SPOT)
            async with LiveEngine(config(exchange, tmp_path / "data", pairs=(PAIR,))) as live:
                await exchange.finished()
                await until(lambda: whole(exchange, live))
                await until(lambda: len(live.store.reader.trades(SPOT)) == len(exchange.truth(SPOT).ids))
                await until(lambda: len(live.store.reader.trades(PERPETUAL)) == len(exchange.truth(PERPETUAL).ids))
                assert assert_store_equals_truth(exchange, live) > 600
                assert [str(pair) for pair in live.core.engine.pairs] == [PAIR]
                await until(lambda: len(bars_of(live)) >= SECONDS - 3)
                bars = bars_of(live)
                truth = exchange.truth(SPOT)
                for bar in bars:
                    prices = truth.prices[truth.times // 1000 == bar.open_time // 1000]
                    made = prices[0], prices.max(), prices.min(), prices[-1]
                    assert (bar.open, bar.high, bar.low, bar.close) == made
                assert sum(bar.bid is not None for bar in bars) > len(bars) / 2, (
                    "quotes without a time have one by their trades"
                )
                rows = live.store.reader.rows(parse_pair(PAIR), Timeframe.S1, 0, 1 << 62)
                assert len(rows) >= len(bars) - 2
                assert all(row.price_x is not None and 97 < row.price_x < 101 for row in rows), (
                    "the leg of Spot, and not the perpetual once more"
                )
        if faults:
            assert {"drop", "duplicate"} <= set(asked.fired)

    run(main())
