"""The playbacks of an engine: their processes, their number, and their end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from spreadscope.api.limits import ApiLimits
from spreadscope.api.playback_gateway import PlaybackGateway
from spreadscope.api.serve import bind, serving_app
from spreadscope.app.playback_service import PATH, PlaybackLimits, PlaybackService
from spreadscope.contract import PlaybackBody, RunState
from spreadscope.model.clock import SystemClock
from spreadscope.model.errors import BusyError, SpreadscopeError
from spreadscope.tasks import Policy, Tasks
from tests.e2e.line import run, until
from tests.support.sessions import settings, stored_session


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    stored_session(folder, seconds=150)
    return folder / "store"


@asynccontextmanager
async def service(data: Path, **limits: float) -> AsyncIterator[PlaybackService]:
    playbacks = PlaybackService(settings(data), SystemClock(), PlaybackLimits(**limits))  # type: ignore[arg-type]
    async with Tasks() as tasks:
        tasks.start("playbacks", Policy.OWNED, playbacks.run)
        yield playbacks


def test_a_session_plays_in_a_process_of_its_own_and_is_ended(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    async def main() -> None:
        async with service(data) as playbacks:
            opened = await playbacks.start(PlaybackBody(), 1, "session 1")
            assert opened.state is RunState.STARTING
            app = FastAPI()
            app.mount(PATH, PlaybackGateway(playbacks))
            async with (
                Tasks() as tasks,
                serving_app(app, tasks, bind("127.0.0.1", 0), ApiLimits()) as url,
                httpx.AsyncClient(base_url=f"{url}{opened.path}", timeout=100) as client,
            ):
                status = (await client.get("/api/status")).json()  # it waits until the process is ready
                assert (status["mode"], status["playback"]["session"]) == ("replay", 1)
                refused = await client.post("/api/symbols", json={"symbols": "X"})
                assert (refused.status_code, "replay" in refused.text) == (409, True)
                assert (await client.get("/../gone/api/status")).status_code == 404
                assert playbacks.runs()[0].state is RunState.READY
                assert await playbacks.stop(opened.id)
                assert (await client.get("/api/status")).status_code == 404
        assert not await playbacks.stop(opened.id)

    run(main())
    assert [each for each in tmp_path.iterdir() if each.name.startswith("spreadscope-playback")] == []


def test_what_cannot_be_played_says_why(data: Path) -> None:
    async def main() -> None:
        async with service(data) as playbacks:
            opened = await playbacks.start(PlaybackBody(), 77, "session 77")
            with pytest.raises(SpreadscopeError, match="there is no session 77: the last ones are 1"):
                await playbacks.begin_use(opened.id)
            (run_of_it,) = playbacks.runs()
            assert (run_of_it.state, run_of_it.unused_seconds < 60) == (RunState.FAILED, True)

    run(main())


def test_there_are_few_at_a_time_and_an_unused_one_is_ended(data: Path) -> None:
    async def main() -> None:
        async with service(data, most=1, unused_seconds=0.2) as playbacks:
            opened = await playbacks.start(PlaybackBody(), 1, "session 1")
            using = asyncio.create_task(playbacks.begin_use(opened.id))
            with pytest.raises(BusyError, match="1 playbacks are open already: end one first"):
                await playbacks.start(PlaybackBody(), 1, "session 1")
            await asyncio.sleep(0.5)
            assert playbacks.get(opened.id) is not None  # somebody waits for it
            using.cancel()
            await asyncio.gather(using, return_exceptions=True)
            await until(lambda: playbacks.get(opened.id) is None)
            with pytest.raises(SpreadscopeError, match="there is no playback"):
                await playbacks.begin_use(opened.id)

    run(main())
