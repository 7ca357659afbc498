"""The process that computes one job: ``python -m spreadscope.research.worker MODULE FOLDER``.

It prints lines of ``research.worker_messages`` on standard output, ends when the engine is gone, and gives way to
everything else on the machine.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
import time
import traceback
from pathlib import Path

import msgspec

from spreadscope.children import PARENT
from spreadscope.model.errors import SpreadscopeError
from spreadscope.research.job_kinds import Run
from spreadscope.research.worker_messages import Failed, Finished, Progressed, WorkerMessage

_NICENESS = 10
_FIRST_TO_GO = "1000"  # when memory runs out, the worker is ended before the engine
_CHECK_SECONDS = 0.5
_MIN_INTERVAL = 0.1  # seconds between two reports of progress


class Reporter:
    """Prints messages on the given file, progress at most ten times a second."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._next = 0.0

    def progress(self, fraction: float | None, words: str) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _MIN_INTERVAL
            self.send(Progressed(fraction if fraction is None else min(1.0, max(0.0, fraction)), words))

    def send(self, message: WorkerMessage) -> None:
        line = msgspec.json.encode(message) + b"\n"
        while line:
            line = line[os.write(self._descriptor, line) :]


def main(module: str, folder: Path) -> int:
    """Compute the job of a folder. Returns the exit status."""
    reporter = Reporter(os.dup(1))
    os.dup2(2, 1)  # what a library prints is no message
    _be_humble()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        run: Run = importlib.import_module(module).run
        reporter.send(Finished(tuple(run(folder, reporter.progress))))
    except SpreadscopeError as error:
        reporter.send(Failed(str(error)))
    except MemoryError:
        reporter.send(Failed("there is not enough memory for it: choose fewer symbols or a shorter time"))
    except Exception as error:  # noqa: BLE001 - whatever it is, the engine is told, and the log has the rest
        traceback.print_exc()
        reporter.send(Failed(f"an error of the program ended it ({type(error).__name__}): see the engine's log"))
        return 1
    return 0


def _be_humble() -> None:
    os.nice(_NICENESS)
    with contextlib.suppress(OSError):  # a system without it
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")


def _end_with_parent() -> None:
    parent = os.environ.get(PARENT, "")
    while parent.isdigit() and os.getppid() == int(parent):
        time.sleep(_CHECK_SECONDS)
    if parent.isdigit():
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
