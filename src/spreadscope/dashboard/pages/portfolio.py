"""The portfolio page: a paper account, its trades as they are now, and all that was decided, filled and booked."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import TIMEFRAMES, PaperAccount
from spreadscope.dashboard import page_switch
from spreadscope.dashboard.browser_session import PAIR, TIMEFRAME, Overview, engine
from spreadscope.dashboard.pages import (
    paper_accounts,
    paper_actions,
    paper_dialogs,
    paper_history,
    paper_modes,
    paper_ticket,
    paper_trade,
    waiting,
)
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.portfolio_component import PORTFOLIO, portfolio_component

BADGE = ":violet-badge[PAPER]"
_KNOWN = "paper-accounts"
"""The session key of the accounts as they were last: what is drawn of one stays while no engine answers."""
_DIALOGS = {
    Dialog.TICKET: "Open a ticket",
    Dialog.MODES: "Modes",
    Dialog.SETTINGS: "Account settings",
    Dialog.NEW_ACCOUNT: "New account",
}


def page() -> StreamlitPage:
    """Returns this page, for the navigation and for links to it."""
    return st.Page(as_fragment(show), title="Portfolio", url_path=page_switch.PORTFOLIO)


def show() -> None:
    overview = waiting.show_state("portfolio-state")
    if overview is None:
        return
    try:
        with engine() as client:
            accounts = client.paper_accounts()
    except (ApiRequestError, EngineDownError) as error:
        accounts = st.session_state.get(_KNOWN, [])
        if not accounts:
            waiting.show_error(error)
            return
    st.session_state[_KNOWN] = accounts
    account = _head(accounts, overview)
    _dialogs(overview, account, accounts)  # first, for the tables below take their time
    if account is None:
        st.info("There is no paper account yet. Open one: it begins with the cash that you choose.")
    else:
        portfolio_component(account.name, _on_action, _on_stale)
        paper_history.show(account, accounts)


def _head(accounts: list[PaperAccount], overview: Overview) -> PaperAccount | None:
    """Draw the choice of the account, and what is opened from here. Returns the account."""
    row = st.container(horizontal=True, vertical_alignment="center", key="portfolio-head")
    row.markdown(BADGE, width="content", help="Paper money: orders are simulated at live quotes, nothing is sent.")
    account = paper_accounts.choose(row, accounts)
    away = overview.problem is not None
    for dialog, words in _DIALOGS.items():
        row.button(
            words,
            key=f"portfolio-{dialog}",
            type="primary" if dialog is Dialog.TICKET else "secondary",
            on_click=paper_dialogs.open_dialog,
            args=(dialog,),
            disabled=away or (account is None and dialog is not Dialog.NEW_ACCOUNT),
        )
    return account


def _dialogs(overview: Overview, account: PaperAccount | None, accounts: list[PaperAccount]) -> None:
    """Draw the dialog that is open; only one can be."""
    match paper_dialogs.opened():
        case Dialog.NEW_ACCOUNT, _:
            paper_accounts.new_account_dialog(accounts)
        case Dialog.SETTINGS, _ if account is not None:
            paper_accounts.settings_dialog(account)
        case Dialog.MODES, _ if account is not None:
            paper_modes.dialog(overview, account.name)
        case Dialog.TICKET, _ if account is not None:
            paper_ticket.dialog(overview, [account.name], *_subject(overview))
        case Dialog.TRADE, trade if account is not None:
            paper_trade.dialog(account.name, trade)


def _subject(overview: Overview) -> tuple[str, str]:
    """Returns the pair and the timeframe that were shown on the Live page, else the first pair."""
    pair, timeframe = st.session_state.get(PAIR), st.session_state.get(TIMEFRAME)
    first = overview.pairs[0] if overview.pairs else ""
    return (
        str(pair) if pair in overview.pairs else first,
        str(timeframe) if timeframe in TIMEFRAMES else overview.timeframe,
    )


def _on_action() -> None:
    paper_actions.run_actions(PORTFOLIO)


def _on_stale() -> None:
    """Do nothing: the script run that follows draws the tables again."""
