"""How many threads a matrix product may take: ingest runs on the same few cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # no stubs

_LOCK = Lock()
#: The bounds of the blocks that are open, and what the first of them has to put back.
_open: list[int] = []
_before: list[Any] = []


@cache
def _controller() -> ThreadpoolController:
    # Looking for the libraries takes milliseconds; the limits themselves microseconds.
    return ThreadpoolController()


@contextmanager
def blas_threads(threads: int) -> Iterator[None]:
    """Bound BLAS to ``threads`` threads inside the block.

    The bound is the process's. Blocks that overlap share the smallest of their bounds, and the last to end puts back
    what there was before the first: each putting back what it found would leave the bound of another behind for good.
    """
    with _LOCK:
        if not _open:
            _before.append(_controller().limit(limits=threads, user_api="blas"))
        elif threads < min(_open):
            _controller().limit(limits=threads, user_api="blas")
        _open.append(threads)
    try:
        yield
    finally:
        with _LOCK:
            _open.remove(threads)
            if not _open:
                _before.pop().restore_original_limits()
