"""Every task has a name, a group and a policy; none dies unseen, and none ends the others."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

import spreadscope
from spreadscope.model.errors import SpreadscopeError, StoreError
from spreadscope.tasks import Policy, RestartPauses, Tasks, end, first_ended, to_the_end

SOURCES = Path(spreadscope.__file__).parent
# Programs that are no engine: each ends with its parent, and has no screen of its own to be red on.
OTHER_PROGRAMS = {
    "exchange/local/local_exchange.py": "the local exchange raises what failed at its stop",
    "dashboard/page_server.py": "the dashboard ends when one of its servers does",
    "dashboard/engine_process.py": "the dashboard's readers of pipes end with the pipes",
    "commands/child.py": "a parent's reader of a pipe ends with the pipe",
}
QUICK = RestartPauses(first_seconds=0.001)
BARE = {"create_task", "ensure_future", "run_coroutine_threadsafe", "TaskGroup"}


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 20))


def bare_tasks(source: str) -> list[int]:
    """The lines in which a task is made."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id) in BARE
    ]


def test_no_task_is_made_outside_of_a_group_with_a_policy() -> None:
    assert bare_tasks("import asyncio\nasyncio.create_task(x())\nensure_future(y())") == [2, 3]
    found = {
        path.relative_to(SOURCES).as_posix(): lines
        for path in sorted(SOURCES.rglob("*.py"))
        if (lines := bare_tasks(path.read_text(encoding="utf-8")))
    }
    assert set(found) == {"tasks.py", *OTHER_PROGRAMS}, found


class Failing:
    """Work that fails so many times, and waits then."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times = times
        self.error = error
        self.begun = 0
        self.waits = asyncio.Event()

    async def __call__(self) -> str:
        self.begun += 1
        await asyncio.sleep(0)
        if self.begun <= self.times:
            raise self.error
        self.waits.set()
        await asyncio.Event().wait()
        return "never"


def test_one_that_has_to_be_there_begins_anew_and_each_failure_is_told() -> None:
    told: list[tuple[str, str, Policy]] = []

    async def main() -> None:
        work, beside = Failing(3, ZeroDivisionError("injected")), Failing(0, ValueError())
        async with Tasks(lambda name, error, policy: told.append((name, str(error), policy)), QUICK) as tasks:
            running = tasks.start("watchdog", Policy.RESTART, work)
            tasks.start("beside", Policy.RESTART, beside)
            await work.waits.wait()
            assert told == [("watchdog", "injected", Policy.RESTART)] * 3
            assert beside.begun == 1
            assert not running.done
        assert running.done

    run(main())


def test_pauses_grow_while_it_fails_in_a_row() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def main() -> None:
        work = Failing(9, ZeroDivisionError())
        async with Tasks(pauses=RestartPauses(sleep=sleep)) as tasks:
            tasks.start("one", Policy.RESTART, work)
            await work.waits.wait()

    run(main())
    assert slept == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_what_is_done_once_is_told_and_over() -> None:
    told: list[str] = []

    async def main() -> None:
        async with Tasks(lambda name, *_: told.append(name)) as tasks:
            running = tasks.start("probe", Policy.ONCE, Failing(1, KeyError("x")))
            assert await running.wait(5)
            assert told == ["probe"]

    run(main())


@pytest.mark.parametrize(
    ("error", "kind", "words", "is_told"),
    [
        (ZeroDivisionError("injected"), SpreadscopeError, r"the api ended by an error .*injected", True),
        (StoreError("the disk is gone"), StoreError, "^the disk is gone$", False),
    ],
)
def test_one_without_which_nothing_is_well_ends_the_program(
    error: Exception, kind: type[Exception], words: str, is_told: bool
) -> None:
    told: list[str] = []

    async def main() -> None:
        async with Tasks(lambda name, *_: told.append(name)) as tasks:
            beside = tasks.start("beside", Policy.RESTART, Failing(0, error))
            tasks.start("api", Policy.FATAL, Failing(1, error))
            with pytest.raises(kind, match=words):
                await tasks.failure()
            assert not beside.done  # whoever ends the program ends the rest in order
            assert told == ["api"] * is_told

    run(main())


def test_the_exception_of_an_owned_one_is_its_holders() -> None:
    told: list[str] = []

    async def seven() -> int:
        return 7

    async def main() -> None:
        async with Tasks(lambda name, *_: told.append(name)) as tasks:
            failed = tasks.start("change", Policy.OWNED, Failing(1, StoreError("no")))
            well = tasks.start("well", Policy.OWNED, seven)
            waits = tasks.start("waits", Policy.OWNED, Failing(0, StoreError("no")))
            assert await first_ended([failed, well], every=True) == {failed, well}
            with pytest.raises(StoreError, match="no"):
                failed.result()
            assert well.result() == 7
            assert not await waits.wait(0.01)
            await end(waits, None)
            with pytest.raises(asyncio.CancelledError):
                waits.result()
            assert tasks.running == frozenset()
        assert told == []

    run(main())


def test_who_cannot_hear_of_a_failure_ends_nothing() -> None:
    def deaf(*_: object) -> None:
        raise RuntimeError("injected")

    async def main() -> None:
        work = Failing(2, ValueError())
        async with Tasks(deaf, QUICK) as tasks:
            tasks.start("one", Policy.RESTART, work)
            await work.waits.wait()

    run(main())


def test_an_error_of_the_owner_ends_its_tasks_and_is_its_own() -> None:
    async def main() -> None:
        work = Failing(0, ValueError())
        tasks = Tasks()

        async def owner() -> None:
            async with tasks:
                tasks.start("one", Policy.RESTART, work)
                await work.waits.wait()
                raise StoreError("mine")

        with pytest.raises(StoreError, match="mine"):
            await owner()
        assert tasks.running == frozenset()

    run(main())


def test_what_has_to_come_to_its_end_does_and_the_cancellation_comes_after() -> None:
    steps: list[str] = []

    async def work() -> str:
        for step in ("first", "second", "third"):
            await asyncio.sleep(0)
            steps.append(step)
        return "done"

    async def main() -> None:
        assert await to_the_end("work", work) == "done"
        steps.clear()
        running = asyncio.create_task(to_the_end("work", work))
        for _ in range(3):
            await asyncio.sleep(0)
            running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert steps == ["first", "second", "third"]

    run(main())
