"""The commands that run until stopped: engine, local exchange, demo, live market; and the list of symbols."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spreadscope.cli.parameters import (
    ConfigFile,
    Data,
    Duration,
    Host,
    Json,
    MarketSeed,
    Pairs,
    Port,
    Recordings,
    Speed,
    Symbols,
    Verbose,
)
from spreadscope.commands import options
from spreadscope.commands.console import set_up_logging
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import DEFAULT_VENUE


def engine(
    symbols: Symbols = None,
    pair: Pairs = None,
    rest_url: Annotated[str | None, typer.Option(help="Another exchange's REST address")] = None,
    ws_url: Annotated[str | None, typer.Option(help="Another exchange's WebSocket address")] = None,
    data: Data = None,
    host: Host = None,
    port: Port = None,
    duration: Duration = None,
    config: ConfigFile = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Run the engine alone: feed, store, statistics and API, without a dashboard.

    Example: spreadscope engine --pair BTCUSDT/ETHUSDT --data ./data
    """
    from spreadscope.commands.compile_kernels import ensure_compiled
    from spreadscope.commands.engine import run_engine

    set_up_logging(verbose=verbose)
    settings, file = options.open_settings(
        config,
        symbols=symbols,
        pairs=pair,
        exchange__rest_url=rest_url,
        exchange__ws_url=ws_url,
        data=data,
        api__host=host,
        api__port=port,
    )
    set_up_logging(verbose=verbose, config=settings.log)
    ensure_compiled()
    options.run(run_engine(settings, file, duration=duration, as_json=json))


def exchange(
    port: Annotated[int, typer.Option(min=0, max=65534, help="WebSocket port, REST on the next (0: free ones)")] = 0,
    recording: Recordings = None,
    speed: Speed = "1",
    start: Annotated[str, typer.Option(help="subscribed (when all symbols are) or now")] = "subscribed",
    seed: MarketSeed = None,
    symbols: Annotated[int, typer.Option("--symbols", help="Symbols of the synthetic market")] = 8,
    resume: Annotated[
        Path | None, typer.Option(help="A data directory whose synthetic market goes on where it was")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Messages a second of the synthetic market, in all")] = None,
    spot: Annotated[bool, typer.Option("--spot", help="A twin on Spot for each synthetic symbol")] = False,
    faults: Annotated[
        str | None, typer.Option(help="What goes wrong: all, or reset=3,drop=0.01 (docs/faults.md)")
    ] = None,
    duration: Duration = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Run the local exchange alone: it speaks the exchange's protocol over a recording or a synthetic market.

    Recordings of Spot and of futures play together, on one clock.

    Example: spreadscope exchange --recording btc.gz --recording eth.gz --speed 20 --faults all --seed 7
    """
    from spreadscope.commands.exchange import make_feed, run_exchange
    from spreadscope.exchange.local.seeded_faults import SeededFaults

    set_up_logging(verbose=verbose)
    if start not in {"subscribed", "now"}:
        raise ConfigError(f"--start {start!r}: choose subscribed or now")
    factor = options.speed_factor(speed)
    seeded_faults = SeededFaults(faults, 1 if seed is None else seed) if faults else None
    feed = make_feed(recording or [], seed=seed, symbols=symbols, rate=rate, resume=resume, spot=spot)
    options.run(
        run_exchange(
            feed,
            port=port,
            speed=factor,
            start_now=start == "now",
            duration=duration,
            as_json=json,
            faults=seeded_faults,
        )
    )


def demo(
    recording: Recordings = None,
    speed: Speed = "1",
    seed: MarketSeed = None,
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
    exchange_options = ["--speed", speed, "--rate", "200", *([] if recording else ["--spot"])]
    exchange_options += options.repeat_option("--seed", [seed] if seed is not None else [])
    exchange_options += options.repeat_option("--resume", [data] if data else [])
    for path in recording or []:
        exchange_options += ["--recording", str(path)]
    engine_options = [
        "--port",
        str(api_port),
        *options.repeat_option("--pair", pair),
        *options.repeat_option("--config", [config] if config else []),
    ]
    options.run(
        run_demo(
            exchange_options, engine_options, data=data, port=port, dashboard=dashboard, browser=browser, as_json=json
        )
    )


def up(
    symbols: Symbols = None,
    pair: Pairs = None,
    data: Data = None,
    host: Host = None,
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
    engine_options = [*options.repeat_option("--symbols", symbols), *options.repeat_option("--pair", pair)]
    engine_options += [
        *options.repeat_option("--data", [data] if data else []),
        *options.repeat_option("--config", [config] if config else []),
    ]
    engine_options += options.repeat_option("--port", [api_port] if api_port is not None else [])
    settings = options.load_settings(config, data=data, access__host=host)
    options.run(run_up(settings, engine_options, port=port, browser=browser, as_json=json))


def symbols(
    text: Annotated[str, typer.Argument(help="A part of the name: BTC")] = "",
    venue: Annotated[str, typer.Option(help="The venue: binance-futures, binance-spot")] = DEFAULT_VENUE,
    rest_url: Annotated[str | None, typer.Option(help="Another exchange's REST address")] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """What a venue lists, one symbol a line.

    Example: spreadscope symbols BTC
    """
    from spreadscope.commands.symbols import run_symbols

    set_up_logging()
    settings = options.load_settings(config, exchange__rest_url=rest_url)
    options.run(run_symbols(settings, venue, text, as_json=json))


def mcp(
    api: Annotated[str, typer.Option("--api", help="The address of a running engine")] = "http://127.0.0.1:8765",
) -> None:
    """Serve what a running engine knows to assistants, over the Model Context Protocol on stdio. Read only.

    Example: spreadscope mcp --api http://127.0.0.1:8765
    """
    from spreadscope.commands.mcp_server import run_mcp

    run_mcp(api)
