"""``spreadscope paper``: the paper accounts of a running engine on one screen, and trades that are sent to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from rich.table import Table

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.commands.console import print_json, print_message, table_console
from spreadscope.contract import (
    Execution,
    LadderBody,
    OpenTradeBody,
    Outcome,
    PaperAccount,
    PaperTrade,
    SpreadMeasure,
    TradeDecision,
    TwapBody,
)
from spreadscope.model.errors import ConfigError
from spreadscope.model.timeframe import parse_timeframe

_SIDES: dict[str, Literal[1, -1]] = {"buy": 1, "sell": -1}
_EXECUTIONS = {"market": Execution.BOTH_MARKET, "passive": Execution.PASSIVE_FIRST}
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


def run_open(
    api: str,
    account: str,
    pair: str,
    side: str,
    timeframe: str,
    *,
    notional: float | None,
    execution: str | None,
    limit: float | None,
    good: int,
    ladder: str | None,
    twap: str | None,
    shares: str | None,
    ratio: bool,
    take_profit: float | None,
    stop: float | None,
    stop_loss: float,
    as_json: bool,
) -> None:
    """Send a pair trade, and print what became of it. Raises ``ConfigError`` where it is refused, or no engine
    answers."""
    if side not in _SIDES:
        raise ConfigError(f"the side is buy or sell, not {side[:20]!r}")
    if good and limit is None and ladder is None:
        raise ConfigError("--good is how long a limit or a ladder waits: give a --limit or a --ladder, too")
    if shares is not None and ladder is None:
        raise ConfigError("--shares are those of the rungs of a ladder: give a --ladder, too")
    if ratio and ladder is None and twap is None:
        raise ConfigError("--ratio is for the levels of a ladder or a TWAP: give a --ladder or a --twap, too")
    if execution is not None and execution not in _EXECUTIONS:
        raise ConfigError(f"the execution is {' or '.join(_EXECUTIONS)}, not {execution[:20]!r}")
    measure = SpreadMeasure.RATIO if ratio else SpreadMeasure.Z
    body = OpenTradeBody(
        pair=pair, timeframe=parse_timeframe(timeframe), side=_SIDES[side], notional=notional, take_profit=take_profit,
        stop=stop, stop_loss=stop_loss, limit_z=limit if twap is None else None, good_minutes=good,
        execution=_EXECUTIONS[execution] if execution is not None else None,
        ladder=_ladder(ladder, shares, measure) if ladder is not None else None,
        twap=_twap(twap, limit, measure) if twap is not None else None,
    )  # fmt: skip
    _tell(_asked(api, lambda engine: engine.open_paper_trade(account, body)), as_json=as_json)


def _ladder(text: str, shares: str | None, measure: SpreadMeasure) -> LadderBody:
    """Returns the ladder of ``FIRST:LAST:RUNGS``. Raises ``ConfigError``."""
    try:
        first, last, rungs = text.split(":")
        parts = tuple(float(each) for each in shares.split(",")) if shares is not None else ()
        return LadderBody(measure=measure, first=float(first), last=float(last), rungs=int(rungs), shares=parts)
    except ValueError:
        raise ConfigError(
            "a ladder is FIRST:LAST:RUNGS, as in --ladder=-2:-4:5, and its shares are numbers, as in --shares 1,1,2"
        ) from None


def _twap(text: str, limit: float | None, measure: SpreadMeasure) -> TwapBody:
    """Returns the TWAP of ``SLICES:MINUTES``. Raises ``ConfigError``."""
    try:
        slices, minutes = text.split(":")
        return TwapBody(slices=int(slices), minutes=int(minutes), measure=measure, limit=limit)
    except ValueError:
        raise ConfigError("a TWAP is SLICES:MINUTES, as in --twap 10:30, both whole numbers") from None


def run_take_back(api: str, account: str, decision: int, *, as_json: bool) -> None:
    """Take back what waits, and print what became of it. Raises ``ConfigError``."""
    done = _asked(api, lambda engine: engine.answer_paper_decision(account, decision, accept=False))
    _tell(done, as_json=as_json)


def _asked(api: str, ask: Callable[[Client], TradeDecision]) -> TradeDecision:
    try:
        with Client(api) as engine:
            return ask(engine)
    except ApiRequestError as error:
        raise ConfigError(str(error)) from None
    except EngineDownError as error:
        raise ConfigError(f"{error}: start one, or name its address with --api") from None


def _tell(decision: TradeDecision, *, as_json: bool) -> None:
    if as_json:
        print_json(decision)
        return
    of = f"{decision.action} {decision.pair} at {decision.timeframe}"
    if decision.outcome is Outcome.REFUSED:
        raise ConfigError(f"{of} was refused: {decision.words}")
    if decision.outcome is Outcome.TAKEN:
        words = f" ({decision.words})" if decision.sliced is not None else ""
        print_message(f"{of}: sent, as trade {decision.trade}{words}")
    elif decision.outcome is Outcome.PENDING and decision.sliced is not None:
        sliced = decision.sliced
        print_message(f"{of}: begins as {decision.id}, a {sliced.kind} of {len(sliced.slices)} slices")
    elif decision.outcome is Outcome.PENDING and decision.limit_z is not None:
        print_message(f"{of}: waits as {decision.id} until z {decision.limit_z:+.2f} can be had")
    else:
        words = f", {decision.words}" if decision.sliced is not None else ""
        print_message(f"{of}: {decision.outcome}{words}")


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
    lines += [
        f"  {each.id} waits: {each.action} {each.pair} at {each.timeframe}{_level(each)}" for each in account.pending
    ]
    return "\n".join(lines)


def _level(waiting: TradeDecision) -> str:
    if waiting.sliced is not None:
        return f", a {waiting.sliced.kind}: {waiting.sliced.words}"
    return ", for an answer" if waiting.limit_z is None else f", when z {waiting.limit_z:+.2f} can be had"


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
