"""The command line. Every command has an example in its help; a user's mistake is one line and exit status 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

import spreadscope
from spreadscope.cli import alerts, backtests, paper, recorded, running, scanner, statistics, stored
from spreadscope.commands import interruption
from spreadscope.commands.console import print_message
from spreadscope.commands.lifetime import make_fast_exit
from spreadscope.model.errors import SpreadscopeError

app = typer.Typer(
    name="spreadscope",
    help="A workstation for pairs trading on Binance USD-M futures.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
alert_commands = typer.Typer(help=alerts.__doc__, no_args_is_help=True)
alert_commands.command("check")(alerts.check)
alert_commands.command("test")(alerts.send_test)
paper_commands = typer.Typer(help=paper.__doc__, no_args_is_help=True)
paper_commands.command("status")(paper.status)

COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "Run": {"demo": running.demo, "up": running.up, "engine": running.engine, "exchange": running.exchange,
        "symbols": running.symbols, "mcp": running.mcp},
    "Record and replay": {"record": recorded.record, "replay": recorded.replay,
        "playback": recorded.playback, "backtest": backtests.backtest},
    "Statistics": {"scan": scanner.scan, "check": statistics.check},
    "The store": {
        "export": stored.export, "import": stored.import_files, "archive": stored.archive, "doctor": stored.doctor,
        "verify": stored.verify,
    },
}  # fmt: skip
for panel, commands in COMMANDS.items():
    for name, command in commands.items():
        app.command(name, rich_help_panel=panel)(command)
app.add_typer(alert_commands, name="alerts", rich_help_panel="Alerts")
app.add_typer(paper_commands, name="paper", rich_help_panel="Paper trading")


def main() -> None:
    """Run the command line; the entry point of ``spreadscope.entry`` after loading."""
    exit_with = make_fast_exit()
    interruption.install_handler()
    run(exit_with)


def run(exit_with: Callable[[int], NoReturn]) -> None:
    """Run the command of ``sys.argv``. Our errors become one line and exit status 2. ``exit_with`` ends the process."""
    try:
        app()
    except BaseException as error:
        # Code that was interrupted may have raised another error.
        if interruption.was_interrupted():
            exit_with(interruption.STATUS)
        if isinstance(error, SystemExit):
            exit_with(error.code if isinstance(error.code, int) else int(error.code is not None))
        if isinstance(error, SpreadscopeError):
            print_message(f"spreadscope: {error}")
            exit_with(2)
        raise


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"spreadscope {spreadscope.__version__}")
        raise typer.Exit


@app.callback()
def _common(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A workstation for pairs trading on Binance USD-M futures."""
