"""Finding the engine, starting one as a child, saying why it does not start, and stopping exactly that child."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from spreadscope.dashboard.engine_process import EngineProcess, engine_answers
from spreadscope.dashboard.environment import Settings, SettingsError, load
from tests.dashboard.fake_api import FakeApi, serving
from tests.dashboard.fake_upstream import until

# A stand-in for `spreadscope engine --json`: says where it is, notes its own number, and waits for SIGTERM.
STAND_IN = """
import json, os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
leaked = [name for name in ("SPREADSCOPE_ENGINE", "SPREADSCOPE_DEMO", "SPREADSCOPE_START_ENGINE") if name in os.environ]
(folder / "leaked").write_text(",".join(leaked))
(folder / "parent").write_text(os.environ["SPREADSCOPE_PARENT_PID"])
with open(folder / "starts", "a") as starts:
    starts.write(f"{os.getpid()}\\n")
print("log line on stderr", file=sys.stderr, flush=True)
signal.signal(signal.SIGTERM, lambda *_: ((folder / "stopped").write_text("SIGTERM"), sys.exit(0)))
print(json.dumps({"api": "http://127.0.0.1:4567/", "data": "."}), flush=True)
while True:
    print("x" * 1000, flush=True)  # a pipe that nobody reads would fill
    time.sleep(0.002)
"""


@asynccontextmanager
async def running(engine: EngineProcess) -> AsyncIterator[None]:
    task = asyncio.create_task(engine.run())
    try:
        yield
    finally:
        task.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(task, return_exceptions=True)


def starting(*command: str, **pauses: float) -> EngineProcess:
    engine = EngineProcess(Settings(api="http://127.0.0.1:9"), **pauses)
    engine.command = lambda: [sys.executable, *command]  # type: ignore[method-assign]
    return engine


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineProcess:
    monkeypatch.setenv("SPREADSCOPE_ENGINE", "http://127.0.0.1:9")
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN)
    return starting(str(script), str(tmp_path), first_retry=0.05)


def starts(folder: Path) -> list[int]:
    path = folder / "starts"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_the_child_is_started_without_our_settings_and_stopped_with_us(stand_in: EngineProcess, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(stand_in):
            await until(lambda: stand_in.api == "http://127.0.0.1:4567")
            assert stand_in.problem is None
            assert (tmp_path / "leaked").read_text() == ""
            assert (tmp_path / "parent").read_text() == str(os.getpid())
        assert (tmp_path / "stopped").read_text() == "SIGTERM"
        assert len(starts(tmp_path)) == 1

    asyncio.run(scenario())


def test_a_child_that_dies_is_started_again(stand_in: EngineProcess, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(stand_in):
            await until(lambda: stand_in.api == "http://127.0.0.1:4567")
            os.kill(starts(tmp_path)[0], signal.SIGKILL)
            await until(lambda: stand_in.problem and "the engine ended: log line on stderr" in stand_in.problem)
            await until(lambda: len(starts(tmp_path)) == 2)
            await until(lambda: stand_in.problem is None)

    asyncio.run(scenario())


def test_why_it_does_not_start_is_the_last_thing_it_said() -> None:
    async def scenario() -> None:
        engine = starting("-c", "import sys; sys.exit('spreadscope: the data directory /x is not writable')")
        async with running(engine):
            await until(lambda: engine.problem and "could not be started" in engine.problem)
            assert engine.problem is not None
            assert engine.problem.startswith("the engine could not be started: the data directory /x is not writable.")
            assert "Trying again in 2 s" in engine.problem

    asyncio.run(scenario())


def test_what_a_child_does_before_it_is_ready_is_shown() -> None:
    words = "import sys; print('  kernel 3 of 15: ADF', file=sys.stderr, flush=True); input()"
    log = "import sys; print('2026-11-28T22:00:00Z [warning] x', file=sys.stderr, flush=True); input()"

    async def scenario() -> None:
        engine = starting("-c", f"import sys, time; {words.replace('input()', 'time.sleep(60)')}")
        async with running(engine):
            await until(lambda: engine.problem == "the engine is starting: kernel 3 of 15: ADF")
        engine = starting("-c", f"import sys, time; {log.replace('input()', 'time.sleep(60)')}")
        async with running(engine):
            await until(lambda: engine._stderr)
            assert engine.problem == "the engine is starting"

    asyncio.run(scenario())


def test_a_child_that_speaks_nonsense_is_not_an_engine() -> None:
    async def scenario() -> None:
        engine = starting("-c", "print('hello', flush=True); input()")
        async with running(engine):
            await until(lambda: engine.problem and "'hello'" in engine.problem)

    asyncio.run(scenario())


def test_a_program_that_is_not_there_is_said_in_words() -> None:
    async def scenario() -> None:
        engine = starting()
        engine.command = lambda: ["/nonexistent/python"]  # type: ignore[method-assign]
        async with running(engine):
            await until(lambda: engine.problem and "No such file" in engine.problem)

    asyncio.run(scenario())


def test_an_engine_that_answers_is_left_alone() -> None:
    async def scenario(api: str) -> None:
        assert await engine_answers(api)
        engine = EngineProcess(Settings(api=api))
        engine.command = lambda: pytest.fail("started a second engine")  # type: ignore[method-assign]
        async with asyncio.timeout(5):
            await engine.run()
        assert engine.problem is None

    with serving(FakeApi()) as fake:
        asyncio.run(scenario(fake.api))


def test_an_engine_elsewhere_cannot_be_started() -> None:
    async def scenario() -> None:
        engine = EngineProcess(Settings(api="http://engine.invalid:8765"))
        async with asyncio.timeout(10):
            await engine.run()
        assert engine.problem is not None
        assert "on this machine only" in engine.problem

    asyncio.run(scenario())


def test_commands() -> None:
    assert EngineProcess(Settings()).command()[1:] == ["-m", "spreadscope", "engine", "--json", "--port", "8765"]
    assert EngineProcess(Settings(demo=True)).command()[1:] == ["-m", "spreadscope", "demo", "--no-dashboard", "--json"]


def test_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPREADSCOPE_ENGINE", "SPREADSCOPE_DEMO", "SPREADSCOPE_START_ENGINE"):
        monkeypatch.delenv(name, raising=False)
    assert load() == Settings()
    monkeypatch.setenv("SPREADSCOPE_ENGINE", " http://localhost:9000/ ")
    monkeypatch.setenv("SPREADSCOPE_DEMO", "1")
    monkeypatch.setenv("SPREADSCOPE_START_ENGINE", "no")
    assert load() == Settings(api="http://localhost:9000", demo=True, start_engine=False)
    assert load().port == 9000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPREADSCOPE_ENGINE", "127.0.0.1:8765"),
        ("SPREADSCOPE_ENGINE", "http://127.0.0.1:port"),
        ("SPREADSCOPE_ENGINE", "http://"),
        ("SPREADSCOPE_DEMO", "maybe"),
    ],
)
def test_settings_that_cannot_be_used_are_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load()
