"""What a leg's price is, mid or last trade, is named, and is the same live, from a recording and from stored trades."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry, touched_ledgers
from spreadscope.model.config import Config, load_config
from spreadscope.model.events import FlushChanges, MarketTime
from spreadscope.model.facts import Fact, PairRow, Signal
from spreadscope.model.instrument import Pair
from spreadscope.model.states import PriceSource
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.recording_source import replay_recordings
from spreadscope.replay.trades_source import TradesReplay, replay_trades
from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter
from tests.e2e.line import START_MS, WINDOWS, line, run, until, whole, write_recording

FRAMES = Path(__file__).parents[2] / ".." / "shared" / "data" / "frames"
REAL = [FRAMES / f"um_{name}_20240808.recv_ts_json.gz" for name in ("btcusdt", "ethusdt")]
PAIR = Pair("AAAUSDT", "BBBUSDT")


def quoted(path: Path, *, quotes_until: int = 400, seconds: int = 400) -> Path:
    """A trade of each leg every second half a spread off the mid; quotes until a second."""
    rng = np.random.default_rng(3)
    lines = []
    for second in range(seconds):
        for place, symbol in enumerate(PAIR.symbols):
            mid = 100.0 * (1 + place) * float(np.exp(2e-4 * rng.standard_normal()))
            time = START_MS + 1_000 * second + 100 + place
            quote = {
                "e": "bookTicker", "u": second, "s": symbol, "b": f"{mid - 0.05:.4f}", "B": "1",
                "a": f"{mid + 0.05:.4f}",
                "A": "1", "T": time, "E": time,
            }  # fmt: skip
            trade = {
                "e": "aggTrade", "E": time + 5, "s": symbol, "a": 1_000 + second,
                "p": f"{mid + rng.choice((-0.05, 0.05)):.4f}",
                "q": "1", "f": second, "l": second, "T": time + 200, "m": False,
            }  # fmt: skip
            for stream, data in (("bookTicker", quote), ("aggTrade", trade)):
                if stream == "aggTrade" or second < quotes_until:
                    lines.append(
                        (
                            int(data["T"]),  # type: ignore[call-overload]
                            json.dumps({"stream": f"{symbol.lower()}@{stream}", "data": data}),
                        )
                    )
    path.write_text("".join(f"{(time + 20) * 1_000_000} {text}\n" for time, text in sorted(lines)), encoding="utf-8")
    return path


def stored(recordings: list[Path], folder: Path, settings: Config) -> tuple[list[Fact], StoreReader]:
    """What the replay of recordings says, and its store."""
    said: list[Fact] = []
    with DataDirectory(folder) as directory:
        writer = StoreWriter(directory.database, settings.store)
        writer.start()

        def keep(engine: Engine, facts: list[Fact], _: list[JournalEntry]) -> None:
            said.extend(facts)
            writer.submit(facts, touched_ledgers(engine, facts))

        replay_recordings(recordings, settings, observe=keep)
        writer.stop()
    return said, StoreReader(folder / DATABASE)


def of_tape(reader: StoreReader, settings: Config, pair: Pair) -> tuple[list[Fact], TradesReplay]:
    said: list[Fact] = []
    return said, replay_trades(reader, settings, [pair], observe=lambda _, facts, __: said.extend(facts))


def signals(facts: list[Fact]) -> list[tuple[int, str, str]]:
    return [(s.time, s.timeframe.value, s.action.value) for s in facts if isinstance(s, Signal)]


def rows(facts: list[Fact]) -> list[PairRow]:
    return [row for row in facts if isinstance(row, PairRow) and row.timeframe is Timeframe.S1]


def test_case_9_stored_trades_say_the_signals_that_quotes_made(tmp_path: Path) -> None:
    settings = load_config(None, **WINDOWS, pairs=(str(PAIR),))
    said, reader = stored([quoted(tmp_path / "r.txt")], tmp_path / "store", settings)
    again, result = of_tape(reader, settings, PAIR)
    assert signals(said)
    assert signals(again)[: len(signals(said))] == signals(said)
    assert rows(again)[: len(rows(said))] == rows(said)
    assert {row.source_y for row in rows(said)} == {PriceSource.MID}
    # A recording ends before its last bars can be closed: of those the store has no quote.
    assert result.rows_by_last_trade <= 4


@pytest.mark.shared
@pytest.mark.skipif(not FRAMES.is_dir(), reason="needs the recordings beside the checkout")
def test_case_9_of_the_real_recordings(tmp_path: Path) -> None:
    pair = Pair("BTCUSDT", "ETHUSDT")
    settings = load_config(None, **WINDOWS, pairs=(str(pair),))
    said, reader = stored(REAL, tmp_path / "store", settings)
    again, _ = of_tape(reader, settings, pair)
    assert len(signals(said)) == 10
    assert set(signals(again)) == set(signals(said))


def test_a_window_of_mids_and_last_trades_says_so(tmp_path: Path) -> None:
    settings = load_config(None, **WINDOWS, pairs=(str(PAIR),))
    said, reader = stored([quoted(tmp_path / "r.txt", quotes_until=200)], tmp_path / "store", settings)
    by_time = {row.time: row for row in rows(said)}
    before, after, long_after = (by_time[START_MS + second * 1_000] for second in (190, 210, 395))
    assert (before.source_y, before.source_x, before.mixed) == (PriceSource.MID, PriceSource.MID, False)
    assert (after.source_y, after.source_x, after.mixed) == (PriceSource.LAST, PriceSource.LAST, True)
    assert (long_after.source_y, long_after.mixed) == (PriceSource.LAST, False)  # its window has last trades only
    read = {row.time: row for row in reader.rows(PAIR, Timeframe.S1)}
    assert read[after.time] == after  # and the store keeps it
    _, result = of_tape(reader, settings, PAIR)
    assert result.rows_by_last_trade >= 190


def test_case_14_a_row_that_did_not_wait_for_its_quote_says_so(tmp_path: Path) -> None:
    """At full speed the sockets race: a row whose price is not the recording's names the last trade as its source."""
    recording = write_recording(tmp_path / "r.txt", seconds=300)
    settings = load_config(None, **WINDOWS, pairs=(str(PAIR),))
    expected = {row.time: row for row in rows(stored([recording], tmp_path / "recorded", settings)[0])}

    async def main() -> None:
        async with line([recording], tmp_path / "store", pairs=(str(PAIR),)) as (exchange, live):
            await exchange.finished()
            await until(lambda: whole(exchange, live), 30)
            live.core.apply([MarketTime(exchange.now_ms + 10_000), FlushChanges()])
            await live.store.writer.flush()
            found = live.store.reader.rows(PAIR, Timeframe.S1)
        assert len(found) >= 299
        for row in found:
            then = expected.get(row.time)
            for price, source, was in (
                (row.price_y, row.source_y, then and then.price_y), (row.price_x, row.source_x, then and then.price_x),
            ):  # fmt: skip
                assert was is None or price == was or source in {PriceSource.LAST, PriceSource.EARLIER_MID}

    run(main())
