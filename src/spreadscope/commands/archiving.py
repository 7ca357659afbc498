"""``spreadscope archive``: closed days from the database to Parquet files."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from spreadscope.commands.console import print_json, print_message
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.store.archive.compaction import compact, day_name
from spreadscope.store.directory import DATABASE, DataDirectory, LockedError
from spreadscope.store.integrity.report_files import write_reports
from spreadscope.store.maintenance.free_space import give_back_offline


def run_archive(data: Path, before: str | None, *, as_json: bool) -> None:
    """Archive closed days and print what was moved and what stays."""
    before_ms = _day(before) if before is not None else None
    if not (data / DATABASE).exists():
        raise StoreError(f"there is no store in {data}: name its directory with --data")
    with ExitStack() as stack:
        try:
            directory = stack.enter_context(DataDirectory(data))
        except LockedError:
            raise StoreError(
                f"an engine is writing to {data}, and it archives closed days by itself (archive.enabled, "
                "archive.hour_utc): "
                "stop it to archive now"
            ) from None
        console = Console(stderr=True)
        bar = None
        if console.is_terminal and not as_json:
            bar = stack.enter_context(
                Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console)
            )
            task = bar.add_task("archive")

        def progress(subject: str, rows: int) -> None:
            if bar is not None:
                bar.update(task, description=f"{subject}: {rows} rows")

        now = time.time_ns() // 1_000_000
        result = compact(directory.database, now=now, before=before_ms, progress=progress)
        reports = write_reports(directory.database, now=now)
        given_back = give_back_offline(directory.database)
    if as_json:
        written = [msgspec.structs.asdict(part) for part in result.written]
        print_json({
            "written": written, "left": msgspec.to_builtins(result.skipped), "given_back": given_back,
            "reported": reports.days,
        })  # fmt: skip
        return
    for skipped in result.skipped:
        print_message(f"{skipped.subject} {day_name(skipped.day)} stays in the database: {skipped.why}")
    for text in reports.left:
        print_message(f"not as it was reported: {text}")
    print_message(
        f"{result.rows} rows archived in {len(result.written)} files ({result.bytes} bytes); the database's file is "
        f"{given_back} bytes shorter; {len(reports.days)} days have an integrity report more"
    )


def _day(text: str) -> int:
    try:
        midnight = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        raise ConfigError(f"date {text!r} is not of the form 2026-11-22") from None
    return int(midnight.timestamp() * 1000)
