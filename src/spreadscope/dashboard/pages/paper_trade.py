"""The details of a pair trade: the parts of its result, its orders and fills, and what somebody wrote about it."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import CommentBody, PaperTrade
from spreadscope.contract.paper_bodies import LONGEST_COMMENT, LONGEST_TAG, MOST_TAGS
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.figures import fixed_text
from spreadscope.dashboard.pages import paper_charts, paper_dialogs, paper_tables
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.text import duration_text, escape, sentence, utc

MOST_ROWS = 500


@st.dialog("Pair trade", width="large", on_dismiss=paper_dialogs.dismissed(Dialog.TRADE))
def dialog(account: str, number: int) -> None:
    """Draw the trade ``number`` of an account."""
    try:
        with engine() as client:
            trade = client.paper_trade(account, number)
            orders = client.paper_order_history(account, limit=MOST_ROWS, trade=number)
            fills = client.paper_fills(account, limit=MOST_ROWS, trade=number)
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))
        return
    st.markdown(
        f":violet-badge[PAPER] **{escape(trade.pair)}** at {trade.timeframe} · trade {trade.id} · {trade.state}"
    )
    st.caption(escape(summary(trade)))
    result, parts = st.columns([1, 2.2])
    with result:
        st.metric("Net result, USDT", fixed_text(trade.result, 2, sign=True))
        st.caption(
            "As if its legs were left at mark now; what leaving costs is not in it."
            if trade.closed is None
            else "What the wallet gained by it."
        )
    with parts:
        st.echarts_chart(
            paper_charts.waterfall_chart(trade.parts), height=230, key="dialog-parts",
            alt="The parts of the result: " + ", ".join(
                f"{name} {fixed_text(amount, 2, sign=True)}"
                for name, amount in paper_charts.part_amounts(trade.parts).items()
            ),
        )  # fmt: skip
    legs, order_tab, fill_tab, notes = st.tabs(
        ["Legs", f"Orders ({len(orders)})", f"Fills ({len(fills)})", "Comment and tags"]
    )
    with legs:
        paper_tables.show(paper_tables.leg_rows(trade), paper_tables.LEGS, "dialog-legs", "")
    with order_tab:
        paper_tables.show(paper_tables.order_rows(orders), paper_tables.ORDERS, "dialog-orders", "No order was sent.")
    with fill_tab:
        paper_tables.show(paper_tables.fill_rows(fills), paper_tables.FILLS, "dialog-fills", "Nothing was filled.")
    with notes:
        _comment(account, trade)


def summary(trade: PaperTrade) -> str:
    """Returns how the trade began and stands, in a sentence."""
    y, x = trade.pair.split("/")
    side = f"Long spread: buys {y}, sells {x}" if trade.side > 0 else f"Short spread: sells {y}, buys {x}"
    parts = [
        f"{side}; decided by {trade.origin} at {utc(trade.decided)[:19]} UTC, {trade.execution}",
        f"β {fixed_text(trade.beta, 4)}, z {fixed_text(trade.z_entry, 2, sign=True)} at entry",
        f"half-life {duration_text(trade.half_life) or 'not known'}",
    ]
    if trade.opened is not None and trade.closed is not None:
        parts.append(
            f"closed at {utc(trade.closed)[:19]} UTC after {duration_text((trade.closed - trade.opened) / 1000)}"
        )
    if trade.note:
        parts.append(trade.note)
    return "; ".join(parts) + "."


def _comment(account: str, trade: PaperTrade) -> None:
    text = st.text_area("Comment", trade.comment, key="dialog-comment", max_chars=LONGEST_COMMENT, height=90)
    tags = st.text_input(
        "Tags", ", ".join(trade.tags), key="dialog-tags", placeholder="news, too early",
        help=f"Commas separate them; at most {MOST_TAGS}, each of {LONGEST_TAG} characters.",
    )  # fmt: skip
    body = CommentBody(comment=str(text), tags=tags_of(str(tags)))
    if st.button("Save", key="dialog-save-comment"):
        try:
            with engine() as client:
                client.put_paper_comment(account, trade.id, body)
        except (ApiRequestError, EngineDownError) as error:
            st.error(escape(sentence(str(error))))
            return
        st.success("Saved.")


def tags_of(text: str) -> tuple[str, ...]:
    """Returns the tags that were typed, each once.

    >>> tags_of(" news, too early,, news")
    ('news', 'too early')
    """
    return tuple(dict.fromkeys(tag for part in text.split(",") if (tag := part.strip())))
