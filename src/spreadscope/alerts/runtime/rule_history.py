"""A rule over bars and rows that are stored: the same code as live, so that what it would have said is what it says."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from spreadscope.alerts.runtime.plan import Plan
from spreadscope.alerts.runtime.rule_engine import RuleEngine
from spreadscope.alerts.subjects import SYMBOL_SUBJECTS
from spreadscope.model.alerting import AlertState, WindowMemory
from spreadscope.model.events import SetRule
from spreadscope.model.facts import (
    Alert,
    Bar,
    Fact,
    PairRow,
    Signal,
)
from spreadscope.model.timeframe import SECOND, Timeframe

_MOST_SECONDS = 20_000
_UNSTORED = tuple(each.name for each in SYMBOL_SUBJECTS.values() if not each.stored)


class Firing(msgspec.Struct, frozen=True):
    """One alert: from when to when (``end`` is None where it had not ended), and the value it fired at."""

    subject: str
    time: int
    end: int | None
    value: float | None


class Tried(msgspec.Struct, frozen=True):
    """What a rule would have said. ``no_data`` of the ``evaluated`` judgements had no verdict; times are ends of bars."""

    evaluated: int
    no_data: int
    start: int | None
    end: int | None
    firings: tuple[Firing, ...]
    note: str


class _Tape:
    """What stored seconds tell of a tape: when it last traded, to a second."""

    def __init__(self) -> None:
        self.last_time: int | None = None
        self.missing = 0


def tried(definition: SetRule, subjects: Iterable[str], facts: Iterable[Fact]) -> Tried:
    """``definition`` over stored ``facts`` (bars, rows, signals of its timeframe; whole seconds where it needs ages)."""
    engine, made = _run(replace(definition, enabled=True, once=False, muted_until=0), subjects, list(facts))
    alerts = [fact for fact in made if isinstance(fact, Alert)]
    ends = {alert.incident: alert.time for alert in alerts if alert.state is AlertState.RESOLVED}
    fired: dict[str, Alert] = {}
    for alert in alerts:
        if alert.state is AlertState.FIRING:
            fired.setdefault(alert.incident, alert)  # one that was in its cooldown is told of again when that is over
    firings = tuple(
        Firing(alert.subject, alert.time, ends.get(alert.incident), alert.value) for alert in fired.values()
    )
    times = [_end(fact) for fact in facts if isinstance(fact, Bar | PairRow)]
    meaning = engine.rules[definition.rule_id].plan
    return Tried(
        engine.evaluations,
        engine.without_verdict,
        min(times, default=None),
        max(times, default=None),
        firings,
        _note(meaning),
    )


def windows(definition: SetRule, subjects: Iterable[str], facts: Iterable[Fact]) -> dict[str, tuple[WindowMemory, ...]]:
    """The windows of a rule as they stand after stored ``facts``, by subject."""
    engine, _ = _run(replace(definition, enabled=True), subjects, list(facts))
    return engine.windows(definition.rule_id)


def needs_seconds(meaning: Plan) -> bool:
    """Whether bars of whole seconds are needed beside those of the rule's timeframe."""
    return any(item.name == "age" for item in meaning.inputs)


def _run(definition: SetRule, subjects: Iterable[str], facts: list[Fact]) -> tuple[RuleEngine, list[Fact]]:
    tapes: dict[str, _Tape] = {}
    engine = RuleEngine(tapes)
    engine.set_rule(definition)
    for subject in subjects:
        engine.watch(subject)
    engine.clock(1)  # everything stored is to be judged
    if not engine.rules[definition.rule_id].plan.clocked:
        engine.apply(facts)
        return engine, engine.evaluate()
    made: list[Fact] = []
    for second, closed in _seconds(facts):
        for fact in closed:
            if isinstance(fact, Bar) and fact.timeframe is Timeframe.S1:
                tapes.setdefault(fact.symbol, _Tape()).last_time = second
        engine.apply(closed)
        engine.clock(second)
        made.extend([*engine.evaluate(), *engine.tick()])
    return engine, made


def _seconds(facts: list[Fact]) -> Iterable[tuple[int, list[Fact]]]:
    """Every second up to the last bar's end, with what closed at it; not more of them than can be gone through."""
    by_end: dict[int, list[Fact]] = {}
    for fact in facts:
        if isinstance(fact, Bar | PairRow | Signal):
            by_end.setdefault(_end(fact), []).append(fact)
    if by_end:
        last = max(by_end)
        for second in range(max(min(by_end), last - _MOST_SECONDS * SECOND), last + 1, SECOND):
            yield second, by_end.get(second, [])


def _end(fact: Bar | PairRow | Signal) -> int:
    start = fact.open_time if isinstance(fact, Bar) else fact.time
    return start + fact.timeframe.milliseconds


def _note(meaning: Plan) -> str:
    missing = [name for name in _UNSTORED if any(item.name == name for item in meaning.inputs)]
    if missing:
        return f"{' and '.join(missing)} is not stored over time, so it has no data here; live it has"
    if needs_seconds(meaning):
        return "ages are known to a second here"
    return ""
