"""``spreadscope export``: the store as CSV, NDJSON or Parquet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from spreadscope.commands.console import print_message
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.model.states import ExportFormat
from spreadscope.store import export
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader


def run_export(data: Path, request: export.ExportRequest, out: str) -> None:
    """Write the export to ``out`` (``-``: standard output)."""
    request.check()
    database = data / DATABASE
    if not database.exists():
        raise StoreError(f"there is no store in {data}: name its directory with --data")
    reader = StoreReader(database)
    _require_subject(reader, request)
    if request.format is ExportFormat.PARQUET:
        if out == "-":
            raise ConfigError("Parquet cannot go to standard output: name a file with --out")
        try:
            with _progress() as advance:
                rows = export.write_parquet(reader, request, Path(out), advance)
        except OSError as error:
            raise ConfigError(f"cannot write {out}: {error.strerror or error}") from None
        print_message(f"{rows} rows written to {out}")
        return
    if out == "-":
        for chunk in export.chunks(reader, request):
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        return
    path = Path(out)
    try:
        with path.open("wb") as file, _progress() as advance:
            size = sum(file.write(chunk) for chunk in export.chunks(reader, request, advance))
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    print_message(f"{size} bytes written to {path}")


def _require_subject(reader: StoreReader, request: export.ExportRequest) -> None:
    if request.symbol is not None and request.symbol not in reader.symbols():
        raise StoreError(
            f"the store holds nothing of {request.symbol}; it has {', '.join(reader.symbols()) or 'nothing'}"
        )
    if request.account:
        names = [state.account for state in reader.trading.accounts()[0]]
        if request.account not in names:
            raise StoreError(f"the store has no paper account {request.account!r}; it has {', '.join(names) or 'none'}")


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Show a count of rows on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} rows"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("export", total=None)
        yield lambda rows: bar.advance(task, rows)
