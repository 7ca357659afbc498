"""The command of statistics: check."""

from __future__ import annotations

from typing import Annotated

import typer

from spreadscope.cli.parameters import ConfigFile, Data, Json, Seed


def check(
    seed: Seed = 20230704,
    simulations: Annotated[
        int, typer.Option(min=20, help="Synthetic pairs a row; a fifth of them at your settings")
    ] = 1000,
    rows: Annotated[int, typer.Option(min=60, help="Bars of each pair; at your settings its windows say")] = 300,
    universes: Annotated[int, typer.Option(min=5, help="Universes of unrelated coins")] = 200,
    timeframe: Annotated[str | None, typer.Option(help="Your settings at 1s, 1m or 5m [that of the pages]")] = None,
    pair: Annotated[str | None, typer.Option(help="… and with what was set for this pair")] = None,
    data: Data = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Measure the size and power of our own decisions, in general and at your settings; status 2 where a bound is
    broken.

    Example: spreadscope check --simulations 2000

    Example: spreadscope check --config my.toml --timeframe 5m
    """
    from spreadscope.commands import options, statistics
    from spreadscope.model.instrument import parse_pair
    from spreadscope.model.timeframe import parse_timeframe

    settings = options.load_settings(config, data=data)
    statistics.check(
        settings, timeframe=parse_timeframe(timeframe) if timeframe else settings.timeframe,
        pair=str(parse_pair(pair)) if pair else "", seed=seed, simulations=simulations, rows=rows,
        universes=universes, as_json=json,
    )  # fmt: skip
