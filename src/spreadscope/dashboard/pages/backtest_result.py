"""The result of a backtest on the page: the answer in words, figures, curves, variations, trades, and downloads."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd  # type: ignore[import-untyped]  # Streamlit's own tables are made of it
import streamlit as st

from spreadscope.contract import BacktestReport
from spreadscope.contract.backtest_words import (
    TRADE_COLUMNS,
    VARIATION_COLUMNS,
    benchmark_rows,
    check_lines,
    figure_rows,
    money,
    money_rows,
    period_words,
    placebo_line,
    trade_cells,
    trial_lines,
    utc,
    variation_rows,
)
from spreadscope.dashboard import downloads
from spreadscope.dashboard.code_component import code_component
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.text import escape, sentence, with_minus_signs

_BENCHMARK_COLUMNS = ("compared with", "total return", "Sharpe", "drawdown")
_WALK_COLUMNS = ("traded from (UTC)", "to", "chosen", "net in formation", "trades", "gross", "net")
_TALL = 420
_MANY = 12


def show(job_id: str, report: BacktestReport) -> None:
    """Draw a result."""
    figures = report.figures
    answer = f"{figures.trades} trades, net {money(figures.parts.net)} USDT: {figures.verdict}"
    box = st.success if figures.significant and figures.parts.net > 0 else st.info
    box(f"**{_words(answer)}**")
    mark = "DEMO, no market · " if report.demo else ""
    st.caption(escape(f"{mark}{report.title} · {utc(report.first)} to {utc(report.last)} UTC · {report.fidelity}"))
    for fault in report.faults:
        st.error(escape(sentence(f"a fault of the program: {fault}")))
    left, right = st.columns([2, 3], gap="large")
    with left:
        _table(("part of the result", "USDT"), money_rows(figures.parts), "backtest-money")
        _table(_BENCHMARK_COLUMNS, benchmark_rows(report), "backtest-benchmarks")
    with right:
        _table(("figure", "value", "95% interval"), figure_rows(figures), "backtest-figures")
        st.caption(_words(period_words(figures)))
    _show_curves(report)
    _show_variations(report)
    _show_walk_forward(report)
    _show_basis(report)
    _show_trades(report)
    _show_downloads(job_id, report)


def _show_curves(report: BacktestReport) -> None:
    times = pd.to_datetime(list(report.equity.times), unit="ms", utc=True)
    cash = report.equity.equity[0] if report.equity.equity else 0.0
    # From 0 on: beside the cash the result would be a flat line.
    curves = pd.DataFrame({"result so far, USDT": [value - cash for value in report.equity.equity]}, index=times)
    falls = pd.DataFrame({"below the high, %": [100 * fall for fall in report.equity.drawdown]}, index=times)
    st.line_chart(curves, height=260)
    st.area_chart(falls, height=130, color="#d0473f")


def _show_variations(report: BacktestReport) -> None:
    if not report.variations:
        return
    st.markdown("**Variations**")
    _table(VARIATION_COLUMNS, variation_rows(report.variations), "backtest-variations")
    for line in (*trial_lines(report), placebo_line(report), *(f"left out: {each}" for each in report.left_out)):
        if line:
            st.markdown(f"- {_words(line)}")


def _show_walk_forward(report: BacktestReport) -> None:
    walked = report.walk_forward
    if walked is None:
        return
    st.markdown("**Walk-forward**")
    rows = [
        (
            utc(each.traded_from)[:16], utc(each.traded_to)[:16], each.chosen, money(each.formation_net),
            str(each.trades), money(each.gross), money(each.net),
        )
        for each in walked.windows
    ]  # fmt: skip
    _table(_WALK_COLUMNS, rows, "backtest-walk")
    st.caption(_words(walked.words))


def _show_basis(report: BacktestReport) -> None:
    for line in check_lines(report):
        st.markdown(f"- {_words(line)}")
    with st.expander("What it assumes, what was refused, and how to make it again"):
        st.markdown("\n".join(f"- {_words(each)}" for each in report.assumptions))
        refused = ", ".join(f"{rule} {count}" for rule, count in sorted(report.refused.items())) or "none"
        st.markdown(f"Signals that were refused: {_words(refused)}")
        if report.settings:
            changed = ", ".join(f"{key} = {value}" for key, value in report.settings.items())
            st.markdown(f"Settings that are not their defaults: {escape(changed)}")
        code_component(report.command, "backtest-command")
        versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
        st.caption(escape(f"hash {report.hash} · {versions} · {report.seconds:g} s"))


def _show_trades(report: BacktestReport) -> None:
    if not report.trades:
        return
    st.markdown("**Trades**")
    _table(TRADE_COLUMNS, [trade_cells(trade) for trade in report.trades], "backtest-trades")
    if report.figures.trades > len(report.trades):
        st.caption(f"The first {len(report.trades):,} of {report.figures.trades:,} trades; the CSV has all.")


def _show_downloads(job_id: str, report: BacktestReport) -> None:
    base = base_path()
    links = [
        f"[{words}]({downloads.job_link(base, job_id, name)})"
        for words, name in (
            ("report, HTML", "backtest.html"), ("report, PDF", "backtest.pdf"), ("trades, CSV", "trades.csv"),
            ("report, JSON", "backtest.json"),
        )
    ]  # fmt: skip
    st.markdown(f"All {report.figures.trades:,} trades and the report: {' · '.join(links)}")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], key: str) -> None:
    frame = pd.DataFrame([[with_minus_signs(cell) for cell in row] for row in rows], columns=list(columns))
    st.dataframe(frame, hide_index=True, key=key, height=_TALL if len(rows) > _MANY + 6 else "content")


def _words(text: str) -> str:
    return escape(with_minus_signs(text))
