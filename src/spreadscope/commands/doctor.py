"""``spreadscope doctor``: the check and repair of a store."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.console import Console

from spreadscope.commands.console import print_json, print_message, print_result
from spreadscope.model.errors import StoreError
from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.maintenance.diagnosis import Diagnosis, Finding, examine
from spreadscope.store.maintenance.free_space import FreeSpace, rewrite
from spreadscope.store.trades.proof import UNPROVABLE


def run_doctor(data: Path, *, repair: bool, shrink: bool, as_json: bool) -> bool:
    """Examine the store and print the findings. Returns whether it is sound (now). ``shrink`` rewrites a sound one."""
    database = data / DATABASE
    if not database.exists():
        raise StoreError(f"there is no store in {data}: name its directory with --data")
    with ExitStack() as stack:
        if repair or shrink:
            stack.enter_context(DataDirectory(data, repairing=repair))
        console = Console(stderr=True)
        progress = None
        if console.is_terminal and not as_json:
            status = stack.enter_context(console.status("examining …"))

            def progress(part: str) -> None:
                status.update(f"examining {part} …")

        result = examine(database, repair=repair, progress=progress)
        if shrink and result.healthy:
            if progress is not None:
                progress("nothing more: writing the database anew")
            _, result.space = rewrite(database)
    if as_json:
        print_json({"healthy": result.healthy, **msgspec.to_builtins(result)})
    else:
        _print_result(result, shrink=shrink)
    return result.healthy


def _print_result(result: Diagnosis, *, shrink: bool) -> None:
    for finding in result.repaired:
        _print(finding, f"repaired: {finding.repair}")
    for finding in result.findings:
        _print(finding, f"--repair would {finding.repair}" if finding.repair else "")
    for symbol, count in result.missing.items():
        print_result(f"known: {symbol}: {count} trades are missing, and the bars beside them are marked incomplete")
    for symbol, source in result.unprovable.items():
        print_result(f"known: {symbol}: {UNPROVABLE} ({source})")
    counts = ", ".join(f"{count} {name}" for name, count in result.checked.items())
    verdict = "sound" if result.healthy else f"{len(result.findings)} findings"
    print_message(f"{counts} examined: {verdict}")
    print_message(_space_text(result.space))
    if shrink and not result.healthy:
        print_message("not rewritten: a store with findings is left as it is")


def _space_text(space: FreeSpace) -> str:
    """Returns a text on the free space of the database."""
    text = f"{space.free / 1e6:,.1f} MB of the database's {space.bytes / 1e6:,.1f} MB are free"
    if space.gives_back:
        return f"{text}: the daily archive run gives them back"
    return (
        f"{text}: they are used again; with --shrink the file is rewritten without them, and gives back what gets "
        "free later"
    )


def _print(finding: Finding, action: str) -> None:
    print_result(f"{finding.check}: {finding.subject}: {finding.text}{f' ({action})' if action else ''}")
