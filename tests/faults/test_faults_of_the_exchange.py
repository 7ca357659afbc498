"""Answers, refusals and payloads: every fault fires, is shown for what it is, and loses nothing."""

from __future__ import annotations

import json
from pathlib import Path

from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.binance_futures.client import BinanceFuturesClient
from spreadscope.exchange.local import FaultSeverity, LocalExchange, RecordingFeed, SeededFaults
from spreadscope.ingest.exchange_clock import ExchangeClock
from spreadscope.model.clock import ManualClock, SystemClock
from spreadscope.model.events import FlushChanges, MarketTime
from spreadscope.model.states import GapState
from tests.e2e.line import config, run, until, whole, write_recording
from tests.faults.bench import under
from tests.faults.oracle import compare_trades, kept

HOUR_MS = 3_600_000
NS = 1_000_000


def shifted(recording: Path, after: int, by_ms: int) -> Path:
    """The same recording with an outage in it: its frames after the first ``after`` come ``by_ms`` later."""
    lines = recording.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines[after:], start=after):
        received, _, body = line.partition(" ")
        document = json.loads(body)
        data = document["data"]
        data["E"] += by_ms
        data["T"] += by_ms
        lines[number] = f"{int(received) + by_ms * NS} {json.dumps(document, separators=(',', ':'))}"
    recording.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return recording


def without(recording: Path, symbol: str, ids: range) -> Path:
    """A recording that lacks ids: the exchange itself has no such trades."""
    lines = recording.read_text(encoding="utf-8").splitlines()
    kept = [
        line
        for line in lines
        if not any(f'"s":"{symbol}","a":{number},' in line for number in ids) or "aggTrade" not in line
    ]
    assert len(lines) - len(kept) == len(ids)
    recording.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return recording


def test_row_14_an_outage_over_48_hours_leaves_a_permanent_gap_that_is_shown(tmp_path: Path) -> None:
    async def main() -> None:
        recording = write_recording(tmp_path / "market.txt", seconds=60)
        lines = len(recording.read_text(encoding="utf-8").splitlines())
        recording = shifted(recording, lines // 2, 50 * HOUR_MS)
        feed = RecordingFeed([recording])
        async with LocalExchange(feed, speed="max") as exchange:
            settings = config(exchange, tmp_path / "store", pairs=("AAAUSDT/BBBUSDT",), exchange__quotes=False)
            # What the sockets carry before the outage and shortly after it is lost: only REST could tell of it.
            exchange.drop_next("aaausdt@aggTrade", 300)
            async with LiveEngine(settings) as live:
                await exchange.finished()
                await until(lambda: whole(exchange, live))
                live.core.apply([MarketTime(exchange.now_ms + 600_000), FlushChanges()])
                await live.store.writer.flush()
                gaps = [gap for gap in live.store.reader.gaps("AAAUSDT") if gap.state is GapState.PERMANENT]
                assert len(gaps) == 1
                assert "-4166" in gaps[0].evidence
                truth, stored = exchange.truth("AAAUSDT"), live.store.reader.trades("AAAUSDT")
                gone = (truth.ids >= gaps[0].first) & (truth.ids <= gaps[0].last)
                assert (truth.times[gone] < exchange.now_ms - 48 * HOUR_MS).all()
                left = kept(truth, ~gone)
                assert compare_trades("AAAUSDT", stored, left).problems == []
                _, lost = live.store.reader.ledger("AAAUSDT")
                assert lost == ((gaps[0].first, gaps[0].last),)
                bars = [bar for bar in live.store.reader.bars("AAAUSDT", settings.timeframe) if not bar.complete]
                assert bars  # those beside the gap say so

    run(main())


def test_row_14_a_refusal_that_is_not_true_is_asked_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "drop=0.02,too-old=2@0.5") as bench:
            await bench.whole()
            assert bench.fired["too-old"] == 2
            assert {gap.state for gap in bench.gaps()} == {GapState.FILLED}

    run(main())


def test_what_the_exchange_itself_lacks_is_an_upstream_hole_with_evidence(tmp_path: Path) -> None:
    async def main() -> None:
        recording = without(write_recording(tmp_path / "market.txt", seconds=60), "AAAUSDT", range(1100, 1104))
        async with under(tmp_path, "duplicate=1", recording=recording) as bench:
            await bench.exchange.finished()
            await until(lambda: whole(bench.exchange, bench.live))
            await bench.live.store.writer.flush()
            (gap,) = [gap for gap in bench.gaps() if gap.symbol == "AAAUSDT" and gap.state is GapState.UPSTREAM]
            assert (gap.first, gap.last) == (1100, 1103)
            assert gap.evidence == "aggTrades fromId=1100 begins at 1104, asked twice"
            problems = compare_trades(
                "AAAUSDT", bench.live.store.reader.trades("AAAUSDT"), bench.exchange.truth("AAAUSDT")
            ).problems
            assert problems == []

    run(main())


def test_row_15_a_429_holds_every_request(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "drop=0.02,429=2@0.3") as bench:
            await until(lambda: bench.live.markets.default.client.budget.refusals > 0)
            await bench.whole()
            assert bench.fired["429"] == bench.live.markets.default.client.budget.refusals == 2
            assert bench.live.markets.default.client.budget.bans == 0

    run(main())


def test_row_17_weight_that_others_use_is_believed(tmp_path: Path) -> None:
    async def main() -> None:
        recording = write_recording(tmp_path / "market.txt", seconds=5)
        faults = SeededFaults("weight=1@0.99", 1, severity=FaultSeverity(weight=(2150, 2150)))
        clock = ManualClock(28_000_000 * 60 * 10**9)
        async with LocalExchange(RecordingFeed([recording]), faults=faults) as exchange:
            async with BinanceFuturesClient(exchange.rest_url, clock) as client:
                await client.time()
                assert faults.fired["weight"] == 1
                assert client.budget.used == 2151
                assert client.budget.wait_ns(20) == 60 * 10**9  # 10% stay in reserve for the others
                clock.advance(60 * 10**9)
                assert client.budget.wait_ns(20) == 0

    run(main())


def test_row_18_broken_answers_leave_the_gap_open_until_a_good_one(tmp_path: Path) -> None:
    async def main() -> None:
        spec = "drop=0.02,5xx=4@0.3,html=4@0.3,truncated=4@0.3,slow=4@0.3"
        async with under(tmp_path, spec, seconds=160) as bench:
            await bench.whole()
            assert bench.faults.fired_rows[18] >= 12
            assert {gap.state for gap in bench.gaps()} == {GapState.FILLED}

    run(main())


def test_row_19_unknown_shapes_pass_and_a_trade_without_its_price_is_quarantined(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "new-keys=0.1,new-event=0.1,missing-key=5@0.05") as bench:
            await bench.whole()
            assert bench.fired["new-keys"] > 20
            assert bench.fired["new-event"] > 20
            assert (
                bench.fired["missing-key"] == bench.live.markets.default.feed.rejected == bench.count("quarantine") == 5
            )

    run(main())


def test_row_20_rows_of_the_other_market_are_dropped(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "coin-m=0.2") as bench:
            await bench.whole()
            assert bench.fired["coin-m"] > 100
            assert bench.count("conflicts") == 0

    run(main())


def test_row_21_a_halt_freezes_the_pair_and_ends(tmp_path: Path) -> None:
    async def main() -> None:
        severity = FaultSeverity(halt=(1.2, 1.2))
        async with under(tmp_path, "", severity=severity, seconds=160) as bench:
            await until(lambda: bench.live.core.trades > 50)
            bench.faults.ask("halt=1@0.5")
            await until(lambda: bench.showed("halted"))
            assert bench.live.core.engine.halted
            await until(lambda: not bench.live.core.engine.halted)
            await bench.whole()
            assert bench.fired["halt"] == 1

    run(main())


def test_row_21_a_halt_and_its_end_that_no_socket_heard_are_asked_for(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "", seconds=160) as bench:
            await until(lambda: bench.live.core.trades > 50)
            bench.exchange.announce("AAAUSDT", "SETTLING")
            await until(lambda: bench.showed("halted"))
            bench.exchange.stall("!contractInfo")
            bench.exchange.announce("AAAUSDT", "TRADING")
            await until(lambda: not bench.live.core.engine.halted)
            bench.exchange.announce("BBBUSDT", "SETTLING")
            bench.exchange.cut_connections()
            await until(lambda: bench.live.core.engine.halted == {"BBBUSDT"})
            await bench.whole()

    run(main())


def test_row_23_the_clock_is_measured_with_its_round_trip_and_a_step_is_noticed(tmp_path: Path) -> None:
    async def main() -> None:
        recording = write_recording(tmp_path / "market.txt", seconds=5)
        faults = SeededFaults("slow=0.5", 1, severity=FaultSeverity(slow=(0.05, 0.2)))
        async with LocalExchange(RecordingFeed([recording]), faults=faults) as exchange:
            system = SystemClock()
            async with BinanceFuturesClient(exchange.rest_url, system) as client:
                clock = ExchangeClock(client, system)
                for _ in range(8):
                    await clock.sample()
                assert faults.fired["slow"] > 0
                assert clock.round_trip_ms is not None
                assert clock.offset_ms is not None
                assert clock.round_trip_ms < 50  # the quick answers count, not the delayed ones
                want = exchange.now_ms - system.now_ns() / 1e6
                assert abs(clock.offset_ms - want) < 2_000
                assert clock.steps == 0
                faults.ask("skew=1@0.99")
                await clock.sample()
                await clock.sample()
                assert faults.fired["skew"] == 1
                assert clock.steps == 2  # there and back

    run(main())


def test_row_23_a_wrong_clock_costs_no_trade(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "skew=0.9,drop=0.02") as bench:
            await bench.whole()
            assert bench.fired["skew"] > 0

    run(main())
