"""A statement adds up line by line, and its words are its figures."""

from __future__ import annotations

import msgspec
import pytest

from spreadscope.contract import Statement
from spreadscope.contract.backtest_words import money
from spreadscope.contract.statement_words import (
    BOOK_NAMES,
    EQUITY_COLUMNS,
    PAIR_COLUMNS,
    TRADE_COLUMNS,
    equity_rows,
    notes,
    pair_rows,
    period,
    title,
    trade_rows,
    wallet_rows,
)
from tests.support.paper_market import PAIR
from tests.support.statements import statement_in


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> Statement:
    return statement_in(tmp_path_factory.mktemp("statement"))


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
