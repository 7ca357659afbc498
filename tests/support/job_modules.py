"""What a worker process may meet: modules of jobs that end well, badly, or not at all. ``parameters.json`` says how."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from spreadscope.model.errors import ConfigError
from spreadscope.research.job_kinds import INPUT, PARAMETERS, ReportProgress


class How(msgspec.Struct):
    """``how`` the job behaves."""

    how: str


def run(folder: Path, progress: ReportProgress) -> Sequence[str]:
    how = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=How).how
    progress(0.25, f"does as it is told: {how}")
    match how:
        case "well":
            sys.stdout.write("what a library prints is no message\n")
            sys.stdout.flush()
            names = sorted(path.name for path in (folder / INPUT).glob("*/*"))
            (folder / "report.json").write_bytes(msgspec.json.encode({"input": names, "nice": os.nice(0)}))
            return ["report.json"]
        case "large":
            (folder / "report.json").write_bytes(b"0" * 3_000_000)
            return ["report.json"]
        case "sleep":
            (folder / "pid").write_text(str(os.getpid()), encoding="ascii")
            time.sleep(600)
        case "refuse":
            raise ConfigError("the closes do not meet: choose others")
        case "raise":
            raise ZeroDivisionError("a fault")
        case "memory":
            raise MemoryError
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            sys.stderr.write("gone\n")
            sys.stderr.flush()
            os._exit(3)
        case "nothing":
            return ["report.json"]
    return []
