"""``spreadscope replay --data DIR``: the replay of live sessions, or of stored trades."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from spreadscope.commands.compile_kernels import ensure_compiled
from spreadscope.commands.console import print_json, print_message, print_result
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
    """Replay sessions of a store and print whether their facts are equal. Returns False where one differs."""
    reader = _reader(data)
    sessions = _select_sessions(reader, data, session)
    ensure_compiled()
    if what_if_file is not None:
        _what_if(reader, sessions, load_config(what_if_file), span, as_json=as_json)
        return True
    results = []
    with ExitStack() as stack:
        progress_bar = _Progress(stack, quiet=as_json)
        for stored_session in sessions:
            results.append(replay_session(reader, stored_session, observe=progress_bar.facts, pace=_pace(speed)))
            if not as_json:
                _print_session(stored_session, results[-1])
    if as_json:
        print_json({"sessions": [msgspec.to_builtins(result) for result in results]})
    return all(result.equal for result in results)


def run_tape(data: Path, config: Config, *, span: Span, timeframes: tuple[Timeframe, ...], as_json: bool) -> None:
    """Replay the stored trades of the configured pairs and print counts and hash of the facts."""
    reader = _reader(data)
    ensure_compiled()
    with ExitStack() as stack:
        progress_bar = _Progress(stack, quiet=as_json)
        result = replay_trades(
            reader,
            config,
            config.parsed_pairs(),
            start=span[0],
            end=span[1],
            timeframes=timeframes,
            observe=progress_bar.facts,
        )
    if as_json:
        print_json(msgspec.to_builtins(result))
        return
    rate = result.trades / result.seconds / 1e6 if result.seconds else 0.0
    print_message(
        f"{result.trades} trades from {_time_text(result.first_time)} to {_time_text(result.last_time)}"
        f" in {result.seconds:.2f} s ({rate:.1f} million a second)"
    )
    for kind, count in result.facts.items():
        print_message(f"  {kind:<12}{count:>10}")
    if result.rows_by_last_trade:
        print_message(
            f"{result.rows_by_last_trade} of {result.facts.get('row', 0)} rows have a leg priced by its last trade: "
            "the store has no quote "
            "of that bar, and a live engine with a quote would have computed another z"
        )
    legs = {symbol for pair in config.parsed_pairs() for symbol in pair.symbols}
    for symbol in sorted(legs & reader.unprovable().keys()):
        print_message(f"  {symbol}: {UNPROVABLE}")
    print_result(result.hash)


def _reader(data: Path) -> StoreReader:
    if not (data / DATABASE).exists():
        raise StoreError(f"there is no store in {data}: name its directory with --data, or name recordings")
    return StoreReader(data / DATABASE)


def _select_sessions(reader: StoreReader, data: Path, session: int | None) -> list[StoredSession]:
    sessions = reader.sessions()
    if not sessions:
        raise StoreError(
            f"the store in {data} keeps no session: only a session of a live engine (or of replay --data) can be "
            "replayed"
        )
    if session is None:
        return sessions
    selected = [stored_session for stored_session in sessions if stored_session.session_id == session]
    if not selected:
        last_ids = ", ".join(str(stored_session.session_id) for stored_session in sessions[-5:])
        raise ConfigError(f"there is no session {session} in {data}: the last ones are {last_ids}")
    return selected


def _print_session(session: StoredSession, result: SessionReplay) -> None:
    facts_text = ", ".join(f"{count} {kind}" for kind, count in result.facts.items())
    print_message(
        f"session {session.session_id} of {_time_text(session.started_ns // 1_000_000)}: {result.trades} trades, "
        f"{facts_text or 'no facts'}"
        f" in {result.seconds:.2f} s"
    )
    if result.compared is not None:
        _print_comparison(session, result.compared)
    elif result.equal:
        print_message(f"  equal to what was said live: {result.hash}")
    else:
        print_message(
            f"  DIFFERS from what was said live: {result.hash}, then {result.recorded_hash} (by version "
            f"{session.version})"
        )


def _print_comparison(session: StoredSession, compared: StoreComparison) -> None:
    """Print the comparison with a session of an older version, fact by fact, because its hash covers other fields."""
    equal_counts = ", ".join(f"{compared.same[kind]} of {count} {kind}s" for kind, count in compared.total.items())
    verdict = "equal to" if compared.equal else "DIFFERS from"
    print_message(f"  {verdict} what version {session.version} stored, fact by fact: {equal_counts}")
    for key, count in compared.changed.items():
        print_message(f"    {key}: {count} rows have another value, as {CHANGED_SINCE_1[key].why}")
    for key, count in compared.differing.items():
        print_message(f"    {key}: {count} rows have another value")


def _what_if(reader: StoreReader, sessions: list[StoredSession], config: Config, span: Span, *, as_json: bool) -> None:
    differences_of_sessions: list[tuple[int, Difference]] = []
    for session in sessions:
        recorded_config = config_of(session)
        other_config = recorded_config.model_copy(
            update={name: getattr(config, name) for name in ("bars", "analytics", "signals")}
        )
        _, differences = what_if(reader, session, other_config)
        differences_of_sessions += [
            (session.session_id, item) for item in differences if span[0] <= item.time < span[1]
        ]
    if as_json:
        print_json(
            {
                "differences": [
                    {"session": number, **msgspec.to_builtins(item)} for number, item in differences_of_sessions
                ]
            }
        )
        return
    for number, item in differences_of_sessions:
        print_message(
            f"{_time_text(item.time)}  session {number}  {item.only:<8}{item.kind:<8}{item.subject} {item.timeframe} "
            f" {item.what}"
        )
    only_then = sum(item.only == "then" for _, item in differences_of_sessions)
    print_message(
        f"{only_then} only as it was, {len(differences_of_sessions) - only_then} only with the other configuration"
    )


def _pace(speed: float | None) -> Pace | None:
    return None if speed is None else Pace(speed)


class Pace:
    """A function that waits until an event of the market's clock is due, at ``speed`` times the market's pace."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._first: int | None = None
        self._started = 0.0

    def __call__(self, event: MarketTime) -> None:
        if self._first is None:
            self._first, self._started = event.time, time.monotonic()
        due = self._started + (event.time - self._first) / 1e3 / self._speed
        if (wait := due - time.monotonic()) > 0:
            time.sleep(wait)


class _Progress:
    """The display of the market's time on a terminal; nothing elsewhere."""

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
            self._bar.update(self._task, description=f"replay, {_time_text(engine.market_time)}")


def _time_text(milliseconds: int) -> str:
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
    )
