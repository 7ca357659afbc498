"""The engine of ``demo`` and ``up`` dies: the dashboard stays, says the engine's last words, and it comes back."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from spreadscope.commands.child import ChildError
from spreadscope.commands.supervision import SupervisedEngine
from spreadscope.dashboard.engine_process import EngineProcess
from spreadscope.dashboard.environment import Settings

# A module that ``python -m`` finds: notes its arguments and its number, says one line, and dies as it is told.
STAND_IN = """
import json, os, pathlib, signal, sys, time
folder = pathlib.Path(__file__).parent
with open(folder / "starts", "a") as starts:
    starts.write(json.dumps([os.getpid(), *sys.argv[1:]]) + "\\n")
if (folder / "broken").exists():
    sys.exit("spreadscope: the store is damaged")
print("spreadscope: last words", file=sys.stderr, flush=True)
print(json.dumps({"api": "http://127.0.0.1:4567", "mode": "demo"}), flush=True)
time.sleep(60)
"""


async def until(condition: object, seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110 - a file, and another process, raise no event
            await asyncio.sleep(0.01)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SupervisedEngine:
    (tmp_path / "stand_in_engine.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    options = ["--pair", "A/B", "--data", "d", "--port", "0"]
    engine = SupervisedEngine(options, tmp_path / "notes", first_retry=0.2, max_retry=0.2)
    engine._command[0] = "stand_in_engine"
    return engine


def starts(folder: Path) -> list[list[object]]:
    import json

    path = folder / "starts"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_an_engine_that_is_killed_comes_back_at_its_address_and_the_page_says_why_it_was_away(
    kept: SupervisedEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = EngineProcess(Settings(api="http://127.0.0.1:4567", start_engine=False, notes=str(tmp_path / "notes")))

    async def scenario() -> None:
        assert (await kept.start())["mode"] == "demo"
        assert page.problem is None
        keeping_it = asyncio.create_task(kept.keep_running())
        os.kill(int(str(starts(tmp_path)[0][0])), signal.SIGKILL)
        await until(lambda: page.problem)
        assert page.problem == (
            "the engine ended by itself (killed by signal 9): last words. It is started again in 0 s"
        )
        await until(lambda: len(starts(tmp_path)) == 2 and page.problem is None)
        assert not keeping_it.done()
        keeping_it.cancel()
        await kept.stop()

    asyncio.run(scenario())
    first, second = starts(tmp_path)
    assert first[1:] == ["engine", "--json", "--pair", "A/B", "--data", "d", "--port", "0"]
    assert second[1:] == ["engine", "--json", "--data", "d", "--port", "0", "--port", "4567"], (
        "the store knows the pairs"
    )
    assert "last words" in capsys.readouterr().err, "what it says is passed on"


def test_one_that_cannot_start_again_is_tried_for_ever_and_its_words_are_kept(
    kept: SupervisedEngine, tmp_path: Path
) -> None:
    async def scenario() -> None:
        await kept.start()
        keeping_it = asyncio.create_task(kept.keep_running())
        (tmp_path / "broken").touch()
        os.kill(int(str(starts(tmp_path)[0][0])), signal.SIGKILL)
        await until(lambda: len(starts(tmp_path)) >= 3)
        assert "could not be started again: the store is damaged" in kept.notes.read_text()
        (tmp_path / "broken").unlink()
        await until(lambda: kept.notes.read_text() == "")
        keeping_it.cancel()
        await kept.stop()

    asyncio.run(scenario())


def test_an_engine_that_does_not_start_at_first_is_a_mistake_of_the_options(
    kept: SupervisedEngine, tmp_path: Path
) -> None:
    (tmp_path / "broken").touch()
    with pytest.raises(ChildError, match=r"the engine could not start \(exit status 1\)"):
        asyncio.run(kept.start())
