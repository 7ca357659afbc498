"""Makes a backup, also beside a running engine: the database as of one moment, and the files that it lists.

The database is copied inside one read transaction, so that trades, journal, ledgers and paper accounts are of one
instant while the engine goes on writing. Files of the archive are never changed once the database lists them.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import msgspec
import zstandard

import spreadscope
from spreadscope.model.errors import StoreError
from spreadscope.store.archive import archive_catalog
from spreadscope.store.archive.compaction import fingerprint
from spreadscope.store.backup.backup_manifest import (
    FORMAT,
    INTEGRITY,
    MANIFEST,
    RECORDINGS,
    BackupEntry,
    BackupManifest,
    is_own_path,
)
from spreadscope.store.directory import ARCHIVE, DATABASE, SQLITE_ERRORS, connect, meta_value, reason
from spreadscope.store.maintenance.database_file import RESCUED
from spreadscope.store.maintenance.free_space import measure

Progress = Callable[[str, int, int], None]  # what is being done, the bytes that are done, and all of them

_COPY_PAGES = 4_096
_ATTEMPTS = 3  # retention may delete a file of the archive between the copy of the database and its own
_LEVEL = 3  # the blocks of trades are compressed already


class _FileGoneError(Exception):
    """A file of the archive that the copy of the database lists is there no more."""


def make_backup(data: Path, out: Path, *, recordings: bool = False, progress: Progress) -> BackupManifest:
    """Write a backup of the data directory ``data`` to the file ``out``, which must not exist. Raises ``StoreError``.

    It needs room beside ``out`` for a copy of the database until it is done. With ``recordings`` those are in it too.
    """
    if not (data / DATABASE).is_file():
        raise StoreError(f"there is no store in {data}: name its directory with --data")
    if out.exists():
        raise StoreError(f"{out} exists already: choose another name with --out")
    if not out.parent.is_dir():
        raise StoreError(f"there is no folder {out.parent}: make it, or choose another with --out")
    part = out.with_name(f"{out.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix=".spreadscope-backup-", dir=out.parent) as folder:
            for attempt in range(_ATTEMPTS):
                try:
                    manifest = _write(data, Path(folder), part, recordings=recordings, progress=progress)
                    break
                except _FileGoneError as gone:
                    if attempt == _ATTEMPTS - 1:
                        raise StoreError(
                            f"the archive lacks {gone}, which the database lists: see what spreadscope doctor finds"
                        ) from None
        part.replace(out)
    except OSError as error:
        raise StoreError(f"the backup {out} cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write(data: Path, folder: Path, part: Path, *, recordings: bool, progress: Progress) -> BackupManifest:
    names = [path.name for path in sorted(data.glob("*.db")) if not path.name.startswith(RESCUED)]
    copies = {name: folder / name for name in names}
    for name, copy in copies.items():
        copy.unlink(missing_ok=True)
        _copy_database(data / name, copy, progress)
    files = {**copies, **_other_files(data, folder, copies[DATABASE], recordings=recordings)}
    listed = {f"{ARCHIVE}/{each.file}": each for each in _archived(copies[DATABASE])}
    entries = []
    for name, path in files.items():
        known = listed.get(name)
        size, digest = (known.bytes, known.sha256) if known is not None else fingerprint(path)
        entries.append(BackupEntry(name, size, digest))
    version = _version(copies[DATABASE])
    manifest = BackupManifest(
        FORMAT, time.time_ns() // 1_000_000, spreadscope.__version__, version,
        meta_value(copies[DATABASE], "mode"), meta_value(copies[DATABASE], "source"), entries,
    )  # fmt: skip
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    # For the owner alone: it tells what somebody watches and trades.
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
        with (
            compressor.stream_writer(raw, closefd=False) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
        ):
            _add(archive, manifest, files, progress)
        raw.flush()
        os.fsync(raw.fileno())
    return manifest


def _copy_database(source: Path, copy: Path, progress: Progress) -> None:
    """Copy a database as of one moment: a read transaction that stays open keeps the writer's changes out of it."""
    connection = connect(source, read_only=True)
    target: sqlite3.Connection | None = None
    try:
        connection.execute("BEGIN")
        size = measure(connection).bytes
        target = sqlite3.connect(copy)

        def report(_status: int, remaining: int, total: int) -> None:
            progress(source.name, size * (total - remaining) // max(total, 1), size)

        connection.backup(target, pages=_COPY_PAGES, progress=report, sleep=0.0)
        found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreError(f"{source.name} is damaged ({found}): see what spreadscope doctor finds")
    except SQLITE_ERRORS as error:
        raise StoreError(f"{source.name} cannot be copied: {reason(error)}") from None
    finally:
        connection.close()
        if target is not None:
            target.close()


def _archived(database: Path) -> list[archive_catalog.Part]:
    connection = connect(database, read_only=True)
    try:
        return [part for kind in archive_catalog.KINDS for part in archive_catalog.parts(connection, kind)]
    except SQLITE_ERRORS as error:
        raise StoreError(f"the list of archived files cannot be read: {reason(error)}") from None
    finally:
        connection.close()


def _version(database: Path) -> int:
    connection = connect(database, read_only=True)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def _other_files(data: Path, folder: Path, database: Path, *, recordings: bool) -> dict[str, Path]:
    """Returns where all files but databases are read from, by their names in the backup."""
    found = {f"{ARCHIVE}/{part.file}": data / ARCHIVE / part.file for part in _archived(database)}
    for path in [*data.glob("*.toml"), *(data / INTEGRITY).rglob("*")]:
        if _is_ours(path, data):  # copied at once: these may be replaced while the rest is written
            copy = folder / path.relative_to(data)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            found[path.relative_to(data).as_posix()] = copy
    for path in (data / RECORDINGS).rglob("*") if recordings else ():
        if _is_ours(path, data):
            found[path.relative_to(data).as_posix()] = path
    return found


def _is_ours(path: Path, data: Path) -> bool:
    # What a link names lies elsewhere, and is not ours to copy.
    return path.is_file() and not path.is_symlink() and is_own_path(path.relative_to(data).as_posix())


def _add(archive: tarfile.TarFile, manifest: BackupManifest, files: dict[str, Path], progress: Progress) -> None:
    raw = msgspec.json.encode(manifest)
    _add_member(archive, MANIFEST, len(raw), manifest.made_ms, io.BytesIO(raw))
    done = 0
    for entry in manifest.entries:
        progress("writing", done, manifest.bytes)
        with _opened(files[entry.name], entry.name) as file:
            hashing = _HashingFile(file)
            _add_member(archive, entry.name, entry.bytes, manifest.made_ms, hashing)
        if hashing.digest.hexdigest() != entry.sha256:
            raise StoreError(f"{entry.name} is damaged, its hash is another: see what spreadscope doctor finds")
        done += entry.bytes
    progress("writing", done, manifest.bytes)


class _HashingFile:
    """A file that hashes what is read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


@contextlib.contextmanager
def _opened(path: Path, name: str) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise _FileGoneError(name) from None
    with file:
        yield file


def _add_member(archive: tarfile.TarFile, name: str, size: int, made_ms: int, file: IO[bytes] | _HashingFile) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, made_ms // 1_000, 0o600
    archive.addfile(member, file)
