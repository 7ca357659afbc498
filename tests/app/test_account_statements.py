"""A statement adds up line by line, in words and in the PDF."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from pypdf import PdfReader

from spreadscope.app.account_statements import statement_of
from spreadscope.app.statement_pdf import statement_pdf
from spreadscope.contract import Statement
from spreadscope.contract.backtest_words import money
from spreadscope.contract.statement_words import (
    BOOK_NAMES,
    EQUITY_COLUMNS,
    PAIR_COLUMNS,
    PAPER,
    TRADE_COLUMNS,
    equity_rows,
    notes,
    pair_rows,
    period,
    title,
    trade_rows,
    wallet_rows,
)
from spreadscope.store.directory import DATABASE
from spreadscope.store.statement_reader import read_statement
from tests.support.paper_market import ACCOUNT, PAIR, START
from tests.support.traded_market import stored, traded_market

DAY = 86_400_000


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> Statement:
    data = stored(traded_market(), tmp_path_factory.mktemp("statement"))
    start, end = START - 1, START + DAY
    sums = read_statement(data / DATABASE, ACCOUNT, start, end, most_trades=100)
    return statement_of(sums, ACCOUNT, start, end, made=end, demo=False)


def pages(document: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(document)).pages]


def test_every_sum_adds_up_exactly(statement: Statement) -> None:
    books = statement.books
    assert statement.wallet_start + books.total == statement.wallet_end
    assert books.total == books.deposits + books.realised + books.fees + books.funding + books.liquidation
    assert books.deposits > 0
    assert books.fees < 0
    for name in BOOK_NAMES:
        assert sum(getattr(pair.books, name) for pair in statement.pairs) == getattr(books, name)
    of_account, of_pair = statement.pairs
    assert (of_account.pair, of_pair.pair) == ("", str(PAIR))
    assert of_account.books.total == of_account.books.deposits == books.deposits
    assert of_pair.closed == len(statement.trades) == 3
    for trade in statement.trades:
        assert trade.net == trade.gross - trade.costs
    assert statement.problems == ()


def test_words_are_the_figures(statement: Statement) -> None:
    assert title(statement) == "Statement of the paper account paper"
    assert period(statement).startswith("2023-11-14 22:14:59 to 2023-11-15 22:15:00 UTC")
    wallet = {row[0]: row[1] for row in wallet_rows(statement)}
    assert wallet["wallet at the end"] == money(statement.wallet_end)
    assert wallet["fees"] == money(statement.books.fees)
    rows = pair_rows(statement)
    assert [row[0] for row in rows] == ["the account itself", str(PAIR), "all"]
    assert all(len(row) == len(PAIR_COLUMNS) for row in rows)
    assert rows[-1][-1] == money(statement.books.total)
    assert all(len(row) == len(TRADE_COLUMNS) for row in trade_rows(statement))
    opening, closing = equity_rows(statement)
    assert opening == ("start", "–", "–", "no equity was noted before")
    assert len(closing) == len(EQUITY_COLUMNS)
    assert any("agree with the ledger to the last digit" in note for note in notes(statement))


def test_what_is_wrong_or_left_out_is_told(statement: Statement) -> None:
    changed = msgspec.structs.replace(statement, problems=("its book fees has 1",), trades_left_out=7, entries=0)
    told = notes(changed)
    assert "DOES NOT ADD UP: its book fees has 1." in told
    assert "7 earlier trades are in the sums, and not listed." in told
    assert "The ledger has no entry in this time." in told
    assert not any("agree" in note for note in told)
    text = "".join(pages(statement_pdf(msgspec.structs.replace(changed, demo=True))))
    assert "DOES NOT ADD UP" in text
    assert "DEMO DATA, not a market." in text


def test_the_document_holds_every_figure(statement: Statement) -> None:
    found = pages(statement_pdf(statement))
    text = "".join(found)
    assert title(statement) in text
    assert PAPER in text
    for row in (*wallet_rows(statement), *pair_rows(statement), *equity_rows(statement)):
        for cell in row:
            assert cell in text
    for trade in statement.trades:
        assert money(trade.net) in text
    assert f"page 1 of {len(found)}" in text
    assert "DEMO" not in text


def test_the_same_statement_gives_the_same_bytes(statement: Statement) -> None:
    assert statement_pdf(statement) == statement_pdf(statement)


def test_a_long_list_goes_over_pages_with_its_head(statement: Statement) -> None:
    trades = tuple(msgspec.structs.replace(statement.trades[0], id=number) for number in range(400))
    found = pages(statement_pdf(msgspec.structs.replace(statement, trades=trades)))
    assert len(found) > 5
    for number, text in enumerate(found, 1):
        assert f"page {number} of {len(found)}" in text
    assert all("closed (UTC)" in text for text in found[:-1])


def test_names_in_any_script_and_with_markup_are_text(statement: Statement) -> None:
    odd = msgspec.structs.replace(statement.pairs[1], pair="币安人生USDT/<b>&amp;USDT")
    joined = "".join(pages(statement_pdf(msgspec.structs.replace(statement, pairs=(odd,))))).replace("\n", "")
    assert "\\u5e01\\u5b89\\u4eba\\u751fUSDT" in joined
    assert "<b>&amp;USDT" in joined


def test_without_a_trade_it_says_so(statement: Statement, tmp_path: Path) -> None:
    document = statement_pdf(msgspec.structs.replace(statement, trades=(), pairs=()))
    (tmp_path / "statement.pdf").write_bytes(document)
    assert "None in this time." in "".join(pages(document))
