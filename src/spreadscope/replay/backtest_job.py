"""The job of a backtest, in a worker process: what is asked and the configuration in, report and trades out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from spreadscope.contract import BacktestBody
from spreadscope.model.config import config_from
from spreadscope.model.parameter_layers import ParameterValue, Scope
from spreadscope.replay.backtest_files import csv_text, html_text, json_bytes, pdf_bytes
from spreadscope.replay.backtest_run import run_backtest
from spreadscope.research.job_kinds import PARAMETERS, ReportProgress

REPORT, PAGE, PRINT, TRADES = "backtest.json", "backtest.html", "backtest.pdf", "trades.csv"


class BacktestJob(msgspec.Struct, frozen=True):
    """What ``parameters.json`` holds: the directory of the store, what is asked, the configuration of the core, and the
    parameters that were set above it, by pair and timeframe."""

    data: str
    body: BacktestBody
    config: dict[str, Any]
    layers: tuple[tuple[str, str, dict[str, ParameterValue]], ...] = ()


def run(folder: Path, progress: ReportProgress) -> Sequence[str]:
    """Run the backtest. Returns the names of the files."""
    job = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=BacktestJob)
    layers = [(Scope(pair, timeframe), values) for pair, timeframe, values in job.layers]
    answer = run_backtest(Path(job.data), config_from(job.config), job.body, progress, layers=layers)
    (folder / REPORT).write_bytes(json_bytes(answer.report))
    (folder / PAGE).write_text(html_text(answer), encoding="utf-8")
    (folder / PRINT).write_bytes(pdf_bytes(answer))
    (folder / TRADES).write_text(csv_text(answer), encoding="utf-8")
    return [REPORT, PAGE, PRINT, TRADES]
