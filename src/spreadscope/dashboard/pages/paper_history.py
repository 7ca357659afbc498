"""What lies below an account, one part at a time: equity, results, trades, decisions, fills, ledger and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.contract import ExportKind, LimitState, Outcome, PairResult, PaperAccount, TradingLimit
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.downloads import link
from spreadscope.dashboard.figures import TableRow, fixed_text
from spreadscope.dashboard.pages import paper_charts, paper_comparison, paper_statement, paper_tables, waiting
from spreadscope.dashboard.pages.paper_charts import DAY_MS
from spreadscope.dashboard.text import escape

ROWS = 500
REFRESH_SECONDS = 60
RANGES = {"1 day": (DAY_MS, 1), "1 week": (7 * DAY_MS, 10), "1 month": (30 * DAY_MS, 60), "All": (0, 1_440)}
"""The length of what is shown, and the minutes between two points of the curve; so that there are 1,440 at most."""
DAY_MINUTES = 1_440
MOST_POINTS = 1_440
ALL = "all"
LIMIT_STATES = {
    LimitState.OFF: "no limit is set", LimitState.OK: "within", LimitState.NEAR: "near", LimitState.BROKEN: "broken",
}  # fmt: skip


def show(account: PaperAccount, accounts: Sequence[PaperAccount]) -> None:
    """Draw the part that is chosen. It is drawn again when the browser is told of something new."""
    parts: dict[str, Callable[[PaperAccount], None]] = {
        "Equity": _equity,
        "By pair": _by_pair,
        "Closed trades": _closed,
        "Decisions": _decisions,
        "Fills": _fills,
        "Ledger": _ledger,
        "Statement": paper_statement.show,
        "Backtest": paper_comparison.show,
        "Limits": _limits,
    }
    if len(accounts) > 1:
        parts["Accounts"] = partial(_accounts, accounts)
    chosen = st.segmented_control(
        "Part", list(parts), default="Equity", key="portfolio-part", required=True, label_visibility="collapsed"
    )
    try:
        parts[str(chosen)](account)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)


@st.fragment(run_every=REFRESH_SECONDS)
def _equity(account: PaperAccount) -> None:
    chosen = st.segmented_control(
        "Range", list(RANGES), default="1 day", key="equity-range", required=True, label_visibility="collapsed"
    )
    length, minutes = RANGES[str(chosen)]
    try:
        with engine() as client:
            now = client.status().market_time or account.time
            start = max(0, now - length) if length else 0
            points = client.paper_equity(account.name, start=start, minutes=minutes, limit=MOST_POINTS)
            days = client.paper_equity(account.name, minutes=DAY_MINUTES, limit=MOST_POINTS)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    cash = account.settings.cash
    if len(points) < 2:
        st.caption("The curve begins with the second full minute of the account.")
    else:
        st.echarts_chart(
            paper_charts.equity_chart(points, cash), height=390, key="equity-chart",
            alt=f"Equity of {account.name}, now {fixed_text(points[-1].equity, 2)} USDT of paper, beside its cash.",
        )  # fmt: skip
    if days:
        st.markdown("**Results by day (UTC), USDT, paper**")
        results = paper_charts.daily_results(days, cash)
        st.echarts_chart(
            paper_charts.calendar_chart(results), height=170, key="day-calendar",
            alt=f"A calendar of the results of {len(results)} days.",
        )  # fmt: skip
        st.caption(days_text(results))
    _download(account, ExportKind.EQUITY, "A point a minute.")


def days_text(results: dict[str, float]) -> str:
    """Returns how many days there are, the best and the worst.

    >>> days_text({"2026-01-01": -3.5, "2026-01-02": 2.0})
    '2 days; the best is 2026-01-02 with +2.00, the worst 2026-01-01 with −3.50.'
    """
    best, worst = max(results, key=results.__getitem__), min(results, key=results.__getitem__)
    texts = {day: f"{day} with {fixed_text(results[day], 2, sign=True)}" for day in (best, worst)}
    if len(results) == 1:
        return f"1 day: {texts[best]}."
    return f"{len(results)} days; the best is {texts[best]}, the worst {texts[worst]}."


def _by_pair(account: PaperAccount) -> None:
    rows = _rows(lambda client: paper_tables.pair_rows(client.paper_pair_results(account.name)))
    paper_tables.show(rows, paper_tables.BY_PAIR, "paper-by-pair", "No pair has been traded yet.")


def _closed(account: PaperAccount) -> None:
    rows = _rows(lambda client: paper_tables.closed_rows(client.closed_paper_trades(account.name, limit=ROWS)))
    paper_tables.show(rows, paper_tables.CLOSED, "paper-closed", "No trade was closed yet.")
    _download(account, ExportKind.PAIR_TRADES, _newest(len(rows)))


def _decisions(account: PaperAccount) -> None:
    with engine() as client:
        decisions = client.paper_decisions(account.name, limit=ROWS)
    if decisions:
        bar = st.container(horizontal=True)
        outcome = bar.selectbox("Outcome", [ALL, *Outcome], key="decisions-outcome", width=160)
        pairs = sorted({each.pair for each in decisions})
        pair = bar.selectbox("Pair", [ALL, *pairs], key="decisions-pair", width=240)
        rules = sorted({each.rule for each in decisions if each.rule})
        rule = bar.selectbox("Rule", [ALL, *rules], key="decisions-rule", width=240)
        decisions = [
            each
            for each in decisions
            if outcome in {ALL, each.outcome} and pair in {ALL, each.pair} and rule in {ALL, each.rule}
        ]
    rows = paper_tables.decision_rows(decisions)
    paper_tables.show(rows, paper_tables.DECISIONS, "paper-decisions", "No signal or request that fits, so far.")
    _download(account, ExportKind.DECISIONS, _newest(len(rows)))


def _fills(account: PaperAccount) -> None:
    rows = _rows(lambda client: paper_tables.fill_rows(client.paper_fills(account.name, limit=ROWS)))
    paper_tables.show(rows, paper_tables.FILLS, "paper-fills", "Nothing was filled yet.")
    if rows:
        st.caption(
            "Slippage is against the mid when the order was decided: half-spread, impact beyond best, and delay."
        )
    _download(account, ExportKind.FILLS, _newest(len(rows)))


def _ledger(account: PaperAccount) -> None:
    rows = _rows(lambda client: paper_tables.ledger_rows(client.paper_ledger(account.name, limit=ROWS)))
    paper_tables.show(rows, paper_tables.LEDGER, "paper-ledger", "Nothing was booked yet.")
    _download(account, ExportKind.MONEY, _newest(len(rows)))


def _accounts(accounts: Sequence[PaperAccount], account: PaperAccount) -> None:
    """Draw all accounts side by side, and in what their settings differ from the chosen one's."""
    results = {each.name: _results(each.name) for each in accounts}
    rows = paper_tables.account_rows(account, accounts, results)
    paper_tables.show(rows, paper_tables.ACCOUNTS, "paper-accounts", "There is no account.")
    st.caption(
        f"Settings are told where they differ from those of {escape(account.name)}. Results are since each account was"
        " opened: accounts of unlike age saw other signals."
    )


def _results(account: str) -> list[PairResult]:
    with engine() as client:
        return client.paper_pair_results(account)


def _limits(account: PaperAccount) -> None:
    rows = _rows(lambda client: [_limit_row(each) for each in client.paper_limits(account.name)])
    paper_tables.show(rows, paper_tables.TableColumns({}), "paper-limits", "This account has no limits.")
    st.markdown("**Kill switch**")
    kills = _rows(lambda client: paper_tables.kill_rows(client.paper_kills(account.name)))
    paper_tables.show(kills, paper_tables.KILLS, "paper-kills", "It was never pulled.")


def _limit_row(limit: TradingLimit) -> TableRow:
    unit = limit.unit if limit.unit.startswith(("%", "×")) else f" {limit.unit}".rstrip()
    decimals = 2 if limit.unit else 0
    return {
        "limit": limit.name,
        "now": f"{fixed_text(limit.value, decimals)}{unit if limit.value is not None else ''}",
        "allowed": f"{fixed_text(limit.limit, decimals)}{unit}" if limit.limit else "any",
        "used": "–" if limit.share is None else f"{fixed_text(100 * limit.share, 0)}%",
        "state": LIMIT_STATES[limit.state],
    }


def _rows(read: Callable[[Client], list[TableRow]]) -> list[TableRow]:
    with engine() as client:
        return read(client)


def _newest(count: int) -> str:
    if not count:
        return ""
    if count == ROWS:
        return f"The newest {ROWS}; the download holds all."
    return "1 row." if count == 1 else f"{count} rows, newest first."


def _download(account: PaperAccount, kind: ExportKind, words: str) -> None:
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption(words)
    address = link(str(kind), base_path(), account=account.name, format="csv")
    right.link_button("Download as CSV", address, width="stretch", key=f"download-{kind}")
