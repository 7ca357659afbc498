"""What a crash, a full disk, a lock or a damaged file does to a store: a clean prefix, or one clear sentence."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spreadscope
from spreadscope.model.config import StoreConfig
from spreadscope.model.errors import StoreError
from spreadscope.model.facts import TradesAccepted
from spreadscope.store.directory import DATABASE, DataDirectory, bind_source, connect
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.reader import StoreReader
from spreadscope.store.trades.block_check import wrong_blocks
from spreadscope.store.writer import StoreWriter, WriterLimits
from spreadscope.tape.ledger import Ledger
from spreadscope.tape.tape import Tape
from tests.support import blocks
from tests.support.facts import accepted, bar, of, store

ROOT = Path(__file__).parents[2]
WAL = f"{DATABASE}-wal"


# --- a log that ends too early --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[int]]]:
    """A store as it lies on disk while it is written, nothing checkpointed yet, and the ids of each transaction."""
    live, copy = tmp_path_factory.mktemp("live"), tmp_path_factory.mktemp("logged")
    dice = random.Random(4)
    tape, transactions = Tape("BTCUSDT"), []
    with store(live, StoreConfig(batch_rows=1), limits=WriterLimits(small_blocks=6)) as (writer, _):
        writer.run(lambda connection: connection.execute("PRAGMA wal_autocheckpoint = 0").fetchone()).result(10)
        first = 1
        for _ in range(40):
            ids = list(range(first, first + dice.randint(1, 200)))
            first = ids[-1] + 1 + dice.choice([0, 0, 5])
            holes = tape.ledger.holes()
            if holes and dice.random() < 0.5:
                ids.append(holes[0].first)
            writer.submit(*accepted(tape, ids))
            asyncio.run(writer.flush())
            transactions.append(ids)
        for name in (DATABASE, WAL):
            shutil.copy(live / name, copy / name)
    return copy, transactions


def test_a_log_cut_anywhere_opens_to_a_clean_prefix_and_is_filled_again(
    tmp_path: Path, logged: tuple[Path, list[list[int]]]
) -> None:
    source, transactions = logged
    whole = (source / WAL).read_bytes()
    everything = sorted(number for ids in transactions for number in ids)
    prefixes = [sorted(number for ids in transactions[:n] for number in ids) for n in range(len(transactions) + 1)]
    dice = random.Random(7)
    found = set()
    for cut in [*(dice.randrange(len(whole)) for _ in range(100)), len(whole)]:
        data = tmp_path / str(cut)
        data.mkdir()
        shutil.copy(source / DATABASE, data / DATABASE)
        (data / WAL).write_bytes(whole[:cut])
        with DataDirectory(data):
            reader = StoreReader(data / DATABASE)
            ids = reader.trades("BTCUSDT").ids.tolist()
            found.add(prefixes.index(ids))
            ranges, _ = reader.ledger("BTCUSDT")
            expected = Ledger()
            expected.add(reader.trades("BTCUSDT").ids, reader.trades("BTCUSDT").times)
            assert ranges == expected.ranges
            connection = connect(data / DATABASE, read_only=True)
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert list(wrong_blocks(connection, 1)) == []
            connection.close()
        if cut % 5 == 0:  # the next run is given all of it again
            with store(data) as (writer, _):
                tape = Tape("BTCUSDT", Ledger(ranges))
                (batch,) = of(accepted(Tape("BTCUSDT"), everything)[0], TradesAccepted)
                fact = tape.accept(batch.trades)
                writer.submit([fact] if fact else [], {"BTCUSDT": tape.ledger.ranges})
            assert StoreReader(data / DATABASE).trades("BTCUSDT").ids.tolist() == everything
        shutil.rmtree(data)
    assert len(found) > 20
    assert max(found) == len(transactions)  # all of the log is all of the store


# --- a disk that is full, and a lock that another process holds ------------------------------------------------------

FULL = """
import asyncio, resource, sys, time
from pathlib import Path
from spreadscope.model.config import StoreConfig
from spreadscope.model.errors import StoreError
from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter, WriterLimits
from spreadscope.tape.tape import Tape
from tests.support.facts import accepted

path = Path(sys.argv[1])
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
with DataDirectory(path) as directory:
    limits = WriterLimits(retry_seconds=0.05)
    writer = StoreWriter(directory.database, StoreConfig(batch_rows=200, flush_seconds=0.01), limits=limits)
    writer.start()
    # As a full disk: what would lie behind it is refused.
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, unlimited[1]))
    tape, first = Tape("BTCUSDT"), 0
    deadline = time.monotonic() + 60
    while writer.error is None:
        assert time.monotonic() < deadline
        prices = [float(number) ** 0.5 for number in range(first, first + 1000)]  # no decimals: they take room
        writer.submit(*accepted(tape, range(first, first + 1000), prices=prices))
        first += 1000
        time.sleep(0.005)
    print(writer.error)
    waiting = writer.pending_rows
    assert waiting > 0
    reader = StoreReader(directory.database)
    held = reader.trade_count("BTCUSDT")
    assert reader.trades("BTCUSDT").ids.tolist() == list(range(held))
    writer.submit(*accepted(tape, range(first, first + 1000)))
    time.sleep(0.3)
    assert writer.error is not None
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)  # somebody made room
    asyncio.run(asyncio.wait_for(writer.flush(), 30))
    assert writer.error is None
    assert reader.trades("BTCUSDT").ids.tolist() == list(range(first + 1000))
    writer.stop()
    assert writer.pending_rows == 0
print("whole")
"""


def child(script: str, *given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *given],
        capture_output=True, text=True, check=False, timeout=120, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )  # fmt: skip


def test_a_full_disk_loses_nothing_is_said_and_ends_by_itself(tmp_path: Path) -> None:
    result = child(FULL, str(tmp_path))
    lines = result.stdout.splitlines()
    assert result.returncode == 0, result.stderr[-2_000:]
    assert any(line.startswith("the store cannot be written: ") for line in lines)
    assert lines[-1] == "whole"
    assert [f for f in examine(tmp_path / DATABASE).findings if f.check != "bars"] == []


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


def test_a_lock_that_another_process_holds_is_waited_for(tmp_path: Path) -> None:
    with store(tmp_path, limits=WriterLimits(retry_seconds=0.05)) as (writer, reader):
        writer.run(lambda connection: connection.execute("PRAGMA busy_timeout = 100").fetchone()).result(10)
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path / DATABASE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            writer.submit(*accepted(Tape("BTCUSDT"), range(100)))
            deadline = time.monotonic() + 20
            while writer.error is None:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert "database is locked" in writer.error
            time.sleep(2)
            assert reader.trade_count("BTCUSDT") == 0
            assert writer.pending_rows == 100
        finally:
            holder.communicate(b"\n", timeout=20)
        asyncio.run(asyncio.wait_for(writer.flush(), 20))
        assert writer.error is None
        assert reader.trades("BTCUSDT").ids.tolist() == list(range(100))


# --- what may not be written ----------------------------------------------------------------------------------------

READ_ONLY = """
import ctypes, os, sys
from pathlib import Path
import spreadscope
from spreadscope.model.errors import StoreError
from spreadscope.store.directory import DATABASE, DataDirectory, bind_source

# The superuser may write anywhere: without its capabilities it may do what the bits of its own files say.
ctypes.CDLL(None, use_errno=True).syscall(126, (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())

def tried(what):
    try:
        what()
    except StoreError as error:
        print(f"said: {error}")
    else:
        print("went well")

def opened(path):
    with DataDirectory(path):
        bind_source(path / DATABASE, "live", "x")

path = Path(sys.argv[1])
empty, full = path / "empty", path / "full"
os.chmod(empty, 0o555)
tried(lambda: opened(empty))
tried(lambda: opened(empty / "data"))
os.chmod(full / DATABASE, 0o444)
tried(lambda: opened(full))
os.chmod(full, 0o555)
tried(lambda: opened(full))
tried(lambda: spreadscope.open_store(full))
for place in (empty, full):
    os.chmod(place, 0o755)
for file in full.iterdir():  # the log of a database that may only be read is made like it
    file.chmod(0o644)
tried(lambda: opened(full))
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.uname().machine != "x86_64", reason="a call of Linux on x86-64"
)
def test_directories_and_files_that_may_only_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with store(tmp_path / "full") as (writer, _):
        writer.submit(*accepted(Tape("BTCUSDT"), range(10)))
    result = child(READ_ONLY, str(tmp_path))
    assert result.returncode == 0, result.stderr[-2_000:]
    lines = result.stdout.splitlines()
    assert len(lines) == 6
    assert [line.split(":")[0] for line in lines[:4]] == ["said"] * 4
    assert lines[-1] == "went well"
    assert "choose another with --data" in lines[0]
    assert blocks.count(tmp_path / "full") == 10


# --- what is no store -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound")
    with store(path) as (writer, _):
        bind_source(path / DATABASE, "live", "x")
        writer.submit(*accepted(Tape("BTCUSDT"), range(500)))
        writer.submit([bar()], {})
    return path


def opens(data: Path) -> None:
    """Everything that opens a store and looks what it is."""
    with DataDirectory(data) as directory:
        bind_source(directory.database, "live", "x")
        writer = StoreWriter(directory.database, StoreConfig())
        writer.start()
        writer.stop()
    reader = StoreReader(data / DATABASE)
    for read in (reader.meta, reader.symbols, lambda: reader.watched("symbol"), lambda: reader.trades("BTCUSDT")):
        read()
    spreadscope.open_store(data)


SHARE = st.floats(0, 1, exclude_max=True)
HARM = st.one_of(
    st.tuples(st.just("flip"), st.lists(st.tuples(SHARE, st.integers(1, 255)), min_size=1, max_size=20)),
    st.tuples(st.just("zero"), SHARE),
    st.tuples(st.just("cut"), SHARE),
    st.tuples(st.just("garbage"), st.binary(min_size=1, max_size=5_000)),
    st.tuples(st.just("header"), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 255)), min_size=1, max_size=3)),
)


@given(HARM)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_opens_or_is_refused_in_one_sentence(tmp_path: Path, sound: Path, harm: tuple[str, Any]) -> None:
    path = tmp_path / "data"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    content = bytearray((sound / DATABASE).read_bytes())
    kind, how = harm
    if kind == "flip":
        for share, mask in how:
            content[int(share * len(content))] ^= mask
    elif kind == "zero":
        page = int(how * len(content)) // 4096 * 4096
        content[page : page + 4096] = bytes(4096)
    elif kind == "cut":
        del content[max(1, int(how * len(content))) :]
    elif kind == "garbage":
        content = bytearray(how)
    else:
        for place, value in how:
            content[place] = value
    (path / DATABASE).write_bytes(content)
    try:
        opens(path)
    except StoreError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
    try:
        examine(path / DATABASE)
    except StoreError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    for version in (0, 2):
        path = tmp_path / str(version)
        path.mkdir()
        connection = sqlite3.connect(path / DATABASE)
        connection.execute("CREATE TABLE places (url TEXT)")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()
        connection.close()
        with pytest.raises(StoreError, match="another program"), DataDirectory(path):
            pass
        with pytest.raises(StoreError, match="no store of Spreadscope"):
            spreadscope.open_store(path)
        connection = sqlite3.connect(path / DATABASE)
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("places",)]
        connection.close()


@pytest.mark.parametrize("beside", ["archive", WAL])
def test_an_empty_file_is_a_beginning_but_not_beside_what_a_store_had(tmp_path: Path, beside: str) -> None:
    (tmp_path / DATABASE).touch()
    with pytest.raises(StoreError, match="no store of Spreadscope"):
        spreadscope.open_store(tmp_path)
    with DataDirectory(tmp_path):  # a first start that was killed
        pass
    (tmp_path / DATABASE).write_bytes(b"")
    (tmp_path / beside).mkdir() if beside == "archive" else (tmp_path / beside).write_bytes(b"x" * 100)
    with pytest.raises(StoreError, match="its content was lost"), DataDirectory(tmp_path):
        pass
