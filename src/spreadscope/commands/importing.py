"""``spreadscope import``: files of the exchange, of others, and our own exports into a store."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.console import Console

from spreadscope.commands.console import give, say
from spreadscope.importing.run import Imported, Options, import_file
from spreadscope.importing.target import ImportTarget
from spreadscope.model.errors import StoreError
from spreadscope.store.directory import DataDirectory


def run_import(data: Path, paths: Sequence[Path], options: Options, *, as_json: bool) -> None:
    """Import the files in the order given and say what became of every row."""
    results: list[Imported] = []
    with ExitStack() as stack:
        directory = stack.enter_context(DataDirectory(data))
        target = stack.enter_context(ImportTarget(directory.database))
        console = Console(stderr=True)
        status = console.status("importing …") if console.is_terminal and not as_json else None
        if status is not None:
            stack.enter_context(status)

        def progress(what: str) -> None:
            if status is not None:
                status.update(f"importing {what} …")

        for path in paths:
            results.append(import_file(target, path, options, progress))
            if not as_json:
                _print(results[-1])
    if as_json:
        give({"files": msgspec.to_builtins(results)})
    nothing = [result.file for result in results if not result.entered]
    if nothing:
        raise StoreError(f"nothing of {', '.join(nothing)} entered the store: see what was said of it above")


def _print(result: Imported) -> None:
    counts = {
        "new": result.new,
        "already held": result.repeated,
        "left out (no market trades, filled intervals, of other symbols)": result.left_out,
        "bad, quarantined": result.bad,
        "in conflict with what is held": result.conflicts,
    }
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count or name == "new")
    sys.stdout.write(f"{result.file}: {result.read} rows of {result.content} ({', '.join(result.subjects)}): {said}\n")
    for note in result.notes:
        say(f"  {note}")
    if result.bars:
        say(f"  {result.bars} bars made from the trades")
    if result.missing:
        say(f"  {result.missing} trades between the first and the last one are missing")
