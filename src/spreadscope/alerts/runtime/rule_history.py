"""A rule evaluated on stored bars and rows, with the same code as live."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from spreadscope.alerts.runtime.plan import Plan
from spreadscope.alerts.runtime.rule_engine import RuleEngine
from spreadscope.alerts.subjects import PAPER_SUBJECTS, SYMBOL_SUBJECTS
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
_UNSTORED = (*(subject.name for subject in SYMBOL_SUBJECTS.values() if not subject.stored), *PAPER_SUBJECTS)


class Firing(msgspec.Struct, frozen=True):
    """A firing of a rule: its start, its end (None: it had not ended), and the value at which it fired."""

    subject: str
    time: int
    end: int | None
    value: float | None


class HistoryResult(msgspec.Struct, frozen=True):
    """The firings of a rule on stored data. ``no_data`` of the ``evaluated`` evaluations had no verdict; times are ends
    of bars."""

    evaluated: int
    no_data: int
    start: int | None
    end: int | None
    firings: tuple[Firing, ...]
    note: str


class _Tape:
    """A tape as stored seconds show it: the time of its last trade, to a second."""

    def __init__(self) -> None:
        self.last_time: int | None = None
        self.missing = 0


def run_on_history(definition: SetRule, subjects: Iterable[str], facts: Iterable[Fact]) -> HistoryResult:
    """Returns the result of a rule on stored ``facts`` (bars, rows, signals of its timeframe; also seconds if it needs
    ages)."""
    engine, made = _run(replace(definition, enabled=True, once=False, muted_until=0), subjects, list(facts))
    alerts = [fact for fact in made if isinstance(fact, Alert)]
    ends = {alert.incident: alert.time for alert in alerts if alert.state is AlertState.RESOLVED}
    fired: dict[str, Alert] = {}
    for alert in alerts:
        if alert.state is AlertState.FIRING:
            fired.setdefault(alert.incident, alert)  # an alert in its cooldown has a second fact when that ends
    firings = tuple(
        Firing(alert.subject, alert.time, ends.get(alert.incident), alert.value) for alert in fired.values()
    )
    times = [_end(fact) for fact in facts if isinstance(fact, Bar | PairRow)]
    plan = engine.rules[definition.rule_id].plan
    return HistoryResult(
        engine.evaluations,
        engine.without_verdict,
        min(times, default=None),
        max(times, default=None),
        firings,
        _note(plan),
    )


def windows_after_history(
    definition: SetRule, subjects: Iterable[str], facts: Iterable[Fact]
) -> dict[str, tuple[WindowMemory, ...]]:
    """Returns the windows of a rule after stored ``facts``, by subject."""
    engine, _ = _run(replace(definition, enabled=True), subjects, list(facts))
    return engine.windows(definition.rule_id)


def needs_seconds(plan: Plan) -> bool:
    """Returns whether the rule needs bars of one second besides those of its timeframe."""
    return any(item.name == "age" for item in plan.inputs)


def _run(definition: SetRule, subjects: Iterable[str], facts: list[Fact]) -> tuple[RuleEngine, list[Fact]]:
    tapes: dict[str, _Tape] = {}
    engine = RuleEngine(tapes)
    engine.set_rule(definition)
    for subject in subjects:
        engine.watch(subject)
    engine.clock(1)  # evaluate all stored facts
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
    """Yields every second up to the last bar's end, with the facts that closed at it; at most ``_MOST_SECONDS`` of
    them."""
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


def _note(plan: Plan) -> str:
    missing = [name for name in _UNSTORED if any(item.name == name for item in plan.inputs)]
    if missing:
        return f"{' and '.join(missing)} is not stored over time, so it has no data here; live it has"
    if needs_seconds(plan):
        return "ages are known to a second here"
    return ""
