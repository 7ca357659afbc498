"""``spreadscope record`` and ``spreadscope replay``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from spreadscope.app.recorder import Recorder
from spreadscope.commands.compile_kernels import ensure_compiled
from spreadscope.commands.console import print_json, print_message, print_result
from spreadscope.commands.lifetime import until_stopped
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry, touched_ledgers
from spreadscope.exchange.recording import RawFrame
from spreadscope.exchange.recording.recording_reader import require_recording
from spreadscope.model.config import Config
from spreadscope.model.errors import RecordingError
from spreadscope.model.facts import Fact
from spreadscope.model.states import Mode
from spreadscope.replay.recording_source import replay_recordings
from spreadscope.replay.session_config import session_of
from spreadscope.store.directory import DataDirectory, bind_source
from spreadscope.store.writer import StoreWriter


async def run_record(config: Config, out: Path, *, duration: float | None, as_json: bool) -> None:
    """Record until stopped, and print the counts."""
    async with Recorder(config, out) as recorder:
        if not as_json:
            print_message(f"recording {', '.join(config.all_symbols())} to {out} (Ctrl-C stops it)")
        await until_stopped(duration)
        result = {"file": str(out), "frames": recorder.frames, "missing": recorder.missing}
    if not recorder.frames:
        raise RecordingError(
            f"nothing came while {out} was recorded: see that the exchange can be reached, and record longer"
        )
    if as_json:
        print_json(result)
    else:
        print_message(f"{result['frames']} frames in {out}; {result['missing']} trades known to be missing")


def run_replay(paths: Sequence[Path], config: Config, *, speed: float | None, data: Path | None, as_json: bool) -> None:
    """Replay recordings and print the hash over all facts; with ``data`` the facts are stored too."""
    for path in paths:
        require_recording(path)
    ensure_compiled()
    with ExitStack() as stack:
        writer = _store(stack, config, data, paths) if data is not None else None

        def observe(engine: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
            if writer is not None:
                writer.submit(facts, touched_ledgers(engine, facts), entries)

        result = replay_recordings(paths, config, speed=speed, observe=observe, progress=_progress(stack))
    if result.rejected == result.frames:
        names = ", ".join(path.name for path in paths)
        raise RecordingError(
            f"{names} holds no frame that can be replayed"
            + (f" (all {result.frames} are none of the exchange's)" if result.frames else "")
        )
    if as_json:
        print_json(msgspec.to_builtins(result))
        return
    print_message(
        f"{result.frames} frames, {result.trades} trades in {result.seconds:.2f} s; {result.rejected} frames rejected"
    )
    for kind, count in result.facts.items():
        print_message(f"  {kind:<12}{count:>10}")
    print_result(result.hash)


def _store(stack: ExitStack, config: Config, data: Path, paths: Sequence[Path]) -> StoreWriter:
    directory = stack.enter_context(DataDirectory(data))
    bind_source(directory.database, Mode.RECORDING, ", ".join(path.name for path in paths))
    writer = StoreWriter(directory.database, config.store)
    writer.start(session_of(config, time.time_ns()))
    stack.callback(writer.stop, timeout=3600.0)
    return writer


def _progress(stack: ExitStack) -> Callable[[RawFrame], None] | None:
    """Returns a function that counts frames on a terminal; None elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return None
    bar = stack.enter_context(
        Progress(SpinnerColumn(), TextColumn("{task.completed:,.0f} frames"), TimeElapsedColumn(), console=console)
    )
    task = bar.add_task("replay", total=None)
    count = 0

    def advance(_: RawFrame) -> None:
        nonlocal count
        count += 1
        if count % 5_000 == 0:
            bar.update(task, completed=count)

    return advance
