"""What a live engine said over real sockets, its stored session says again: from the store, fact for fact."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spreadscope.app.live_engine import LiveEngine
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry, touched_ledgers
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.exchange.local.seeded_faults import SeededFaults
from spreadscope.model.config import load_config
from spreadscope.model.errors import StoreError
from spreadscope.model.events import SetRule
from spreadscope.model.facts import (
    Bar,
    Fact,
    PairRow,
    Signal,
)
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.journal_source import replay_session
from spreadscope.replay.recording_source import replay_recordings
from spreadscope.replay.trades_source import replay_trades
from spreadscope.replay.what_if import what_if
from spreadscope.store.directory import DATABASE, DataDirectory, connect
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter
from tests.e2e.line import WINDOWS, config, line, run, until, whole, write_recording


async def play(recording: Path, data: Path, *, faults: str = "", speed: float | str = "max") -> None:
    """A session over the recording, with quotes, pair rows and a rule."""
    chaos = SeededFaults(faults, seed=5) if faults else None
    async with LocalExchange(
        RecordingFeed([recording]),
        speed=speed,  # type: ignore[arg-type]
        faults=chaos,
    ) as exchange:
        y, x = exchange.symbols[:2]
        settings = config(exchange, data, pairs=(f"{y}/{x}",), exchange__first_data_seconds=2.0)
        async with LiveEngine(settings) as live:
            await until(lambda: live.starting == "")
            await live.alerting.rules.put(SetRule(live.alerting.rules.new_id(), "abs(z) > 1.5", f"{y}/{x}"))
            await exchange.finished()
            await until(lambda: whole(exchange, live), 60)


@pytest.mark.parametrize("faults", ["", "drop=0.01,duplicate=0.01,conflict=0.002,reorder=0.01,reset=3,missing-key=5"])
def test_a_session_says_again_what_it_said(tmp_path: Path, faults: str) -> None:
    run(
        play(
            write_recording(tmp_path / "r.txt"), tmp_path / "store", faults=faults, speed="max" if not faults else 100.0
        )
    )
    reader = StoreReader(tmp_path / "store" / DATABASE)
    (session,) = reader.sessions()
    result = replay_session(reader, session)
    assert result.equal, (result, session)
    assert result.trades == session.trades > 4_000
    assert result.facts["row"] > 100
    assert ("gap" in result.facts) == bool(faults)


def test_a_restarted_engine_has_a_session_of_its_own_and_both_say_the_same_again(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", seconds=400)

    async def twice() -> None:
        feed = RecordingFeed([recording])
        frames = len(recording.read_text(encoding="utf-8").splitlines())
        async with LocalExchange(feed, speed=100.0) as exchange:
            y, x = exchange.symbols[:2]
            settings = config(exchange, tmp_path / "store", pairs=(f"{y}/{x}",))
            async with LiveEngine(settings):
                await until(lambda: exchange.frames_played > 0.5 * frames, 60)
            async with LiveEngine(settings) as live:
                await exchange.finished()
                await until(lambda: whole(exchange, live), 60)

    run(twice())
    reader = StoreReader(tmp_path / "store" / DATABASE)
    first, second = reader.sessions()
    assert second.facts > 0
    assert [replay_session(reader, session).equal for session in (first, second)] == [True, True]


def test_live_over_sockets_its_recording_and_its_store_have_one_hash(tmp_path: Path) -> None:
    """Without candles and quotes, which a recording of trades does not hold, all three say the same."""
    recording = write_recording(tmp_path / "r.txt")
    pair = "AAAUSDT/BBBUSDT"

    async def live() -> None:
        options: dict[str, Any] = {
            "history__bars": 0,
            "history__trade_minutes": 0,
            "exchange__quotes": False,
            "pairs": (pair,),
        }
        async with line([recording], tmp_path / "store", **options) as (exchange, engine):
            await exchange.finished()
            await until(lambda: whole(exchange, engine))

    run(live())
    reader = StoreReader(tmp_path / "store" / DATABASE)
    (session,) = reader.sessions()
    recorded = replay_recordings([recording], load_config(None, **WINDOWS, pairs=(pair,), exchange__quotes=False))
    assert recorded.hash == session.hash == replay_session(reader, session).hash


def test_stored_trades_say_what_the_recording_said_but_for_the_trades(tmp_path: Path) -> None:
    """Also when they are read in chunks far smaller than a session."""
    recording = write_recording(tmp_path / "r.txt", seconds=400)
    pair = Pair("AAAUSDT", "BBBUSDT")
    settings = load_config(None, **WINDOWS, pairs=(str(pair),), exchange__quotes=False)
    expected: list[Bar | PairRow | Signal] = []
    with DataDirectory(tmp_path / "store") as directory:
        writer = StoreWriter(directory.database, settings.store)
        writer.start()

        def keep(engine: Engine, facts: list[Fact], _: list[JournalEntry]) -> None:
            expected.extend(fact for fact in facts if isinstance(fact, PairRow | Signal | Bar))
            writer.submit(facts, touched_ledgers(engine, facts))

        replay_recordings([recording], settings, observe=keep)
        writer.stop()
    reader = StoreReader(tmp_path / "store" / DATABASE)
    said: list[Bar | PairRow | Signal] = []
    only: list[Bar | PairRow | Signal] = []

    def into(kept: list[Bar | PairRow | Signal]) -> Callable[[Engine, list[Fact], list[JournalEntry]], None]:
        return lambda _, facts, __: kept.extend(fact for fact in facts if isinstance(fact, Bar | PairRow | Signal))

    whole = replay_trades(reader, settings, [pair], observe=into(said), chunk_ms=7_000)
    closed = {(type(fact), fact.timeframe, _time(fact), _of(fact)): fact for fact in said}
    # A recording ends where it ends; a replay of the tape closes the last bars too.
    assert all(closed[type(fact), fact.timeframe, _time(fact), _of(fact)] == fact for fact in expected)
    assert len([fact for fact in expected if isinstance(fact, PairRow)]) > 300
    assert set(whole.facts) == {"bar", "row", "signal"}, "nothing is late, and no hole is seen, in a tape that is whole"
    minutes = replay_trades(reader, settings, [pair], timeframes=(Timeframe.M1,), observe=into(only), chunk_ms=7_000)
    assert only == [fact for fact in said if fact.timeframe is Timeframe.M1]
    assert minutes.trades == whole.trades


def _time(fact: Fact) -> int:
    return fact.open_time if isinstance(fact, Bar) else fact.time


def _of(fact: Fact) -> str:
    return fact.symbol if isinstance(fact, Bar) else str(fact.pair)


def test_what_if_names_the_signals_that_differ(tmp_path: Path) -> None:
    run(play(write_recording(tmp_path / "r.txt"), tmp_path / "store"))
    reader = StoreReader(tmp_path / "store" / DATABASE)
    (session,) = reader.sessions()
    _, same = what_if(reader, session, load_config(None, **WINDOWS))
    assert same == []
    result, differences = what_if(reader, session, load_config(None, **WINDOWS, signals__entry=1.0, signals__exit=0.2))
    assert result.equal is None
    assert {item.only for item in differences if item.kind == "signal"} == {"then", "what-if"}
    entered = [item for item in differences if item.only == "what-if" and "SPREAD" in item.what]
    assert entered, "a lower threshold enters more often"
    assert not [item for item in differences if item.kind == "alert"], "no threshold of the alert was changed"


def test_trades_that_left_the_store_are_said(tmp_path: Path) -> None:
    run(play(write_recording(tmp_path / "r.txt", seconds=30), tmp_path / "store"))
    connection = connect(tmp_path / "store" / DATABASE)
    connection.execute("DELETE FROM trade_blocks WHERE first <= 1100 AND last >= 1100")
    connection.close()
    reader = StoreReader(tmp_path / "store" / DATABASE)
    with pytest.raises(StoreError, match="not in the store any more"):
        replay_session(reader, reader.sessions()[0])
