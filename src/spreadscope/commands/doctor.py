"""``spreadscope doctor``: is the store what it says it is?"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.console import Console

from spreadscope.commands.console import give, say
from spreadscope.model.errors import StoreError
from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.doctor import Finding, examine


def run_doctor(data: Path, *, repair: bool, as_json: bool) -> bool:
    """Examine the store and print what was found; → whether it is sound (now)."""
    database = data / DATABASE
    if not database.exists():
        raise StoreError(f"there is no store in {data}: name its directory with --data")
    with ExitStack() as stack:
        if repair:
            stack.enter_context(DataDirectory(data))
        console = Console(stderr=True)
        progress = None
        if console.is_terminal and not as_json:
            status = stack.enter_context(console.status("examining …"))

            def progress(what: str) -> None:
                status.update(f"examining {what} …")

        result = examine(database, repair=repair, progress=progress)
    if as_json:
        give({"healthy": result.healthy, **msgspec.to_builtins(result)})
        return result.healthy
    for finding in result.repaired:
        _print(finding, f"repaired: {finding.repair}")
    for finding in result.findings:
        _print(finding, f"--repair would {finding.repair}" if finding.repair else "")
    counts = ", ".join(f"{count} {name}" for name, count in result.checked.items())
    verdict = "sound" if result.healthy else f"{len(result.findings)} findings"
    say(f"{counts} examined: {verdict}")
    return result.healthy


def _print(finding: Finding, then: str) -> None:
    sys.stdout.write(f"{finding.check}: {finding.subject}: {finding.text}{f' ({then})' if then else ''}\n")
