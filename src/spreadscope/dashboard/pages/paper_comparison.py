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


class TradedSignals(NamedTuple):
    """A pair at a timeframe, of which signals are traded."""

    pair: str
    timeframe: Timeframe

    def __str__(self) -> str:
        return f"{self.pair} at {self.timeframe}"


class BesideBacktest(NamedTuple):
    """The closed trades of an account beside those of its backtest. ``both`` counts those that are in the two.

    A backtest closes what is open at its end: those that are ``open`` on the account are not counted in it.
    """

    rows: list[TableRow]
    both: int
    account: int
    backtest: int
    open: int


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
        trades = [trade for trade in (*closed, *client.paper_trades(account.name)) if _is_of(trade, subject)]
    _show_result(account, subject, trades, report)


def compared(trades: Sequence[PaperTrade], report: BacktestReport, timeframe: Timeframe) -> BesideBacktest:
    """Compare trades of signals with a backtest; two are the same that were decided on the same bar and side."""
    in_time = [trade for trade in trades if report.first <= trade.decided <= report.last]
    of_account = [trade for trade in in_time if trade.closed is not None]
    left = list(report.trades)
    same = [_take_same(trade, left, timeframe) for trade in of_account]
    still_open = [_take_same(trade, left, timeframe) for trade in in_time if trade.closed is None]
    of_backtest = [*filter(None, same), *left]
    parts = [trade.parts for trade in of_account]
    theirs = [trade.parts for trade in of_backtest]
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
    both = sum(each is not None for each in same)
    return BesideBacktest(rows, both, len(of_account), len(of_backtest), sum(each is not None for each in still_open))


def _show_result(
    account: PaperAccount, subject: TradedSignals, trades: Sequence[PaperTrade], report: BacktestReport
) -> None:
    found = compared(trades, report, subject.timeframe)
    paper_tables.show(found.rows, paper_tables.COMPARED, "paper-compared", "Nothing was traded in this time.")
    st.markdown(f"**{_words(found)}**")
    st.caption(
        escape(
            f"{subject} on {account.name}, {utc(report.first)[:16]} to {utc(report.last)[:16]} UTC."
            f" {sentence(report.fidelity)} A trade is the same that was decided on the same bar and side."
        )
    )
    if len(trades) >= MOST_TRADES:
        st.caption(f"Of the account the newest {MOST_TRADES} trades are compared.")


def _words(found: BesideBacktest) -> str:
    are = "1 trade is the same" if found.both == 1 else f"{found.both} trades are the same"
    told = (
        f"{are}. The account closed {found.account}, {found.account - found.both} of them not in the backtest;"
        f" the backtest closed {found.backtest}, {found.backtest - found.both} of them not on the account."
    )
    return f"{told} Still open on the account, and not counted: {found.open}." if found.open else told


def _begin(account: PaperAccount, subject: TradedSignals) -> None:
    settings = account.settings
    body = BacktestBody(
        pairs=(subject.pair,), timeframe=subject.timeframe, start=account.opened, notional=settings.notional,
        cash=settings.cash, execution=settings.execution, taker_bps=settings.taker_fee_bps,
        maker_bps=settings.maker_fee_bps, latency_ms=settings.latency_ms, costs=(), latencies=(),
    )  # fmt: skip
    with collecting_notices(), engine() as client:
        _jobs()[account.name, subject] = client.start_backtest(body).id


def _subjects(account: PaperAccount, closed: Sequence[PaperTrade]) -> list[TradedSignals]:
    found = [TradedSignals(mode.pair, mode.timeframe) for mode in account.modes]
    found += [TradedSignals(trade.pair, trade.timeframe) for trade in closed if trade.origin is TradeOrigin.SIGNAL]
    return list(dict.fromkeys(found))


def _is_of(trade: PaperTrade, subject: TradedSignals) -> bool:
    return (trade.pair, trade.timeframe) == subject and trade.origin is TradeOrigin.SIGNAL


def _take_same(trade: PaperTrade, left: list[BacktestTrade], timeframe: Timeframe) -> BacktestTrade | None:
    """Take the same trade out of those that are left. Returns it; None where there is none."""
    for other in left:
        if trade.side == other.side and abs(trade.decided - other.decided) < timeframe.milliseconds:
            left.remove(other)
            return other
    return None


def _jobs() -> dict[tuple[str, TradedSignals], str]:
    jobs: dict[tuple[str, TradedSignals], str] = st.session_state.setdefault(_JOBS, {})
    return jobs
