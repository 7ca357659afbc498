"""The files of a backtest: the report as JSON, HTML and PDF, the trades as CSV."""

from __future__ import annotations

import csv
import io

import msgspec

from spreadscope.contract import BacktestReport
from spreadscope.documents.backtest_html import html_of
from spreadscope.model.trading import UNIT
from spreadscope.replay.backtest_run import BacktestAnswer
from spreadscope.store.labels import Label

_AMOUNTS = ("gross", "spread", "imbalance", "drift", "slippage", "fees", "funding", "liquidation", "net")
COLUMNS = (
    "id", "pair", "side", "decided_ms", "opened_ms", "closed_ms", "z", "beta", "notional_usdt",
    *(f"{name}_usdt" for name in _AMOUNTS), "note",
)  # fmt: skip


def csv_text(answer: BacktestAnswer) -> str:
    """Returns all trades as CSV, amounts in USDT with all of their digits; of a demo, the first line says so."""
    text = io.StringIO()
    if answer.report.demo:
        text.writelines(f"# {line}\n" for line in Label(demo=answer.report.source).lines())
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for trade in answer.trades:
        amounts = [_exact(getattr(trade.parts, name)) for name in _AMOUNTS]
        writer.writerow([
            trade.id, trade.pair, trade.side, trade.decided, trade.opened or "", trade.closed,
            "" if trade.z is None else trade.z, trade.beta, _exact(trade.notional), *amounts, trade.note,
        ])  # fmt: skip
    return text.getvalue()


def html_text(answer: BacktestAnswer) -> str:
    """Returns the report as one HTML file."""
    return html_of(answer.report, answer.trades)


def pdf_bytes(answer: BacktestAnswer) -> bytes:
    """Returns the report as a PDF document."""
    from spreadscope.documents.backtest_pdf import backtest_pdf  # its library takes a while to load

    return backtest_pdf(answer.report, answer.trades)


def json_bytes(report: BacktestReport) -> bytes:
    return msgspec.json.encode(report)


def _exact(units: int) -> str:
    sign = "-" if units < 0 else ""
    return f"{sign}{abs(units) // UNIT}.{abs(units) % UNIT:08d}"
