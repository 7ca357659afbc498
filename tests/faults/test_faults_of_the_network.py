"""Connections and streams: every fault fires, is shown for what it is, and loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spreadscope.exchange.local import FaultSeverity, LocalExchange, RecordingFeed, SessionLimits
from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.connection import Connection
from spreadscope.model.clock import SystemClock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.states import ConnectionState, GapState
from spreadscope.tasks import Policy, Tasks
from tests.e2e.line import run, until, write_recording
from tests.faults.bench import under

LONG = 30.0  # longer than a test: switches one way of noticing off, so that the other is seen


def test_row_1_resets_are_answered_by_a_reconnect_and_a_fill(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "reset=3@0.4") as bench:
            await bench.happened("reset", 3)
            await bench.whole()
            assert bench.reconnects >= 3

    run(main())


def test_row_2_a_half_open_socket_is_found_by_its_missing_pong(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "half-open=1@0.4", exchange__first_data_seconds=LONG) as bench:
            await until(lambda: bench.said("half-open"))
            await bench.whole()
            assert bench.fired["half-open"] == 1
            assert bench.reconnects == 1

    run(main())


def test_row_3_a_stream_that_never_delivers_is_called_that(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "silent=2@0.9") as bench:
            await until(lambda: bench.showed("never delivered"))
            assert bench.said("the exchange trades it, but the stream is silent: reconnecting")
            await bench.whole()
            assert bench.fired["silent"] == 2

    run(main())


def test_row_4_one_stalled_stream_is_found_while_the_other_flows(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "stall=1@0.02", seconds=160) as bench:
            await until(lambda: bench.showed("stalled"))
            assert len({symbol for symbol, state in bench.states if state == "stalled"}) == 1
            await bench.whole()
            assert bench.fired["stall"] == 1

    run(main())


def test_row_5_pings_are_not_data(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "pings-only=1@0.4", seconds=160) as bench:
            await until(lambda: bench.showed("stalled"))
            await bench.whole()
            assert bench.fired["pings-only"] == 1
            assert not bench.said("half-open")

    run(main())


def test_row_6_a_fresh_socket_takes_over_before_the_old_one_is_ended(tmp_path: Path) -> None:
    async def main() -> None:
        limits = SessionLimits(lifetime_s=3.0)
        async with under(tmp_path, "drop=0,duplicate=1", limits=limits, exchange__max_age_seconds=1.2) as bench:
            await bench.whole()
            (connection,) = bench.live.markets.default.feed.connections
            await until(lambda: connection.renewals >= 2)
            assert connection.reconnects == 0
            assert bench.gaps() == []
            repeated = sum(tape.repeated for tape in bench.live.core.engine.tapes.values())
            assert repeated > 2  # what both sockets delivered was told by its id

    run(main())


def test_row_6_the_cut_after_24_hours_is_survived_too(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "expire=2@0.4") as bench:
            await bench.happened("expire", 2)
            await until(lambda: bench.reconnects == 2)
            await bench.whole()
            assert bench.fired["expire"] == 2
            assert bench.said("closed by the exchange: 1001 24 hours limit reached")

    run(main())


def test_row_8_requests_are_paced(tmp_path: Path) -> None:
    async def main() -> None:
        recording = write_recording(tmp_path / "market.txt", seconds=2)
        limits = SessionLimits(burst=3, messages_per_s=5)
        async with LocalExchange(RecordingFeed([recording]), session_limits=limits) as exchange:
            settings = ExchangeConfig(rest_url=exchange.rest_url, ws_url=exchange.ws_url)
            async with Tasks() as tasks:
                connection = Connection(
                    "paced", "market", DEFAULT, exchange.ws_url, settings, SystemClock(), lambda *_: None, tasks
                )
                tasks.start("paced", Policy.RESTART, connection.run)
                await until(lambda: connection.state is ConnectionState.CONNECTED)
                for number in range(12):
                    connection.add([f"s{number}usdt@aggTrade"])
                await until(lambda: len(connection.subscribed_ns) == 12)
                assert connection.reconnects == 0
                assert connection.state is ConnectionState.CONNECTED

    run(main())


def test_row_9_streams_are_spread_before_the_exchange_refuses_them(tmp_path: Path) -> None:
    async def main() -> None:
        options: dict[str, Any] = {"exchange__streams_per_connection": 2, "exchange__quotes": True}
        async with under(tmp_path, "duplicate=1", limits=SessionLimits(streams=2), seconds=60, **options) as bench:
            await bench.whole()
            assert len(bench.live.markets.default.feed.connections) >= 4
            assert bench.reconnects == 0
            assert bench.live.markets.default.feed.refusals == []

    run(main())


@pytest.mark.parametrize(("spec", "row"), [("drop=0.02", 10), ("burst=0.01", 13), ("drop=0.02,reorder=0.05", 12)])
def test_rows_10_12_13_what_is_missing_is_fetched_while_live_data_flows(tmp_path: Path, spec: str, row: int) -> None:
    async def main() -> None:
        async with under(tmp_path, spec) as bench:
            await bench.whole()
            assert bench.faults.fired_rows[row] > 5
            gaps = bench.gaps()
            assert len(gaps) > 5
            assert {gap.state for gap in gaps} == {GapState.FILLED}
            assert bench.reconnects == 0

    run(main())


def test_row_11_repeats_are_kept_once_and_other_content_is_an_alarm(tmp_path: Path) -> None:
    async def main() -> None:
        async with under(tmp_path, "duplicate=0.05,conflict=5@0.02") as bench:
            await bench.whole()
            assert bench.fired["conflict"] == 5
            repeated = sum(tape.repeated for tape in bench.live.core.engine.tapes.values())
            assert repeated >= bench.fired["duplicate"] + 5
            assert bench.count("conflicts") == 5

    run(main())


def test_row_22_a_market_at_rest_is_quiet_and_has_no_gap(tmp_path: Path) -> None:
    async def main() -> None:
        severity = FaultSeverity(rest=(1.5, 1.5))
        async with under(tmp_path, "maintenance=1@0.3", severity=severity) as bench:
            await until(lambda: bench.showed("quiet"))
            assert bench.said("nothing was traded since")
            await bench.whole()
            assert bench.fired["maintenance"] == 1
            assert bench.gaps() == []
            assert bench.reconnects == 0
            assert not bench.showed("stalled")

    run(main())


@pytest.mark.slow
def test_row_25_trades_that_stay_late_raise_an_alarm_and_a_reconnect(tmp_path: Path) -> None:
    async def main() -> None:
        severity = FaultSeverity(lag_frames=(30, 30))
        options: dict[str, Any] = {"exchange__lag_alarm_seconds": 1.0, "exchange__first_data_seconds": LONG}
        # In real time: the lag of a market played faster than that means nothing, and is not judged.
        async with under(tmp_path, "lag=1@0.9", speed=1.0, seconds=12, severity=severity, **options) as bench:
            await until(lambda: bench.showed("lagging"), 30)
            assert bench.fired["lag"] == 1
            assert bench.said(" s late")
            await until(lambda: bench.reconnects == 1)
            await bench.whole()

    run(main())
