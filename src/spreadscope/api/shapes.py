"""Facts as the API's JSON objects (``docs/api.md``)."""

from __future__ import annotations

from typing import Any

from spreadscope.alerts import Instance, WatchedRule, plan, rule_words
from spreadscope.alerts.history import Firing, Tried
from spreadscope.alerts.levels import Level, levels
from spreadscope.alerts.notice import digest_due
from spreadscope.alerts.presets import Preset
from spreadscope.alerts.scorecard import Score
from spreadscope.alerts.vocabulary import Term
from spreadscope.model.alerting import AlertState
from spreadscope.model.events import SetRule
from spreadscope.model.facts import Alert, Bar, Gap, PairRow, Signal, Value
from spreadscope.model.instrument import Instrument
from spreadscope.store.schema import VALUE_COLUMNS

Json = dict[str, Any]

BAR = ("symbol", "timeframe", "open_time", "open", "high", "low", "close", "volume", "trades", "complete", "origin")
ROW = (
    "timeframe", "time", "price_y", "price_x", "age_y", "age_x", "n", "state", "stale", "incomplete", "source_y", "source_x", "mixed",
)  # fmt: skip
SIGNAL = ("timeframe", "time", "action", "state", "z", "spread", "beta", "price_y", "price_x", "cause")
GAP = ("symbol", "first", "last", "state", "time", "from_time", "to_time", "evidence")
ALERT = tuple(name for name in Alert.__struct_fields__ if name != "channels")
RULE = SetRule.__struct_fields__
TERM = ("name", "kind", "unit", "meaning", "example")
INSTRUMENT = ("symbol", "status", "contract_type", "base_asset", "quote_asset", "tick_size", "step_size")


def _named(item: object, names: tuple[str, ...]) -> Json:
    return {name: getattr(item, name) for name in names}


def value(item: Value) -> list[Any]:
    """``[number, null]`` or ``[null, reason]``."""
    return [item.value, item.reason]


def bar(fact: Bar) -> Json:
    return _named(fact, BAR)


def row(fact: PairRow) -> Json:
    values = {name: value(fact[name]) for name in VALUE_COLUMNS}
    return {"pair": str(fact.pair), **_named(fact, ROW), **values}


def signal(fact: Signal) -> Json:
    return {"pair": str(fact.pair), **_named(fact, SIGNAL)}


def gap(fact: Gap) -> Json:
    return _named(fact, GAP)


def alert(fact: Alert) -> Json:
    return _named(fact, ALERT)


def rule(item: WatchedRule) -> Json:
    """The rule, its state (the one that matters most of its instances) and every instance."""
    worst = item.worst()
    return {
        **_named(item.definition, RULE),
        "enabled": item.enabled,
        "timeframe": item.plan.timeframe,
        "words": item.words,
        "state": worst.life.state if worst else AlertState.INACTIVE,
        "value": worst.value if worst else None,
        "threshold": item.plan.threshold,
        "levels": [level(each) for each in levels(item.plan)],
        "held_back": held_back(item),
        "instances": [instance(each) for _, each in sorted(item.instances.items())],
    }


def level(item: Level) -> Json:
    return _named(item, Level.__struct_fields__)


def held_back(item: WatchedRule) -> Json | None:
    """What the cap of the hour keeps back: how many alerts, and until when (they are told together then)."""
    due = digest_due(item.budget)
    return None if due is None else {"count": sum(count for _, count in item.budget.held), "until": due}


def instance(item: Instance) -> Json:
    life = item.life
    return {
        "subject": item.subject,
        "state": life.state,
        "since": life.since,
        "value": item.value,
        "reason": item.reason,
        "incident": life.incident,
        "acknowledged": life.acknowledged,
    }


def term(item: Term) -> Json:
    return _named(item, TERM)


def preset(item: Preset) -> Json:
    return _named(item, Preset.__struct_fields__)


def score(item: Score) -> Json:
    return _named(item, Score.__struct_fields__)


def tried(item: Tried, definition: SetRule) -> Json:
    """What a rule would have said of what is stored."""
    meaning = plan(definition.text, definition.subject, definition.timeframe, definition.recover)
    return {
        "words": rule_words(meaning),
        "timeframe": meaning.timeframe,
        "levels": [level(each) for each in levels(meaning)],
        "evaluated": item.evaluated,
        "from": item.start,
        "to": item.end,
        "fired": len(item.firings),
        "last_fired": item.firings[-1].time if item.firings else None,
        "firings": [_named(firing, Firing.__struct_fields__) for firing in item.firings],
        "no_data": item.no_data,
        "note": item.note,
    }


def instrument(item: Instrument) -> Json:
    return _named(item, INSTRUMENT)
