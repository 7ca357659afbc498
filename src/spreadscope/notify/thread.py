"""Calls that block, in threads that cannot hold up the end of the program."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from spreadscope.model.errors import DeliveryError

T = TypeVar("T")


async def in_thread(name: str, call: Callable[[], T], seconds: float) -> T:
    """Run ``call`` in a thread of its own; raises ``TimeoutError`` when it takes too long, and leaves it to itself.

    The thread is a daemon: unlike those of the loop's pool, it is not waited for when the program ends.
    """
    _, done = _begin(name, call)
    async with asyncio.timeout(seconds):
        return await done


class OneAtATime:
    """Calls that block, one at a time: while one hangs beyond its time, no other is begun."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._abandoned: threading.Thread | None = None

    async def run(self, call: Callable[[], T], seconds: float) -> T:
        """As ``in_thread``. Raises ``DeliveryError`` while an earlier call still hangs."""
        if self._abandoned is not None and self._abandoned.is_alive():
            raise DeliveryError("the attempt before has not come back yet")
        thread, done = _begin(self._name, call)
        try:
            async with asyncio.timeout(seconds):
                return await done
        finally:
            self._abandoned = thread if done.cancelled() else None


def _begin(name: str, call: Callable[[], T]) -> tuple[threading.Thread, asyncio.Future[T]]:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # the call's result, which may itself be None

    def work() -> None:
        result: T | None = None
        failure: Exception | None = None
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who waits is told
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failure)

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread, done
