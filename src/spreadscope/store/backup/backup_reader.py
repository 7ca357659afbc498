"""Reads a backup: checks every byte of it against its manifest, and restores it into a new data directory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import zstandard

from spreadscope.model.errors import StoreError
from spreadscope.store.backup.backup_manifest import (
    CHUNK,
    LARGEST_MANIFEST,
    MANIFEST,
    BackupEntry,
    BackupManifest,
    parse_manifest,
)
from spreadscope.store.backup.backup_writer import Progress
from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.maintenance.diagnosis import Diagnosis, examine

_WINDOW = 128 * 2**20  # the most memory that a packed file may ask for


def check_backup(file: Path, progress: Progress) -> BackupManifest:
    """Read a backup to its end and compare every file with the manifest. Raises ``StoreError``."""
    return _read(file, None, progress)


def restore_backup(file: Path, data: Path, progress: Progress) -> tuple[BackupManifest, Diagnosis]:
    """Restore a backup into ``data``, which must not exist or be empty, and examine the store there.

    Everything is checked in a folder beside it first, so that ``data`` holds all of the backup or nothing. Returns the
    manifest and what the doctor says. Raises ``StoreError``.
    """
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise StoreError(f"{data} is not empty: name a new directory with --data; nothing there was changed")
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".spreadscope-restore-", dir=data.parent) as made:
            folder = Path(made) / "data"
            folder.mkdir(mode=0o700)
            manifest = _read(file, folder, progress)
            progress("examining", 0, 0)
            with DataDirectory(folder):  # brings the tables of an older version up to date
                diagnosis = examine(folder / DATABASE)
            if data.exists():
                data.rmdir()
            folder.rename(data)
    except OSError as error:
        raise StoreError(f"the backup cannot be restored to {data}: {error.strerror or error}") from None
    return manifest, diagnosis


def _read(file: Path, folder: Path | None, progress: Progress) -> BackupManifest:
    """Read all entries, write them below ``folder`` where one is given, and check them."""
    try:
        with _members(file) as members:
            manifest = parse_manifest(_manifest(members))
            if folder is not None:
                _require_room(folder, manifest.bytes)
            done = 0
            for entry in manifest.entries:
                progress("checking" if folder is None else "restoring", done, manifest.bytes)
                _read_entry(members, entry, folder)
                done += entry.bytes
            _require_end(members)
            progress("checking" if folder is None else "restoring", done, manifest.bytes)
    except StoreError as error:
        raise StoreError(f"the backup {file} cannot be used: {error}") from None
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise StoreError(f"the backup {file} cannot be used: it is damaged or cut ({error})") from None
    return manifest


@contextlib.contextmanager
def _members(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        raw = file.open("rb")
    except OSError as error:
        raise StoreError(f"it cannot be opened ({error.strerror})") from None
    with (
        raw,
        zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(raw) as packed,
        tarfile.open(fileobj=packed, mode="r|", errorlevel=2) as archive,
    ):
        yield archive


def _next(members: tarfile.TarFile, name: str) -> tuple[tarfile.TarInfo, IO[bytes]]:
    """Returns the next entry and its content, where it is the file ``name``: no link, no folder, no device."""
    member = members.next()
    if member is None:
        raise StoreError(f"it ends before {name}")
    content = members.extractfile(member) if member.isreg() else None
    if content is None or member.name != name:
        raise StoreError(f"{member.name[:80]!r} stands where {name} should be")
    return member, content


def _require_end(members: tarfile.TarFile) -> None:
    if members.next() is not None:
        raise StoreError("it holds more than its manifest names")


def _manifest(members: tarfile.TarFile) -> bytes:
    member, content = _next(members, MANIFEST)
    if member.size > LARGEST_MANIFEST:
        raise StoreError("its manifest is too long")
    return content.read()


def _read_entry(members: tarfile.TarFile, entry: BackupEntry, folder: Path | None) -> None:
    member, content = _next(members, entry.name)
    if member.size != entry.bytes:
        raise StoreError(f"{entry.name} has {member.size} bytes, and should have {entry.bytes}")
    digest = hashlib.sha256()
    with _target(folder, entry.name) as target:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            if target is not None:
                target.write(chunk)
    if digest.hexdigest() != entry.sha256:
        raise StoreError(f"{entry.name} is damaged: its hash is another")


@contextlib.contextmanager
def _target(folder: Path | None, name: str) -> Iterator[IO[bytes] | None]:
    if folder is None:
        yield None
        return
    path = folder / name
    for parent in reversed(path.relative_to(folder).parents):
        (folder / parent).mkdir(mode=0o700, exist_ok=True)  # with ``parents`` only the last one would get the mode
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StoreError(f"it needs {needed / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB are free there: make room")
