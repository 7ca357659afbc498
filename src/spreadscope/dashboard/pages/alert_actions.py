"""The actions of a user on a rule, in the list or in a toast, sent to the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from spreadscope.client import ApiRequestError, Client
from spreadscope.contract import Rule, RuleBody
from spreadscope.dashboard.actions import PageAction
from spreadscope.dashboard.browser_session import PAGE, collecting_notices, engine
from spreadscope.dashboard.text import utc

MUTES = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "8h": timedelta(hours=8)}
TOMORROW = "tomorrow"


def run_action(action: PageAction, area: str = PAGE) -> None:
    """Send an action to the engine, in a component's callback, and show the result in ``area``."""
    with collecting_notices(area) as add_notice, engine() as client:
        text = perform_action(client, action)
        if text:
            add_notice("info", text)


def perform_action(client: Client, action: PageAction) -> str:
    """Perform an action on a rule. Returns the sentence to show, empty where the list shows the result."""
    rule_id = action.rule_id or ""
    match action.op:
        case "acknowledge":
            client.acknowledge(rule_id, action.subject)
        case "mute":
            status = client.status()
            until = mute_until(status.market_time or status.now, action.until)
            client.mute_rule(rule_id, until)
            return "" if until is None else f"Nothing of this rule is sent until {utc(until)[:16]} UTC."
        case "enable":
            body = rule_body(find_rule(client, rule_id))
            client.replace_rule(rule_id, replace(body, enabled=action.enabled))
        case "delete":
            client.remove_rule(rule_id)
            return "The rule is gone. What it has fired stays in the history."
        case other:
            raise ApiRequestError(f"there is nothing called {other!r} to do with a rule", 400)
    return ""


def rule_body(rule: Rule) -> RuleBody:
    """Returns the body with which a rule is created, from the rule of the engine."""
    return RuleBody(**{name: getattr(rule, name) for name in RuleBody.__struct_fields__})


def find_rule(client: Client, rule_id: str) -> Rule:
    for rule in client.rules():
        if rule.rule_id == rule_id:
            return rule
    raise ApiRequestError("this rule is not there any more: somebody has deleted it", 404)


def mute_until(market_time: int, span: str | None) -> int | None:
    """Returns the end of a mute (ms) by the market's clock, which alerts use."""
    if span is None:
        return None
    now = datetime.fromtimestamp(market_time / 1000, UTC)
    if span == TOMORROW:
        end = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    elif span in MUTES:
        end = now + MUTES[span]
    else:
        raise ApiRequestError(f"a rule is muted for {', '.join(MUTES)} or until {TOMORROW}, not for {span!r}", 400)
    return int(end.timestamp() * 1000)
