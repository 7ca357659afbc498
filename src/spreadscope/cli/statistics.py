"""The commands of statistics: check and scan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spreadscope.cli.parameters import ConfigFile, Data, Json, Seed
from spreadscope.commands import options
from spreadscope.model.timeframe import parse_timeframe


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


def scan(
    bars: Annotated[
        list[Path] | None,
        typer.Option(help="A file of bars: symbol, open_time, close, or one column a symbol (may be given again)"),
    ] = None,
    data: Data = None,
    timeframe: Annotated[str, typer.Option(help="Of the store's bars: 1s, 1m or 5m")] = "5m",
    surrogates: Annotated[int, typer.Option(min=0, help="Sign-flipped panels p is calibrated on")] = 100,
    max_lags: Annotated[int, typer.Option(min=0, max=24, help="Most lags AIC may choose")] = 10,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="A symbol to test although it looks pegged, idle or stationary (again for more)"),
    ] = None,
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
        statistics.bars_from_files(bars)
        if bars
        else statistics.bars_from_store(options.load_settings(config, data=data).data, frame)
    )
    statistics.run_scan(
        table, surrogates=surrogates, seed=seed, max_lags=max_lags, as_json=json, keep=tuple(keep or ())
    )
