"""What somebody asks of a rule, in the list or in a toast, carried out by the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from spreadscope.dashboard.client import ApiError, Client, Json
from spreadscope.dashboard.session import PAGE, engine, telling
from spreadscope.dashboard.words import utc

# What can be said about a rule; the rest of a rule object is what the engine found out.
RULE_FIELDS = (
    "text",
    "subject",
    "timeframe",
    "name",
    "severity",
    "recover",
    "keep_seconds",
    "cooldown_seconds",
    "cap_per_hour",
    "once",
    "notify_resolved",
    "notify_no_data",
    "channels",
    "enabled",
)
MUTES = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "8h": timedelta(hours=8)}
TOMORROW = "tomorrow"


def carry_out(action: Json, place: str = PAGE) -> None:
    """In a component's callback: do what was asked there, and show at ``place`` what the engine says to it."""
    with telling(place) as say, engine() as client:
        said = perform(client, action)
        if said:
            say("info", said)


def perform(client: Client, action: Json) -> str:
    """Do ``{op, rule_id, …}``; the sentence to show afterwards, empty where the list itself shows it."""
    rule_id = str(action["rule_id"])
    match action["op"]:
        case "acknowledge":
            client.acknowledge(rule_id, action.get("subject"))
        case "mute":
            until = mute_until(client.status(), action.get("until"))
            client.mute_rule(rule_id, until)
            return "" if until is None else f"Nothing of this rule is sent until {utc(until)[:16]} UTC."
        case "enable":
            rule = rule_of(client, rule_id)
            client.replace_rule(rule_id, {**body_of(rule), "enabled": bool(action["enabled"])})
        case "delete":
            client.remove_rule(rule_id)
            return "The rule is gone. What it has fired stays in the history."
        case other:
            raise ApiError(f"there is nothing called {other!r} to do with a rule", 400)
    return ""


def body_of(rule: Json) -> Json:
    """Of a rule as the engine tells it, or of a ready-made one: what is sent to make it."""
    return {field: rule[field] for field in RULE_FIELDS if field in rule}


def rule_of(client: Client, rule_id: str) -> Json:
    for rule in client.rules():
        if rule["rule_id"] == rule_id:
            return rule
    raise ApiError("this rule is not there any more: somebody has deleted it", 404)


def mute_until(status: Json, span: str | None) -> int | None:
    """The end of a mute in ms. By the market's clock, which alerts keep too, whatever the time is here."""
    if span is None:
        return None
    now = datetime.fromtimestamp((status["market_time"] or status["now"]) / 1000, UTC)
    if span == TOMORROW:
        end = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    elif span in MUTES:
        end = now + MUTES[span]
    else:
        raise ApiError(f"a rule is muted for {', '.join(MUTES)} or until {TOMORROW}, not for {span!r}", 400)
    return int(end.timestamp() * 1000)
