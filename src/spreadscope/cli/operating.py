"""The commands of whoever watches a running engine: status, top and log-level."""

from __future__ import annotations

from typing import Annotated

import typer

from spreadscope.cli.parameters import Json
from spreadscope.commands.console import set_up_logging
from spreadscope.contract import MOST_LOG_MINUTES, LogLevel

Api = Annotated[str, typer.Option("--api", help="The engine's address")]
_ADDRESS = "http://127.0.0.1:8765"


def status(api: Api = _ADDRESS, json: Json = False) -> None:
    """Say on one screen how a running engine is.

    Exit status 0: well. 1: it is not ready, or an alarm is red. 2: no engine answers.

    Example: spreadscope status
    """
    from spreadscope.commands.operating import run_status

    set_up_logging()
    if not run_status(api, as_json=json):
        raise typer.Exit(1)


def top(api: Api = _ADDRESS) -> None:
    """Watch a running engine on a terminal: rates, lag, holes, queues, pairs, alerts and paper accounts.

    Example: spreadscope top
    """
    from spreadscope.commands.top import run_top

    set_up_logging()
    run_top(api)


def log_level(
    level: Annotated[LogLevel | None, typer.Argument(help="The level to log from; without one it is shown")] = None,
    minutes: Annotated[
        int,
        typer.Option(min=0, max=MOST_LOG_MINUTES, help="Minutes until the usual level is back (0: the engine's end)"),
    ] = 10,
    api: Api = _ADDRESS,
    json: Json = False,
) -> None:
    """Change from which level on a running engine logs, for a while.

    Example: spreadscope log-level debug --minutes 10
    """
    from spreadscope.commands.operating import run_log_level

    set_up_logging()
    run_log_level(api, level, minutes or None, as_json=json)
