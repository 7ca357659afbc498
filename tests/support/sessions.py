"""Stored sessions for tests: a recording through the core and into a store, with its journal, and no sockets."""

from __future__ import annotations

from pathlib import Path

from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry, touched_ledgers
from spreadscope.model.config import Config, load_config
from spreadscope.model.events import SetRule
from spreadscope.model.facts import Fact
from spreadscope.model.states import Mode
from spreadscope.replay.recording_source import replay_recordings
from spreadscope.replay.session_config import session_of
from spreadscope.store.directory import DATABASE, DataDirectory, bind_source
from spreadscope.store.reader import StoredSession, StoreReader
from spreadscope.store.writer import StoreWriter
from tests.e2e.line import write_recording

PAIR = "AAAUSDT/BBBUSDT"
WINDOWS = {"analytics__hedge_window": 120, "analytics__z_window": 60, "analytics__correlation_window": 60}
RULE = SetRule("rule-1", "abs(z) > 1.5", PAIR)


def settings(data: Path) -> Config:
    return load_config(None, data=data, pairs=(PAIR,), **WINDOWS)


def stored_session(folder: Path, *, seconds: int = 300) -> tuple[StoreReader, StoredSession]:
    """A session of five minutes with pair rows, signals and alerts, in ``folder/store``."""
    data = folder / "store"
    recording = write_recording(folder / "r.txt", seconds=seconds)
    config = settings(data)
    with DataDirectory(data) as directory:
        bind_source(directory.database, Mode.RECORDING, recording.name)
        writer = StoreWriter(directory.database, config.store)
        writer.start(session_of(config, 1))

        def observe(engine: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
            writer.submit(facts, touched_ledgers(engine, facts), entries)

        replay_recordings([recording], config, rules=[RULE], observe=observe)
        writer.stop()
    reader = StoreReader(data / DATABASE)
    (session,) = reader.sessions()
    return reader, session
