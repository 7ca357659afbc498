"""What Prometheus scrapes is well formed, complete and from the parts; whether the engine lives and is ready."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import httpx
import msgspec
import pytest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

import spreadscope
from spreadscope import contract
from spreadscope.api.metrics import EngineCollector
from spreadscope.api.status import StatusMaker
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.store_service import DiskRoom, StoreService
from spreadscope.ingest.watchdog import Watchdog
from spreadscope.model.clock import SystemClock
from spreadscope.model.config import load_config
from spreadscope.model.distribution import Distribution
from spreadscope.model.states import GapState, SymbolState
from tests.api.served import PAIR, served, settled
from tests.e2e.line import run, until

NAME = re.compile(r"spreadscope_[a-z][a-z0-9_]*")


async def scraped(client: httpx.AsyncClient) -> dict[str, Metric]:
    """The families of a scrape, by name."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = list(text_string_to_metric_families(answer.text))
    names = [family.name for family in found]
    assert len(names) == len(set(names)), "a family is told twice"
    return {family.name: family for family in found}


def value(families: dict[str, Metric], name: str, **labels: str) -> float:
    """The sum of the samples of a name that have these labels."""
    family = families[name.removesuffix("_total").removesuffix("_count").removesuffix("_sum")]
    found = [
        sample.value for sample in family.samples if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert found, (name, labels)
    return sum(found)


def test_every_declared_metric_is_told_and_its_figures_are_those_of_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)
            await until(lambda: live.store.room is not None)
            found = await scraped(client)
            assert_told(found, [family for part in live.components for family in part.metrics()])
            assert_documented(EngineCollector(live, StatusMaker(live)).collect())
            status = msgspec.json.decode((await client.get("/api/status")).content, type=contract.Status)
            assert value(found, "spreadscope_trades_accepted_total") == live.core.trades > 2_000
            assert value(found, "spreadscope_frames_total") == live.markets.messages > 0
            trades = sum(exchange.truth(symbol).ids.size for symbol in exchange.symbols)
            assert value(found, "spreadscope_store_rows_total") >= trades
            for symbol in status.symbols:
                labels = {"venue": symbol.venue, "symbol": symbol.symbol}
                assert value(found, "spreadscope_holes_open", **labels) == symbol.open_gaps == 0
                assert value(found, "spreadscope_symbol_state", **labels, state=str(symbol.state)) == 1
            holes = value(found, "spreadscope_holes_total", state=str(GapState.OPEN))
            assert holes == live.core.holes[GapState.OPEN] == value(found, "spreadscope_holes_total", state="filled")
            assert value(found, "spreadscope_pair_z", pair=PAIR, timeframe="1s") == row_z(live)
            assert value(found, "spreadscope_paper_equity_usdt", account="paper") == 10_000
            assert value(found, "spreadscope_build_info", demo="true", version=status.version) == 1
            assert value(found, "spreadscope_core_apply_seconds_count") == live.core.seconds.count > 0
            assert value(found, "spreadscope_feed_batch_seconds_count") > 0
            assert value(found, "spreadscope_store_delay_seconds_count") > 0
            assert value(found, "spreadscope_disk_free_bytes") > 0

            # A part whose figures cannot be told costs the others nothing, and is told of.
            monkeypatch.setattr(StoreService, "metrics", wrong)
            found = await scraped(client)
            assert "spreadscope_queue_bytes" not in found
            assert "spreadscope_pairs" in found
            assert value(found, "spreadscope_faults_active", part="metrics") == 1
            assert any("the metrics of store are not told" in alarm.message for alarm in live.alarms())

    run(main())


def assert_told(found: dict[str, Metric], declared: list[Metric]) -> None:
    """Every declared family has its kind and its words in plain English, and the process has its own."""
    assert {family.name for family in declared} <= found.keys()
    assert len(declared) > 60
    for family in declared:
        told = found[family.name]
        assert told.type == family.type != "unknown"
        assert told.documentation == family.documentation
        assert told.documentation.endswith(".")
        assert NAME.fullmatch(family.name), family.name
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")
    assert {"process_resident_memory_bytes", "process_cpu_seconds", "python_info"} <= found.keys()


def assert_documented(declared: Iterable[Metric]) -> None:
    """The table of ``docs/operate.md`` has each of our metrics with its kind, its labels and its words."""
    rows = []
    for family in declared:
        name = f"{family.name}{'_total' if family.type == 'counter' else ''}"
        labels = ", ".join(f"`{label}`" for label in vars(family)["_labelnames"])
        rows.append(f"| `{name}` | {family.type} | {labels} | {family.documentation.removesuffix('.')} |")
    page = (Path(__file__).parents[2] / "docs" / "operate.md").read_text(encoding="utf-8")
    told = page.split("| metric | kind | labels | meaning |\n|---|---|---|---|\n")[1].splitlines()
    assert told == rows, "docs/operate.md must say:\n" + "\n".join(rows)


def wrong(_: StoreService) -> list[Metric]:
    raise ArithmeticError("injected")


def row_z(live: LiveEngine) -> float | None:
    (states,) = live.core.engine.pairs.values()
    row = next(state.row for timeframe, state in states.items() if timeframe == "1s")
    assert row is not None
    return row.z.value


def test_it_lives_and_is_ready_and_says_why_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, client):
            await settled(exchange, live)  # a transaction that succeeds would end the error below
            await until(lambda: not list(live.markets.unready()))
            assert (await client.get("/ready")).json() == {"ready": True, "reasons": []}
            health = (await client.get("/health")).json()
            assert health == {"version": spreadscope.__version__, "started": live.started_ns // 1_000_000}

            # What is known of a stream that is silent may not be so; of a market that rests it is.
            for state, ready in ((SymbolState.QUIET, True), (SymbolState.STALLED, False)):
                monkeypatch.setattr(Watchdog, "_check_symbol", lambda *_: False)
                live.markets.get("AAAUSDT").watchdog.symbols["AAAUSDT"].state = state
                answer = await client.get("/ready")
                assert answer.status_code == (200 if ready else 503)
                assert answer.json()["ready"] is ready
                assert [reason.startswith("AAAUSDT: stalled") for reason in answer.json()["reasons"]] == [
                    True for _ in range(not ready)
                ]

            live.store.writer.error = "the store cannot be written: database or disk is full"
            reasons = (await client.get("/ready")).json()["reasons"]
            assert "the store cannot be written: database or disk is full" in reasons
            assert (await client.get("/health")).status_code == 200
            live.store.writer.error = None

    run(main())


def test_little_room_on_the_disk_is_an_alarm(tmp_path: Path) -> None:
    store = StoreService(load_config(None, data=tmp_path), SystemClock())
    assert list(store.alarms()) == []
    store.room = DiskRoom(database=1, free=100 << 20, size=1 << 40)
    (alarm,) = store.alarms()
    assert alarm.message.startswith("only 100 MiB are free on the disk of ")
    assert alarm.runbook is contract.Runbook.DISK_LOW


def test_a_distribution_counts_up_to_each_bound() -> None:
    found = Distribution((1.0, 2.0))
    for number in (0.5, 1.0, 1.5, 2.5):
        found.note(number)
    assert found.cumulative() == [(1.0, 2), (2.0, 3), (float("inf"), 4)]
    assert (found.count, found.total) == (4, 5.5)
