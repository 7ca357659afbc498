"""The file of channels and rules (alerts.toml)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spreadscope.cli.parameters import ConfigFile, Data, Json
from spreadscope.commands import options
from spreadscope.commands.console import set_up_logging


def check(
    file: Annotated[Path, typer.Argument(help="The file, for example alerts.toml")],
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Read a file of channels and rules as the engine would, and say what it defines or what is wrong with it.

    Example: spreadscope alerts check alerts.toml
    """
    from spreadscope.commands.alerts import run_check

    set_up_logging()
    run_check(file, options.load_settings(config), as_json=json)


def send_test(
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
    settings = options.load_settings(config, data=data)
    options.run(run_test(file or settings.alerts_file(), settings, channel, as_json=json))
