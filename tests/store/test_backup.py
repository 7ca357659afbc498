"""Backups: all of a data directory, of one moment while its writer goes on; whole on the way back, or nothing."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.model.errors import StoreError
from spreadscope.store.archive.compaction import compact
from spreadscope.store.backup.backup_manifest import MANIFEST, BackupEntry, is_own_path, sha256
from spreadscope.store.backup.backup_reader import check_backup, restore_backup
from spreadscope.store.backup.backup_writer import make_backup
from spreadscope.store.directory import DATABASE, connect
from spreadscope.store.integrity.report import ReportRequest, make_report
from spreadscope.store.integrity.report_files import write_reports
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.reader import StoreReader
from spreadscope.tape.tape import Tape
from tests.support.closed_days import NOW, PRICES, TIMES, N, fill
from tests.support.command import command
from tests.support.facts import accepted, store
from tests.support.market_store import write_market


def quiet(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an archive, reports, settings, and a second database."""
    data = tmp_path_factory.mktemp("original") / "data"
    fill(data)
    compact(data / DATABASE, now=NOW)
    write_reports(data / DATABASE, now=NOW)
    (data / "spreadscope.toml").write_text("[analytics]\nz_window = 40\n")
    (data / "recordings").mkdir()
    (data / "recordings" / "monday.ndjson").write_text("{}\n")
    with sqlite3.connect(data / "access.db") as access:
        access.execute("CREATE TABLE keys (name TEXT)")
        access.execute("INSERT INTO keys VALUES ('laptop')")
    access.close()
    return data


@pytest.fixture(scope="module")
def backup(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "all.tar.zst"
    make_backup(original, file, progress=quiet)
    return file


def tapes(data: Path) -> dict[tuple[str, str], str]:
    report = make_report(data / DATABASE, ReportRequest(now=NOW)).report
    return {(row.symbol, row.day): row.tape for row in report.days}


def members(file: Path) -> dict[str, bytes]:
    with zstandard.open(file, "rb") as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def repacked(file: Path, out: Path, change: Callable[[dict[str, Any]], None], **more: bytes) -> Path:
    """The backup with a changed manifest, as somebody with bad intentions would write it."""
    content = {**members(file), **more}
    manifest = msgspec.json.decode(content[MANIFEST])
    change(manifest)
    content[MANIFEST] = msgspec.json.encode(manifest)
    with zstandard.open(out, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out


def test_what_is_restored_is_what_was_backed_up(original: Path, backup: Path, tmp_path: Path) -> None:
    manifest, diagnosis = restore_backup(backup, tmp_path / "new", quiet)
    # The bars of this store are made up: the doctor says the same of both.
    before = examine(original / DATABASE)
    assert (diagnosis.checked, diagnosis.findings) == (before.checked, before.findings)
    assert (diagnosis.checked["trades"], diagnosis.checked["files"] > 3) == (N, True)
    assert tapes(tmp_path / "new") == tapes(original)
    assert tapes(original), "days are compared"
    names = {entry.name for entry in manifest.entries}
    assert {"access.db", "spreadscope.toml", DATABASE} <= names
    for name in names - {"access.db", DATABASE}:
        assert (tmp_path / "new" / name).read_bytes() == (original / name).read_bytes()
    with sqlite3.connect(tmp_path / "new" / "access.db") as access:
        assert access.execute("SELECT name FROM keys").fetchall() == [("laptop",)]
    access.close()
    assert not (tmp_path / "new" / "recordings").exists(), "recordings are in it on request"


def test_only_the_owner_can_read_it_and_what_comes_out_of_it(backup: Path, tmp_path: Path) -> None:
    restore_backup(backup, tmp_path / "new", quiet)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    for path in [tmp_path / "new", *(tmp_path / "new").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_recordings_are_in_it_where_they_are_wanted(original: Path, tmp_path: Path) -> None:
    make_backup(original, tmp_path / "all.tar.zst", recordings=True, progress=quiet)
    restore_backup(tmp_path / "all.tar.zst", tmp_path / "new", quiet)
    assert (tmp_path / "new" / "recordings" / "monday.ndjson").read_text() == "{}\n"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    fill(tmp_path / "data", range(10))
    (tmp_path / "secret.toml").write_text("password")
    (tmp_path / "data" / "linked.toml").symlink_to(tmp_path / "secret.toml")
    manifest = make_backup(tmp_path / "data", tmp_path / "all.tar.zst", progress=quiet)
    assert [entry.name for entry in manifest.entries] == [DATABASE]


def test_it_is_of_one_moment_while_the_writer_goes_on(tmp_path: Path) -> None:
    """Trades, and the ledger that vouches for them, are written in one transaction: a backup has both or neither."""
    tape, going = Tape("BTCUSDT"), threading.Event()
    with store(tmp_path / "data") as (writer, _):

        def write() -> None:
            for first in range(0, N, 50):
                ids = list(range(first, first + 50))
                facts = accepted(tape, ids, times=[TIMES[i] for i in ids], prices=[PRICES[i] for i in ids])
                writer.submit(*facts)
                asyncio.run(writer.flush())
                going.set()

        thread = threading.Thread(target=write)
        thread.start()
        try:
            assert going.wait(30)
            counts = []
            for number in range(3):
                make_backup(tmp_path / "data", tmp_path / f"{number}.tar.zst", progress=quiet)
        finally:
            thread.join()
    for number in range(3):
        _, diagnosis = restore_backup(tmp_path / f"{number}.tar.zst", tmp_path / str(number), quiet)
        assert diagnosis.healthy, diagnosis.findings
        counts.append(diagnosis.checked["trades"])
        ranges, _ = StoreReader(tmp_path / str(number) / DATABASE).ledger("BTCUSDT")
        assert [(each.first, each.last) for each in ranges] == [(0, counts[-1] - 1)]
        assert counts[-1] % 50 == 0, "a transaction has 50 trades"
    assert counts == sorted(counts)
    assert counts[0] > 0


def test_a_database_of_an_older_version_is_brought_up_to_date(original: Path, tmp_path: Path) -> None:
    data = tmp_path / "old"
    shutil.copytree(original, data)
    connection = connect(data / DATABASE)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for (table,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE name LIKE 'paper%' AND type = 'table'"
    ).fetchall():
        connection.execute(f"DROP TABLE {table}")
    connection.execute(f"PRAGMA user_version = {version - 1}")
    connection.close()
    manifest = make_backup(data, tmp_path / "all.tar.zst", progress=quiet)
    assert manifest.database_version == version - 1
    restore_backup(tmp_path / "all.tar.zst", tmp_path / "new", quiet)
    assert tapes(tmp_path / "new") == tapes(original)


# --- what is wrong is refused, and nothing is left behind -------------------------------------------------------------


def assert_refused(file: Path, text: str) -> None:
    """Neither checked nor restored, and no file is left."""
    with pytest.raises(StoreError, match=text):
        check_backup(file, quiet)
    target = file.parent / "refused" / "data"
    with pytest.raises(StoreError, match=text):
        restore_backup(file, target, quiet)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("kept", [0, 3, 100, -4_000])
def test_a_file_that_was_cut_is_refused(backup: Path, tmp_path: Path, kept: int) -> None:
    cut = tmp_path / "cut.tar.zst"
    cut.write_bytes(backup.read_bytes()[:kept])
    assert_refused(cut, "cannot be used")


@given(st.integers(0, 2**31), st.integers(1, 255))
def test_a_changed_byte_is_found_or_changes_nothing(backup: Path, place: int, change: int) -> None:
    """A byte of padding or of a header that nobody reads may differ: then all files are still what they were."""
    data = bytearray(backup.read_bytes())
    data[place % len(data)] ^= change
    damaged = backup.with_name("damaged.tar.zst")
    damaged.write_bytes(data)
    try:
        manifest = check_backup(damaged, quiet)
    except StoreError as error:
        assert "cannot be used" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert manifest == check_backup(backup, quiet)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"format": "spreadscope-backup-9"}, "restore it with the version that made it"),
        ({"database_version": 10_000}, "made by a newer Spreadscope"),
        ({"entries": []}, "it lacks spreadscope.db"),
    ],
)
def test_what_another_version_made_is_refused(backup: Path, tmp_path: Path, change: dict[str, Any], text: str) -> None:
    assert_refused(repacked(backup, tmp_path / "other.tar.zst", lambda manifest: manifest.update(change)), text)


@pytest.mark.parametrize(
    "name", ["../evil.toml", "/etc/evil.toml", "archive/../../evil", "evil.sh", "jobs/1", "a\0.toml", "a\n.toml", "."]
)
def test_a_path_outside_the_data_directory_is_refused(backup: Path, tmp_path: Path, name: str) -> None:
    entry = msgspec.to_builtins(BackupEntry(name, 1, sha256(b"x")))
    evil = repacked(backup, tmp_path / "evil.tar.zst", lambda manifest: manifest["entries"].append(entry))
    assert_refused(evil, "names a file that no data directory has")


def test_what_the_manifest_does_not_name_is_refused(backup: Path, tmp_path: Path) -> None:
    more = repacked(backup, tmp_path / "more.tar.zst", lambda _: None, **{"extra.toml": b"x = 1"})
    assert_refused(more, "holds more than its manifest names")


def test_a_link_in_a_backup_is_refused(backup: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked.tar.zst"
    content = members(backup)
    with zstandard.open(linked, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            if name == DATABASE:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(member)
                continue
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    assert_refused(linked, "stands where spreadscope.db should be|stands where access.db should be")


def test_more_than_the_disk_has_room_for_is_refused(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(tmp_path)._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(StoreError, match="are free there: make room"):
        restore_backup(backup, tmp_path / "new", quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_with_something_in_it_is_left_alone(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(StoreError, match="is not empty"):
        restore_backup(backup, tmp_path, quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_an_archive_that_is_not_what_it_was_is_no_backup(original: Path, tmp_path: Path, damage: str) -> None:
    data = tmp_path / "data"
    shutil.copytree(original, data)
    file = next((data / "archive").rglob("*.parquet"))
    if damage == "missing":
        file.unlink()
    else:
        raw = bytearray(file.read_bytes())
        raw[len(raw) // 2] ^= 1
        file.write_bytes(raw)
    with pytest.raises(StoreError, match="doctor finds"):
        make_backup(data, tmp_path / "all.tar.zst", progress=quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_backup_is_never_written_over_another_file(original: Path, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    with pytest.raises(StoreError, match="exists already"):
        make_backup(original, tmp_path / "there", progress=quiet)
    with pytest.raises(StoreError, match="no folder"):
        make_backup(original, tmp_path / "nowhere" / "all.tar.zst", progress=quiet)
    with pytest.raises(StoreError, match="no store in"):
        make_backup(tmp_path, tmp_path / "all.tar.zst", progress=quiet)
    assert (tmp_path / "there").read_text() == "kept"


@given(st.text())
def test_a_path_is_ours_only_below_the_data_directory(name: str) -> None:
    if is_own_path(name):
        assert os.path.normpath(os.path.join("/data", name)).startswith("/data/")  # noqa: PTH118 - as text
        assert "\0" not in name


# --- the commands -----------------------------------------------------------------------------------------------------


def test_the_commands_say_what_they_did(tmp_path: Path) -> None:
    original = tmp_path / "data"
    write_market(original, {"AUSDT": 100.0 + np.arange(50.0), "BUSDT": 50.0 + np.arange(50.0)})
    file = tmp_path / "monday.tar.zst"
    made = command("backup", "--data", str(original), "--out", str(file))
    assert (made.returncode, "every file is as its hash says" in made.stderr) == (0, True), made.stderr
    checked = command("backup", "--check", str(file), "--json")
    assert msgspec.json.decode(checked.stdout)["files"] == len(members(file)) - 1
    restored = command("restore", str(file), "--data", str(tmp_path / "new"))
    assert restored.returncode == 0, restored.stderr
    assert "examined: sound" in restored.stderr
    again = command("restore", str(file), "--data", str(tmp_path / "new"))
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "is not empty" in again.stderr
    wrong = command("backup", str(file))
    assert (wrong.returncode, "--check" in wrong.stderr) == (2, True)
