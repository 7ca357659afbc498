"""The command of statistics: check."""

from __future__ import annotations

from typing import Annotated

import typer

from spreadscope.cli.parameters import Json, Seed


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
