"""Our own code fails while the engine runs over real sockets.

Nothing is lost, nothing is called well that is not, the rest goes on.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spreadscope.api.status import StatusMaker
from spreadscope.app.engine_limits import EngineLimits
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.writer_watch import WriterWatchWaits
from spreadscope.ingest.feed import Feed
from spreadscope.model.errors import StoreError
from spreadscope.model.events import FlushChanges, MarketTime, SetRule, Trades
from spreadscope.model.facts import Fact, Fault
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.tracker import PairTracker
from spreadscope.replay.journal_source import replay_session
from spreadscope.store.directory import DATABASE
from spreadscope.store.frames import open_store
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.writer import WriterLimits
from tests.e2e.line import START_MS, assert_store_equals_truth, line, run, until, whole
from tests.support.failing import failing

SYMBOLS = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
GAPPY, SOUND = Pair("AAAUSDT", "BBBUSDT"), Pair("AAAUSDT", "CCCUSDT")
PAIRS = ("AAAUSDT/BBBUSDT", "AAAUSDT/CCCUSDT")
SECONDS = 400
QUICK = EngineLimits(
    writer=WriterLimits(retry_seconds=0.05, check_seconds=0.1), writer_watch=WriterWatchWaits(shown_seconds=0.3)
)


def market(path: Path, share: float = 0.58, seconds: int = SECONDS) -> Path:
    """A trade a second of each symbol; the second one trades in a share of the seconds."""
    rng = np.random.default_rng(0)
    prices, ids = dict.fromkeys(SYMBOLS, 100.0), dict.fromkeys(SYMBOLS, 1_000)
    lines = []
    for second in range(seconds):
        for symbol in SYMBOLS:
            prices[symbol] *= float(np.exp(1e-4 * rng.standard_normal()))
            if symbol == "BBBUSDT" and rng.random() > share:
                continue
            ids[symbol] += 1
            time = START_MS + 1_000 * second + 100
            data = {
                "e": "aggTrade", "E": time + 5, "s": symbol, "a": ids[symbol], "p": f"{prices[symbol]:.4f}", "q": "1.0",
                "f": ids[symbol], "l": ids[symbol], "T": time, "m": False,
            }  # fmt: skip
            lines.append(
                f"{(time + 20) * 1_000_000} {json.dumps({'stream': f'{symbol.lower()}@aggTrade', 'data': data})}"
            )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


async def played(exchange: Any, live: LiveEngine) -> None:
    await exchange.finished()
    await until(lambda: whole(exchange, live), 30)
    live.core.apply([MarketTime(exchange.now_ms + 10_000), FlushChanges()])
    await live.store.writer.flush()


def faults_of(live: LiveEngine) -> list[Fault]:
    heard: list[Fault] = []

    def note(facts: list[Fact]) -> None:
        heard.extend(fact for fact in facts if isinstance(fact, Fault))

    live.core.observe(note)
    return heard


def red(live: LiveEngine) -> list[str]:
    return [alarm.message for alarm in StatusMaker(live).status().alarms if alarm.level == "error"]


def assert_the_sound_pair_is_whole(live: LiveEngine) -> None:
    times = list(range(START_MS, START_MS + SECONDS * 1_000, 1_000))
    for symbol in SOUND.symbols:
        bars = live.store.reader.bars(symbol, Timeframe.S1)
        assert [bar.open_time for bar in bars] == times
    assert [row.time for row in live.store.reader.rows(SOUND, Timeframe.S1)] == times


def test_a_leg_that_trades_in_half_of_the_seconds_costs_nobody_anything(tmp_path: Path) -> None:
    recording = market(tmp_path / "gappy.txt")

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=60, pairs=PAIRS) as (exchange, live):
            faults = faults_of(live)
            await played(exchange, live)
            assert faults == []
            assert red(live) == []
            assert assert_store_equals_truth(exchange, live) > 1_000
            assert_the_sound_pair_is_whole(live)
            rows = live.store.reader.rows(GAPPY, Timeframe.S1)
            assert [row.time for row in rows] == list(range(START_MS, START_MS + SECONDS * 1_000, 1_000))
            reader = live.store.reader
        (session,) = reader.sessions()
        assert replay_session(reader, session).equal

    run(main())
    assert examine(tmp_path / "store" / DATABASE).healthy


@pytest.mark.parametrize("times", [1, 1_000_000])
def test_an_exception_in_a_pairs_step_costs_that_pair_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    recording = market(tmp_path / "gappy.txt")
    wrong = failing(PairTracker.step, lambda self: self.pair == GAPPY and self.timeframe is Timeframe.S1, times)
    monkeypatch.setattr(PairTracker, "step", wrong)

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=60, pairs=PAIRS) as (exchange, live):
            faults = faults_of(live)
            await until(lambda: bool(faults), 10)
            await until(lambda: any(f"{GAPPY} 1s has no rows" in text for text in red(live)), 20)
            await played(exchange, live)
            assert_store_equals_truth(exchange, live)
            assert_the_sound_pair_is_whole(live)
            assert {(fault.part, fault.subject) for fault in faults} == {("pair", f"{GAPPY} 1s")}
            assert any("ArithmeticError: injected" in text for text in red(live))
            rows = live.store.reader.rows(GAPPY, Timeframe.S1)
            assert (len(rows) == 0) == (times > 1)

    run(main())
    diagnosis = examine(tmp_path / "store" / DATABASE)
    assert diagnosis.healthy, diagnosis.findings
    with sqlite3.connect(tmp_path / "store" / DATABASE) as connection:
        stored = connection.execute("SELECT part, subject, error, trace FROM faults").fetchall()
    connection.close()
    assert stored
    assert all(part == "pair" and "injected" in error and "Traceback" in trace for part, _, error, trace in stored)


def test_one_who_only_looks_on_cannot_hold_up_the_line(tmp_path: Path) -> None:
    recording = market(tmp_path / "gappy.txt", seconds=60)

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=60, pairs=PAIRS) as (exchange, live):

            def broken(_: list[Fact]) -> None:
                raise KeyError("injected")

            live.core.observe(broken)
            await played(exchange, live)
            assert_store_equals_truth(exchange, live)
            assert any("KeyError" in text for text in red(live))

    run(main())


def test_frames_that_cannot_be_worked_out_are_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = market(tmp_path / "gappy.txt", seconds=120)
    calls = 0
    right = Feed._decode_read

    def now_and_then(self: Feed, connection: Any, payloads: list[bytes]) -> None:
        nonlocal calls
        calls += 1
        if calls % 10 == 0:
            raise ValueError("injected")
        right(self, connection, payloads)

    monkeypatch.setattr(Feed, "_decode_read", now_and_then)

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=40, pairs=PAIRS) as (exchange, live):
            await exchange.finished()
            monkeypatch.setattr(Feed, "_decode_read", right)
            await until(lambda: all(s in live.core.engine.tapes for s in SYMBOLS), 10)
            for symbol in SYMBOLS:  # what was lost last is noticed with what comes next, or by a probe
                live.core.apply([_newest(exchange, symbol)])
            await played(exchange, live)
            assert_store_equals_truth(exchange, live)
            assert any("ValueError: injected" in text for text in red(live))

    run(main())


def _newest(exchange: Any, symbol: str) -> Any:
    truth = exchange.truth(symbol)
    columns = (truth.ids, truth.times, truth.prices, truth.quantities, truth.buyer_maker)
    return Trades(symbol, *(column[-1:].copy() for column in columns))


# --- the store goes away under the engine ---------------------------------------------------------------------------


def _deleted(database: Path) -> None:
    database.unlink()


def _replaced(database: Path) -> None:
    other = database.with_name("other.db")
    sqlite3.connect(other).close()
    other.replace(database)


def _cut(database: Path) -> None:
    os.truncate(database, 4096)


def _without_its_directory(database: Path) -> None:
    database.parent.rename(database.parent.with_name("moved"))


@pytest.mark.parametrize("harm", [_deleted, _replaced, _cut, _without_its_directory], ids=lambda harm: harm.__name__)
def test_a_database_that_is_gone_is_said_within_seconds_and_ends_the_engine(tmp_path: Path, harm: Any) -> None:
    recording = market(tmp_path / "gappy.txt")
    seen: list[str] = []
    held: dict[str, int] = {}

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=20, limits=QUICK, pairs=PAIRS) as (_, live):
            await until(lambda: live.store.writer.written_rows > 500, 20)
            await live.store.writer.flush()
            held.update({symbol: live.store.reader.trade_count(symbol) for symbol in SYMBOLS})
            harm(tmp_path / "store" / DATABASE)
            await until(lambda: bool(live.store.writer.failed), 20)
            seen.extend(red(live))
            await asyncio.wait_for(live.failure(), 20)

    with pytest.raises(StoreError, match=r"deleted|replaced|cut|malformed|cannot be reached"):
        run(main())
    assert any("spreadscope.db" in text for text in seen)
    rescued = sorted((tmp_path / "store").glob("rescued-*.db")) if (tmp_path / "store").exists() else []
    if harm in {_deleted, _replaced}:
        saved = open_store(rescued[0])
        assert all(len(saved.trades(symbol)) >= held[symbol] for symbol in SYMBOLS)


def test_a_writer_that_ends_takes_the_engine_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = market(tmp_path / "gappy.txt")

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=20, limits=QUICK, pairs=PAIRS) as (_, live):
            await until(lambda: live.store.writer.written_rows > 200, 20)

            def broken(*_: object) -> None:
                raise KeyError("injected")

            monkeypatch.setattr(live.store.writer, "_write_ledgers", broken)
            await until(lambda: any("cannot be written" in text for text in red(live)), 20)
            await asyncio.wait_for(live.failure(), 30)

    with pytest.raises(StoreError, match=r"cannot be written: 'injected'.*rows are not on disk"):
        run(main())
    diagnosis = examine(tmp_path / "store" / DATABASE)
    assert diagnosis.healthy, diagnosis.findings  # what is stored is vouched for, and nothing else


def test_alerts_that_wait_for_the_disk_are_counted_on_the_screen(tmp_path: Path) -> None:
    recording = market(tmp_path / "gappy.txt")

    async def main() -> None:
        async with line([recording], tmp_path / "store", speed=10, limits=QUICK, pairs=PAIRS) as (_, live):
            await until(lambda: live.store.writer.written_rows > 100, 20)
            live.store.writer.run(lambda connection: connection.execute("PRAGMA busy_timeout = 50").fetchone()).result(
                10
            )
            holder = sqlite3.connect(tmp_path / "store" / DATABASE, isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            try:
                live.core.apply([SetRule("r", "price > 0", "AAAUSDT")])
                await until(lambda: any("1 alerts wait for the disk" in text for text in red(live)), 20)
                assert any("database is locked" in text for text in red(live))
            finally:
                holder.execute("ROLLBACK")
                holder.close()
            await until(lambda: live.store.writer.pending_messages == 0, 10)
            await until(lambda: red(live) == [], 10)
            assert [alert.rule_id for alert in live.store.reader.alerts()] == ["r"]

    run(main())
