"""The PDF of a statement holds every figure of it, over as many pages as it takes."""

from __future__ import annotations

import msgspec
import pytest

from spreadscope.contract import Statement
from spreadscope.contract.backtest_words import money
from spreadscope.contract.statement_words import PAPER, equity_rows, pair_rows, title, wallet_rows
from spreadscope.documents.statement_pdf import statement_pdf
from tests.support.statements import pages, statement_in


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> Statement:
    return statement_in(tmp_path_factory.mktemp("statement"))


def test_what_is_wrong_and_a_demo_are_told(statement: Statement) -> None:
    changed = msgspec.structs.replace(statement, problems=("its book fees has 1",), demo=True)
    text = "".join(pages(statement_pdf(changed)))
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


def test_without_a_trade_it_says_so(statement: Statement) -> None:
    document = statement_pdf(msgspec.structs.replace(statement, trades=(), pairs=()))
    assert "None in this time." in "".join(pages(document))
