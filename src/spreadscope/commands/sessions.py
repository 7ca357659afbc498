"""``spreadscope replay --data DIR``: what a live engine heard, or the stored trades, once more."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from spreadscope.commands.console import give, say
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import Config, load_config
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.model.events import MarketTime
from spreadscope.model.facts import Fact
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.comparison import StoreComparison
from spreadscope.replay.journal_source import SessionReplay, replay_session
from spreadscope.replay.session_config import config_of
from spreadscope.replay.trades_source import replay_trades
from spreadscope.replay.what_if import Difference, what_if
from spreadscope.store.directory import DATABASE
from spreadscope.store.maintenance.older_versions import CHANGED_SINCE_1
from spreadscope.store.reader import StoredSession, StoreReader
from spreadscope.store.trades.proof import UNPROVABLE

Span = tuple[int, int]


def run_sessions(
    data: Path, *, session: int | None, span: Span, what_if_file: Path | None, speed: float | None, as_json: bool
) -> bool:
    """Replay sessions of a store and say whether they said the same; → False where one did not."""
    reader = _reader(data)
    sessions = _chosen(reader, data, session)
    if what_if_file is not None:
        _what_if(reader, sessions, load_config(what_if_file), span, as_json=as_json)
        return True
    results = []
    with ExitStack() as stack:
        show = _Progress(stack, quiet=as_json)
        for one in sessions:
            results.append(replay_session(reader, one, observe=show.facts, pace=_pace(speed)))
            if not as_json:
                _tell(one, results[-1])
    if as_json:
        give({"sessions": [msgspec.to_builtins(result) for result in results]})
    return all(result.equal for result in results)


def run_tape(data: Path, config: Config, *, span: Span, timeframes: tuple[Timeframe, ...], as_json: bool) -> None:
    """Replay the stored trades of the configured pairs and say what the core made of them."""
    reader = _reader(data)
    with ExitStack() as stack:
        show = _Progress(stack, quiet=as_json)
        result = replay_trades(
            reader, config, config.parsed_pairs(), start=span[0], end=span[1], timeframes=timeframes, observe=show.facts
        )
    if as_json:
        give(msgspec.to_builtins(result))
        return
    rate = result.trades / result.seconds / 1e6 if result.seconds else 0.0
    say(
        f"{result.trades} trades from {_stamp(result.first_time)} to {_stamp(result.last_time)}"
        f" in {result.seconds:.2f} s ({rate:.1f} million a second)"
    )
    for kind, count in result.facts.items():
        say(f"  {kind:<12}{count:>10}")
    if result.rows_by_last_trade:
        say(
            f"{result.rows_by_last_trade} of {result.facts.get('row', 0)} rows have a leg priced by its last trade: the store has no quote "
            "of that bar, and a live engine that had one would have said another z"
        )
    legs = {symbol for pair in config.parsed_pairs() for symbol in pair.symbols}
    for symbol in sorted(legs & reader.unprovable().keys()):
        say(f"  {symbol}: {UNPROVABLE}")
    sys.stdout.write(f"{result.hash}\n")


def _reader(data: Path) -> StoreReader:
    if not (data / DATABASE).exists():
        raise StoreError(f"there is no store in {data}: name its directory with --data, or name recordings")
    return StoreReader(data / DATABASE)


def _chosen(reader: StoreReader, data: Path, session: int | None) -> list[StoredSession]:
    sessions = reader.sessions()
    if not sessions:
        raise StoreError(
            f"the store in {data} keeps no session: only what a live engine (or replay --data) heard can be replayed"
        )
    if session is None:
        return sessions
    found = [one for one in sessions if one.session_id == session]
    if not found:
        known = ", ".join(str(one.session_id) for one in sessions[-5:])
        raise ConfigError(f"there is no session {session} in {data}: the last ones are {known}")
    return found


def _tell(session: StoredSession, result: SessionReplay) -> None:
    said = ", ".join(f"{count} {kind}" for kind, count in result.facts.items())
    say(
        f"session {session.session_id} of {_stamp(session.started_ns // 1_000_000)}: {result.trades} trades, {said or 'nothing said'}"
        f" in {result.seconds:.2f} s"
    )
    if result.compared is not None:
        _tell_compared(session, result.compared)
    elif result.equal:
        say(f"  equal to what was said live: {result.hash}")
    else:
        say(
            f"  DIFFERS from what was said live: {result.hash}, then {result.recorded_hash} (by version {session.version})"
        )


def _tell_compared(session: StoredSession, compared: StoreComparison) -> None:
    """A session of a version whose hash covered other things: what of it is in the store as it is said now."""
    same = ", ".join(f"{compared.same[kind]} of {count} {kind}s" for kind, count in compared.total.items())
    word = "equal to" if compared.equal else "DIFFERS from"
    say(f"  {word} what version {session.version} stored, fact by fact: {same}")
    for key, count in compared.changed.items():
        say(f"    {key}: {count} rows have another value, as {CHANGED_SINCE_1[key].why}")
    for key, count in compared.differing.items():
        say(f"    {key}: {count} rows have another value")


def _what_if(reader: StoreReader, sessions: list[StoredSession], config: Config, span: Span, *, as_json: bool) -> None:
    apart: list[tuple[int, Difference]] = []
    for session in sessions:
        own = config_of(session)
        other = own.model_copy(update={name: getattr(config, name) for name in ("bars", "analytics", "signals")})
        _, differences = what_if(reader, session, other)
        apart += [(session.session_id, item) for item in differences if span[0] <= item.time < span[1]]
    if as_json:
        give({"differences": [{"session": number, **msgspec.to_builtins(item)} for number, item in apart]})
        return
    for number, item in apart:
        say(
            f"{_stamp(item.time)}  session {number}  {item.only:<8}{item.kind:<8}{item.subject} {item.timeframe}  {item.what}"
        )
    only_then = sum(item.only == "then" for _, item in apart)
    say(f"{only_then} only as it was, {len(apart) - only_then} only with the other configuration")


def _pace(speed: float | None) -> Pace | None:
    return None if speed is None else Pace(speed)


class Pace:
    """Waits until an event of the market's clock is due, at ``speed`` times the pace of the market."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._first: int | None = None
        self._began = 0.0

    def __call__(self, event: MarketTime) -> None:
        if self._first is None:
            self._first, self._began = event.time, time.monotonic()
        due = self._began + (event.time - self._first) / 1e3 / self._speed
        if (wait := due - time.monotonic()) > 0:
            time.sleep(wait)


class _Progress:
    """The market's time on a terminal; nothing elsewhere."""

    def __init__(self, stack: ExitStack, *, quiet: bool) -> None:
        console = Console(stderr=True)
        self._bar: Progress | None = None
        self._shown = 0
        if console.is_terminal and not quiet:
            self._bar = stack.enter_context(
                Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console)
            )
            self._task = self._bar.add_task("replay")

    def facts(self, engine: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
        del facts, entries
        if self._bar is not None and engine.market_time - self._shown > 10_000:
            self._shown = engine.market_time
            self._bar.update(self._task, description=f"replay, {_stamp(engine.market_time)}")


def _stamp(milliseconds: int) -> str:
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
    )
