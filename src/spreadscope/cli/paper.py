"""Paper trading."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spreadscope.cli.parameters import Json
from spreadscope.commands.console import set_up_logging


def status(
    api: Annotated[str, typer.Option("--api", help="The engine's address")] = "http://127.0.0.1:8765",
    json: Json = False,
) -> None:
    """Show the paper accounts of a running engine, with their open trades.

    Example: spreadscope paper status
    """
    from spreadscope.commands.paper import run_status

    set_up_logging()
    run_status(api, as_json=json)


def open_trade(
    pair: Annotated[str, typer.Argument(help="The pair, Y/X: BTCUSDT/ETHUSDT")],
    side: Annotated[str, typer.Argument(help="buy or sell the spread")],
    timeframe: Annotated[str, typer.Option(help="The bars whose hedge and z are meant: 1s, 1m or 5m")] = "1m",
    account: Annotated[str, typer.Option(help="The paper account")] = "paper",
    notional: Annotated[float | None, typer.Option(min=0, help="Size of leg Y, USDT (else the account's own)")] = None,
    limit: Annotated[float | None, typer.Option(help="Wait until z can be had there or beyond")] = None,
    good: Annotated[int, typer.Option(min=0, help="… for so many minutes (0: until it is taken back)")] = 0,
    ladder: Annotated[
        str | None, typer.Option(help="Rungs between two levels, FIRST:LAST:RUNGS", metavar="FIRST:LAST:RUNGS")
    ] = None,
    shares: Annotated[str | None, typer.Option(help="… and their parts of the size: 1,1,2 (else equal)")] = None,
    twap: Annotated[
        str | None,
        typer.Option(help="Equal slices over a time; --limit holds for each", metavar="SLICES:MINUTES"),
    ] = None,
    ratio: Annotated[
        bool, typer.Option("--ratio", help="Levels of the ladder or TWAP are the ratio Y/X, not z")
    ] = False,
    execution: Annotated[str | None, typer.Option(help="market or passive (else as the account says)")] = None,
    take_profit: Annotated[float | None, typer.Option(help="Close when |z| has come back to it")] = None,
    stop: Annotated[float | None, typer.Option(help="Close when |z| has gone to it")] = None,
    stop_loss: Annotated[float, typer.Option(min=0, help="Close at this loss, USDT (0: none)")] = 0.0,
    api: Annotated[str, typer.Option("--api", help="The engine's address")] = "http://127.0.0.1:8765",
    json: Json = False,
) -> None:
    """Send a pair trade to a paper account of a running engine: at once, at a limit on the spread, as a ladder or as a
    TWAP. Nothing is sent to an exchange.

    Example: spreadscope paper open BTCUSDT/ETHUSDT buy --limit=-2.5 --good 240 --take-profit 0.5 --stop 4
    """
    from spreadscope.commands.paper import run_open

    run_open(
        api, account, pair, side, timeframe, notional=notional, execution=execution, limit=limit, good=good,
        ladder=ladder, twap=twap, shares=shares, ratio=ratio, take_profit=take_profit, stop=stop, stop_loss=stop_loss,
        as_json=json,
    )  # fmt: skip


def statement(
    account: Annotated[str, typer.Option(help="The paper account")] = "paper",
    since: Annotated[str | None, typer.Option("--from", help="From this time on [the account's opening]")] = None,
    to: Annotated[str | None, typer.Option(help="… and before this one [now]")] = None,
    out: Annotated[Path | None, typer.Option(help="Write it as a PDF document")] = None,
    api: Annotated[str, typer.Option("--api", help="The engine's address")] = "http://127.0.0.1:8765",
    json: Json = False,
) -> None:
    """Show what came into the wallet of a paper account and what left it, by kind and by pair, to the last digit.

    Example: spreadscope paper statement --from 2026-11-01 --to 2026-12-01 --out november.pdf
    """
    from spreadscope.commands.statements import run_statement

    run_statement(api, account, since, to, out=out, as_json=json)


def take_back(
    decision: Annotated[int, typer.Argument(help="Its number, as paper status shows it")],
    account: Annotated[str, typer.Option(help="The paper account")] = "paper",
    api: Annotated[str, typer.Option("--api", help="The engine's address")] = "http://127.0.0.1:8765",
    json: Json = False,
) -> None:
    """Take back what waits on a paper account: a limit on the spread, or a signal that asks.

    Example: spreadscope paper take-back 17
    """
    from spreadscope.commands.paper import run_take_back

    run_take_back(api, account, decision, as_json=json)
