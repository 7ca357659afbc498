"""``spreadscope check``: size and power of our decisions."""

from __future__ import annotations

import sys
from dataclasses import asdict

from rich import box
from rich.console import Console
from rich.table import Table

from spreadscope.commands.console import print_json, table_console
from spreadscope.model.errors import SpreadscopeError
from spreadscope.stats.check import CheckRow, run_check


def check(*, seed: int, simulations: int, rows: int, universes: int, as_json: bool) -> None:
    """Measure size and power, print a table, and raise where a bound is broken."""
    measured: list[CheckRow] = []
    status = Console(stderr=True).status("measuring …") if sys.stderr.isatty() and not as_json else None
    if status is not None:
        status.start()
    try:
        for row in run_check(seed=seed, n_sim=simulations, rows=rows, universes=universes):
            measured.append(row)
            if status is not None:
                status.update(f"measured {row.what}, {row.hedge}")
    finally:
        if status is not None:
            status.stop()
    if as_json:
        print_json({"seed": seed, "rows": [asdict(row) for row in measured]})
    else:
        table = Table(
            title=f"Size and power of what the product says (seed {seed}, {simulations} pairs a row)", box=box.SIMPLE
        )
        for name in ("what", "hedge", "rate", "95% interval", "bound", ""):
            table.add_column(
                name, justify="right" if name in {"rate", "95% interval"} else "left", no_wrap=name != "what"
            )
        for row in measured:
            verdict = "" if row.holds is None else "holds" if row.holds else "above"
            interval = f"{row.rate.low:.1%} – {row.rate.high:.1%}"
            table.add_row(row.what, row.hedge, f"{row.rate.rate:.1%}", interval, row.bound, verdict)
        table_console().print(table)
    # A rate may exceed its bound by chance: only an interval above the bound breaks it.
    violated = [row for row in measured if row.holds is False and row.rate.low > float(row.bound.removeprefix("<= "))]
    if violated:
        raise SpreadscopeError(
            f"{violated[0].what} ({violated[0].hedge}) is {violated[0].rate.rate:.1%}, not {violated[0].bound}"
        )
