"""The PDF of a backtest says what the report holds, and the HTML needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest

from spreadscope.contract import BacktestReport
from spreadscope.contract.backtest_words import benchmark_rows, check_lines, figure_rows, money, money_rows, trial_lines
from spreadscope.documents.backtest_html import html_of
from spreadscope.documents.backtest_pdf import backtest_pdf
from spreadscope.documents.pdf_layout import shown
from spreadscope.replay.backtest_run import run_backtest
from tests.replay.backtest_market import body, market
from tests.support.statements import pages


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> BacktestReport:
    _, config = market(tmp_path_factory.mktemp("report") / "store")
    asked = body(costs=(0.0, 1.0), grid=("signals.entry=1.5",), check=True, formation_hours=0.5, trading_hours=0.5)
    return run_backtest(config.data, config, asked, lambda *_: None).report


def text_of(document: bytes) -> str:
    """The words of a document: lines that were broken are one again."""
    return re.sub(r"\s+", " ", " ".join(pages(document)))


def printed(text: str) -> str:
    return re.sub(r"\s+", " ", shown(text))


def test_the_document_holds_every_figure_and_sentence(report: BacktestReport) -> None:
    text = text_of(backtest_pdf(report, report.trades))
    told = [*report.assumptions, *check_lines(report), *trial_lines(report), report.hash, report.command]
    assert [each for each in told if printed(each).replace(" ", "") not in text.replace(" ", "")] == []
    for row in (*money_rows(report.figures.parts), *figure_rows(report.figures), *benchmark_rows(report)):
        for cell in row:
            assert printed(re.sub(r"^-", "−", cell)).replace(" ", "") in text.replace(" ", ""), cell
    for trade in report.trades:
        assert money(trade.parts.net).replace("-", "−") in text
    assert "page 1 of" in text


def test_the_same_report_gives_the_same_bytes(report: BacktestReport) -> None:
    assert backtest_pdf(report, report.trades) == backtest_pdf(report, report.trades)


def test_a_demo_a_fault_and_markup_are_told_as_text(report: BacktestReport) -> None:
    bad = "<script>alert(1)</script>"
    odd = msgspec.structs.replace(report, demo=True, source=bad, faults=(bad,), title=f"牛/{bad}", left_out=(bad,))
    text = text_of(backtest_pdf(odd, ()))
    assert f"DEMO DATA, not a market: {bad}" in text
    assert f"a fault of the program: {bad}" in text
    assert f"left out: {bad}" in text
    assert "\\u725b/<script>" in text
    assert "Trades (0)" in text


def test_of_a_long_table_the_first_thousand_lines_are_printed(report: BacktestReport) -> None:
    trades = [msgspec.structs.replace(report.trades[0], id=number) for number in range(1_003)]
    text = text_of(backtest_pdf(report, trades))
    assert "Trades (1,003)" in text
    assert "The first 1,000 of 1,003: the files of the backtest have all." in text


class Page(HTMLParser):
    """What a document refers to, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "srcset"}]


def test_the_html_needs_nothing_else_and_escapes_all(report: BacktestReport) -> None:
    bad = "<script>alert(1)</script>"
    odd = msgspec.structs.replace(
        report, title=bad, command=bad, assumptions=(bad,), refused={bad: 1}, faults=(bad,), source=bad,
        left_out=(bad,), settings={bad: bad},
        trades=tuple(msgspec.structs.replace(each, note=bad) for each in report.trades),
    )  # fmt: skip
    page = Page()
    text = html_of(odd, odd.trades)
    page.feed(text)
    assert "script" not in page.tags
    assert page.addresses == []
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert "url(" not in text
    assert "@import" not in text
    assert page.tags.count("svg") == 2
    assert "prefers-color-scheme:dark" in text
    assert text.count("&lt;script&gt;") >= 8 + len(report.trades)
    assert report.hash in text
