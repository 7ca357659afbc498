"""Blocking calls in daemon threads, which never delay the end of the program."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from spreadscope.model.errors import DeliveryError

T = TypeVar("T")


async def in_thread(name: str, call: Callable[[], T], seconds: float) -> T:
    """Returns the result of ``call`` in a new thread.

    Raises ``TimeoutError`` when it takes too long; the thread goes on.

    The thread is a daemon: unlike those of the loop's pool, the end of the program does not wait for it.
    """
    result, _ = _start(name, call)
    async with asyncio.timeout(seconds):
        return await result


class SerialThreadCalls:
    """Blocking calls, one at a time: while one hangs after its time, no other is started."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._hanging: asyncio.Event | None = None

    async def run(self, call: Callable[[], T], seconds: float) -> T:
        """Returns what ``in_thread`` would.

        Raises ``DeliveryError`` where an earlier call hangs for half of the time.
        """
        if self._hanging is not None:
            try:
                async with asyncio.timeout(seconds / 2):
                    await self._hanging.wait()
            except TimeoutError:
                raise DeliveryError("the attempt before has not come back yet") from None
        result, ended = _start(self._name, call)
        try:
            async with asyncio.timeout(seconds):
                return await result
        finally:
            self._hanging = ended if result.cancelled() else None


def _start(name: str, call: Callable[[], T]) -> tuple[asyncio.Future[T], asyncio.Event]:
    """Returns a future of the call's result, and an event that is set when the thread has ended."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    ended = asyncio.Event()

    def set_result(result: T | None, error: Exception | None) -> None:
        ended.set()
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # the call's result, which may itself be None

    def work() -> None:
        result: T | None = None
        failure: Exception | None = None
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - the error goes to the future
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile: nobody waits any more
            loop.call_soon_threadsafe(set_result, result, failure)

    threading.Thread(target=work, name=name, daemon=True).start()
    return future, ended
