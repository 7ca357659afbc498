"""Nothing lost, nothing doubled: recordings through the local exchange over real sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from spreadscope.app.live_engine import LiveEngine
from spreadscope.bars.kernel import exact_volume, group
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.model.config import load_config
from spreadscope.model.facts import Bar, Fact, PairRow
from spreadscope.model.instrument import Pair
from spreadscope.model.states import BarOrigin, GapState, SymbolState
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.replay.recording_source import replay_recordings
from tests.e2e.line import WINDOWS, assert_store_equals_truth, config, line, run, until, whole, write_recording

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "frames"
PAIR = [SHARED / "um_btcusdt_20240808.recv_ts_json.gz", SHARED / "um_ethusdt_20240808.recv_ts_json.gz"]

needs_recordings = pytest.mark.skipif(not SHARED.exists(), reason="needs the recordings beside the checkout")


def assert_bars_equal_trades(live: LiveEngine, symbol: str) -> int:
    """Every stored bar of the tape equals the bar made from the stored trades; → how many bars were compared."""
    trades = live.store.reader.trades(symbol)
    compared = 0
    for timeframe in TIMEFRAMES:
        integers, numbers, _ = group(trades.ids, trades.times, trades.prices, trades.quantities, timeframe.milliseconds)
        expected = {
            row[0]: (*prices, exact_volume(row[3], row[4]), row[5])
            for row, prices in zip(integers.tolist(), numbers.tolist(), strict=True)
        }
        for bar in live.store.reader.bars(symbol, timeframe):
            if bar.origin is BarOrigin.TAPE:
                opened, high, low, close, volume, count = expected[bar.open_time]
                assert (bar.open, bar.high, bar.low, bar.close) == (opened, high, low, close)
                assert (bar.volume, bar.trades) == (volume, count)
                compared += 1
    return compared


async def play(recordings: list[Path], data: Path, speed: float | str, cuts: tuple[float, ...] = ()) -> int:
    """Play recordings to their end, cutting every socket at the given shares of them; → the trades stored."""
    frames = sum(1 for path in recordings for _ in _lines(path)) if cuts else 0
    async with line(recordings, data, speed=speed) as (exchange, live):
        done = 0
        for share in cuts:
            await until(lambda: exchange.frames_played > share * frames, 60)
            exchange.cut_connections()
            done += 1
        assert done == len(cuts)
        await exchange.finished()
        await until(lambda: whole(exchange, live))
        if cuts:
            assert sum(connection.reconnects for connection in live.markets.default.feed.connections) >= len(cuts)
        await live.store.writer.flush()
        for symbol in exchange.symbols:
            assert assert_bars_equal_trades(live, symbol) > 0
        return assert_store_equals_truth(exchange, live)


def _lines(path: Path) -> list[bytes]:
    import gzip

    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        return file.read().splitlines()


@pytest.mark.slow
@needs_recordings
@pytest.mark.shared
def test_real_frames_at_full_speed_and_at_60x_are_stored_whole_and_alike(tmp_path: Path) -> None:
    totals: list[int] = []
    for speed in ("max", 60.0):
        run(_collect(totals, PAIR, tmp_path / str(speed), speed))
    assert totals[0] == totals[1] == 16_656


@needs_recordings
@pytest.mark.shared
def test_three_socket_cuts_in_real_frames_lose_and_double_nothing(tmp_path: Path) -> None:
    totals: list[int] = []
    run(_collect(totals, PAIR, tmp_path / "cut", "max", (0.15, 0.4, 0.65)))
    assert totals == [16_656]


async def _collect(
    totals: list[int], recordings: list[Path], data: Path, speed: float | str, cuts: tuple[float, ...] = ()
) -> None:
    totals.append(await play(recordings, data, speed, cuts))


@pytest.mark.parametrize("speed", ["max", 200.0])
def test_our_own_recording_is_stored_whole_at_any_speed(tmp_path: Path, speed: float | str) -> None:
    totals: list[int] = []
    run(_collect(totals, [write_recording(tmp_path / "r.txt")], tmp_path / "store", speed))
    assert totals[0] > 4_000


def test_three_socket_cuts_lose_and_double_nothing(tmp_path: Path) -> None:
    totals: list[int] = []
    recording = write_recording(tmp_path / "r.txt", seconds=400)
    run(_collect(totals, [recording], tmp_path / "store", 100.0, (0.2, 0.45, 0.7)))
    assert totals[0] > 5_000


def test_frames_dropped_inside_a_live_stream_are_noticed_and_refetched(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt")

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=100.0) as (exchange, live):
            await until(lambda: live.markets.default.feed.messages > 200)
            exchange.drop_next("aaausdt@aggTrade", 5)
            await exchange.finished()
            await until(lambda: whole(exchange, live))
            await live.store.writer.flush()
            assert_store_equals_truth(exchange, live)
            gaps = live.store.reader.gaps("AAAUSDT")
            assert [gap.state for gap in gaps] == [GapState.FILLED]
            assert gaps[0].last - gaps[0].first + 1 == 5
            complete = [bar.complete for bar in live.store.reader.bars("AAAUSDT", TIMEFRAMES[0])]
            assert all(complete[1:])
            assert not complete[0]  # nothing proves what came before the tape

    run(main())


def test_a_stream_that_is_acknowledged_and_silent_goes_red_and_is_repaired(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", seconds=100)

    async def main() -> None:
        options = {"exchange__first_data_seconds": 0.5}
        async with line([recording], tmp_path / "store", speed=20.0, **options) as (exchange, live):
            exchange.stall("aaausdt@aggTrade")
            states: set[SymbolState] = set()

            def red() -> bool:
                health = live.markets.default.watchdog.symbols.get("AAAUSDT")
                if health is not None:
                    states.add(health.state)
                return bool(states & {SymbolState.NEVER_DELIVERED, SymbolState.STALLED})

            await until(red)
            assert live.markets.default.watchdog.symbols["AAAUSDT"].detail
            exchange.resume("aaausdt@aggTrade")
            await exchange.finished()
            await until(lambda: whole(exchange, live), 40)
            await live.store.writer.flush()
            assert_store_equals_truth(exchange, live)

    run(main())


def test_a_quiet_market_is_quiet_and_not_stalled(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", seconds=20)

    async def main() -> None:
        options = {"exchange__first_data_seconds": 0.3}
        async with line([recording], tmp_path / "store", **options) as (exchange, live):
            await exchange.finished()
            await until(
                lambda: (
                    [health.state for health in live.markets.default.watchdog.symbols.values()]
                    == [SymbolState.QUIET] * 2
                )
            )

    run(main())


def test_an_engine_that_stops_and_starts_again_goes_on_where_it_ended(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", seconds=400)

    async def main() -> None:
        async with LocalExchange(RecordingFeed([recording]), speed=60.0) as exchange:
            settings = config(exchange, tmp_path / "store", pairs=("AAAUSDT/BBBUSDT",))
            async with LiveEngine(settings) as live:
                await until(lambda: live.core.trades > 800)
            first_run = live.core.trades
            # The pair was watched: without any option the second run takes it up again.
            async with LiveEngine(config(exchange, tmp_path / "store")) as live:
                await exchange.finished()
                await until(lambda: whole(exchange, live))
                await live.store.writer.flush()
                assert live.core.trades > 0
                total = assert_store_equals_truth(exchange, live)
                assert total == first_run + live.core.trades
                for symbol in exchange.symbols:
                    assert assert_bars_equal_trades(live, symbol) > 50

    run(main())


def test_bars_and_rows_of_a_live_run_equal_those_of_a_replay(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", seconds=240)
    rows: list[PairRow] = []
    bars: list[Bar] = []

    async def main() -> None:
        options = {"exchange__quotes": False, "history__bars": 0}
        async with line([recording], tmp_path / "store", **options) as (exchange, live):
            await exchange.finished()
            await until(lambda: whole(exchange, live))
        pair = Pair("AAAUSDT", "BBBUSDT")
        rows.extend(live.store.reader.rows(pair, Timeframe.S1))
        bars.extend(live.store.reader.bars("AAAUSDT", Timeframe.S1))

    run(main())
    facts: list[Fact] = []
    settings = load_config(None, **WINDOWS, pairs=("AAAUSDT/BBBUSDT",), exchange__quotes=False)
    replay_recordings([recording], settings, observe=lambda _, new, __: facts.extend(new))
    replayed = [fact for fact in facts if isinstance(fact, PairRow) and fact.timeframe is Timeframe.S1]
    assert len(rows) > 200
    assert rows == replayed
    expected = [
        fact for fact in facts if isinstance(fact, Bar) and fact.symbol == "AAAUSDT" and fact.timeframe is Timeframe.S1
    ]
    assert bars == expected
