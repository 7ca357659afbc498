"""The ``spreadscope`` command within the test's own process: starting Python anew takes longer than most commands."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from spreadscope.cli import run


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def command(*arguments: object, cwd: Path | None = None, as_on_terminal: bool = False) -> Done:
    """Run ``spreadscope`` with ``arguments`` to its end. What it raises beside its exit status is the test's to see.

    ``as_on_terminal``: ``stdout`` and ``stderr`` are each both streams, in the order of what was written.
    """
    out = _stream()
    err = out if as_on_terminal else _stream()
    words = ["spreadscope", *map(str, arguments)]
    with (
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.chdir(cwd or Path.cwd()),
    ):
        status = _status()
    return Done(status, _written(out), _written(err))


def _status() -> int:
    try:
        run(sys.exit)  # not ``main``, which would end this process with the command's status when its tests are done
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _stream() -> io.TextIOWrapper:
    """As the real ones, with bytes below: an export writes those."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    held = stream.buffer
    assert isinstance(held, io.BytesIO)
    return held.getvalue().decode()


def spreadscope(*arguments: object, expect: int = 0) -> Done:
    done = command(*arguments)
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return done
