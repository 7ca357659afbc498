"""The first entry of a backup: what is in it, and by which hashes that is checked."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.store.directory import ARCHIVE, DATABASE
from spreadscope.store.tables import VERSION

FORMAT = "spreadscope-backup-1"
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 256 * 2**20
CHUNK = 1 << 20
INTEGRITY, RECORDINGS = "integrity", "recordings"
_FOLDERS = frozenset({ARCHIVE, INTEGRITY, RECORDINGS})
_SUFFIXES = frozenset({".db", ".toml"})


class BackupEntry(msgspec.Struct, frozen=True):
    """A file of a backup: its path below the data directory, its bytes, and its SHA-256."""

    name: str
    bytes: int
    sha256: str


class BackupManifest(msgspec.Struct, frozen=True):
    """What a backup holds. ``made_ms`` is when (wall clock); ``mode`` and ``source`` are those of the store."""

    format: str
    made_ms: int
    product: str
    database_version: int
    mode: str
    source: str
    entries: list[BackupEntry]

    @property
    def bytes(self) -> int:
        """The bytes of all files, as they will lie on the disk."""
        return sum(entry.bytes for entry in self.entries)


def parse_manifest(raw: bytes) -> BackupManifest:
    """Returns the manifest, checked: its format, versions that we can read, and paths inside the data directory.

    Raises ``StoreError``.
    """
    try:
        manifest = msgspec.json.decode(raw, type=BackupManifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"it is no backup of Spreadscope: its first entry is damaged ({error})") from None
    if manifest.format != FORMAT:
        raise StoreError(
            f"its format is {manifest.format!r}, and this Spreadscope reads {FORMAT!r}: restore it with the version "
            f"that made it ({manifest.product})"
        )
    if manifest.database_version > VERSION:
        raise StoreError(
            f"it was made by a newer Spreadscope ({manifest.product}; its store has version "
            f"{manifest.database_version}, this one knows {VERSION}): upgrade first"
        )
    names = [entry.name for entry in manifest.entries]
    wrong = next((entry for entry in manifest.entries if not is_own_path(entry.name) or entry.bytes < 0), None)
    if wrong is not None:
        raise StoreError(f"it names a file that no data directory has: {wrong.name[:80]!r}")
    if len(set(names)) != len(names):
        raise StoreError("it names a file twice")
    if DATABASE not in names:
        raise StoreError(f"it lacks {DATABASE}")
    return manifest


def is_own_path(name: str) -> bool:
    """Whether a backup may hold this path: a database or settings at the top, or a file in a folder of ours.

    >>> is_own_path("archive/trades/BTCUSDT/2026-11-22.parquet"), is_own_path("archive/../../etc/passwd")
    (True, False)
    """
    path = PurePosixPath(name)
    if (
        not path.parts
        or not name.isprintable()
        or "\\" in name
        or path.is_absolute()
        or str(path) != name
        or ".." in path.parts
    ):
        return False
    if len(path.parts) == 1:
        return path.suffix in _SUFFIXES
    return path.parts[0] in _FOLDERS


def sha256(data: bytes) -> str:
    """Returns the SHA-256 of bytes as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
