"""The book of all rules. It hears bars, rows and signals as they are made, and judges what they touch, once a bar time.

Rules are found by (subject, timeframe), so that what a bar costs does not grow with the rules of other subjects.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from itertools import chain
from operator import itemgetter

from msgspec.structs import replace

from spreadscope.alerts.runtime.active_rule import ActiveRule, RuleInstance
from spreadscope.alerts.runtime.inputs import UNWATCHED, Inputs, patience
from spreadscope.alerts.subjects import SILENT, TapeView
from spreadscope.model.alerting import ANY_PAIR, ANY_SYMBOL, Life, WindowMemory
from spreadscope.model.events import AcknowledgeAlert, MuteRule, ResumeRule, SetRule
from spreadscope.model.facts import (
    AlertBudget,
    AlertLife,
    Bar,
    Fact,
    PairRow,
    Signal,
)
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.hedge import Space
from spreadscope.model.timeframe import SECOND, TIMEFRAMES, Timeframe
from spreadscope.model.validity import Reason

Key = tuple[str, str]  # of an instance: rule and subject
Placed = tuple[ActiveRule, RuleInstance]

_REST_MS = 60_000  # how long a rule that failed is left alone
LATE_MS = 10_000  # after its end, beyond the grace, a bar is judged late
_ORDER = {timeframe: place for place, timeframe in enumerate(TIMEFRAMES)}


class RuleEngine:
    """All rules and their lives. ``apply`` takes what closed, ``evaluate`` and ``tick`` give the facts."""

    def __init__(
        self,
        tapes: Mapping[str, TapeView],
        grace_ms: int = 0,
        faults: FaultLog | None = None,
        space: Space = Space.LOG,
    ) -> None:
        """``faults`` takes the exceptions of single rules: one that fails has no data, and is tried again a minute later.
        ``space`` is that of the traded spread, which decides what units a level of it may have."""
        self.space = space
        self.inputs = Inputs(tapes)
        self._faults = faults or FaultLog()
        self.rules: dict[str, ActiveRule] = {}
        self.evaluations = 0
        self.without_verdict = 0
        self._late_after = grace_ms + LATE_MS
        self.now = 0  # the market's clock, ms
        self._second = 0
        self._subjects: dict[str, dict[str, None]] = {ANY_PAIR: {}, ANY_SYMBOL: {}}
        self._index: dict[tuple[str, Timeframe], dict[Key, Placed]] = {}
        self._clocked: dict[Key, Placed] = {}
        self._heard: dict[tuple[int, int], list[Bar | PairRow | Signal]] = {}
        self._silence: list[tuple[int, Key]] = []
        self._listened: set[Key] = set()  # what stands in the heap
        self._began = 0
        self._digests: set[str] = set()
        self._resumed: dict[Key, tuple[Life | None, tuple[WindowMemory, ...]]] = {}

    # --- rules --------------------------------------------------------------------------------------------------------

    def set_rule(self, definition: SetRule) -> list[Fact]:
        """Create or replace a rule. A change of what it means begins its lives anew; any other leaves them."""
        rule = ActiveRule(definition)
        before = self.rules.get(definition.rule_id)
        kept: dict[Key, tuple[Life | None, tuple[WindowMemory, ...]]] = {}
        facts: list[Fact] = []
        if before is not None:
            if before.plan == rule.plan and definition.enabled:
                rule.budget = before.budget
                kept = {
                    (rule.rule_id, subject): (each.life, each.evaluator.windows())
                    for subject, each in before.instances.items()
                }
            if before.budget.spent:  # switched on again by hand
                rule.budget = replace(rule.budget, spent=False)
            for instance in list(before.instances.values()):
                facts.extend(self._leave(before, instance, "the rule was changed", keep=bool(kept)))
            if before.budget != rule.budget:
                facts.append(AlertBudget(rule.rule_id, rule.budget))
        self.rules[rule.rule_id] = rule
        self._note_digest(rule)
        self._resumed.update(kept)
        if not definition.enabled:
            return facts
        subjects = self._subjects[rule.plan.subject] if rule.plan.every else (rule.plan.subject,)
        return [*facts, *chain.from_iterable(self._enter(rule, subject) for subject in sorted(subjects))]

    def drop_rule(self, rule_id: str) -> list[Fact]:
        rule = self.rules.pop(rule_id, None)
        if rule is None:
            return []
        self._digests.discard(rule_id)
        facts = [
            fact
            for instance in list(rule.instances.values())
            for fact in self._leave(rule, instance, "the rule was deleted")
        ]
        return [*facts, AlertBudget(rule_id, None)]

    def mute(self, event: MuteRule) -> list[Fact]:
        rule = self.rules.get(event.rule_id)
        if rule is not None:
            rule.definition = replace(rule.definition, muted_until=event.until)
        return []

    def acknowledge(self, event: AcknowledgeAlert) -> list[Fact]:
        rule = self.rules.get(event.rule_id)
        chosen = (
            [] if rule is None else [each for each in rule.instances.values() if event.subject in {"", each.subject}]
        )
        return [fact for instance in chosen if rule is not None for fact in rule.acknowledge(instance)]

    def resume(self, event: ResumeRule) -> list[Fact]:
        """What an earlier run remembered, of instances that are there and of those to come."""
        rule = self.rules.get(event.rule_id)
        if rule is None:
            return []
        if event.budget is not None:
            rule.budget = event.budget
            self._note_digest(rule)
        lives, windows = dict(event.lives), dict(event.windows)
        for subject in dict.fromkeys((*lives, *windows)):
            key = (rule.rule_id, subject)
            self._resumed[key] = (lives.get(subject), windows.get(subject, ()))
            if subject in rule.instances:
                self._restore(rule.instances[subject], key)
        return []

    # --- subjects -----------------------------------------------------------------------------------------------------

    def watch(self, subject: str) -> list[Fact]:
        """A pair or a symbol is watched: the rules about any of its kind get an instance for it."""
        kind = ANY_PAIR if "/" in subject else ANY_SYMBOL
        if subject in self._subjects[kind]:
            return []
        self._subjects[kind][subject] = None
        rules = [rule for rule in self.rules.values() if rule.plan.subject == kind and rule.definition.enabled]
        return [fact for rule in sorted(rules, key=lambda rule: rule.rule_id) for fact in self._enter(rule, subject)]

    def drop(self, subject: str) -> list[Fact]:
        """A pair or a symbol is watched no more: alerts about it end, and a rule that names it waits for it without a verdict."""
        kind = ANY_PAIR if "/" in subject else ANY_SYMBOL
        self._subjects[kind].pop(subject, None)
        self.inputs.forget(subject)
        facts: list[Fact] = []
        for _, rule in sorted(self.rules.items()):
            touched = [each for _, each in sorted(rule.instances.items()) if subject in {each.subject, *each.sources}]
            for instance in touched:
                gone = rule.plan.every and instance.subject == subject
                why = "it is watched no more" if instance.subject == subject else f"{subject} is watched no more"
                facts.extend(self._leave(rule, instance, why))
                if not gone:
                    facts.extend(self._enter(rule, instance.subject))
                    facts.extend(rule.blind(rule.instances[instance.subject], UNWATCHED, self._second))
        return facts

    # --- the market ---------------------------------------------------------------------------------------------------

    def apply(self, facts: Iterable[Fact]) -> None:
        """Bars, rows and signals of bar times that are now complete."""
        for fact in facts:
            if isinstance(fact, Bar) and not fact.revised:
                time = fact.open_time
            elif isinstance(fact, PairRow | Signal):
                time = fact.time
            else:
                continue
            key = (time + fact.timeframe.milliseconds, _ORDER[fact.timeframe])
            self._heard.setdefault(key, []).append(fact)

    def clock(self, now: int) -> list[Fact]:
        """The market's clock is at ``now`` (ms). With its first reading the lives of all rules begin."""
        first, self.now = self.now == 0, now
        if not first:
            return []
        self._began = now
        pairs = [(rule, each) for rule in self.rules.values() for each in rule.instances.values()]
        return [fact for rule, instance in sorted(pairs, key=_by_key) for fact in self._begin(rule, instance)]

    def evaluate(self) -> list[Fact]:
        """Everything heard since the last time, in order of the bars' ends; each rule once a bar time."""
        facts: list[Fact] = []
        for end, order in sorted(self._heard):
            timeframe = TIMEFRAMES[order]
            touched: dict[Key, Placed] = {}
            for fact in self._heard[end, order]:
                touched.update(self._index.get((self._take(fact), timeframe), {}))
            facts.extend(self._judged(touched, end, late=self.now - end > self._late_after))
        self._heard.clear()
        return facts

    def tick(self) -> list[Fact]:
        """Each whole second of the market's clock: what moves with it, what has gone silent, digests that are due."""
        second = self.now - self.now % SECOND
        if second <= self._second:
            return []
        self._second = second
        facts = [*self._judged(self._clocked, second, late=False), *self._silent(second)]
        for rule_id in sorted(self._digests):
            rule = self.rules[rule_id]
            facts.extend(rule.digest(second))
            self._note_digest(rule)
        return facts

    def windows(self, rule_id: str) -> dict[str, tuple[WindowMemory, ...]]:
        """The windows of a rule as they stand, by subject."""
        return {subject: each.evaluator.windows() for subject, each in self.rules[rule_id].instances.items()}

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _take(self, fact: Bar | PairRow | Signal) -> str:
        """Enter what was heard; → whose it is."""
        if isinstance(fact, Bar):
            self.inputs.bar(fact)
            return fact.symbol
        if isinstance(fact, PairRow):
            self.inputs.row(fact)
        else:
            self.inputs.signal(fact)
        return str(fact.pair)

    def _judged(self, placed: dict[Key, Placed], time: int, *, late: bool) -> list[Fact]:
        """Instances at one time, in the order of their rules and subjects."""
        facts: list[Fact] = []
        for _, (rule, instance) in sorted(placed.items(), key=_first):
            if time < instance.down_until:
                continue
            said = self._judge_one(rule, instance, time, late=late)
            if said:
                facts.extend(said)
                self._note_digest(rule)
            if instance.reason:
                self.without_verdict += 1
        self.evaluations += len(placed)
        return facts

    def _judge_one(self, rule: ActiveRule, instance: RuleInstance, time: int, *, late: bool) -> list[Fact]:
        """One rule about one subject. Where that fails, the rule has no data, and every other one is judged."""
        try:
            said = rule.evaluate(instance, time, late=late)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one rule, the others are judged
            subject = _subject(rule, instance)
            self._faults.note("rule", subject, error, f"the rule {subject} is not judged for a minute")
            instance.down_until = time + _REST_MS
            return rule.blind(instance, str(Reason.FAILED), time)
        if instance.down_until:
            instance.down_until = 0
            self._faults.recovered("rule", _subject(rule, instance))
        return said

    def _silent(self, second: int) -> list[Fact]:
        """Instances whose bars stay away. Each stands in the heap once, with a time before which it need not be looked at."""
        facts: list[Fact] = []
        while self._silence and self._silence[0][0] <= second:
            _, key = heapq.heappop(self._silence)
            rule = self.rules.get(key[0])
            instance = rule.instances.get(key[1]) if rule is not None else None
            if rule is None or instance is None:
                self._listened.discard(key)
                continue
            limit = patience(rule.plan.timeframe)
            due = max(instance.evaluated_at, instance.life.start or 0, self._began) + limit
            if due <= second:
                facts.extend(rule.blind(instance, SILENT, second))
                due = second + limit
            heapq.heappush(self._silence, (due, key))
        return facts

    def _enter(self, rule: ActiveRule, subject: str) -> list[Fact]:
        """A new instance, with what is remembered of it."""
        key = (rule.rule_id, subject)
        instance = RuleInstance(rule.plan, subject, self.inputs)
        rule.instances[subject] = instance
        self._restore(instance, key)
        if rule.plan.clocked:
            self._clocked[key] = (rule, instance)
        else:
            for source in instance.sources:
                self._index.setdefault((source, rule.plan.timeframe), {})[key] = (rule, instance)
            if key not in self._listened:
                self._listened.add(key)
                heapq.heappush(self._silence, (self.now + patience(rule.plan.timeframe), key))
        return self._begin(rule, instance) if self.now else []

    def _begin(self, rule: ActiveRule, instance: RuleInstance) -> list[Fact]:
        """What ended before a rule was there does not fire it."""
        if instance.life.start is not None:
            return []
        instance.life = replace(instance.life, start=self.now, since=self.now)
        return [AlertLife(rule.rule_id, instance.subject, instance.life)]

    def _restore(self, instance: RuleInstance, key: Key) -> None:
        life, windows = self._resumed.pop(key, (None, ()))
        instance.life = life or instance.life
        instance.evaluator.restore(instance.life.sides, windows)

    def _leave(self, rule: ActiveRule, instance: RuleInstance, why: str, *, keep: bool = False) -> list[Fact]:
        key = (rule.rule_id, instance.subject)
        del rule.instances[instance.subject]
        self._clocked.pop(key, None)
        for source in instance.sources:
            held = self._index.get((source, rule.plan.timeframe), {})
            held.pop(key, None)
            if not held:
                self._index.pop((source, rule.plan.timeframe), None)
        return [] if keep else rule.end(instance, self._second, why)

    def _note_digest(self, rule: ActiveRule) -> None:
        if rule.budget.held:
            self._digests.add(rule.rule_id)
        else:
            self._digests.discard(rule.rule_id)


_first = itemgetter(0)


def _subject(rule: ActiveRule, instance: RuleInstance) -> str:
    return f"{rule.definition.text} ({instance.subject})"


def _by_key(item: tuple[ActiveRule, RuleInstance]) -> Key:
    return item[0].rule_id, item[1].subject
