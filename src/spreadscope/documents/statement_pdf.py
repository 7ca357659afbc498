"""A statement of a paper account as a PDF document of A4 pages."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable, Paragraph

from spreadscope.contract import Statement
from spreadscope.contract.statement_words import (
    EQUITY_COLUMNS,
    PAIR_COLUMNS,
    PAPER,
    TRADE_COLUMNS,
    WORD_COLUMNS,
    equity_rows,
    notes,
    pair_rows,
    period,
    title,
    trade_rows,
    wallet_rows,
)
from spreadscope.documents.pdf_layout import heading, lines, markup, pdf, style, table


def statement_pdf(statement: Statement) -> bytes:
    """Returns the document. The same statement gives the same bytes."""
    return pdf(title(statement), statement.version, _parts(statement))


def _parts(statement: Statement) -> list[Flowable]:
    parts: list[Flowable] = [Paragraph(markup(title(statement)), style(15, bold=True))]
    parts += lines([period(statement)])
    parts += lines([PAPER, *(["DEMO DATA, not a market."] if statement.demo else [])], bold=True)
    parts += _section("Wallet", ("", "USDT"), wallet_rows(statement), last=True)
    parts += _section("Equity", EQUITY_COLUMNS, equity_rows(statement))
    parts += _section("By pair: what came into the wallet", PAIR_COLUMNS, pair_rows(statement), last=True)
    trades = trade_rows(statement)
    if trades:
        parts += _section("Trades that were closed", TRADE_COLUMNS, trades)
    else:
        parts += [heading("Trades that were closed"), *lines(["None in this time."])]
    return [*parts, heading("Notes"), *lines(notes(statement))]


def _section(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, last: bool = False) -> list[Flowable]:
    right = [column not in WORD_COLUMNS for column in columns]
    return [heading(name), table(columns, rows, right, last=last)]
