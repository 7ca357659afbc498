"""Bytes a tick on real recorded prices, for each symbol: in the database as it is written live, and in the archive.

Invented prices tell nothing about compression. Without the recordings beside the checkout this is left out.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import ticks
from bench.archived import archived_store
from spreadscope.model.config import StoreConfig
from spreadscope.model.events import Trades
from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.writer import StoreWriter
from spreadscope.tape.tape import Tape

_RAW_BYTES = 8 + 8 + 8 + 8 + 1  # id, time, price, quantity, side as they lie in memory


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        path = ticks.write_recorded(
            folder / "recorded.parquet", 1
        )  # the session once: repeated, it would compress too well
        if path is None:
            print(f"left out: {ticks.RECORDED.name} is not beside the checkout")
            return
        batches = ticks.read_batches(path)
        symbols = sorted({batch.symbol for batch in batches})
        print(f"bytes a tick, real trades ({_RAW_BYTES} in memory)")
        print(
            f"  {'symbol':<10}{'ticks':>10}{'database, a second each':>26}"
            f"{'database, large batches':>26}{'archive':>10}"
        )
        for symbol in symbols:
            own = [batch for batch in batches if batch.symbol == symbol]
            count = sum(map(len, own))
            seconds = _database(folder / f"{symbol}-seconds", own, StoreConfig(batch_rows=1)) / count
            large = _database(folder / f"{symbol}-large", own, StoreConfig()) / count
            archived_store(folder / f"{symbol}-archive", own)
            files = sum(file.stat().st_size for file in (folder / f"{symbol}-archive").rglob("*.parquet"))
            print(f"  {symbol:<10}{count:>10,}{seconds:>26.1f}{large:>26.1f}{files / count:>10.1f}")


def _database(path: Path, batches: list[Trades], config: StoreConfig) -> int:
    """Bytes that trades add to the database's file."""
    with DataDirectory(path):
        pass
    empty = (path / DATABASE).stat().st_size
    tape = Tape(batches[0].symbol)
    with DataDirectory(path) as directory:
        writer = StoreWriter(directory.database, config)
        writer.start()
        for batch in batches:
            accepted = tape.accept(batch)
            assert accepted is not None
            writer.submit([accepted], {batch.symbol: tape.ledger.ranges})
        writer.stop(600)
        assert not writer.pending_rows, "the store was not written"
    assert not (path / f"{DATABASE}-wal").exists(), "the log still holds what the file does not"
    return (path / DATABASE).stat().st_size - empty


if __name__ == "__main__":
    main()
