"""The commands that record and replay frames and sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spreadscope.cli.parameters import ConfigFile, Duration, Json, Pairs, Speed, Symbols, Verbose
from spreadscope.commands import options
from spreadscope.commands.console import set_up_logging
from spreadscope.model.errors import ConfigError
from spreadscope.model.timeframe import TIMEFRAMES, parse_timeframe


def record(
    out: Annotated[Path, typer.Option(help="The recording to write (.ndjson or .ndjson.zst)")],
    symbols: Symbols = None,
    pair: Pairs = None,
    rest_url: Annotated[str | None, typer.Option(help="Another exchange's REST address")] = None,
    ws_url: Annotated[str | None, typer.Option(help="Another exchange's WebSocket address")] = None,
    duration: Duration = None,
    config: ConfigFile = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write frames as they are received, with their receive times, to a file that replays.

    Example: spreadscope record --symbols BTCUSDT,ETHUSDT --out session.ndjson.zst --duration 3600
    """
    from spreadscope.commands.recordings import run_record

    set_up_logging(verbose=verbose)
    settings = options.load_settings(
        config, symbols=symbols, pairs=pair, exchange__rest_url=rest_url, exchange__ws_url=ws_url
    )
    options.run(run_record(settings, out, duration=duration, as_json=json))


def replay(
    recording: Annotated[
        list[Path] | None,
        typer.Argument(help="Recordings, merged on their receive times; none: the sessions of --data"),
    ] = None,
    pair: Pairs = None,
    speed: Speed = "max",
    data: Annotated[
        Path | None,
        typer.Option("--data", help="With recordings: keep the facts here too; without: the store to replay"),
    ] = None,
    session: Annotated[
        int | None, typer.Option(min=1, help="Which session of the store (all of them when left out)")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="Show what was said from this market time on")] = None,
    to: Annotated[str | None, typer.Option("--to", help="… and before this one")] = None,
    what_if: Annotated[
        Path | None, typer.Option("--what-if", help="Another configuration: which signals and alerts differ")
    ] = None,
    timeframe: Annotated[
        list[str] | None, typer.Option("--timeframe", help="With --pair: only these bars and rows (may be given again)")
    ] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Replay recordings, or sessions of a store, in the core: the same input gives the same hash over all facts.

    A replayed session must give the facts of the live session; exit status 1 where it does not. --speed 1 is real time.

    Example: spreadscope replay session.ndjson.zst --pair BTCUSDT/ETHUSDT

    Example: spreadscope replay --data ./data --what-if wider.toml --from 2026-11-26

    Example: spreadscope replay --data ./data --pair BTCUSDT/ETHUSDT --timeframe 1m
    """
    set_up_logging()
    factor = options.speed_factor(speed)
    if recording:
        from spreadscope.commands.recordings import run_replay

        if any(option is not None for option in (session, what_if, since, to, timeframe)):
            raise ConfigError(
                "--session, --from, --to, --timeframe and --what-if are about a store: leave the recordings out"
            )
        settings = options.load_settings(config, pairs=pair)
        run_replay(recording, settings, speed=factor, data=data, as_json=json)
        return
    from spreadscope.commands.sessions import run_sessions, run_tape

    span = (options.milliseconds(since, 0), options.milliseconds(to, 1 << 62))
    settings = options.load_settings(config, pairs=pair, data=data)
    data_directory = settings.data
    if pair:
        if session is not None or what_if is not None or factor is not None:
            raise ConfigError(
                "--pair replays stored trades at full speed: --session, --what-if and --speed are for sessions"
            )
        frames = tuple(dict.fromkeys(parse_timeframe(name) for name in timeframe or [])) or TIMEFRAMES
        run_tape(data_directory, settings, span=span, timeframes=frames, as_json=json)
        return
    if timeframe:
        raise ConfigError("--timeframe needs --pair: a session makes the bars it made live")
    if not run_sessions(data_directory, session=session, span=span, what_if_file=what_if, speed=factor, as_json=json):
        raise typer.Exit(1)
