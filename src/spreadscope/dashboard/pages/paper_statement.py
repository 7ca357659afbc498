"""The statement of a paper account: what came into its wallet in some days, and what left it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from spreadscope.contract import PaperAccount
from spreadscope.contract.backtest_words import Rows
from spreadscope.contract.statement_words import (
    EQUITY_COLUMNS,
    PAIR_COLUMNS,
    TRADE_COLUMNS,
    WORD_COLUMNS,
    equity_rows,
    notes,
    pair_rows,
    period,
    trade_rows,
    wallet_rows,
)
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.downloads import STATEMENT, link
from spreadscope.dashboard.text import escape

_DAY = timedelta(days=1)


def show(account: PaperAccount) -> None:
    """Draw the choice of days, the statement, and its download. Raises what the client raises."""
    opened, today = _day(account.opened), _day(account.time)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = row.date_input(
        "Days (UTC)", (max(opened, today.replace(day=1)), today), min_value=opened, max_value=today,
        key=f"statement-days-{account.name}", format="YYYY-MM-DD", width=260,
    )  # fmt: skip
    if len(chosen) != 2:  # the second day is not chosen yet
        st.caption("Choose the first and the last day.")
        return
    start, end = _milliseconds(chosen[0]), _milliseconds(chosen[1] + _DAY)
    address = link(STATEMENT, base_path(), account=account.name, **{"from": str(start), "to": str(end)})
    row.link_button("Download as PDF", address, key="download-statement")
    with engine() as client:
        statement = client.paper_statement(account.name, start=start, end=end)
    st.caption(escape(period(statement)))
    for problem in statement.problems:
        st.error(escape(f"The account does not add up: {problem}."))
    left, right = st.columns(2)
    with left:
        _table("Wallet, USDT", ("", "amount"), wallet_rows(statement))
    with right:
        _table("Equity, USDT", EQUITY_COLUMNS, equity_rows(statement))
    _table("By pair: what came into the wallet, USDT", PAIR_COLUMNS, pair_rows(statement))
    if statement.trades:
        _table("Trades that were closed, USDT", TRADE_COLUMNS, trade_rows(statement))
    else:
        st.caption("No trade was closed in these days.")
    for note in notes(statement):
        st.caption(escape(note))


def _table(heading: str, columns: Sequence[str], rows: Rows) -> None:
    st.markdown(f"**{heading}**")
    shown = [[_figure(column, cell) for column, cell in zip(columns, row, strict=True)] for row in rows]
    numbers = [column for column in columns if column not in WORD_COLUMNS]
    st.dataframe(
        [dict(zip(columns, row, strict=True)) for row in shown], hide_index=True, width="stretch",
        column_config={column: st.column_config.TextColumn(alignment="right") for column in numbers},
    )  # fmt: skip


def _figure(column: str, cell: str) -> str:
    """Returns a cell with the minus sign of the pages, where it is a number."""
    return cell if column in WORD_COLUMNS else cell.replace("-", "−")


def _day(milliseconds: int) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date()


def _milliseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
