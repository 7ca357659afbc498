"""Alerts inside the core: the same however the market was cut into batches, and across a restart."""

from __future__ import annotations

import random

import pytest

from spreadscope.engine import Engine
from spreadscope.ingest.batcher import trades_event
from spreadscope.model.alerting import AlertState
from spreadscope.model.events import (
    AcknowledgeAlert,
    DropPair,
    DropRule,
    DropSymbol,
    Event,
    MuteRule,
    ResumeRule,
    SetRule,
    WatchPair,
)
from spreadscope.model.facts import (
    Alert,
    AlertBudget,
    AlertLife,
    Bar,
    PairRow,
    TradesAccepted,
)
from spreadscope.model.resume import ResumeTape
from spreadscope.model.timeframe import Timeframe
from tests.support.facts import of
from tests.support.streams import CONFIG, PAIR, disturbed, run, true_trades

TRUTH = true_trades(150, seed=11)
ITEMS = disturbed(TRUTH, seed=12)
RULES: tuple[Event, ...] = (
    SetRule("z", "abs(z) > 1", str(PAIR), recover=0.5),
    SetRule("any", "z(any pair) crosses above 0.5", "any pair", cap_per_hour=3),
    SetRule("price", "price > mean(price, 10s) for 2s", "BTCUSDT", keep_seconds=3),
    SetRule(
        "ratio", "price(BTCUSDT) / price(ETHUSDT) > mean(price(BTCUSDT), 10s) / mean(price(ETHUSDT), 10s)", str(PAIR)
    ),
    SetRule("gap", "gap > 0", str(PAIR)),
    SetRule("age", "age(any symbol) > 1.5", "any symbol", cooldown_seconds=20),
    SetRule("gone", "abs(z) > 1", str(PAIR)),
    DropRule("gone"),
)
FIRST = (WatchPair(PAIR), *RULES)


def test_every_rule_of_the_market_speaks_and_the_dropped_one_does_not() -> None:
    alerts = of(run(ITEMS, first=FIRST)[1], Alert)
    assert {alert.rule_id for alert in alerts} == {"z", "any", "price", "ratio", "gap", "age"}
    for rule_id in ("z", "ratio"):
        said = [alert.state for alert in alerts if alert.rule_id == rule_id]
        assert AlertState.FIRING in said
        assert AlertState.RESOLVED in said


def test_alerts_do_not_depend_on_the_batches() -> None:
    dice = random.Random(5)
    chances = [dice.random() for _ in ITEMS]
    patterns = [lambda _: True, lambda n: n % 7 == 0, lambda n: chances[n] < 0.1]
    whole = [fact for fact in run(ITEMS, first=FIRST)[1] if not isinstance(fact, TradesAccepted)]
    for take in patterns:
        facts = run(ITEMS, take, first=FIRST)[1]
        assert [fact for fact in facts if not isinstance(fact, TradesAccepted)] == whole


def test_an_alert_is_the_verdict_on_its_row() -> None:
    facts = run(TRUTH, first=(WatchPair(PAIR), SetRule("z", "abs(z) > 1", str(PAIR))))[1]
    rows = {row.time + 1_000: row for row in of(facts, PairRow) if row.timeframe is Timeframe.S1}
    alerts = of(facts, Alert)
    assert len(alerts) > 4
    for alert in alerts:
        value = rows[alert.time].z.value
        assert alert.value == value
        assert (alert.state is AlertState.FIRING) == (value is not None and abs(value) > 1)
        place = facts.index(rows[alert.time])
        assert facts.index(alert) > place


def test_a_prefix_says_a_prefix() -> None:
    whole = of(run(TRUTH, first=FIRST)[1], Alert, AlertLife, AlertBudget)
    for share in (0.3, 0.6, 0.9):
        part = of(run(TRUTH[: int(share * len(TRUTH))], first=FIRST)[1], Alert, AlertLife, AlertBudget)
        assert part == whole[: len(part)]
        assert part


def test_mute_acknowledge_and_drop_are_events() -> None:
    engine, _ = run(TRUTH[:600], first=(WatchPair(PAIR), SetRule("p", "price > 1", "BTCUSDT")))
    rule = engine.alerts.rules["p"]
    assert rule.worst().life.state is AlertState.FIRING
    assert [type(fact) for fact in engine.on(AcknowledgeAlert("p"))] == [AlertLife]
    assert engine.on(MuteRule("p", 5)) == []
    assert rule.definition.muted_until == 5
    assert (
        engine.on(AcknowledgeAlert("nothing"))
        == engine.on(MuteRule("nothing", 1))
        == engine.on(ResumeRule("nothing"))
        == []
    )
    assert [type(fact) for fact in engine.on(DropRule("p"))] == [Alert, AlertLife, AlertBudget]


def test_dropping_a_symbol_ends_the_alerts_about_it_and_its_pairs() -> None:
    rules = (SetRule("s", "price(any symbol) > 1", "any symbol"), SetRule("p", "corr(any pair) > -2", "any pair"))
    engine, _ = run(TRUTH, first=(WatchPair(PAIR), *rules))
    ended = engine.on(DropSymbol("ETHUSDT"))
    assert [(f.rule_id, f.subject, f.state) for f in of(ended, Alert)] == [
        ("p", str(PAIR), AlertState.RESOLVED),
        ("s", "ETHUSDT", AlertState.RESOLVED),
    ]
    assert engine.on(DropPair(PAIR)) == []
    assert set(engine.alerts.rules["s"].instances) == {"BTCUSDT"}


@pytest.mark.parametrize("share", [0.35, 0.5, 0.72, 0.9])
def test_a_second_run_goes_on_with_the_alerts_of_the_first(share: float) -> None:
    """Rules that follow a symbol's bars: nothing is said twice, nothing is lost, and waiting goes on."""
    rules = (
        SetRule("price", "volume > 1.5 for 2s", "BTCUSDT", keep_seconds=2, cap_per_hour=4),
        SetRule("cross", "return crosses above 0", "BTCUSDT"),
    )
    whole = of(run(TRUTH, first=(WatchPair(PAIR), *rules))[1], Alert)
    assert len(whole) > 6
    cut = int(share * len(TRUTH))
    while TRUTH[cut].time // 500 == TRUTH[cut - 1].time // 500:
        cut += 1  # a run ends between two ticks of the market's clock
    first, said = run(TRUTH[:cut], first=(WatchPair(PAIR), *rules))
    second = Engine(CONFIG)
    for rule in rules:
        second.on(rule)
        lives = {f.subject: f.life for f in said if isinstance(f, AlertLife) and f.rule_id == rule.rule_id}
        budgets = [f.budget for f in said if isinstance(f, AlertBudget) and f.rule_id == rule.rule_id]
        kept = tuple((subject, life) for subject, life in lives.items() if life is not None)
        second.on(ResumeRule(rule.rule_id, kept, budgets[-1] if budgets else None))
    for symbol in PAIR.symbols:
        closed = [bar for bar in of(said, Bar) if bar.symbol == symbol]
        since = max(bar.open_time + bar.timeframe.milliseconds for bar in closed if bar.timeframe is Timeframe.S1)
        unclosed = trades_event(
            symbol, [trade for trade in TRUTH[:cut] if trade.symbol == symbol and trade.time >= since]
        )
        held = tuple((r.first, r.last, r.first_time, r.last_time) for r in first.ledger(symbol))
        second.on(ResumeTape(symbol, held, bars=tuple(closed), trades=unclosed))
    again = of(run(TRUTH[cut:], engine=second, first=(WatchPair(PAIR),))[1], Alert)
    assert [*of(said, Alert), *again] == whole
