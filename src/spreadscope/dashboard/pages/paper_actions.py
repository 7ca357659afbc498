"""What is done on a paper account in the portfolio, sent to the engine."""

from __future__ import annotations

import msgspec

from spreadscope.client import ApiRequestError, Client
from spreadscope.contract import CloseTradeBody, Outcome, TradeDecision
from spreadscope.dashboard.actions import PageAction, new_actions
from spreadscope.dashboard.browser_session import PAGE, collecting_notices, engine
from spreadscope.dashboard.figures import fixed_text
from spreadscope.dashboard.pages import paper_dialogs
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.text import sentence


class PaperWork(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an action of the portfolio."""

    account: str
    trade: int = 0
    percent: int = 100
    decision: int = 0
    accept: bool = False
    reason: str = ""


def run_actions(key: str) -> None:
    """Do what was asked for in the component ``key``, in its callback."""
    for action in new_actions(key):
        if action.op == "open":
            paper_dialogs.open_dialog(Dialog(action.subject or ""))
        elif action.op == "details":
            paper_dialogs.open_dialog(Dialog.TRADE, _work(action).trade)
        else:
            run_action(action)


def run_action(action: PageAction, area: str = PAGE) -> None:
    """Send an action to the engine, in a component's callback, and show the result in ``area``."""
    with collecting_notices(area) as add_notice, engine() as client:
        text = perform(client, action)
        if text:
            add_notice("info", text)


def perform(client: Client, action: PageAction) -> str:
    """Perform an action on the account that it names; returns the sentence to show, empty where the account does."""
    work = _work(action)
    account = work.account
    match action.op:
        case "close":
            client.close_paper_trade(account, work.trade, CloseTradeBody(percent=work.percent))
        case "answer":
            decision = client.answer_paper_decision(account, work.decision, accept=work.accept)
            return "" if decision.outcome in {Outcome.TAKEN, Outcome.DECLINED} else decision_text(decision)
        case "kill":
            client.pull_paper_kill_switch(account, work.reason)
        case "reset":
            client.reset_paper_kill_switch(account, work.reason)
        case "flatten":
            client.close_paper_trades(account, work.reason)
        case other:
            raise ApiRequestError(f"there is nothing called {other!r} to do with an account", 400)
    return ""


def decision_text(decision: TradeDecision) -> str:
    """Returns what became of a request, as a sentence."""
    of = f"{decision.pair} at {decision.timeframe}"
    if decision.outcome is Outcome.TAKEN:
        return f"{of}: sent, as trade {decision.trade}."
    if decision.outcome is Outcome.PENDING and decision.sliced is not None:
        return f"{of}: it begins as a {decision.sliced.kind} of {len(decision.sliced.slices)} slices."
    if decision.outcome is Outcome.PENDING and decision.limit_z is not None:
        return f"{of}: it waits until z {fixed_text(decision.limit_z, 2, sign=True)} can be had."
    return sentence(f"{of}: {decision.outcome}, {decision.words}")


def _work(action: PageAction) -> PaperWork:
    return msgspec.convert(action.body, PaperWork)
