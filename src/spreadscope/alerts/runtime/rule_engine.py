"""The engine of all rules. It takes bars, rows and signals, and evaluates the rules that read them, once for each bar
time.

Rules are indexed by (subject, timeframe), so that the cost of a bar does not grow with the rules of other subjects.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from itertools import chain
from operator import itemgetter

from msgspec.structs import replace

from spreadscope.alerts.runtime.active_rule import ActiveRule, RuleInstance
from spreadscope.alerts.runtime.inputs import UNWATCHED, Inputs, silence_limit
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
from spreadscope.model.timeframe import SECOND, TIMEFRAMES, Timeframe
from spreadscope.model.validity import Reason

Key = tuple[str, str]  # of an instance: rule and subject
RuleAndInstance = tuple[ActiveRule, RuleInstance]

_RETRY_MS = 60_000  # pause after the failure of a rule
LATE_MS = 10_000  # an evaluation this long after the bar's end and its grace period is late
_ORDER = {timeframe: place for place, timeframe in enumerate(TIMEFRAMES)}


class RuleEngine:
    """An engine of all rules and their alerts, used by ``Engine``. ``apply`` takes facts, ``evaluate`` and ``tick``
    return facts."""

    def __init__(
        self,
        tapes: Mapping[str, TapeView],
        grace_ms: int = 0,
        faults: FaultLog | None = None,
    ) -> None:
        """``faults`` collects the exceptions of single rules: a rule that fails has no data, and is evaluated again a
        minute later."""
        self.inputs = Inputs(tapes)
        self._faults = faults or FaultLog()
        self.rules: dict[str, ActiveRule] = {}
        self.evaluations = 0
        self.without_verdict = 0
        self._late_after = grace_ms + LATE_MS
        self.now = 0  # the market's clock, ms
        self._last_second = 0
        self._subjects: dict[str, dict[str, None]] = {ANY_PAIR: {}, ANY_SYMBOL: {}}
        self._index: dict[tuple[str, Timeframe], dict[Key, RuleAndInstance]] = {}
        self._clocked: dict[Key, RuleAndInstance] = {}
        self._to_evaluate: dict[tuple[int, int], list[Bar | PairRow | Signal]] = {}
        self._silence_heap: list[tuple[int, Key]] = []
        self._in_heap: set[Key] = set()
        self._started_at = 0
        self._with_digest: set[str] = set()
        self._resumed: dict[Key, tuple[Life | None, tuple[WindowMemory, ...]]] = {}

    # --- rules --------------------------------------------------------------------------------------------------------

    def set_rule(self, definition: SetRule) -> list[Fact]:
        """Create or replace a rule. Its alerts start again when its meaning changes, and go on otherwise."""
        rule = ActiveRule(definition)
        before = self.rules.get(definition.rule_id)
        resumed_lives: dict[Key, tuple[Life | None, tuple[WindowMemory, ...]]] = {}
        facts: list[Fact] = []
        if before is not None:
            if before.plan == rule.plan and definition.enabled:
                rule.budget = before.budget
                resumed_lives = {
                    (rule.rule_id, subject): (instance.life, instance.evaluator.windows())
                    for subject, instance in before.instances.items()
                }
            if before.budget.spent:  # a user switched it on again
                rule.budget = replace(rule.budget, spent=False)
            for instance in list(before.instances.values()):
                facts.extend(self._remove_instance(before, instance, "the rule was changed", keep=bool(resumed_lives)))
            if before.budget != rule.budget:
                facts.append(AlertBudget(rule.rule_id, rule.budget))
        self.rules[rule.rule_id] = rule
        self._note_digest(rule)
        self._resumed.update(resumed_lives)
        if not definition.enabled:
            return facts
        subjects = self._subjects[rule.plan.subject] if rule.plan.about_any else (rule.plan.subject,)
        return [*facts, *chain.from_iterable(self._add_instance(rule, subject) for subject in sorted(subjects))]

    def drop_rule(self, rule_id: str) -> list[Fact]:
        rule = self.rules.pop(rule_id, None)
        if rule is None:
            return []
        self._with_digest.discard(rule_id)
        facts = [
            fact
            for instance in list(rule.instances.values())
            for fact in self._remove_instance(rule, instance, "the rule was deleted")
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
            []
            if rule is None
            else [instance for instance in rule.instances.values() if event.subject in {"", instance.subject}]
        )
        return [fact for instance in chosen if rule is not None for fact in rule.acknowledge(instance)]

    def resume(self, event: ResumeRule) -> list[Fact]:
        """Restore what an earlier run stored, for existing instances and for later ones."""
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
        """Watch a pair or a symbol: rules about any of its kind get an instance for it."""
        kind = ANY_PAIR if "/" in subject else ANY_SYMBOL
        if subject in self._subjects[kind]:
            return []
        self._subjects[kind][subject] = None
        rules = [rule for rule in self.rules.values() if rule.plan.subject == kind and rule.definition.enabled]
        return [
            fact for rule in sorted(rules, key=lambda rule: rule.rule_id) for fact in self._add_instance(rule, subject)
        ]

    def drop(self, subject: str) -> list[Fact]:
        """Stop watching a pair or a symbol: alerts about it end, and a rule that names it has no data."""
        kind = ANY_PAIR if "/" in subject else ANY_SYMBOL
        self._subjects[kind].pop(subject, None)
        self.inputs.forget(subject)
        facts: list[Fact] = []
        for _, rule in sorted(self.rules.items()):
            touched = [
                instance
                for _, instance in sorted(rule.instances.items())
                if subject in {instance.subject, *instance.sources}
            ]
            for instance in touched:
                gone = rule.plan.about_any and instance.subject == subject
                why = "it is watched no more" if instance.subject == subject else f"{subject} is watched no more"
                facts.extend(self._remove_instance(rule, instance, why))
                if not gone:
                    facts.extend(self._add_instance(rule, instance.subject))
                    facts.extend(rule.mark_no_data(rule.instances[instance.subject], UNWATCHED, self._last_second))
        return facts

    # --- the market ---------------------------------------------------------------------------------------------------

    def apply(self, facts: Iterable[Fact]) -> None:
        """Take the bars, rows and signals of bar times that are complete now."""
        for fact in facts:
            if isinstance(fact, Bar) and not fact.revised:
                time = fact.open_time
            elif isinstance(fact, PairRow | Signal):
                time = fact.time
            else:
                continue
            key = (time + fact.timeframe.milliseconds, _ORDER[fact.timeframe])
            self._to_evaluate.setdefault(key, []).append(fact)

    def clock(self, now: int) -> list[Fact]:
        """Set the market's clock to ``now`` (ms). With the first time the lives of all rules begin."""
        first, self.now = self.now == 0, now
        if not first:
            return []
        self._started_at = now
        pairs = [(rule, instance) for rule in self.rules.values() for instance in rule.instances.values()]
        return [fact for rule, instance in sorted(pairs, key=_by_key) for fact in self._start_life(rule, instance)]

    def evaluate(self) -> list[Fact]:
        """Evaluate the rules on all facts since the last call, in order of the bars' ends, each rule once for a bar
        time."""
        facts: list[Fact] = []
        for end, order in sorted(self._to_evaluate):
            timeframe = TIMEFRAMES[order]
            touched: dict[Key, RuleAndInstance] = {}
            for fact in self._to_evaluate[end, order]:
                touched.update(self._index.get((self._add_input(fact), timeframe), {}))
            facts.extend(self._evaluate_all(touched, end, late=self.now - end > self._late_after))
        self._to_evaluate.clear()
        return facts

    def tick(self) -> list[Fact]:
        """Evaluate rules that depend on the clock, once a second; find silent subjects; send digests that are due."""
        second = self.now - self.now % SECOND
        if second <= self._last_second:
            return []
        self._last_second = second
        facts = [*self._evaluate_all(self._clocked, second, late=False), *self._check_silence(second)]
        for rule_id in sorted(self._with_digest):
            rule = self.rules[rule_id]
            facts.extend(rule.digest(second))
            self._note_digest(rule)
        return facts

    def windows(self, rule_id: str) -> dict[str, tuple[WindowMemory, ...]]:
        """Returns the current windows of a rule, by subject."""
        return {subject: instance.evaluator.windows() for subject, instance in self.rules[rule_id].instances.items()}

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _add_input(self, fact: Bar | PairRow | Signal) -> str:
        """Add a fact to the inputs. Returns its subject."""
        if isinstance(fact, Bar):
            self.inputs.add_bar(fact)
            return fact.symbol
        if isinstance(fact, PairRow):
            self.inputs.add_row(fact)
        else:
            self.inputs.add_signal(fact)
        return str(fact.pair)

    def _evaluate_all(self, rules: dict[Key, RuleAndInstance], time: int, *, late: bool) -> list[Fact]:
        """Evaluate instances at one time, in the order of their rules and subjects."""
        facts: list[Fact] = []
        for _, (rule, instance) in sorted(rules.items(), key=_by_rule_and_subject):
            if time < instance.down_until:
                continue
            new_facts = self._evaluate_one(rule, instance, time, late=late)
            if new_facts:
                facts.extend(new_facts)
                self._note_digest(rule)
            if instance.reason:
                self.without_verdict += 1
        self.evaluations += len(rules)
        return facts

    def _evaluate_one(self, rule: ActiveRule, instance: RuleInstance, time: int, *, late: bool) -> list[Fact]:
        """Evaluate one rule about one subject. When that fails, the rule has no data and the others are evaluated."""
        try:
            facts = rule.evaluate(instance, time, late=late)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one rule, the others are evaluated
            subject = _subject(rule, instance)
            self._faults.note("rule", subject, error, f"the rule {subject} is not evaluated for a minute")
            instance.down_until = time + _RETRY_MS
            return rule.mark_no_data(instance, str(Reason.FAILED), time)
        if instance.down_until:
            instance.down_until = 0
            self._faults.recovered("rule", _subject(rule, instance))
        return facts

    def _check_silence(self, second: int) -> list[Fact]:
        """Find instances without new bars. Each is in the heap once, with the time at which it must be checked."""
        facts: list[Fact] = []
        while self._silence_heap and self._silence_heap[0][0] <= second:
            _, key = heapq.heappop(self._silence_heap)
            rule = self.rules.get(key[0])
            instance = rule.instances.get(key[1]) if rule is not None else None
            if rule is None or instance is None:
                self._in_heap.discard(key)
                continue
            limit = silence_limit(rule.plan.timeframe)
            due = max(instance.evaluated_at, instance.life.start or 0, self._started_at) + limit
            if due <= second:
                facts.extend(rule.mark_no_data(instance, SILENT, second))
                due = second + limit
            heapq.heappush(self._silence_heap, (due, key))
        return facts

    def _add_instance(self, rule: ActiveRule, subject: str) -> list[Fact]:
        """Add an instance, with its state of an earlier run."""
        key = (rule.rule_id, subject)
        instance = RuleInstance(rule.plan, subject, self.inputs)
        rule.instances[subject] = instance
        self._restore(instance, key)
        if rule.plan.clocked:
            self._clocked[key] = (rule, instance)
        else:
            for source in instance.sources:
                self._index.setdefault((source, rule.plan.timeframe), {})[key] = (rule, instance)
            if key not in self._in_heap:
                self._in_heap.add(key)
                heapq.heappush(self._silence_heap, (self.now + silence_limit(rule.plan.timeframe), key))
        return self._start_life(rule, instance) if self.now else []

    def _start_life(self, rule: ActiveRule, instance: RuleInstance) -> list[Fact]:
        """Start the life of an instance: bars that ended before it do not fire the rule."""
        if instance.life.start is not None:
            return []
        instance.life = replace(instance.life, start=self.now, since=self.now)
        return [AlertLife(rule.rule_id, instance.subject, instance.life)]

    def _restore(self, instance: RuleInstance, key: Key) -> None:
        life, windows = self._resumed.pop(key, (None, ()))
        instance.life = life or instance.life
        instance.evaluator.restore(instance.life.sides, windows)

    def _remove_instance(self, rule: ActiveRule, instance: RuleInstance, why: str, *, keep: bool = False) -> list[Fact]:
        key = (rule.rule_id, instance.subject)
        del rule.instances[instance.subject]
        self._clocked.pop(key, None)
        for source in instance.sources:
            instances = self._index.get((source, rule.plan.timeframe), {})
            instances.pop(key, None)
            if not instances:
                self._index.pop((source, rule.plan.timeframe), None)
        return [] if keep else rule.end(instance, self._last_second, why)

    def _note_digest(self, rule: ActiveRule) -> None:
        if rule.budget.held:
            self._with_digest.add(rule.rule_id)
        else:
            self._with_digest.discard(rule.rule_id)


_by_rule_and_subject = itemgetter(0)


def _subject(rule: ActiveRule, instance: RuleInstance) -> str:
    return f"{rule.definition.text} ({instance.subject})"


def _by_key(item: tuple[ActiveRule, RuleInstance]) -> Key:
    return item[0].rule_id, item[1].subject
