"""``spreadscope import``: the import of files of the exchange, of other programs, and of our own exports."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.console import Console

from spreadscope.commands.console import print_json, print_message, print_result
from spreadscope.importing.run import ImportResult, Options, import_file
from spreadscope.model.errors import StoreError
from spreadscope.store.directory import DataDirectory
from spreadscope.store.import_target import ImportTarget


def run_import(data: Path, paths: Sequence[Path], options: Options, *, as_json: bool) -> None:
    """Import the files in order and print counts of all rows. Raises ``StoreError`` where a file has no usable row."""
    results: list[ImportResult] = []
    with ExitStack() as stack:
        directory = stack.enter_context(DataDirectory(data))
        target = stack.enter_context(ImportTarget(directory.database))
        console = Console(stderr=True)
        status = console.status("importing …") if console.is_terminal and not as_json else None
        if status is not None:
            stack.enter_context(status)

        def progress(subject: str) -> None:
            if status is not None:
                status.update(f"importing {subject} …")

        for path in paths:
            results.append(import_file(target, path, options, progress))
            if not as_json:
                _print(results[-1])
    if as_json:
        print_json({"files": msgspec.to_builtins(results)})
    without_rows = [result.file for result in results if not result.has_stored_rows]
    if without_rows:
        raise StoreError(f"nothing of {', '.join(without_rows)} entered the store: see the messages above")


def _print(result: ImportResult) -> None:
    counts = {
        "new": result.new,
        "already held": result.repeated,
        "left out (no market trades, filled intervals, of other symbols)": result.left_out,
        "bad, quarantined": result.bad,
        "in conflict with what is held": result.conflicts,
    }
    text = ", ".join(f"{count} {name}" for name, count in counts.items() if count or name == "new")
    print_result(f"{result.file}: {result.read} rows of {result.content} ({', '.join(result.subjects)}): {text}")
    for note in result.notes:
        print_message(f"  {note}")
    if result.bars:
        print_message(f"  {result.bars} bars made from the trades")
    if result.missing:
        print_message(f"  {result.missing} trades between the first and the last one are missing")
