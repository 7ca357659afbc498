"""A limit of the threads of a matrix product: ingest runs on the same few cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # no stubs


@cache
def _controller() -> ThreadpoolController:
    # Looking for the libraries takes milliseconds; the limits themselves microseconds.
    return ThreadpoolController()


@contextmanager
def blas_threads(threads: int) -> Iterator[None]:
    """Bound BLAS to ``threads`` threads inside the block."""
    with _controller().limit(limits=threads, user_api="blas"):
        yield
