"""The commands that record and replay frames and sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spreadscope.cli.parameters import ConfigFile, Data, Duration, Json, Pairs, Port, Speed, Symbols, Verbose
from spreadscope.commands import options
from spreadscope.commands.console import set_up_logging
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import parse_pairs
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


def playback(
    session: Annotated[
        int | None, typer.Argument(min=1, help="Which session of the store (the last one when left out)")
    ] = None,
    data: Data = None,
    pair: Annotated[
        list[str] | None, typer.Option("--pair", help="Play stored trades of this pair instead (may be given again)")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="With --pair: trades from this market time on")] = None,
    to: Annotated[str | None, typer.Option("--to", help="… and before this one")] = None,
    at: Annotated[str | None, typer.Option("--at", help="Open at this market time, and pause there")] = None,
    speed: Speed = "1",
    to_end: Annotated[
        bool, typer.Option("--to-end", help="Stop once all is played; exit status 1 where a session's facts differ")
    ] = False,
    port: Port = 0,
    config: ConfigFile = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Play a stored session, or stored trades, behind the API and the live socket of an engine, read-only.

    Pages and programs see it as they see the market. Nothing is written to the store, and no rule notifies anybody.

    Example: spreadscope playback 3 --data ./data --speed 20

    Example: spreadscope playback --data ./data --pair BTCUSDT/ETHUSDT --from 2026-11-26 --to 2026-11-27
    """
    from spreadscope.commands.compile_kernels import ensure_compiled
    from spreadscope.commands.playback import run_playback

    set_up_logging(verbose=verbose)
    if session is not None and (pair or since or to):
        raise ConfigError("--pair, --from and --to are about stored trades: leave the session out, or those")
    if (since or to) and not pair:
        raise ConfigError("--from and --to need --pair: a session is played whole, open it at a time with --at")
    factor = options.speed_factor(speed)
    settings = options.load_settings(config, data=data, api__port=port)
    pairs = parse_pairs(pair or [])
    span = (options.milliseconds(since, 0), options.milliseconds(to, 1 << 62))
    place = options.milliseconds(at, 0)
    ensure_compiled()
    equal: list[bool] = []

    async def main() -> None:
        equal.append(
            await run_playback(
                settings, session=session, pairs=pairs, span=span, at=place, speed=factor, to_end=to_end, as_json=json
            )
        )

    options.run(main())
    if not all(equal):
        raise typer.Exit(1)
