"""``spreadscope backtest``: runs it, writes the files, and prints one screen."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from spreadscope.commands.console import print_json, print_message, print_result, table_console
from spreadscope.commands.progress_line import ProgressLine
from spreadscope.contract import BacktestBody, BacktestReport
from spreadscope.contract.backtest_words import (
    VARIATION_COLUMNS,
    benchmark_rows,
    check_lines,
    figure_rows,
    money,
    money_rows,
    period_words,
    placebo_line,
    trial_lines,
    utc,
    variation_rows,
)
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.replay.backtest_files import csv_text, html_text, pdf_bytes
from spreadscope.replay.backtest_run import BacktestAnswer, run_backtest

_SHOWN_VARIATIONS = 24


def run_command(
    config: Config, body: BacktestBody, *, config_file: Path | None, out: Path | None, csv: Path | None, as_json: bool
) -> None:
    """Run a backtest over the store of a configuration, write the files that are asked for, and print the answer."""
    for path in (out, csv):
        if path is not None and not path.absolute().parent.is_dir():
            raise StoreError(f"there is no folder {path.absolute().parent}: make it, or write elsewhere")
    with ProgressLine(shown=not as_json) as line:
        answer = run_backtest(config.data, config, body, line.report, config_file=config_file)
    if out is not None:
        _write(out, pdf_bytes(answer) if out.suffix.lower() == ".pdf" else html_text(answer).encode())
    if csv is not None:
        _write(csv, csv_text(answer).encode())
    if as_json:
        print_json(msgspec.to_builtins(answer.report))
        return
    _print(answer, out=out, csv=csv)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from None


def _print(answer: BacktestAnswer, *, out: Path | None, csv: Path | None) -> None:
    report, console = answer.report, table_console()
    figures = report.figures
    if report.demo:
        print_message(f"DEMO DATA, not a market: {report.source}")
    for fault in report.faults:
        print_message(f"a fault of the program: {fault}")
    console.print(
        f"{escape(report.title)}, {utc(report.first)} to {utc(report.last)} UTC:"
        f" {figures.trades} trades, net {money(figures.parts.net)} USDT"
    )
    console.print(escape(figures.verdict))
    sides = Table.grid(padding=(0, 4))
    sides.add_row(_money(report), _figures(report))
    console.print(sides)
    console.print(f"[dim]{escape(period_words(figures))}[/dim]")
    console.print(_benchmarks(report))
    _print_variations(console, report)
    for check in check_lines(report):
        console.print(escape(check))
    refused = ", ".join(f"{rule} {count}" for rule, count in sorted(report.refused.items()))
    console.print(f"signals that were refused: {escape(refused) or 'none'}")
    console.print(f"known of the books: {escape(report.fidelity)}")
    for assumption in report.assumptions:
        console.print(f"[dim]assumed: {escape(assumption)}[/dim]")
    console.print(f"again: {escape(report.command)}", soft_wrap=True)
    print_result(report.hash)
    for path, what in ((out, "the report"), (csv, f"{len(answer.trades)} trades")):
        if path is not None:
            print_message(f"{what}: {path}")


def _money(report: BacktestReport) -> Table:
    table = Table(title="USDT", box=box.SIMPLE, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, amount in money_rows(report.figures.parts):
        table.add_row(name, amount, style="bold" if name in {"gross", "net"} else "")
    return table


def _figures(report: BacktestReport) -> Table:
    table = Table(title="Figures", box=box.SIMPLE, show_header=True)
    for name, justify in (("", "left"), ("value", "right"), ("95% interval", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]  # rich names its three words
    for row in figure_rows(report.figures):
        table.add_row(*map(escape, row))
    return table


def _benchmarks(report: BacktestReport) -> Table:
    table = Table(box=box.SIMPLE)
    for place, name in enumerate(("compared with", "total return", "Sharpe", "drawdown")):
        table.add_column(name, justify="right" if place else "left")
    for row in benchmark_rows(report):
        table.add_row(*map(escape, row))
    return table


def _print_variations(console: Console, report: BacktestReport) -> None:
    if report.variations:
        table = Table(title="Variations", box=box.SIMPLE)
        for place, name in enumerate(VARIATION_COLUMNS):
            table.add_column(name, justify="right" if 2 <= place < 7 else "left")
        for row in variation_rows(report.variations[:_SHOWN_VARIATIONS]):
            table.add_row(*map(escape, row))
        console.print(table)
        more = len(report.variations) - _SHOWN_VARIATIONS
        if more > 0:
            console.print(f"and {more} more: --json and --out have all")
    for line in (*trial_lines(report), placebo_line(report), *(f"left out: {each}" for each in report.left_out[:5])):
        if line:
            console.print(escape(line))
    if report.walk_forward is not None:
        console.print(f"walk-forward: {escape(report.walk_forward.words)}")
