"""A store whose trades all lie in its Parquet archive, made of batches of ticks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spreadscope.model.config import StoreConfig
from spreadscope.model.events import Trades
from spreadscope.store.archive.compaction import DAY_MS, compact
from spreadscope.store.directory import DataDirectory
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter
from spreadscope.tape.tape import Tape


def archived_store(path: Path, batches: Iterable[Trades]) -> StoreReader:
    """Write, archive, and open for reading."""
    tapes: dict[str, Tape] = {}
    newest = 0
    with DataDirectory(path) as directory:
        writer = StoreWriter(directory.database, StoreConfig())
        writer.start()
        for batch in batches:
            tape = tapes.setdefault(batch.symbol, Tape(batch.symbol))
            accepted = tape.accept(batch)
            assert accepted is not None
            writer.submit([accepted], {batch.symbol: tape.ledger.ranges})
            newest = max(newest, int(batch.times.max()))
        writer.stop(600)
        done = compact(directory.database, now=newest + 3 * DAY_MS)
    assert not done.skipped, "every day is closed and whole"
    return StoreReader(path / "spreadscope.db")
