"""Paper trading."""

from __future__ import annotations

from typing import Annotated

import typer

from spreadscope.cli.parameters import Json


def status(
    api: Annotated[str, typer.Option("--api", help="The engine's address")] = "http://127.0.0.1:8765",
    json: Json = False,
) -> None:
    """Show the paper accounts of a running engine, with their open trades.

    Example: spreadscope paper status
    """
    from spreadscope.commands.paper import run_status

    run_status(api, as_json=json)
