"""``spreadscope check``: size and power of our decisions, in general and at the settings of a configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich import box
from rich.table import Table

from spreadscope.commands.console import print_json, print_result, table_console
from spreadscope.commands.progress_line import ProgressLine
from spreadscope.model.config import Config
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.parameter_layers import PairParameters, ParameterLayers
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.settings_check import SettingsCheck
from spreadscope.stats.check import ROWS_OF_CHECK, CheckRow, run_check
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader

_DEPENDENT = "Rows of one pair are not independent: the intervals of lines about rows and entries are too narrow."
_OWN_SHARE = 5  # of so many pairs one is measured at the settings too, which costs more


def check(
    config: Config,
    *,
    timeframe: Timeframe,
    pair: str,
    seed: int,
    simulations: int,
    rows: int,
    universes: int,
    as_json: bool,
) -> None:
    """Measure size and power, print two tables, and raise where a bound is broken.

    The second table is at the settings of ``config`` and what was set above them, for ``pair`` (empty: for all).
    """
    settings = SettingsCheck(
        _parameters(config, pair, timeframe), timeframe, pairs=max(20, simulations // _OWN_SHARE), seed=seed
    )
    count = ROWS_OF_CHECK + len(settings)
    with ProgressLine(shown=not as_json) as line:

        def measured(found: Iterator[CheckRow], before: int) -> list[CheckRow]:
            made = []
            for row in found:
                made.append(row)
                done = before + len(made)
                line.report(done / count, f"{done} of {count} measured: {row.what}")
            return made

        general = measured(run_check(seed=seed, n_sim=simulations, rows=rows, universes=universes), 0)
        own = measured(settings.rows(), len(general))
    if as_json:
        print_json({"seed": seed, "rows": [asdict(row) for row in general], "settings": [asdict(row) for row in own]})
    else:
        about = f"for {pair} at {timeframe}" if pair else f"at {timeframe}"
        _print(f"Size and power of what the product says (seed {seed}, {simulations} pairs a row)", general)
        _print(f"The same with your settings {about} (seed {seed}, {settings.pairs} pairs a row)", own)
        print_result(_DEPENDENT)
    # A rate may exceed its bound by chance: only an interval above the bound breaks it.
    broken = [
        row for row in (*general, *own) if row.holds is False and row.rate.low > float(row.bound.removeprefix("<= "))
    ]
    if broken:
        raise SpreadscopeError(
            f"{broken[0].what} ({broken[0].hedge}) is {broken[0].rate.rate:.1%}, not {broken[0].bound}"
        )


def _parameters(config: Config, pair: str, timeframe: Timeframe) -> PairParameters:
    """Returns the parameters of a pair: of the configuration, and those of the store above it, where there is one."""
    database = config.data / DATABASE
    layers = StoreReader(database).parameters() if database.exists() else []
    return ParameterLayers(config, layers).of(pair, timeframe)


def _print(title: str, measured: Sequence[CheckRow]) -> None:
    table = Table(title=title, box=box.SIMPLE)
    for name in ("what", "hedge", "rate", "95% interval", "bound", ""):
        table.add_column(name, justify="right" if name in {"rate", "95% interval"} else "left", no_wrap=name != "what")
    for row in measured:
        verdict = "" if row.holds is None else "holds" if row.holds else "above"
        interval = f"{row.rate.low:.1%} – {row.rate.high:.1%}"
        table.add_row(row.what, row.hedge, f"{row.rate.rate:.1%}", interval, row.bound, verdict)
    table_console().print(table)
