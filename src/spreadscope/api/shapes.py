"""Facts as the API's JSON objects (``docs/api.md``)."""

from __future__ import annotations

from typing import Any

from spreadscope.alerts import RuleWatch
from spreadscope.model.facts import Alert, Bar, Gap, PairRow, Signal, Value
from spreadscope.model.instrument import Instrument
from spreadscope.store.schema import VALUE_COLUMNS

Json = dict[str, Any]


def value(item: Value) -> list[Any]:
    return [item.value, item.reason]


def bar(fact: Bar) -> Json:
    return {
        "symbol": fact.symbol,
        "timeframe": fact.timeframe,
        "open_time": fact.open_time,
        "open": fact.open,
        "high": fact.high,
        "low": fact.low,
        "close": fact.close,
        "volume": fact.volume,
        "trades": fact.trades,
        "complete": fact.complete,
        "origin": fact.origin,
    }


def row(fact: PairRow) -> Json:
    return {
        "pair": str(fact.pair),
        "timeframe": fact.timeframe,
        "time": fact.time,
        "price_y": fact.price_y,
        "price_x": fact.price_x,
        "age_y": fact.age_y,
        "age_x": fact.age_x,
        "n": fact.n,
        **{name: value(getattr(fact, name)) for name in VALUE_COLUMNS},
        "state": fact.state,
        "stale": fact.stale,
        "incomplete": fact.incomplete,
    }


def signal(fact: Signal) -> Json:
    return {
        "pair": str(fact.pair),
        "timeframe": fact.timeframe,
        "time": fact.time,
        "action": fact.action,
        "state": fact.state,
        "z": fact.z,
        "spread": fact.spread,
        "beta": fact.beta,
        "price_y": fact.price_y,
        "price_x": fact.price_x,
        "cause": fact.cause,
    }


def gap(fact: Gap) -> Json:
    return {
        "symbol": fact.symbol,
        "first": fact.first,
        "last": fact.last,
        "state": fact.state,
        "time": fact.time,
        "from_time": fact.from_time,
        "to_time": fact.to_time,
        "evidence": fact.evidence,
    }


def alert(fact: Alert) -> Json:
    return {
        "rule_id": fact.rule_id,
        "text": fact.text,
        "subject": fact.subject,
        "timeframe": fact.timeframe,
        "time": fact.time,
        "state": fact.state,
        "value": fact.value,
        "threshold": fact.threshold,
    }


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
    return {
        "symbol": item.symbol,
        "status": item.status,
        "contract_type": item.contract_type,
        "base_asset": item.base_asset,
        "quote_asset": item.quote_asset,
        "tick_size": item.tick_size,
        "step_size": item.step_size,
    }
