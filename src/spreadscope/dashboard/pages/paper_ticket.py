"""The ticket: a pair trade by hand, with both legs, its costs and the account after it, before it is sent.

Its figures are asked for each second and drawn as one small table, so that nothing flickers and no click is lost: the
fragment that draws them is the one that the buttons are in. Sending takes two clicks in two places. A button that is
held would need a component of its own, and could not be used by keyboard or screen reader.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import (
    TIMEFRAMES,
    AccountSettings,
    Execution,
    OpenTradeBody,
    Outcome,
    PaperAccount,
    Ticket,
    Timeframe,
)
from spreadscope.contract.paper_bodies import LARGEST_NOTIONAL
from spreadscope.dashboard import page_switch
from spreadscope.dashboard.browser_session import Overview, collecting_notices, engine
from spreadscope.dashboard.pages import paper_accounts, paper_actions, paper_dialogs, ticket_figures, ticket_sending
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.text import escape, sentence

REFRESH_SECONDS = 1
ARMED_SECONDS = 10.0
BUY: Literal[1] = 1
SELL: Literal[-1] = -1
_SIDES: dict[int, str] = {BUY: "Buy the spread", SELL: "Sell the spread"}
STATE = "dialog-ticket-state"
"""The session key of what was done with the ticket."""


@dataclass
class TicketState:
    """What was done with the ticket in this session. It is changed in place, as ``collecting_notices`` demands."""

    armed_until: float = 0.0
    """The second click has to come before this (monotonic). What it sends is what stands beside it, also where a field
    was changed since the first: a click that leaves a field is before its change."""
    refusal: str = ""


@dataclass(frozen=True)
class _Subject:
    """What a ticket begins with: the account, and the levels of the pair."""

    account: PaperAccount
    exit: float
    stop: float
    z: float | None


def button(*, disabled: bool) -> None:
    """Draw the button of the Live page that opens the ticket."""
    st.button(
        "Paper ticket", key="open-ticket", disabled=disabled, on_click=paper_dialogs.open_dialog, args=(Dialog.TICKET,)
    )


@st.dialog("Paper ticket", width="large", on_dismiss=paper_dialogs.dismissed(Dialog.TICKET))
def dialog(overview: Overview, accounts: Sequence[str], pair: str, timeframe: str) -> None:
    """Draw the ticket for one of ``accounts`` (empty: of all); ``pair`` and ``timeframe`` are where it begins."""
    if not overview.pairs:
        st.info("No pair is followed yet: add one on the Live page.")
        return
    st.markdown(":violet-badge[PAPER] Simulated at live quotes, with fees, slippage and funding. Nothing is sent out.")
    head = st.container(horizontal=True, vertical_alignment="bottom")
    places = list(overview.pairs)
    chosen = str(
        head.selectbox("Pair", places, index=places.index(pair) if pair in places else 0, key="dialog-pair", width=230)
    )
    frame = Timeframe(
        str(head.segmented_control("Timeframe", TIMEFRAMES, default=timeframe, key="dialog-timeframe", required=True))
    )
    try:
        subject = _subject(accounts, chosen, frame, head)
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))
        return
    body = _form(subject, chosen, frame)
    if isinstance(body, str):
        st.info(body)
        return
    _quote(subject.account.name, body)


def _subject(
    accounts: Sequence[str], pair: str, timeframe: Timeframe, row: st.delta_generator.DeltaGenerator
) -> _Subject:
    """Draw the choice of the account, where there are several. Returns what the ticket begins with."""
    with engine() as client:
        known = {each.name: each for each in client.paper_accounts()}
    names = [name for name in known if name in accounts or not accounts]
    if not names:
        raise ApiRequestError("there is no paper account: open one on the page Portfolio", 404)
    name = names[0]
    if len(names) > 1:
        shown = paper_accounts.chosen()
        index = names.index(shown) if shown in names else 0
        name = str(row.selectbox("Account", names, index=index, key="dialog-account", width=170))
    with engine() as client:
        signals = client.parameters(pair, timeframe).signals
    with engine() as client:
        z = client.paper_ticket(name, pair, timeframe, BUY, known[name].settings.notional).z
    return _Subject(known[name], signals.exit, signals.stop, z)


def _form(subject: _Subject, pair: str, timeframe: Timeframe) -> OpenTradeBody | str:
    """Draw the fields. Returns what they say, or which of them has to be filled in first."""
    place = f"{pair}-{timeframe}"
    settings: AccountSettings = subject.account.settings
    towards_mean = SELL if subject.z is not None and subject.z > 0 else BUY
    first = st.columns([2, 1, 1.4], vertical_alignment="bottom")
    side = first[0].segmented_control(
        "Side", list(_SIDES), default=towards_mean, format_func=_SIDES.__getitem__, key=f"dialog-side-{place}",
        required=True, help="It begins on the side from which z comes back to its mean.", width="stretch",
    )  # fmt: skip
    notional = first[1].number_input(
        "Size of leg Y, USDT", 1.0, LARGEST_NOTIONAL - 1, settings.notional, 100.0, key="dialog-notional", format="%g"
    )
    execution = first[2].selectbox(
        "Execution", list(Execution), index=list(Execution).index(settings.execution), key="dialog-execution"
    )
    second = st.columns(3)
    profit = second[0].number_input(
        "Take profit at |z|", -100.0, 100.0, subject.exit, 0.1, key=f"dialog-profit-{place}", format="%g",
        help="Closed when z has come back so far; below 0: beyond its mean. Empty: no level of its own.",
    )  # fmt: skip
    stop = second[1].number_input(
        "Stop at |z|", -100.0, 100.0, subject.stop, 0.1, key=f"dialog-stop-{place}", format="%g",
        help="Closed when z has gone so far against it. With both levels empty, the signal's exit closes the trade.",
    )  # fmt: skip
    loss = second[2].number_input(
        "Stop loss, USDT", 0.0, LARGEST_NOTIONAL - 1, 0.0, 10.0, key="dialog-loss", format="%g",
        help="The trade is closed when its result is below this loss. 0: none.",
    )  # fmt: skip
    buys = side == BUY
    sending = ticket_sending.fields(place, BUY if buys else SELL)
    if sending.missing:
        return sending.missing
    return OpenTradeBody(
        pair=pair, timeframe=timeframe, side=BUY if buys else SELL, notional=float(notional),
        execution=Execution(str(execution)), take_profit=profit, stop=stop, stop_loss=float(loss),
        limit_z=sending.limit_z, good_minutes=sending.good_minutes, ladder=sending.ladder, twap=sending.twap,
    )  # fmt: skip


@st.fragment(run_every=REFRESH_SECONDS)
def _quote(account: str, body: OpenTradeBody) -> None:
    """Draw what would come of the ticket now, and the buttons."""
    if paper_dialogs.opened() is None:
        st.rerun()  # it was sent
    state: TicketState = st.session_state.setdefault(STATE, TicketState())
    try:
        with engine() as client:
            ticket = client.preview_paper_trade(account, body)
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(f"{error}: nothing can be sent")))
        return
    st.html(ticket_figures.html(ticket))
    for words in ticket_figures.warnings(ticket, body):
        st.warning(escape(words))
    # Fixed places: what comes and goes above must not move the button under the finger.
    with st.container(key="ticket-send"):
        _buttons(state, account, body, ticket)


def _buttons(state: TicketState, account: str, body: OpenTradeBody, ticket: Ticket) -> None:
    if ticket.refusal is not None:
        state.armed_until = 0.0
        refusal = ticket.refusal
        value = f" It is {escape(refusal.value)}" if refusal.value else ""
        allowed = f"{';' if value else ''} allowed is {escape(refusal.allowed)}" if refusal.allowed else ""
        st.error(f"**Not allowed now: {escape(refusal.rule)}.**{value}{allowed}{'.' if value or allowed else ''}")
        return
    if state.refusal:
        st.error(f"**Refused.** {escape(state.refusal)}")
    does = sentence(ticket_figures.legs_text(ticket)).removesuffix(".")
    if time.monotonic() > state.armed_until:
        st.button("Send paper trade …", key="ticket-arm", type="primary", on_click=_arm, args=(state,))
        return
    # The way back is where the first click was: a double click sends nothing.
    row = st.container(horizontal=True, vertical_alignment="center")
    row.button("Back", key="ticket-back", on_click=_disarm, args=(state,))
    way = ticket_figures.way_text(body)
    row.markdown(f"**{escape(does)}**, {escape(way)}, on paper account {escape(account)}.")
    row.button("Send now", key="ticket-send-now", type="primary", on_click=_send, args=(state, account, body))


def _arm(state: TicketState) -> None:
    state.armed_until, state.refusal = time.monotonic() + ARMED_SECONDS, ""


def _disarm(state: TicketState) -> None:
    state.armed_until = 0.0


def _send(state: TicketState, account: str, body: OpenTradeBody) -> None:
    state.armed_until = 0.0
    sent = False
    with collecting_notices() as add_notice:
        try:
            with engine() as client:
                decision = client.open_paper_trade(account, body)
        except (ApiRequestError, EngineDownError) as error:
            state.refusal = sentence(str(error))
            return
        text = paper_actions.decision_text(decision)
        if decision.outcome in {Outcome.TAKEN, Outcome.PENDING}:
            sent = True
            add_notice("success", text)
        else:
            state.refusal = text
    if sent:
        paper_dialogs.close()
        page_switch.open_page(page_switch.PORTFOLIO)  # which shows the trade
