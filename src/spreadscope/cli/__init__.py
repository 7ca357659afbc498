"""The command line. Every command has an example in its help; a user's mistake is one line and exit status 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

import spreadscope
from spreadscope.cli import (
    access,
    alerts,
    backtests,
    operating,
    paper,
    recorded,
    running,
    scanner,
    statistics,
    stored,
)
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
paper_commands.command("open")(paper.open_trade)
paper_commands.command("take-back")(paper.take_back)
paper_commands.command("statement")(paper.statement)
access_commands = typer.Typer(help=access.__doc__, no_args_is_help=True)
key_commands = typer.Typer(help="Keys of programs.", no_args_is_help=True)
access_commands.command("link")(access.link)
access_commands.command("sessions")(access.sessions)
access_commands.command("revoke")(access.revoke)
access_commands.command("provider")(access.provider)
access_commands.command("log")(access.log)
key_commands.command("create")(access.key_create)
key_commands.command("list")(access.key_list)
key_commands.command("revoke")(access.key_revoke)
access_commands.add_typer(key_commands, name="key")

COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "Run": {"demo": running.demo, "up": running.up, "engine": running.engine, "exchange": running.exchange,
        "symbols": running.symbols, "mcp": running.mcp},
    "Watch": {"status": operating.status, "top": operating.top, "log-level": operating.log_level},
    "Record and replay": {"record": recorded.record, "replay": recorded.replay,
        "playback": recorded.playback, "backtest": backtests.backtest},
    "Statistics": {"scan": scanner.scan, "check": statistics.check},
    "The store": {
        "export": stored.export, "import": stored.import_files, "archive": stored.archive, "doctor": stored.doctor,
        "verify": stored.verify, "backup": stored.backup, "restore": stored.restore,
    },
}  # fmt: skip
for panel, commands in COMMANDS.items():
    for name, command in commands.items():
        app.command(name, rich_help_panel=panel)(command)
app.add_typer(alert_commands, name="alerts", rich_help_panel="Alerts")
app.add_typer(paper_commands, name="paper", rich_help_panel="Paper trading")
app.add_typer(access_commands, name="access", rich_help_panel="Access")


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
