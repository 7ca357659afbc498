"""The command that trades the signals of pairs on stored data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from spreadscope.cli.parameters import ConfigFile, Data, Json
from spreadscope.commands import options
from spreadscope.commands.console import set_up_logging
from spreadscope.contract import MOST_PLACEBOS, BacktestBody
from spreadscope.model.errors import ConfigError
from spreadscope.model.timeframe import parse_timeframe
from spreadscope.model.trading_states import Execution

_HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([mhd])")
_DEFAULT = BacktestBody(pairs=())


def backtest(
    pairs: Annotated[list[str], typer.Argument(help="The pairs to trade, Y/X: BTCUSDT/ETHUSDT")],
    data: Data = None,
    since: Annotated[str | None, typer.Option("--from", help="Trades of the market from this time on")] = None,
    to: Annotated[str | None, typer.Option("--to", help="… and before this one")] = None,
    timeframe: Annotated[str, typer.Option(help="The bars whose signals are traded: 1s, 1m or 5m")] = "1m",
    notional: Annotated[float, typer.Option(min=1, help="Size of leg Y of a trade, USDT")] = _DEFAULT.notional,
    cash: Annotated[float, typer.Option(min=1, help="What the account begins with, USDT")] = _DEFAULT.cash,
    execution: Annotated[
        str, typer.Option(help="'both at market', or 'passive, then market'; its first word does")
    ] = Execution.BOTH_MARKET.value,
    taker: Annotated[float, typer.Option(min=0, help="Fee of a fill at market, bp")] = _DEFAULT.taker_bps,
    maker: Annotated[float, typer.Option(min=0, help="Fee of a fill of a waiting order, bp")] = _DEFAULT.maker_bps,
    latency: Annotated[int, typer.Option(min=0, help="From decision to exchange, ms")] = _DEFAULT.latency_ms,
    costs: Annotated[str, typer.Option(help="Also with fees and impact so many times as large")] = "0,1,2,4",
    latencies: Annotated[str, typer.Option(help="Also with these latencies, ms")] = "0,50,250",
    grid: Annotated[
        list[str] | None,
        typer.Option(help="Trials of a parameter: signals.entry=1.5,2,2.5 (again for more: all combinations)"),
    ] = None,
    screen: Annotated[
        bool, typer.Option("--screen", help="Make the trials by compiled batch twins, and the best by the core too")
    ] = False,
    walk_forward: Annotated[
        str | None, typer.Option(help="Choose among the trials in the first time, trade the second: 7d,2d")
    ] = None,
    placebo: Annotated[int, typer.Option(min=0, max=MOST_PLACEBOS, help="Also so many random pairs of the store")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random pairs and of the intervals")] = 0,
    check: Annotated[bool, typer.Option("--check", help="Check the backtest for look-ahead and recursion")] = False,
    configured: Annotated[
        bool, typer.Option("--configured", help="Leave out parameters that were set on the page or by the API")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the report as one HTML file, or as PDF if its name ends so")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the trades as CSV")] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Trade the signals of pairs on stored data with a paper account, and say how sure one can be of the result.

    The core is that of the live engine: the same signals, orders, fills and money. It says what it assumes.

    Example: spreadscope backtest BTCUSDT/ETHUSDT --data ./data --timeframe 1m --out report.html

    Example: spreadscope backtest BTCUSDT/ETHUSDT --data ./data --grid signals.entry=1.5,2,2.5 --walk-forward 7d,2d
    """
    from spreadscope.commands.backtests import run_command
    from spreadscope.commands.compile_kernels import ensure_compiled

    set_up_logging()
    formation, trading = _walk_forward(walk_forward)
    body = BacktestBody(
        pairs=tuple(pairs), timeframe=parse_timeframe(timeframe),
        start=options.milliseconds(since, 0) if since else None, end=options.milliseconds(to, 0) if to else None,
        notional=notional, cash=cash, execution=_execution(execution), taker_bps=taker, maker_bps=maker,
        latency_ms=latency, costs=_numbers("--costs", costs),
        latencies=tuple(int(value) for value in _numbers("--latencies", latencies)), grid=tuple(grid or ()),
        screen=screen,
        formation_hours=formation, trading_hours=trading, placebo=placebo, seed=seed, check=check,
        configured=configured,
    )  # fmt: skip
    _require_bounds(body)
    settings = options.load_settings(config, data=data)
    ensure_compiled()
    run_command(settings, body, config_file=config, out=out, csv=csv, as_json=json)


def _require_bounds(body: BacktestBody) -> None:
    """Hold the options to the bounds of the API's body."""
    try:
        msgspec.convert(msgspec.to_builtins(body), BacktestBody)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$.")
        raise ConfigError(f"{where.rstrip('`') or 'an option'}: {text[:1].lower()}{text[1:]}") from None


def _execution(text: str) -> Execution:
    wanted = text.strip().lower()
    for each in Execution:
        if wanted and (each.value == wanted or each.value.split()[0].rstrip(",") == wanted):
            return each
    names = " or ".join(repr(each.value) for each in Execution)
    raise ConfigError(f"unknown execution {text[:40]!r}: choose {names}")


def _numbers(option: str, text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        found = (-1.0,)
    if any(not 0 <= value <= 600_000 for value in found):
        raise ConfigError(f"{option} {text[:40]!r} is no list of numbers from 0 on: write 0,1,2,4")
    return found


def _walk_forward(text: str | None) -> tuple[float, float]:
    """Returns the formation and the trading time in hours; 0 for none."""
    if text is None:
        return 0.0, 0.0
    parts = [_DURATION.fullmatch(part.strip().lower()) for part in text.split(",")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        raise ConfigError(f"--walk-forward {text[:40]!r} is no pair of times: write such as 7d,2d")
    first, second = (float(part[1]) * _HOURS[part[2]] for part in parts if part is not None)
    return first, second
