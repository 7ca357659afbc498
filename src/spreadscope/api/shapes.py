"""Facts as the API's JSON objects (``docs/api.md``)."""

from __future__ import annotations

from typing import Any

from spreadscope.alerts import RuleWatch
from spreadscope.model.facts import Alert, Bar, Gap, PairRow, Signal, Value
from spreadscope.model.instrument import Instrument
from spreadscope.store.schema import VALUE_COLUMNS

Json = dict[str, Any]

_BAR = ("symbol", "timeframe", "open_time", "open", "high", "low", "close", "volume", "trades", "complete", "origin")
_ROW = ("timeframe", "time", "price_y", "price_x", "age_y", "age_x", "n", "state", "stale", "incomplete")
_SIGNAL = ("timeframe", "time", "action", "state", "z", "spread", "beta", "price_y", "price_x", "cause")
_GAP = ("symbol", "first", "last", "state", "time", "from_time", "to_time", "evidence")
_ALERT = ("rule_id", "text", "subject", "timeframe", "time", "state", "value", "threshold")
_INSTRUMENT = ("symbol", "status", "contract_type", "base_asset", "quote_asset", "tick_size", "step_size")


def _named(item: object, names: tuple[str, ...]) -> Json:
    return {name: getattr(item, name) for name in names}


def value(item: Value) -> list[Any]:
    """``[number, null]`` or ``[null, reason]``."""
    return [item.value, item.reason]


def bar(fact: Bar) -> Json:
    return _named(fact, _BAR)


def row(fact: PairRow) -> Json:
    values = {name: value(getattr(fact, name)) for name in VALUE_COLUMNS}
    return {"pair": str(fact.pair), **_named(fact, _ROW), **values}


def signal(fact: Signal) -> Json:
    return {"pair": str(fact.pair), **_named(fact, _SIGNAL)}


def gap(fact: Gap) -> Json:
    return _named(fact, _GAP)


def alert(fact: Alert) -> Json:
    return _named(fact, _ALERT)


def rule(watch: RuleWatch) -> Json:
    return {
        "rule_id": watch.definition.rule_id,
        "text": watch.definition.text,
        "subject": watch.subject,
        "timeframe": watch.definition.timeframe,
        "state": watch.state,
        "value": watch.value,
        "threshold": watch.rule.threshold,
    }


def instrument(item: Instrument) -> Json:
    return _named(item, _INSTRUMENT)
