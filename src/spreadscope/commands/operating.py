"""``spreadscope status`` and ``spreadscope log-level``: a running engine, looked at and changed from a terminal."""

from __future__ import annotations

from datetime import UTC, datetime

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.commands.console import print_json, table_console
from spreadscope.commands.engine_figures import EngineFigures, read_figures
from spreadscope.contract import (
    ConnectionState,
    Level,
    LogLevel,
    LogLevelBody,
    LogSetting,
    PaperAccount,
    Status,
    SymbolState,
)
from spreadscope.model.errors import ConfigError

_START = "start one, or name its address with --api"


def run_status(api: str, *, as_json: bool) -> bool:
    """Print how an engine is. Returns whether it is well. Raises ``ConfigError`` where none answers."""
    try:
        with Client(api) as client:
            found = read_figures(client)
    except (ApiRequestError, EngineDownError) as error:
        raise ConfigError(f"{error}: {_START}") from None
    if as_json:
        print_json(
            {
                "api": found.api,
                "well": found.well,
                "ready": found.readiness.ready,
                "reasons": found.readiness.reasons,
                "status": found.status,
                "accounts": found.accounts,
            }
        )
    else:
        console = table_console()
        for line in status_lines(found):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    return found.well


def status_lines(found: EngineFigures) -> list[str]:
    """Returns one screen of text."""
    status = found.status
    state = "well" if found.well else "not well"
    demo = "DEMO, not a market: " if status.demo else ""
    return [
        f"{state}: engine {status.version} at {found.api}, running for {_span(status.now - status.started)}",
        f"  data      {demo}{status.source or 'the exchange has not answered yet'}; {status.data}",
        *(f"  not ready {reason}" for reason in found.reasons()),
        *(f"  {'FAULT' if alarm.level is Level.ERROR else 'warning':<9} {alarm.message}" for alarm in status.alarms),
        *_market_lines(status),
        *_account_lines(found.accounts),
    ]


def _market_lines(status: Status) -> list[str]:
    connected = sum(each.state is ConnectionState.CONNECTED for each in status.connections)
    well = sum(each.state in {SymbolState.OK, SymbolState.QUIET} for each in status.symbols)
    reconnects = sum(each.reconnects for each in status.connections)
    lags = [each.lag_ms for each in status.symbols if each.lag_ms is not None]
    lag = f", lag {max(lags):.0f} ms at most" if lags else ""
    holes, missing = sum(each.open_gaps for each in status.symbols), sum(each.missing for each in status.symbols)
    queue, rates = status.queue, status.rates
    market = f"market at {_time(status.market_time)}" if status.market_time else "no trade yet"
    weights = ", ".join(f"{each.name} {each.rest.weight_used} of {each.rest.weight_limit}" for each in status.venues)
    alerts = status.alerts
    lines = {
        "market": f"{market}; {rates.messages_per_second:,.0f} messages/s, {rates.trades_per_second:,.0f} trades/s",
        "streams": f"{connected} of {len(status.connections)} connections up, {reconnects} reconnects;"
        f" {well} of {len(status.symbols)} symbols well{lag}",
        "holes": f"{holes} open, {missing} trades missing",
        "queue": f"{queue.events:,} events, {queue.store:,} rows ({queue.store_bytes / 2**20:.1f} MiB) for the disk;"
        f" event loop {status.loop_lag_ms:.0f} ms late",
        "REST": f"weight of this minute: {weights}",
        "pairs": str(len(status.pairs)),
        "alerts": f"{alerts.rules} rules, {alerts.firing} firing; {alerts.channels.configured} channels,"
        f" {alerts.channels.waiting} messages wait, {alerts.channels.dead} were given up",
    }
    return [f"  {name:<9} {words}" for name, words in lines.items()]


def _account_lines(accounts: list[PaperAccount]) -> list[str]:
    lines = []
    for each in accounts:
        kill = f"; kill switch pulled: {each.kill.reason}" if each.kill is not None else ""
        lines.append(
            f"  paper     {each.name}: equity {each.equity:,.2f} USDT, today {each.day_result:+,.2f},"
            f" {each.open_trades} open trades{kill}"
        )
    return lines


def run_log_level(api: str, level: LogLevel | None, minutes: int | None, *, as_json: bool) -> None:
    """Show the level of an engine's log, or change it. Raises ``ConfigError``."""
    try:
        with Client(api) as client:
            found = client.log_setting() if level is None else client.set_log_level(LogLevelBody(level, minutes))
    except (ApiRequestError, EngineDownError) as error:
        raise ConfigError(f"{error}: {_START}" if isinstance(error, EngineDownError) else str(error)) from None
    if as_json:
        print_json(found)
    else:
        table_console().print(_setting_words(found), highlight=False)


def _setting_words(found: LogSetting) -> str:
    if found.until is not None:
        return f"the engine logs from {found.level} on until {_time(found.until)} UTC, then from {found.usual} on"
    if found.level is not found.usual:
        return f"the engine logs from {found.level} on until it ends; it was started with {found.usual}"
    return f"the engine logs from {found.level} on"


def _time(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1e3, UTC):%Y-%m-%d %H:%M:%S}"


def _span(milliseconds: int) -> str:
    """Returns a time in words.

    >>> _span(59_000), _span(3_700_000), _span(200_000_000)
    ('59 s', '1 h 1 min', '2 d 7 h')
    """
    seconds = milliseconds // 1_000
    for unit, size, below, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= size:
            return f"{seconds // size} {unit} {seconds % size // part} {below}"
    return f"{seconds} s"
