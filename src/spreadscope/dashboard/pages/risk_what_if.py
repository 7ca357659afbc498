"""The dialog that works out the risk of a changed copy of an account: trades scaled or left out, a pair added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import (
    TIMEFRAMES,
    AddedPair,
    PaperAccount,
    RiskReport,
    ScaledTrade,
    Timeframe,
    WhatIfBody,
)
from spreadscope.dashboard.browser_session import Overview, engine
from spreadscope.dashboard.figures import TableRow, table
from spreadscope.dashboard.pages import paper_dialogs
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.text import escape, sentence

_NONE = "no pair"
_SIDES: dict[str, Literal[1, -1]] = {"buy the spread": 1, "sell the spread": -1}
_Figure = Callable[[RiskReport], float | None]


@st.dialog("What if …", width="large", on_dismiss=paper_dialogs.dismissed(Dialog.WHAT_IF))
def dialog(overview: Overview, account: PaperAccount) -> None:
    st.caption("A copy of the account is changed and its risk worked out anew. Nothing is traded. Money is in USDT.")
    try:
        with engine() as client:
            before = client.paper_risk(account.name)
            body = _body(overview, account, before)
            if st.button("Work it out", key="dialog-what-if-go", type="primary", disabled=body is None) and body:
                _compare(before, client.paper_what_if(account.name, body))
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))


def _body(overview: Overview, account: PaperAccount, before: RiskReport) -> WhatIfBody | None:
    """Draw the fields. Returns what is asked; None where nothing is changed."""
    scaled = []
    if before.exposures.pairs:
        st.markdown("**Open trades**, in percent of what they are (0: closed)")
    for each in before.exposures.pairs:
        percent = st.number_input(
            f"{each.pair}, trade {each.trade}", key=f"dialog-scale-{each.trade}", min_value=0.0, max_value=10_000.0,
            value=100.0, step=50.0, format="%g",
        )  # fmt: skip
        if percent != 100:
            scaled.append(ScaledTrade(trade=each.trade, percent=percent))
    st.markdown("**One pair more**, on the hedge ratio of its newest row")
    columns = st.columns(4)
    pair = columns[0].selectbox("Pair", [_NONE, *overview.pairs], key="dialog-add-pair")
    timeframe = columns[1].selectbox(
        "Timeframe", TIMEFRAMES, index=TIMEFRAMES.index(Timeframe(overview.timeframe)), key="dialog-add-timeframe"
    )
    side = columns[2].selectbox("Side", list(_SIDES), key="dialog-add-side")
    notional = columns[3].number_input(
        "Leg y, USDT", key="dialog-add-notional", min_value=1.0, max_value=1e8, value=account.settings.notional,
        format="%g",
    )  # fmt: skip
    added: tuple[AddedPair, ...] = ()
    if pair != _NONE:
        added = (AddedPair(pair=pair, timeframe=Timeframe(timeframe), side=_SIDES[side], notional=notional),)
    return WhatIfBody(scaled=tuple(scaled), added=added) if scaled or added else None


def _compare(before: RiskReport, after: RiskReport) -> None:
    rows: list[TableRow] = []
    for name, figure in _FIGURES.items():
        now, then = figure(before), figure(after)
        rows.append(
            {
                "figure": name, "now": now, "then": then,
                "change": then - now if now is not None and then is not None else None,
            }
        )  # fmt: skip
    st.dataframe(
        table(rows, {"now": 2, "then": 2, "change": 2}, signed=("change",)),
        hide_index=True, key="dialog-what-if-result", placeholder="–", height="content",
    )  # fmt: skip
    worst = min((each for each in after.stress if each.pnl is not None), key=lambda each: each.pnl or 0, default=None)
    if worst is not None:
        liquidated = "the account would be liquidated" if worst.liquidated else "the account would stand"
        st.caption(
            f"VaR is by EWMA, funding over 24 h at the cap. Its worst scenario: {escape(worst.name)}; {liquidated}."
        )


def _tail(horizon: str, method: str, level: float) -> _Figure:
    def figure(report: RiskReport) -> float | None:
        wanted = (horizon, method, level)
        found = [each for each in report.tail if (each.horizon, each.method, each.level) == wanted]
        return found[0].value_at_risk if found else None

    return figure


def _worst(report: RiskReport) -> float | None:
    return min((each.pnl for each in report.stress if each.pnl is not None), default=None)


def _longest(report: RiskReport) -> float | None:
    return max((each.minutes.value for each in report.exits if each.minutes.value is not None), default=None)


_FIGURES: dict[str, _Figure] = {
    "gross": lambda report: report.exposures.gross,
    "net": lambda report: report.exposures.net,
    "leverage, ×": lambda report: report.exposures.leverage.value,
    "β · value": lambda report: report.exposures.beta_adjusted.value,
    "maintenance margin": lambda report: report.maintenance,
    "VaR 1 h, 95%": _tail("1 h", "ewma", 0.95),
    "VaR 1 d, 95%": _tail("1 d", "ewma", 0.95),
    "worst stress": _worst,
    "minutes to exit": _longest,
    "funding at cap": lambda report: sum(each.at_cap for each in report.funding),
    "effective pairs": lambda report: report.concentration.pairs_effective.value,
}
