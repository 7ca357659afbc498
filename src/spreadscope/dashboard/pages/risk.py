"""The risk page: what an account is exposed to, what it may lose, how near its limits are, and what is not included."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import KillEvent, PaperAccount, RiskReport, SettingChange, TradingLimit
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.pages import (
    paper_accounts,
    paper_dialogs,
    risk_kill_switch,
    risk_tables,
    risk_what_if,
    waiting,
)
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.pages.portfolio import BADGE
from spreadscope.dashboard.text import escape, sentence, utc

REFRESH_SECONDS = 60
_KNOWN = "risk-known"
"""The session key of what was shown last, by account: it stays while no engine answers."""


@dataclass(frozen=True)
class Shown:
    """What the page has read of one account."""

    account: PaperAccount
    report: RiskReport
    limits: list[TradingLimit]
    kills: list[KillEvent]
    changes: list[SettingChange]


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Risk", url_path="risk")


def show() -> None:
    overview = waiting.show_state("risk-state")
    if overview is None:
        return
    try:
        with engine() as client:
            accounts = client.paper_accounts()
    except (ApiRequestError, EngineDownError) as error:
        accounts = [shown.account for shown in _known().values()]
        if not accounts:
            waiting.show_error(error)
            return
    row = st.container(horizontal=True, vertical_alignment="center", key="risk-head")
    row.markdown(BADGE, width="content", help="Paper money: nothing is sent to an exchange.")
    account = paper_accounts.choose(row, accounts)
    if account is None:
        st.info("There is no paper account yet. Open one on the page Portfolio; its risk then stands here.")
        return
    row.button(
        "What if …",
        key="risk-what-if",
        type="primary",
        on_click=paper_dialogs.open_dialog,
        args=(Dialog.WHAT_IF,),
        disabled=overview.problem is not None,
    )
    risk_kill_switch.show(account, away=overview.problem is not None)
    if (opened := paper_dialogs.opened()) is not None and opened[0] is Dialog.WHAT_IF:
        risk_what_if.dialog(overview, account)
    _figures()


@st.fragment(run_every=REFRESH_SECONDS)
def _figures() -> None:
    """Draw all that moves; it is read again each minute."""
    name = paper_accounts.chosen()
    try:
        with engine() as client:
            shown = Shown(
                client.paper_account(name),
                client.paper_risk(name),
                client.paper_limits(name),
                client.paper_kills(name),
                client.paper_setting_changes(name),
            )
    except (ApiRequestError, EngineDownError) as error:
        if name not in _known():
            waiting.show_error(error)
            return
        shown = _known()[name]
        st.error(
            f"**These are the figures of {utc(shown.report.time)[:19]} UTC.** {escape(sentence(str(error)))}"
            " They are read again each minute."
        )
    _known()[name] = shown
    _draw(shown)


def _known() -> dict[str, Shown]:
    known: dict[str, Shown] = st.session_state.setdefault(_KNOWN, {})
    return known


def _draw(shown: Shown) -> None:
    report = shown.report
    bars = f"stored bars until {utc(report.bars_until)[:16]} UTC" if report.bars_until else "no stored bars"
    st.caption(
        f"Positions at the marks of {utc(report.time)[:19]} UTC and {bars}. Money is in USDT, a loss is below 0; it is"
        " worked out again each minute."
    )
    risk_tables.show_limits(shown.limits, shown.changes)
    if report.exposures.pairs:
        risk_tables.show_exposures(shown.account, report)
        risk_tables.show_tail(report)
        risk_tables.show_stress(report)
        risk_tables.show_liquidity(report)
        risk_tables.show_funding(report)
        risk_tables.show_correlations(report)
    else:
        st.subheader("Nothing is open", anchor=False)
        st.info(
            "Once a pair trade is open you see here: exposures by symbol, cluster and pair and to the market; value at"
            " risk and expected shortfall for an hour and a day, each with the tests of its own forecasts; the account"
            " in a dozen stress scenarios; concentration, minutes to exit and funding at risk; and which pairs lose"
            " together. Try it before you trade: *What if …* adds a pair to a copy of the account."
        )
    risk_kill_switch.show_history(shown.kills)
    risk_tables.show_not_included(report)
