"""The kinds of jobs, and the module that computes each.

A module has ``run(folder, progress)``, where ``Run`` says what it does. It is imported by the worker process alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

ReportProgress = Callable[[float | None, str], None]
"""Called with the fraction that is done (None: not known) and what is going on, in words."""

Run = Callable[[Path, ReportProgress], Sequence[str]]
"""Computes a job in its folder: ``parameters.json`` lies there, and what was dropped for it in ``input/``.

Returns the names of the files it made there. A ``SpreadscopeError`` is what the user is told.
"""

PARAMETERS = "parameters.json"
INPUT = "input"

KINDS: dict[str, str] = {
    "scan": "spreadscope.research.scan_job",
    "study": "spreadscope.research.lab.job",
    "dropped-files": "spreadscope.research.lab.files_job",
    "integrity": "spreadscope.research.integrity_job",
    "export": "spreadscope.research.export_job",
    "replay-check": "spreadscope.replay.check_job",
    "backtest": "spreadscope.replay.backtest_job",
}
