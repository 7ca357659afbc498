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
    result, _ = _begin(name, call)
    async with asyncio.timeout(seconds):
        return await result


class OneAtATime:
    """Calls that block, one at a time: while one hangs beyond its time, no other is begun."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._abandoned: asyncio.Event | None = None

    async def run(self, call: Callable[[], T], seconds: float) -> T:
        """As ``in_thread``. Raises ``DeliveryError`` where an earlier call still hangs after half of the time."""
        if self._abandoned is not None:
            try:
                async with asyncio.timeout(seconds / 2):
                    await self._abandoned.wait()
            except TimeoutError:
                raise DeliveryError("the attempt before has not come back yet") from None
        result, ended = _begin(self._name, call)
        try:
            async with asyncio.timeout(seconds):
                return await result
        finally:
            self._abandoned = ended if result.cancelled() else None


def _begin(name: str, call: Callable[[], T]) -> tuple[asyncio.Future[T], asyncio.Event]:
    """→ the call's result, and an event that is set when its thread is done with it, waited for or not."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[T] = loop.create_future()
    ended = asyncio.Event()

    def settle(result: T | None, error: Exception | None) -> None:
        ended.set()
        if waiting.done():
            return
        if error is not None:
            waiting.set_exception(error)
        else:
            waiting.set_result(result)  # type: ignore[arg-type]  # the call's result, which may itself be None

    def work() -> None:
        result: T | None = None
        failure: Exception | None = None
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who waits is told
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=work, name=name, daemon=True).start()
    return waiting, ended
