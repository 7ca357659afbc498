"""A paper account beside its own backtest: the same signals, time and settings, traded live and traded afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from spreadscope.contract import (
    BacktestBody,
    BacktestReport,
    BacktestTrade,
    PaperAccount,
    PaperTrade,
    Timeframe,
    TradeOrigin,
)
from spreadscope.dashboard.browser_session import collecting_notices, engine
from spreadscope.dashboard.figures import TableRow
from spreadscope.dashboard.pages import job_box, paper_tables
from spreadscope.dashboard.text import escape, sentence, utc

MOST_TRADES = 500
_JOBS = "paper-comparison-jobs"
_UNIT = 1e8


class Subject(NamedTuple):
    """A pair at a timeframe, of which signals are traded."""

    pair: str
    timeframe: Timeframe

    def __str__(self) -> str:
        return f"{self.pair} at {self.timeframe}"


class Comparison(NamedTuple):
    """The trades of an account beside those of its backtest. ``both`` counts those that are in the two."""

    rows: list[TableRow]
    both: int
    account: int
    backtest: int


def show(account: PaperAccount) -> None:
    """Draw the choice of a pair, the job of its backtest, and the two side by side."""
    with engine() as client:
        closed = client.closed_paper_trades(account.name, limit=MOST_TRADES)
    subjects = _subjects(account, closed)
    if not subjects:
        st.caption("No signal of a pair is traded on this account yet: choose what signals do under *Modes*.")
        return
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    names = {str(subject): subject for subject in subjects}
    subject = names[str(bar.selectbox("Signals of", list(names), key="paper-comparison", width=320))]
    bar.button("Backtest it", key="paper-comparison-begin", on_click=_begin, args=(account, subject))
    job_id = _jobs().get((account.name, subject))
    if job_id is None:
        st.caption(
            "A backtest of the same signals from the opening of the account until now, with its size, fees, execution"
            " and latency. What differs then is what a backtest cannot know."
        )
        return
    done = job_box.show(job_id)
    if done is None:
        return
    with engine() as client:
        report = client.backtest_report(done.id)
        closed = client.closed_paper_trades(account.name, pair=subject.pair, limit=MOST_TRADES)
    _show_result(account, subject, [trade for trade in closed if _is_of(trade, subject)], report)


def compared(trades: Sequence[PaperTrade], report: BacktestReport, timeframe: Timeframe) -> Comparison:
    """Compare closed trades of signals with a backtest; two are the same that were decided on the same bar and side."""
    of_account = [trade for trade in trades if report.first <= trade.decided <= report.last]
    left = list(report.trades)
    both = 0
    for trade in of_account:
        same = next((each for each in left if _is_same(trade, each, timeframe)), None)
        if same is not None:
            left.remove(same)
            both += 1
    parts = [trade.parts for trade in of_account]
    theirs = [trade.parts for trade in report.trades]
    rows: list[TableRow] = [
        {
            "USDT": name,
            "account": sign * sum(getattr(each, name) for each in parts),
            "backtest": sign * sum(getattr(each, name) for each in theirs) / _UNIT,
        }
        for name, sign in (
            ("spread", 1), ("imbalance", 1), ("drift", 1), ("slippage", -1), ("fees", -1), ("funding", 1),
            ("liquidation", -1), ("net", 1),
        )
    ]  # fmt: skip
    return Comparison(rows, both, len(of_account), len(report.trades))


def _show_result(account: PaperAccount, subject: Subject, trades: Sequence[PaperTrade], report: BacktestReport) -> None:
    found = compared(trades, report, subject.timeframe)
    paper_tables.show(found.rows, paper_tables.COMPARED, "paper-compared", "Nothing was traded in this time.")
    only_account, only_backtest = found.account - found.both, found.backtest - found.both
    st.markdown(
        f"**Of {found.account} closed trades of the account and {found.backtest} of the backtest, {found.both} are the"
        f" same**; {only_account} are in the account alone, {only_backtest} in the backtest alone."
    )
    st.caption(
        escape(
            f"{subject} on {account.name}, {utc(report.first)[:16]} to {utc(report.last)[:16]} UTC."
            f" {sentence(report.fidelity)} A trade is the same that was decided on the same bar and side."
        )
    )
    if len(trades) >= MOST_TRADES:
        st.caption(f"Of the account the newest {MOST_TRADES} trades are compared.")


def _begin(account: PaperAccount, subject: Subject) -> None:
    settings = account.settings
    body = BacktestBody(
        pairs=(subject.pair,), timeframe=subject.timeframe, start=account.opened, notional=settings.notional,
        cash=settings.cash, execution=settings.execution, taker_bps=settings.taker_fee_bps,
        maker_bps=settings.maker_fee_bps, latency_ms=settings.latency_ms, costs=(), latencies=(),
    )  # fmt: skip
    with collecting_notices(), engine() as client:
        _jobs()[account.name, subject] = client.start_backtest(body).id


def _subjects(account: PaperAccount, closed: Sequence[PaperTrade]) -> list[Subject]:
    found = [Subject(mode.pair, mode.timeframe) for mode in account.modes]
    found += [Subject(trade.pair, trade.timeframe) for trade in closed if trade.origin is TradeOrigin.SIGNAL]
    return list(dict.fromkeys(found))


def _is_of(trade: PaperTrade, subject: Subject) -> bool:
    return (trade.pair, trade.timeframe) == subject and trade.origin is TradeOrigin.SIGNAL


def _is_same(trade: PaperTrade, other: BacktestTrade, timeframe: Timeframe) -> bool:
    return trade.side == other.side and abs(trade.decided - other.decided) < timeframe.milliseconds


def _jobs() -> dict[tuple[str, Subject], str]:
    jobs: dict[tuple[str, Subject], str] = st.session_state.setdefault(_JOBS, {})
    return jobs
