"""The exchange is not there when the engine starts: what is stored is shown, and everything goes on once it answers."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from spreadscope.api.status import StatusMaker
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local import LocalExchange, RecordingFeed
from spreadscope.model.instrument import Pair
from tests.e2e.line import assert_store_equals_truth, config, run, until, whole, write_recording
from tests.faults.run import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAIR = Pair("AAAUSDT", "BBBUSDT")
OTHER = Pair("AAAUSDT", "AAAUSD")


@asynccontextmanager
async def market(recording: Path, ports: tuple[int, int] = (0, 0)) -> AsyncIterator[LocalExchange]:
    async with LocalExchange(RecordingFeed([recording]), speed="max", ws_port=ports[0], rest_port=ports[1]) as exchange:
        yield exchange


def ports_of(exchange: LocalExchange) -> tuple[int, int]:
    ws, rest = (int(url.rsplit(":", 1)[1]) for url in (exchange.ws_url, exchange.rest_url))
    return ws, rest


def alarms(live: LiveEngine) -> str:
    return "\n".join(alarm.message for alarm in StatusMaker(live).status().alarms)


def test_what_is_stored_is_shown_without_the_exchange_and_goes_on_with_it(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "market.txt", seconds=120)

    async def main() -> None:
        async with market(recording) as exchange:
            settings = config(exchange, tmp_path / "store", **PATIENCE, exchange__quotes=False, pairs=(str(PAIR),))
            ports = ports_of(exchange)
            async with LiveEngine(settings) as live:
                await exchange.finished()
                await until(lambda: whole(exchange, live))
                await live.store.writer.flush()
                rows = len(live.store.reader.rows(PAIR, live.config.timeframe))
                assert rows
        async with LiveEngine(settings) as live:
            await until(lambda: PAIR in live.core.engine.pairs and live.starting == "waiting for the exchange")
            status = StatusMaker(live).status()
            assert (status.mode, status.demo, status.pairs) == ("demo", True, (str(PAIR),))
            assert "waiting for the exchange, which is asked again and again" in alarms(live)
            assert len(live.store.reader.rows(PAIR, live.config.timeframe)) == rows
            async with market(recording, ports) as exchange:
                await exchange.finished()
                await until(lambda: whole(exchange, live), 60)
                await until(lambda: alarms(live) == "", 60)
                assert live.starting == ""
                await live.store.writer.flush()
                assert_store_equals_truth(exchange, live)

    run(main())


def test_an_empty_store_waits_and_a_symbol_that_is_not_listed_is_said_once_the_exchange_answers(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "market.txt", seconds=120)

    async def main() -> None:
        async with market(recording) as exchange:
            pairs = (str(PAIR), str(OTHER))
            settings = config(exchange, tmp_path / "store", **PATIENCE, exchange__quotes=False, pairs=pairs)
            ports = ports_of(exchange)
        async with LiveEngine(settings) as live:
            await until(lambda: live.starting == "waiting for the exchange")
            assert live.markets.source is None
            async with market(recording, ports) as exchange:
                await until(lambda: PAIR in live.core.engine.pairs, 60)
                await until(lambda: whole(exchange, live), 60)
                assert live.markets.source is not None
                assert live.markets.source.mode == "demo"
                assert "the exchange lists no symbol AAAUSD: did you mean AAAUSDT?" in alarms(live)

    run(main())
