"""A statement of an account that has traded, and the text of a document's pages."""

from __future__ import annotations

import io
from pathlib import Path

from pypdf import PdfReader

from spreadscope.app.account_statements import statement_of
from spreadscope.contract import Statement
from spreadscope.store.directory import DATABASE
from spreadscope.store.statement_reader import read_statement
from tests.support.paper_market import ACCOUNT, START
from tests.support.traded_market import stored, traded_market

_DAY = 86_400_000


def statement_in(folder: Path) -> Statement:
    """The statement of the first day of an account, whose store is made in ``folder``."""
    data = stored(traded_market(), folder)
    start, end = START - 1, START + _DAY
    sums = read_statement(data / DATABASE, ACCOUNT, start, end, most_trades=100)
    return statement_of(sums, ACCOUNT, start, end, made=end, demo=False)


def pages(document: bytes) -> list[str]:
    """The text of each page of a PDF document."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(document)).pages]
