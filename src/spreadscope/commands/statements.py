"""``spreadscope paper statement``: a statement of a paper account on the terminal, and as a PDF document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich import box
from rich.markup import escape
from rich.table import Table

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.commands import options
from spreadscope.commands.console import print_json, print_message, table_console
from spreadscope.contract import Statement
from spreadscope.contract.bodies import LATEST
from spreadscope.contract.statement_words import (
    EQUITY_COLUMNS,
    PAIR_COLUMNS,
    PAPER,
    TRADE_COLUMNS,
    WORD_COLUMNS,
    equity_rows,
    notes,
    pair_rows,
    period,
    title,
    trade_rows,
    wallet_rows,
)
from spreadscope.model.errors import ConfigError, StoreError

_SHOWN_TRADES = 20


def run_statement(
    api: str, account: str, since: str | None, to: str | None, *, out: Path | None, as_json: bool
) -> None:
    """Ask the engine for a statement, print it, and write it as PDF where that is asked for.

    Raises ``ConfigError`` where no engine answers, or it refuses; ``StoreError`` where the file cannot be written.
    """
    start, end = options.milliseconds(since, 0), options.milliseconds(to, LATEST)
    if out is not None and not out.absolute().parent.is_dir():
        raise StoreError(f"there is no folder {out.absolute().parent}: make it, or write elsewhere")
    try:
        with Client(api) as engine:
            statement = engine.paper_statement(account, start=start, end=end)
            # Of the same time: the market's clock has gone on.
            span = {"start": statement.start, "end": statement.end}
            document = engine.paper_statement_pdf(account, **span) if out is not None else b""
    except EngineDownError as error:
        raise ConfigError(f"{error}: start one, or name its address with --api") from None
    except ApiRequestError as error:
        raise ConfigError(str(error)) from None
    if out is not None:
        try:
            out.write_bytes(document)
        except OSError as error:
            raise StoreError(f"cannot write {out}: {error.strerror}") from None
    if as_json:
        print_json(msgspec.to_builtins(statement))
    else:
        _print(statement)
    if out is not None:
        print_message(f"the statement: {out}")


def _print(statement: Statement) -> None:
    console = table_console()
    if statement.demo:
        print_message("DEMO DATA, not a market")
    for line in (title(statement), period(statement), PAPER):
        console.print(escape(line))
    console.print(_table("Wallet, USDT", ("", "amount"), wallet_rows(statement)))
    console.print(_table("Equity, USDT", EQUITY_COLUMNS, equity_rows(statement)))
    console.print(_table("By pair: what came into the wallet, USDT", PAIR_COLUMNS, pair_rows(statement)))
    trades = trade_rows(statement)
    if trades:
        console.print(_table("Trades that were closed, USDT", TRADE_COLUMNS, trades[:_SHOWN_TRADES]))
    if len(trades) > _SHOWN_TRADES:
        console.print(f"and {len(trades) - _SHOWN_TRADES} more: --json and --out have all")
    for note in notes(statement):
        console.print(escape(note))


def _table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=heading, box=box.SIMPLE, title_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column in WORD_COLUMNS else "right")
    for row in rows:
        table.add_row(*map(escape, row))
    return table
