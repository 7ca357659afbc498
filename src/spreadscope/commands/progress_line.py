"""The progress of a long command, on standard error."""

from __future__ import annotations

import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class ProgressLine:
    """A line with a bar on a terminal; nothing elsewhere."""

    def __init__(self, *, shown: bool) -> None:
        self._progress: Progress | None = None
        if shown and sys.stderr.isatty():
            columns = (BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._progress.add_task("starts", total=1.0)

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def report(self, fraction: float | None, words: str) -> None:
        if self._progress is None:
            return
        if fraction is None:
            self._progress.update(self._task, description=words)
        else:
            self._progress.update(self._task, description=words, completed=fraction)
