"""Ctrl-C outside a running loop: the command ends with status 130 and without a traceback, whatever it was doing.

Commands that serve (``lifetime.until_stopped``) take it as the wish to stop, and end well.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

STATUS = 130  # what a shell says of a program that Ctrl-C ended
_came = False


def listen() -> None:
    """From now on Ctrl-C raises ``KeyboardInterrupt`` and is remembered; where it was switched off it stays so."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _unraisable


def came() -> bool:
    """Whether it came."""
    return _came


@contextmanager
def by_the_loop() -> Iterator[None]:
    """Inside it Python's own handler is in place: only that one does an event loop replace, to cancel its main task."""
    ours = signal.getsignal(signal.SIGINT) is _interrupt
    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        _remember()
        raise
    finally:
        if ours:
            signal.signal(signal.SIGINT, _interrupt)


def _remember() -> None:
    global _came  # noqa: PLW0603 - one process has one
    _came = True


def _interrupt(_: int, __: FrameType | None) -> None:
    _remember()
    raise KeyboardInterrupt


def _unraisable(what: Any) -> None:
    """It may come while something is being finalised; Python would print it there and go on."""
    if not isinstance(what.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(what)
