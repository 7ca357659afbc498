"""``spreadscope playback``: an engine that plays a stored session or stored trades, for pages and programs."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from spreadscope.api.limits import ApiLimits
from spreadscope.api.playback_host import PlaybackHost
from spreadscope.api.serve import bind, serving_app
from spreadscope.app.data_source import source_of_store
from spreadscope.app.local_key import read_local_key
from spreadscope.app.playback.playback_engine import PlaybackEngine
from spreadscope.commands.compile_kernels import load_kernels_in_background
from spreadscope.commands.console import print_json, print_message
from spreadscope.commands.lifetime import until_stopped
from spreadscope.contract import PlaybackMark
from spreadscope.model.access_section import is_loopback
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.model.instrument import Pair
from spreadscope.replay.playback_source import PlaybackSource, open_source
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from spreadscope.tasks import Policy, Tasks, first_ended

_STEP_SECONDS = 0.05


async def run_playback(
    config: Config,
    *,
    session: int | None,
    pairs: tuple[Pair, ...],
    span: tuple[int, int],
    at: int,
    speed: float | None,
    to_end: bool,
    as_json: bool,
) -> bool:
    """Serve a playback until stopped; with ``to_end`` until all is played. Returns False where the facts differ."""
    database = config.data / DATABASE
    if not database.exists():
        raise StoreError(f"there is no store in {config.data}: name its directory with --data")
    reader = StoreReader(database)
    source = open_source(reader, lambda: config, session=session, pairs=pairs, start=span[0], end=span[1], at=at)
    if at and not source.start <= at <= source.end:
        raise ConfigError(f"--at is not in the {source.title}: it is from {_utc(source.start)} to {_utc(source.end)}")
    played = source_of_store(reader.meta())

    def make(folder: Path, at_speed: float | None, known: Iterable[PlaybackMark]) -> PlaybackEngine:
        return PlaybackEngine(source, played, folder, speed=at_speed, known=known)

    listener = bind(config.api.host if is_loopback(config.api.host) else "127.0.0.1", config.api.port)
    try:
        with tempfile.TemporaryDirectory(prefix="spreadscope-playback-") as folder:
            async with (
                PlaybackHost(make, Path(folder), local_key=read_local_key(config.data)) as host,
                serving_app(host, host.tasks, listener, ApiLimits()) as url,
            ):
                load_kernels_in_background()
                host.transport.set_speed(speed)
                if at:
                    host.transport.seek(at)
                else:
                    host.transport.play()
                _announce(source, url, config, as_json=as_json)
                async with Tasks() as tasks:
                    stop = tasks.start("stop", Policy.OWNED, lambda: until_stopped(failure=host.tasks.failure()))
                    done = [stop]
                    if to_end:
                        done.append(tasks.start("playing", Policy.OWNED, lambda: _played(host)))
                    await first_ended(done)
                    if stop.done:
                        stop.result()
                        return True
                return _tell_end(host, as_json=as_json)
    finally:
        listener.close()


def _announce(source: PlaybackSource, url: str, config: Config, *, as_json: bool) -> None:
    if as_json:
        print_json({"api": url, "data": str(config.data), "session": source.session, "mode": "replay"})
        return
    print_message(f"REPLAY of {source.title}, {_utc(source.start)} to {_utc(source.end)} UTC, on {url}")
    print_message(f"See it in the dashboard: SPREADSCOPE_ENGINE={url} spreadscope-dashboard")
    print_message("Nothing of it is written to the store. Ctrl-C stops it.")


async def _played(host: PlaybackHost) -> None:
    """Wait until all is played, or nothing more can be."""
    while not host.transport.over:  # noqa: ASYNC110 - another transport may have taken its place meanwhile
        await asyncio.sleep(_STEP_SECONDS)


def _tell_end(host: PlaybackHost, *, as_json: bool) -> bool:
    """Print what came of it. Returns False where a session's facts are others than they were."""
    status = host.transport.status()
    if status.error is not None:
        raise StoreError(status.error)
    if as_json:
        print_json({"hash": status.hash, "equal": status.equal, "marks": status.marks, "time": status.time})
    else:
        words = {True: "as they were", False: "NOT as they were", None: "nothing stored to compare them with"}
        print_message(f"{status.title}: {status.marks} signals and alerts; its facts: {words[status.equal]}")
        print_message(status.hash)
    return status.equal is not False


def _utc(time: int) -> str:
    return f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%d %H:%M:%S}"
