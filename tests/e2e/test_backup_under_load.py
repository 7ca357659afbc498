"""A backup of a running engine, restored elsewhere: the same ledger, and sessions that replay to the same hash."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import numpy as np

from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.model.events import Trades
from spreadscope.replay.journal_source import replay_session
from spreadscope.store.backup.backup_reader import restore_backup
from spreadscope.store.backup.backup_writer import make_backup
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from tests.e2e.line import config, run, until, write_recording

BACKUPS = 4


def has_more_than(count: int, data: Path) -> bool:
    """Whether the store has by now more than ``count`` trades of the first symbol."""
    ranges, _ = StoreReader(data / DATABASE).ledger("AAAUSDT")
    return sum(each.last - each.first + 1 for each in ranges) > count


def assert_same(one: Trades, other: Trades) -> None:
    assert len(one.ids) > 0
    for name in ("ids", "times", "prices", "quantities", "buyer_maker"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def quiet(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


def test_a_backup_under_load_has_the_ledger_and_the_hash_of_its_moment(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt")

    async def play() -> None:
        async with LocalExchange(RecordingFeed([recording]), speed=60.0) as exchange:
            y, x = exchange.symbols[:2]
            settings = config(exchange, tmp_path / "store", pairs=(f"{y}/{x}",))
            async with LiveEngine(settings) as live:
                await until(lambda: live.starting == "")
                for number in range(BACKUPS):
                    await until(partial(has_more_than, 200 * (number + 1), tmp_path / "store"))
                    await asyncio.to_thread(
                        make_backup, tmp_path / "store", tmp_path / f"{number}.tar.zst", progress=quiet
                    )
                await exchange.finished()

    run(play())
    whole = StoreReader(tmp_path / "store" / DATABASE)
    counts = []
    for number in range(BACKUPS):
        _, diagnosis = restore_backup(tmp_path / f"{number}.tar.zst", tmp_path / str(number), quiet)
        assert diagnosis.healthy, diagnosis.findings
        restored = StoreReader(tmp_path / str(number) / DATABASE)
        (session,) = restored.sessions()
        assert replay_session(restored, session).equal
        counts.append(diagnosis.checked["trades"])
        for symbol in ("AAAUSDT", "BBBUSDT"):
            (here,), _ = restored.ledger(symbol)
            (there,), _ = whole.ledger(symbol)
            assert (here.first, here.first_time) == (there.first, there.first_time)
            assert here.last <= there.last
            kept = restored.trades_of_ids(symbol, here.first, here.last)
            assert_same(kept, whole.trades_of_ids(symbol, here.first, here.last))
    assert counts == sorted(counts)
    assert 0 < counts[0] < counts[-1]
