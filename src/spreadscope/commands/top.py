"""``spreadscope top``: a running engine on a terminal, drawn anew every second."""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from spreadscope import log_setup
from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.commands.engine_figures import EngineFigures, PairLine, read_figures
from spreadscope.contract import Level, SignalState, Status, SymbolState
from spreadscope.model.errors import ConfigError
from spreadscope.model.timeframe import Timeframe

_SECONDS = 1.0
_ROWS = 12  # of a table; a terminal has 24 lines
_WELL = {SymbolState.OK, SymbolState.QUIET}
_STYLES: dict[str, str] = {SignalState.LONG: "green", SignalState.SHORT: "red"}

Read = Callable[[], EngineFigures]


class TopScreen:
    """What is shown: the newest figures, and since when none come."""

    def __init__(self, api: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._figures: EngineFigures | None = None
        self._read_at = 0.0
        self._problem = ""

    def update(self, read: Read) -> None:
        """Read the figures. Where no engine answers the last ones stay, and the screen says how old they are."""
        try:
            self._figures, self._problem = read(), ""
            self._read_at = self._clock()
        except (ApiRequestError, EngineDownError) as error:
            self._problem = str(error)

    def draw(self) -> RenderableType:
        parts: list[RenderableType] = []
        if self._problem:
            age = f"; what is below is {self._clock() - self._read_at:.0f} s old" if self._figures else ""
            parts.append(Text(log_setup.printable(f"{self._problem}: trying again{age}"), style="bold red"))
        if self._figures is not None:
            parts += figures_on_screen(self._figures)
        elif not self._problem:
            parts.append(Text(f"asking the engine at {self._api} …"))
        parts.append(Text("q or Ctrl-C: leave", style="dim"))
        return Group(*parts)


def figures_on_screen(found: EngineFigures) -> list[RenderableType]:
    """Returns the parts of the screen, none wider than 80 columns."""
    status = found.status
    rates, queue = status.rates, status.queue
    lags = [each.lag_ms for each in status.symbols if each.lag_ms is not None]
    lag = f"{max(lags):.0f} ms" if lags else "—"
    holes, missing = sum(each.open_gaps for each in status.symbols), sum(each.missing for each in status.symbols)
    head = Text(no_wrap=True, overflow="ellipsis")
    head.append("well" if found.well else "NOT WELL", style="bold green" if found.well else "bold red")
    ready = "yes" if found.readiness.ready else "no"
    head.append(f"  {'DEMO  ' if status.demo else ''}{found.api}  {status.version}  ready: {ready}")
    rest = ", ".join(f"{each.rest.weight_used}/{each.rest.weight_limit}" for each in status.venues)
    return [
        head,
        _line(
            f"{rates.messages_per_second:,.0f} msg/s  {rates.trades_per_second:,.0f} trades/s  lag {lag}"
            f"  loop {status.loop_lag_ms:.0f} ms  REST {rest}"
        ),
        _line(
            f"holes {holes} ({missing} missing)  queue {queue.events:,} events, {queue.store:,} rows,"
            f" {queue.store_bytes / 2**20:.1f} MiB"
        ),
        *_trouble(found, status),
        _pairs(found.pairs, status.config.timeframe),
        *_alerts(found),
        *(
            _line(
                f"paper {each.name}: equity {each.equity:,.2f}  today {each.day_result:+,.2f}"
                f"  {each.open_trades} trades{'  KILL SWITCH PULLED' if each.kill is not None else ''}"
            )
            for each in found.accounts[:3]
        ),
    ]


def _trouble(found: EngineFigures, status: Status) -> list[RenderableType]:
    """Returns what is wrong, the worst first."""
    alarms = sorted(status.alarms, key=lambda alarm: alarm.level is not Level.ERROR)
    lines = [(alarm.message, "red" if alarm.level is Level.ERROR else "yellow") for alarm in alarms[:4]]
    lines += [(f"not ready: {reason}", "yellow") for reason in found.reasons()[:2]]
    unwell = [each for each in status.symbols if each.state not in _WELL]
    if unwell:
        names = ", ".join(f"{each.symbol} {each.state}" for each in unwell[:4])
        lines.append((f"symbols: {names}{' …' if len(unwell) > 4 else ''}", "yellow"))
    return [_line(text, style) for text, style in lines]


def _pairs(pairs: list[PairLine], timeframe: Timeframe) -> Table:
    """Returns the table of pairs, those furthest from their mean first."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=False)
    table.add_column(f"pair at {timeframe}", no_wrap=True, overflow="ellipsis", max_width=36)
    for name in ("z", "β", "half-life"):
        table.add_column(name, justify="right", min_width=8)
    table.add_column("state")
    lines = sorted(pairs, key=lambda each: -abs(each.z or 0.0))
    for each in lines[:_ROWS]:
        state = f"{each.state}{' stale' if each.stale else ''}" if each.state else "no bar yet"
        table.add_row(
            each.pair, _number(each.z, "+.2f"), _number(each.beta, ".3f"), _number(each.half_life, ".0f"),
            Text(state, style=_STYLES.get(each.state, "")),
        )  # fmt: skip
    if len(lines) > _ROWS:
        table.add_row(f"and {len(lines) - _ROWS} more", "", "", "", "")
    return table


def _alerts(found: EngineFigures) -> list[RenderableType]:
    firing = [
        f"{rule.name or rule.text} ({each.subject})" for rule in found.rules for each in rule.instances if each.incident
    ]
    rules = found.status.alerts.rules
    if not firing:
        return [_line(f"alerts: none of {rules} rules fires")]
    more = f" and {len(firing) - 3} more" if len(firing) > 3 else ""
    return [_line(f"alerts: {'; '.join(firing[:3])}{more}", "yellow")]


def _number(value: float | None, form: str) -> str:
    return "—" if value is None else format(value, form)


def _line(text: str, style: str = "") -> Text:
    return Text(log_setup.printable(text), style=style, no_wrap=True, overflow="ellipsis")


def run_top(api: str) -> None:
    """Draw until q or Ctrl-C. Raises ``ConfigError`` without a terminal."""
    console = Console()
    if not console.is_terminal or not sys.stdin.isatty():
        raise ConfigError("top draws on a terminal, and here is none: use spreadscope status")
    screen = TopScreen(api)
    with (
        Client(api) as client,
        _keys() as wait,
        Live(screen.draw(), console=console, screen=True, auto_refresh=False) as live,
    ):
        while True:
            screen.update(lambda: read_figures(client))
            live.update(screen.draw(), refresh=True)
            if wait(_SECONDS) == "q":
                return


@contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """Let single keys be read inside: the yielded function waits for one and returns it, empty where none came."""
    import termios
    import tty

    def wait(seconds: float) -> str:
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        return sys.stdin.read(1).lower() if ready else ""

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield wait
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
