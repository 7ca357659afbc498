"""``spreadscope backup`` and ``spreadscope restore``."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from spreadscope.commands.console import print_json, print_message
from spreadscope.store.backup import backup_writer
from spreadscope.store.backup.backup_manifest import BackupManifest
from spreadscope.store.backup.backup_reader import check_backup, restore_backup
from spreadscope.store.backup.backup_writer import make_backup


def run_backup(data: Path, out: Path | None, *, recordings: bool, as_json: bool) -> None:
    """Back up a data directory, also beside a running engine, then read the file and check it."""
    file = out or Path(time.strftime("spreadscope-%Y%m%d-%H%M%S.tar.zst", time.gmtime()))
    with _shown(hidden=as_json) as progress:
        make_backup(data, file, recordings=recordings, progress=progress)
        manifest = check_backup(file, progress)
    _print(file, manifest, "backed up and read again: every file is as its hash says", as_json=as_json)


def run_check(file: Path, *, as_json: bool) -> None:
    """Check a backup without restoring it."""
    with _shown(hidden=as_json) as progress:
        manifest = check_backup(file, progress)
    _print(file, manifest, "sound: every file is as its hash says", as_json=as_json)


def run_restore(file: Path, data: Path, *, as_json: bool) -> bool:
    """Restore a backup into a new data directory. Returns whether the store there is sound."""
    with _shown(hidden=as_json) as progress:
        manifest, diagnosis = restore_backup(file, data, progress)
    if as_json:
        print_json({
            "data": str(data), **_document(file, manifest), "healthy": diagnosis.healthy,
            "findings": msgspec.to_builtins(diagnosis.findings),
        })  # fmt: skip
        return diagnosis.healthy
    for finding in diagnosis.findings:
        print_message(f"{finding.check}: {finding.subject}: {finding.text}")
    print_message(
        f"{data} is as the data directory was at {_time(manifest)}: {len(manifest.entries)} files, "
        f"{manifest.bytes / 1e6:,.1f} MB, {_source(manifest)}"
    )
    verdict = "sound" if diagnosis.healthy else f"{len(diagnosis.findings)} findings: spreadscope doctor --repair"
    print_message(f"{', '.join(f'{count} {name}' for name, count in diagnosis.checked.items())} examined: {verdict}")
    return diagnosis.healthy


@contextlib.contextmanager
def _shown(*, hidden: bool) -> Iterator[backup_writer.Progress]:
    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        yield lambda _what, _done, _all: None
        return
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("backup", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None)


def _print(file: Path, manifest: BackupManifest, verdict: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(file, manifest))
        return
    size = file.stat().st_size
    print_message(
        f"{file}: {len(manifest.entries)} files of {_time(manifest)}, {manifest.bytes / 1e6:,.1f} MB in "
        f"{size / 1e6:,.1f} MB, {_source(manifest)}; {verdict}"
    )


def _document(file: Path, manifest: BackupManifest) -> dict[str, object]:
    return {
        "file": str(file),
        "file_bytes": file.stat().st_size,
        "files": len(manifest.entries),
        "bytes": manifest.bytes,
        "made_ms": manifest.made_ms,
        "mode": manifest.mode,
        "source": manifest.source,
        "product": manifest.product,
        "database_version": manifest.database_version,
    }


def _source(manifest: BackupManifest) -> str:
    return f"{manifest.mode} data ({manifest.source})" if manifest.mode else "no data yet"


def _time(manifest: BackupManifest) -> str:
    return f"{datetime.fromtimestamp(manifest.made_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
