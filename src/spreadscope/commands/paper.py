"""``spreadscope paper status``: the paper accounts of a running engine on one screen."""

from __future__ import annotations

from rich.table import Table

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.commands.console import print_json, print_message, table_console
from spreadscope.contract import PaperAccount, PaperTrade
from spreadscope.model.errors import ConfigError

_NUMBERS = {"trade", "z then", "z now", "result", "residual"}


def run_status(api: str, *, as_json: bool) -> None:
    """Print the accounts and their open trades. Raises ``ConfigError`` where no engine answers."""
    try:
        with Client(api) as engine:
            found = [(account, engine.paper_trades(account.name)) for account in engine.paper_accounts()]
    except (ApiRequestError, EngineDownError) as error:
        raise ConfigError(f"{error}: start one, or name its address with --api") from None
    if as_json:
        print_json([{"account": account, "trades": trades} for account, trades in found])
        return
    if not found:
        print_message("there is no paper account yet: the first is opened when the market's clock runs")
        return
    console = table_console()
    for account, trades in found:
        console.print(_account(account))
        if trades:
            console.print(_trades(trades))


def _account(account: PaperAccount) -> str:
    margin = f"{account.margin_percent:.1f}%" if account.margin_percent is not None else "none left"
    head = (
        f"{account.name}: equity {account.equity:,.2f} USDT, today {account.day_result:+,.2f}, gross"
        f" {account.gross:,.2f}, margin {margin}, drawdown {account.drawdown_percent:.1f}%,"
        f" {account.open_trades} open trades, {account.working_orders} orders"
    )
    lines = [head]
    if account.kill is not None:
        lines.append(f"  stopped by {account.kill.by}: {account.kill.reason}")
    lines += [f"  {each.pair} at {each.timeframe}: {each.mode}" for each in account.modes]
    return "\n".join(lines)


def _trades(trades: list[PaperTrade]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("trade", "pair", "at", "side", "state", "z then", "z now", "result", "residual", "note"):
        table.add_column(
            name, justify="right" if name in {"trade", "z then", "z now", "result", "residual"} else "left"
        )
    for trade in trades:
        table.add_row(
            str(trade.id), trade.pair, str(trade.timeframe), "long" if trade.side > 0 else "short", str(trade.state),
            _z(trade.z_entry), _z(trade.z_now), f"{trade.result:+,.2f}", f"{trade.residual:,.2f}", trade.note,
        )  # fmt: skip
    return table


def _z(value: float | None) -> str:
    return f"{value:+.2f}" if value is not None else "—"
