"""The transport of a playback: what it feeds, where it stands, and that its facts are those of the session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from spreadscope.app.playback.playback_engine import PlaybackEngine
from spreadscope.app.playback.transport import Transport
from spreadscope.contract import MarkKind, PlaybackState
from spreadscope.model.errors import StoreError
from spreadscope.model.facts import Bar, Fact
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.playback_source import PlaybackSource, PlayedEvent, SessionSource, TradesSource
from spreadscope.replay.trades_source import replay_trades
from spreadscope.store.reader import ALL_TIMES, StoredSession, StoreReader
from tests.e2e.line import run, until
from tests.support.sessions import PAIR, settings, stored_session

Stored = tuple[StoreReader, StoredSession]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return stored_session(tmp_path_factory.mktemp("session"))


@asynccontextmanager
async def playing(source: PlaybackSource, folder: Path) -> AsyncIterator[tuple[PlaybackEngine, Transport]]:
    """A playback that stands at its start."""
    async with PlaybackEngine(source, None, folder / "playback", speed=None) as engine:
        engine.transport.seek(source.start)
        await engine.transport.prepared.wait()
        await rest(engine.transport)
        yield engine, engine.transport


async def rest(transport: Transport) -> None:
    """Wait until nothing moves by itself."""
    await until(lambda: transport.state not in {PlaybackState.PLAYING, PlaybackState.SEEKING})


def test_the_facts_of_a_playback_are_those_of_the_session(tmp_path: Path, stored: Stored) -> None:
    reader, session = stored

    async def main() -> None:
        async with playing(SessionSource(reader, session), tmp_path) as (_, transport):
            transport.play()
            await rest(transport)
            status = transport.status()
            assert (status.state, status.equal, status.hash) == (PlaybackState.ENDED, True, session.hash)
            assert status.time == status.end

    run(main())


def test_steps_and_jumps_do_not_change_the_facts(tmp_path: Path, stored: Stored) -> None:
    reader, session = stored

    async def main() -> None:
        async with playing(SessionSource(reader, session), tmp_path) as (_, transport):
            for _ in range(3):
                transport.step(Timeframe.M1)
                await rest(transport)
                transport.run_to_next()
                await rest(transport)
            transport.seek(transport.time + 7_777)
            await rest(transport)
            transport.set_speed(1_000.0)
            transport.play()
            await rest(transport)
            assert transport.status().hash == session.hash

    run(main())


def test_a_step_closes_one_bar_and_a_pause_stands_still(tmp_path: Path, stored: Stored) -> None:
    reader, session = stored

    async def main() -> None:
        async with playing(SessionSource(reader, session), tmp_path) as (engine, transport):
            closed: list[Bar] = []

            def note(facts: list[Fact]) -> None:
                closed.extend(fact for fact in facts if isinstance(fact, Bar) and fact.timeframe is Timeframe.M1)

            engine.core.observe(note)
            for minute in (1, 2, 3):
                transport.step(Timeframe.M1)
                assert transport.status().state is PlaybackState.SEEKING
                await rest(transport)
                assert transport.status().state is PlaybackState.PAUSED
                assert len({bar.open_time for bar in closed}) == minute
            stood = transport.time
            await asyncio.sleep(0.15)
            assert transport.time == stood
            assert engine.playback() == transport.status()

    run(main())


def test_a_chosen_time_is_reached_and_not_passed(tmp_path: Path, stored: Stored) -> None:
    reader, session = stored

    async def main() -> None:
        async with playing(SessionSource(reader, session), tmp_path) as (_, transport):
            wanted = transport.source.start + 100_000
            transport.seek(wanted)
            await rest(transport)
            assert wanted - 1_500 < transport.time <= wanted
            assert transport.state is PlaybackState.PAUSED

    run(main())


def test_the_pace_is_that_of_the_market_times_the_speed(tmp_path: Path, stored: Stored) -> None:
    reader, session = stored

    async def main() -> None:
        async with playing(SessionSource(reader, session), tmp_path) as (_, transport):
            began, at = transport.time, asyncio.get_running_loop().time()
            transport.set_speed(50.0)
            transport.play()
            await until(lambda: transport.time - began >= 10_000)
            assert asyncio.get_running_loop().time() - at >= 0.18  # never early, on whatever machine

    run(main())


def test_jumps_find_the_signals_and_alerts_that_are_stored(tmp_path: Path, stored: Stored) -> None:
    reader, session = stored

    async def main() -> None:
        async with playing(SessionSource(reader, session), tmp_path) as (_, transport):
            known = transport.marks()
            assert {mark.kind for mark in known} == {MarkKind.SIGNAL, MarkKind.ALERT}
            assert all(mark.at is None for mark in known if mark.time > transport.time)
            assert transport.moment_before() is None
            moments = []
            for _ in range(3):
                transport.run_to_next()
                await rest(transport)
                moments.append(transport.time)
                assert any(mark.at == transport.time for mark in transport.marks())
            assert moments == sorted(set(moments))
            assert transport.moment_before() == moments[1]
            transport.play()
            await rest(transport)
            ended = transport.marks()
            assert [(mark.kind, mark.time) for mark in ended] == [(mark.kind, mark.time) for mark in known]
            assert all(mark.at is not None for mark in ended)

    run(main())


def test_nothing_of_it_is_written_to_the_store_that_is_played(tmp_path: Path, stored: Stored) -> None:
    reader, session = stored

    async def main() -> None:
        before = (reader.sessions(), len(reader.signals()), len(reader.alerts()))
        async with playing(SessionSource(reader, session), tmp_path) as (engine, transport):
            transport.play()
            await rest(transport)
            await engine.store.writer.flush()
            # The pages read what was played so far of the temporary store.
            assert len(engine.store.reader.signals()) == len(reader.signals())
            assert engine.store.reader.rows(parse_pair(PAIR), Timeframe.S1)
            assert not engine.alerting.delivery.channels
        assert (reader.sessions(), len(reader.signals()), len(reader.alerts())) == before

    run(main())


def test_stored_trades_play_to_the_facts_of_their_replay(tmp_path: Path, stored: Stored) -> None:
    reader, _ = stored
    config = settings(tmp_path / "none")
    pairs = (parse_pair(PAIR),)
    replayed: set[tuple[object, ...]] = set()
    replay_trades(reader, config, pairs, observe=lambda _engine, facts, _entries: replayed.update(_closed(facts)))

    async def main() -> None:
        async with playing(TradesSource(reader, config, pairs, *ALL_TIMES), tmp_path) as (engine, transport):
            played: set[tuple[object, ...]] = set()
            engine.core.observe(lambda facts: played.update(_closed(facts)))
            transport.play()
            await rest(transport)
            assert transport.status().equal is None  # there is nothing to compare with
            assert played == replayed
            assert len(played) > 600

    run(main())


def _closed(facts: list[Fact]) -> Iterator[tuple[object, ...]]:
    for fact in facts:
        if isinstance(fact, Bar):
            yield fact.symbol, fact.timeframe, fact.open_time, fact.close, fact.volume, fact.complete


def test_a_session_that_runs_is_played_as_far_as_it_was_written(tmp_path: Path, stored: Stored) -> None:
    reader, session = stored

    async def main() -> None:
        source = SessionSource(reader, session)
        source.end -= 100_000  # the rest was written after it was opened
        async with playing(source, tmp_path) as (_, transport):
            transport.play()
            await rest(transport)
            status = transport.status()
            assert (status.state, status.time <= status.end) == (PlaybackState.ENDED, True)

    run(main())


class _Damaged(SessionSource):
    def events(self) -> Iterator[PlayedEvent]:
        events = super().events()
        for _ in range(400):
            yield next(events)
        raise StoreError("trades 1…2 are not in the store any more")


def test_what_cannot_be_read_ends_it_with_a_sentence(tmp_path: Path, stored: Stored) -> None:
    reader, session = stored

    async def main() -> None:
        async with playing(_Damaged(reader, session), tmp_path) as (_, transport):
            transport.play()
            await rest(transport)
            status = transport.status()
            assert (status.state, status.error) == (
                PlaybackState.FAILED, "trades 1…2 are not in the store any more",
            )  # fmt: skip
            transport.play()  # nothing more comes
            assert transport.state is PlaybackState.FAILED

    run(main())
