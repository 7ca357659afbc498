"""A task of the engine that fails is told, stored and begun anew, and the engine ends where it cannot go on."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from spreadscope.api.serve import bind, serving
from spreadscope.api.status import StatusMaker
from spreadscope.app.alert_file import AlertFile
from spreadscope.app.archiver import Archiver, ArchiverLimits
from spreadscope.app.backpressure import BackpressureGate
from spreadscope.app.engine_limits import EngineLimits
from spreadscope.app.loop_watch import LoopWatch
from spreadscope.app.store_service import StoreService
from spreadscope.app.watch_list import WatchList
from spreadscope.ingest.backfill import Backfill
from spreadscope.ingest.connection import Connection
from spreadscope.ingest.watchdog import Watchdog
from spreadscope.ingest.websocket import Socket
from spreadscope.model.errors import SpreadscopeError
from spreadscope.notify.dispatcher import Dispatcher
from spreadscope.store.directory import DATABASE
from spreadscope.tasks import Policy, RestartPauses
from tests.e2e.line import assert_store_equals_truth, line, run, until, whole, write_recording

# Each long task of the engine: what is broken of it, and what the alarm calls it.
BROKEN = [
    (Watchdog, "_check_connections", "watchdog"),
    (Watchdog, "_sample_clock", "exchange clock"),
    (Watchdog, "_ask_statuses", "statuses"),
    (BackpressureGate, "run", "back-pressure"),
    (Archiver, "_due", "archiver"),
    (Backfill, "run", "backfill"),
    (Backfill, "complete", "start-up"),
    (AlertFile, "look", "start-up"),
    (WatchList, "take_up_all", "start-up"),
    (Dispatcher, "_expire_and_count", "outbox"),
    (Connection, "_live", "market-0"),
    (Socket, "_send_requests", "market-0 requests"),
    (StoreService, "watch_disk", "disk watch"),
    (LoopWatch, "run", "loop watch"),
]

QUICK = EngineLimits(
    tasks=RestartPauses(first_seconds=0.01),
    archiver=ArchiverLimits(check_seconds=0.1),  # else its first failure is half a minute away
)


def once(kind: type, name: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let a method raise the first time it is called; returns a list that tells how often it was called."""
    right: Any = getattr(kind, name)
    calls: list[int] = []

    def wrong(self: Any, *given: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise ArithmeticError("injected")
        return right(self, *given, **named)

    monkeypatch.setattr(kind, name, wrong)
    return calls


@pytest.mark.parametrize(("kind", "name", "said"), BROKEN, ids=lambda value: getattr(value, "__name__", value))
def test_each_task_that_fails_is_told_and_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type, name: str, said: str
) -> None:
    calls = once(kind, name, monkeypatch)

    async def main() -> None:
        recording = write_recording(tmp_path / "r.txt", seconds=20)
        async with line([recording], tmp_path / "store", speed=20.0, limits=QUICK) as (exchange, live):
            await until(lambda: any("injected" in alarm.message for alarm in live.core.faults.alarms()))
            alarms = [alarm for alarm in StatusMaker(live).status().alarms if "injected" in alarm.message]
            assert [alarm.level for alarm in alarms] == ["error"]
            assert f"the {said}" in alarms[0].message
            await exchange.finished()
            await until(lambda: whole(exchange, live))
            await live.store.writer.flush()
            assert_store_equals_truth(exchange, live)
            assert len(calls) > 1 or said in {"statuses", "market-0 requests"}  # these are made anew when they are due
        with sqlite3.connect(tmp_path / "store" / DATABASE) as connection:
            stored = connection.execute("SELECT subject, trace FROM faults").fetchall()
        connection.close()
        assert [subject for subject, _ in stored] == [said]
        assert "ArithmeticError: injected" in stored[0][1]

    run(main())


def test_an_api_that_ends_takes_the_engine_down(tmp_path: Path) -> None:
    async def main() -> None:
        recording = write_recording(tmp_path / "r.txt", seconds=20)
        async with line([recording], tmp_path / "store", speed=20.0) as (_, live):
            async with serving(live, bind("127.0.0.1", 0)):
                live.tasks.start("API", Policy.FATAL, _broken)
                with pytest.raises(
                    SpreadscopeError, match=r"the API ended by an error \(ArithmeticError\('injected'\)\)"
                ):
                    await asyncio.wait_for(live.failure(), 10)
                assert any("the API failed: the engine stops" in a.message for a in StatusMaker(live).status().alarms)

    run(main())


async def _broken() -> None:
    raise ArithmeticError("injected")


def test_what_fails_in_a_callback_of_the_loop_is_red(tmp_path: Path) -> None:
    def broken() -> None:
        raise ArithmeticError("injected")

    async def main() -> None:
        recording = write_recording(tmp_path / "r.txt", seconds=20)
        async with line([recording], tmp_path / "store", speed=20.0) as (_, live):
            asyncio.get_running_loop().call_soon(broken)
            await until(lambda: any("injected" in alarm.message for alarm in live.core.faults.alarms()))
        assert asyncio.get_running_loop().get_exception_handler() is None

    run(main())
