"""Ctrl-C outside a running event loop: the command ends with status 130 and without a traceback.

Commands that serve (``lifetime.until_stopped``) stop normally instead.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

STATUS = 130  # the usual status of a program that Ctrl-C ended
_interrupted = False


def install_handler() -> None:
    """Let Ctrl-C raise ``KeyboardInterrupt`` and be recorded; where SIGINT is ignored it stays so."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _unraisable


def was_interrupted() -> bool:
    """Returns whether Ctrl-C was pressed."""
    return _interrupted


@contextmanager
def handled_by_loop() -> Iterator[None]:
    """Install Python's own handler inside: an event loop replaces only that one, to cancel its main task."""
    has_our_handler = signal.getsignal(signal.SIGINT) is _interrupt
    if has_our_handler:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        _note_interrupt()
        raise
    finally:
        if has_our_handler:
            signal.signal(signal.SIGINT, _interrupt)


def _note_interrupt() -> None:
    global _interrupted  # noqa: PLW0603 - one process has one
    _interrupted = True


def _interrupt(_: int, __: FrameType | None) -> None:
    _note_interrupt()
    raise KeyboardInterrupt


def _unraisable(unraisable: Any) -> None:
    """Ignore an interrupt during a finaliser, which Python would print."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
