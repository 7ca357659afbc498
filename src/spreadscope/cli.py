"""The command line. Every command has an example in its help; a user's mistake is one line and exit status 2."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spreadscope.commands import options
from spreadscope.commands.console import say, set_up_logging
from spreadscope.commands.lifetime import without_teardown
from spreadscope.model.errors import ConfigError, SpreadscopeError
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe, parse_timeframe

app = typer.Typer(
    name="spreadscope",
    help="A workstation for pairs trading on Binance USD-M futures.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

alerts = typer.Typer(help="The file of channels and rules (alerts.toml).", no_args_is_help=True)
app.add_typer(alerts, name="alerts")

Symbols = Annotated[list[str] | None, typer.Option("--symbols", help="Symbols, comma separated: BTCUSDT,ETHUSDT")]
Pairs = Annotated[list[str] | None, typer.Option("--pair", help="A pair Y/X: BTCUSDT/ETHUSDT (may be given again)")]
Data = Annotated[Path | None, typer.Option("--data", help="The data directory")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A TOML configuration file")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON line instead of text")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port (0 picks a free one)")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log everything")]
Duration = Annotated[float | None, typer.Option("--duration", min=0, help="Stop after so many seconds")]
Recordings = Annotated[list[Path] | None, typer.Option("--recording", help="A recording to play (may be given again)")]
Speed = Annotated[str, typer.Option("--speed", help="Playback speed: 1, 20, or max")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the synthetic market")]


@app.command()
def engine(
    symbols: Symbols = None,
    pair: Pairs = None,
    rest_url: Annotated[str | None, typer.Option(help="Another exchange's REST address")] = None,
    ws_url: Annotated[str | None, typer.Option(help="Another exchange's WebSocket address")] = None,
    data: Data = None,
    port: Port = None,
    duration: Duration = None,
    config: ConfigFile = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Run the engine alone: feed, store, statistics and API, without a dashboard.

    Example: spreadscope engine --pair BTCUSDT/ETHUSDT --data ./data
    """
    from spreadscope.commands.engine import run_engine
    from spreadscope.commands.warm import ensure_compiled

    set_up_logging(verbose=verbose)
    settings = options.settings(
        config,
        symbols=symbols,
        pairs=pair,
        exchange__rest_url=rest_url,
        exchange__ws_url=ws_url,
        data=data,
        api__port=port,
    )
    ensure_compiled()
    options.run(run_engine(settings, duration=duration, as_json=json))


@app.command()
def exchange(
    port: Annotated[int, typer.Option(min=0, max=65534, help="WebSocket port, REST on the next (0: free ones)")] = 0,
    recording: Recordings = None,
    speed: Speed = "1",
    start: Annotated[str, typer.Option(help="subscribed (when all symbols are) or now")] = "subscribed",
    seed: Seed = 1,
    symbols: Annotated[int, typer.Option("--symbols", help="Symbols of the synthetic market")] = 8,
    rate: Annotated[float | None, typer.Option(help="Messages a second of the synthetic market, in all")] = None,
    faults: Annotated[
        str | None, typer.Option(help="What goes wrong: all, or reset=3,drop=0.01 (docs/faults.md)")
    ] = None,
    duration: Duration = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Run the local exchange alone: it speaks the exchange's protocol over a recording or a synthetic market.

    Example: spreadscope exchange --recording btc.gz --recording eth.gz --speed 20 --faults all --seed 7
    """
    from spreadscope.commands.exchange import make_feed, run_exchange
    from spreadscope.exchange.local.seeded_faults import SeededFaults

    set_up_logging(verbose=verbose)
    if start not in {"subscribed", "now"}:
        raise ConfigError(f"--start {start!r}: choose subscribed or now")
    factor = options.speed_factor(speed)
    chaos = SeededFaults(faults, seed) if faults else None
    feed = make_feed(recording or [], seed=seed, symbols=symbols, rate=rate)
    options.run(
        run_exchange(
            feed,
            port=port,
            speed=factor,
            start_now=start == "now",
            duration=duration,
            as_json=json,
            faults=chaos,
        )
    )


@app.command()
def demo(
    recording: Recordings = None,
    speed: Speed = "1",
    seed: Seed = 1,
    pair: Pairs = None,
    data: Data = None,
    port: Port = None,
    config: ConfigFile = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser")] = True,
    dashboard: Annotated[bool, typer.Option("--dashboard/--no-dashboard", help="Start the dashboard")] = True,
    api_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the engine's API (0: a free one)")] = 0,
    json: Json = False,
) -> None:
    """Show everything on demo data: local exchange, engine and dashboard. No network is needed.

    Example: spreadscope demo --recording btc.gz --recording eth.gz --speed 20
    """
    from spreadscope.commands.demo import run_demo

    set_up_logging()
    options.speed_factor(speed)
    # A calm rate: history is fetched within the exchange's budget of weight, and the charts are full from the start.
    exchange_options = ["--speed", speed, "--seed", str(seed), "--rate", "200"]
    for path in recording or []:
        exchange_options += ["--recording", str(path)]
    engine_options = [
        "--port",
        str(api_port),
        *options.repeated("--pair", pair),
        *options.repeated("--config", [config] if config else []),
    ]
    options.run(
        run_demo(
            exchange_options, engine_options, data=data, port=port, dashboard=dashboard, browser=browser, as_json=json
        )
    )


@app.command()
def up(
    symbols: Symbols = None,
    pair: Pairs = None,
    data: Data = None,
    port: Port = None,
    config: ConfigFile = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser")] = True,
    api_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the engine's API")] = None,
    json: Json = False,
) -> None:
    """The live market: engine and dashboard.

    Example: spreadscope up --pair BTCUSDT/ETHUSDT
    """
    from spreadscope.commands.demo import run_up

    set_up_logging()
    engine_options = [*options.repeated("--symbols", symbols), *options.repeated("--pair", pair)]
    engine_options += [
        *options.repeated("--data", [data] if data else []),
        *options.repeated("--config", [config] if config else []),
    ]
    engine_options += options.repeated("--port", [api_port] if api_port is not None else [])
    options.run(run_up(engine_options, port=port, browser=browser, as_json=json))


@app.command()
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
    settings = options.settings(
        config, symbols=symbols, pairs=pair, exchange__rest_url=rest_url, exchange__ws_url=ws_url
    )
    options.run(run_record(settings, out, duration=duration, as_json=json))


@app.command()
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
    """Feed recordings, or what a live engine heard, to the engine's core: the same input gives the same hash over all facts.

    A session of the store must say again what was said live; exit status 1 where it does not. --speed 1 takes as long as it took then.

    Example: spreadscope replay session.ndjson.zst --pair BTCUSDT/ETHUSDT

    Example: spreadscope replay --data ./data --what-if wider.toml --from 2026-11-26

    Example: spreadscope replay --data ./data --pair BTCUSDT/ETHUSDT --timeframe 1m
    """
    from spreadscope.commands.warm import ensure_compiled

    set_up_logging()
    factor = options.speed_factor(speed)
    if recording:
        from spreadscope.commands.recordings import run_replay

        if any(option is not None for option in (session, what_if, since, to, timeframe)):
            raise ConfigError(
                "--session, --from, --to, --timeframe and --what-if are about a store: leave the recordings out"
            )
        settings = options.settings(config, pairs=pair)
        ensure_compiled()
        run_replay(recording, settings, speed=factor, data=data, as_json=json)
        return
    from spreadscope.commands.sessions import run_sessions, run_tape

    span = (options.milliseconds(since, 0), options.milliseconds(to, 1 << 62))
    settings = options.settings(config, pairs=pair, data=data)
    place = settings.data
    if pair:
        if session is not None or what_if is not None or factor is not None:
            raise ConfigError(
                "--pair replays stored trades at full speed: --session, --what-if and --speed are for sessions"
            )
        frames = tuple(dict.fromkeys(parse_timeframe(name) for name in timeframe or [])) or TIMEFRAMES
        ensure_compiled()
        run_tape(place, settings, span=span, timeframes=frames, as_json=json)
        return
    if timeframe:
        raise ConfigError("--timeframe needs --pair: a session makes the bars it made live")
    ensure_compiled()
    if not run_sessions(place, session=session, span=span, what_if_file=what_if, speed=factor, as_json=json):
        raise typer.Exit(1)


@app.command()
def check(
    seed: Seed = 20230704,
    simulations: Annotated[int, typer.Option(min=20, help="Synthetic pairs a row")] = 1000,
    rows: Annotated[int, typer.Option(min=60, help="Bars of each pair")] = 300,
    universes: Annotated[int, typer.Option(min=5, help="Universes of unrelated coins")] = 200,
    json: Json = False,
) -> None:
    """Measure the size and power of our own decisions in every hedge mode; status 2 where a bound is broken.

    Example: spreadscope check --simulations 2000
    """
    from spreadscope.commands import statistics

    statistics.check(seed=seed, simulations=simulations, rows=rows, universes=universes, as_json=json)


@app.command()
def scan(
    bars: Annotated[Path | None, typer.Option(help="Parquet or CSV with symbol, open_time, close")] = None,
    data: Data = None,
    timeframe: Annotated[str, typer.Option(help="Of the store's bars: 1s, 1m or 5m")] = "5m",
    surrogates: Annotated[int, typer.Option(min=0, help="Sign-flipped panels p is calibrated on")] = 100,
    max_lags: Annotated[int, typer.Option(min=0, max=24, help="Most lags AIC may choose")] = 10,
    seed: Seed = 0,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Look for cointegrated pairs, with what makes the p-values believable: legs first, multiplicity, survival.

    Example: spreadscope scan --bars closes.parquet --surrogates 200
    """
    from spreadscope.commands import statistics

    frame = parse_timeframe(timeframe)
    table = (
        statistics.bars_from_file(bars)
        if bars
        else statistics.bars_from_store(options.settings(config, data=data).data, frame)
    )
    statistics.run_scan(table, surrogates=surrogates, seed=seed, max_lags=max_lags, as_json=json)


@app.command()
def export(
    kind: Annotated[str, typer.Argument(help="ticks, bars, analytics, signals or alerts")],
    symbol: Annotated[
        str | None, typer.Option(help="The symbol, for ticks and bars (of alerts: about it alone)")
    ] = None,
    pair: Annotated[
        str | None, typer.Option(help="The pair Y/X, for analytics and signals (of alerts: about it alone)")
    ] = None,
    timeframe: Annotated[str, typer.Option(help="1s, 1m or 5m")] = "1m",
    since: Annotated[str | None, typer.Option("--from", help="From this time on (ISO, UTC, or ms)")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Before this time")] = None,
    format: Annotated[str, typer.Option(help="csv, parquet or ndjson")] = "csv",  # noqa: A002 - the option's name
    out: Annotated[str, typer.Option(help="A file, or - for standard output")] = "-",
    data: Data = None,
    config: ConfigFile = None,
) -> None:
    """Write stored ticks, bars, analytics, signals or alerts to a file.

    Example: spreadscope export bars --symbol BTCUSDT --timeframe 1m --out btc.csv
    """
    from spreadscope.commands.exporting import run_export
    from spreadscope.store.export import Format, Kind, Request

    kinds, formats = [str(item) for item in Kind], [str(item) for item in Format]
    if kind not in kinds:
        raise ConfigError(f"cannot export {kind!r}: choose {', '.join(kinds)}")
    if format not in formats:
        raise ConfigError(f"unknown format {format!r}: choose {', '.join(formats)}")
    request = Request(
        Kind(kind),
        Format(format),
        parse_symbol(symbol) if symbol else None,
        parse_pair(pair) if pair else None,
        parse_timeframe(timeframe),
        options.milliseconds(since, 0),
        options.milliseconds(to, 1 << 62),
    )
    run_export(options.settings(config, data=data).data, request, out)


@app.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(help="Archives of the exchange, our exports, CSV or Parquet")],
    data: Data = None,
    symbol: Annotated[str | None, typer.Option(help="The symbol, where neither name nor columns tell it")] = None,
    pair: Annotated[str | None, typer.Option(help="The pair Y/X of exported analytics or signals")] = None,
    timeframe: Annotated[str | None, typer.Option(help="Of bars: 1s, 1m or 5m")] = None,
    columns: Annotated[str | None, typer.Option(help="Which column is which: id=a,time=T,price=p,quantity=q")] = None,
    kind: Annotated[str | None, typer.Option(help="ticks (aggregate trades), trades (raw) or bars")] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Import the exchange's public archives, our own exports, or any CSV or Parquet table of trades or bars.

    Example: spreadscope import BTCUSDT-aggTrades-2026-11-21.zip --data ./data
    """
    from spreadscope.commands.importing import run_import
    from spreadscope.importing.kinds import Content, parse_columns
    from spreadscope.importing.run import Options

    kinds = [str(item) for item in Content]
    if kind is not None and kind not in kinds:
        raise ConfigError(f"cannot import {kind!r}: choose {', '.join(kinds)}")
    how = Options(
        parse_symbol(symbol) if symbol else None,
        parse_pair(pair) if pair else None,
        parse_timeframe(timeframe) if timeframe else None,
        parse_columns(columns),
        Content(kind) if kind else None,
    )
    run_import(options.settings(config, data=data).data, files, how, as_json=json)


@app.command()
def archive(
    data: Data = None,
    before: Annotated[str | None, typer.Option(help="Only days before this one (UTC), for example 2026-11-01")] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Move closed UTC days from the database to Parquet files, each verified before its rows leave the database.

    Example: spreadscope archive --data ./data --before 2026-11-01
    """
    from spreadscope.commands.archiving import run_archive

    run_archive(options.settings(config, data=data).data, before, as_json=json)


@app.command()
def doctor(
    data: Data = None,
    repair: Annotated[bool, typer.Option("--repair", help="Mend ledger, gaps and bars from the trades")] = False,
    shrink: Annotated[bool, typer.Option("--shrink", help="Rewrite the database without its free pages")] = False,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Verify the store: ids against the ledger, gaps, bars against trades, archive checksums. Exit status 1 on findings.

    Example: spreadscope doctor --data ./data --repair
    """
    from spreadscope.commands.doctor import run_doctor

    if not run_doctor(options.settings(config, data=data).data, repair=repair, shrink=shrink, as_json=json):
        raise typer.Exit(1)


@alerts.command("check")
def alerts_check(
    file: Annotated[Path, typer.Argument(help="The file, for example alerts.toml")],
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Read a file of channels and rules as the engine would, and say what it defines or what is wrong with it.

    Example: spreadscope alerts check alerts.toml
    """
    from spreadscope.commands.alerts import run_check

    set_up_logging()
    run_check(file, options.settings(config), as_json=json)


@alerts.command("test")
def alerts_test(
    channel: Annotated[str, typer.Argument(help="The name of a channel of the file")],
    file: Annotated[Path | None, typer.Option("--file", help="The file (default: the engine's)")] = None,
    data: Data = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Really send a test message through a channel and print what it answered. No engine is needed.

    Example: spreadscope alerts test phone --file alerts.toml
    """
    from spreadscope.commands.alerts import run_test

    set_up_logging()
    settings = options.settings(config, data=data)
    options.run(run_test(file or settings.alerts_file(), settings, channel, as_json=json))


@app.callback()
def _common() -> None:
    """Nothing is common yet; the callback keeps the commands named when there is one only."""


def main() -> None:
    """Entry point: typed errors become one line and exit status 2."""
    leave = without_teardown()
    try:
        app()
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else int(end.code is not None))
    except SpreadscopeError as error:
        say(f"spreadscope: {error}")
        leave(2)
    except KeyboardInterrupt:
        leave(130)


__all__ = ["Timeframe", "app", "main"]
