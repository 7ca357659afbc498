"""An active rule: its definition, its plan, and one instance for every subject it is about."""

from __future__ import annotations

from msgspec.structs import replace

from spreadscope.alerts.language.description import duration_words, headline, rule_words, value_words
from spreadscope.alerts.runtime import notification_policy
from spreadscope.alerts.runtime.evaluation import Evaluator, Truth, Verdict
from spreadscope.alerts.runtime.inputs import Inputs, Reader
from spreadscope.alerts.runtime.life import HoldTimes, Transition, advance
from spreadscope.alerts.runtime.plan import Plan, plan
from spreadscope.alerts.subjects import Reading
from spreadscope.model.alerting import AlertState, Budget, Life
from spreadscope.model.events import SetRule
from spreadscope.model.facts import (
    Alert,
    AlertBudget,
    AlertLife,
    Fact,
)

_BY_IMPORTANCE = (
    AlertState.FIRING, AlertState.RECOVERING, AlertState.PENDING, AlertState.NO_DATA, AlertState.INACTIVE,
)  # fmt: skip


class RuleInstance:
    """An instance of a rule for one subject."""

    def __init__(self, meaning: Plan, subject: str, inputs: Inputs) -> None:
        self.subject = subject
        self.life = Life()
        self.value: float | None = None
        self.reason = ""
        self.evaluated_at = -1
        self.down_until = 0  # market time (ms) before which it is not evaluated, after a failure
        self.evaluator = Evaluator(meaning)
        timeframe = meaning.timeframe
        self._readers: list[Reader] = [
            inputs.reader(item.name, item.subject or subject, timeframe) for item in meaning.inputs
        ]
        self.sources = tuple(dict.fromkeys(item.subject or subject for item in meaning.inputs))

    def evaluate(self, time: int) -> Verdict:
        """Returns the verdict at ``time`` (ms, later than before), and keeps the value to show."""
        verdict = self.evaluator.evaluate(time, [read(time) for read in self._readers])
        self.evaluated_at = time
        self.set_value(verdict.value, verdict.truth)
        return verdict

    def set_value(self, value: Reading, truth: Truth) -> None:
        self.value = None if isinstance(value, str) else value
        self.reason = truth if isinstance(truth, str) else ""


class ActiveRule:
    """A rule with its instances, used by the rule engine. Every method that changes it returns the facts of the
    change."""

    def __init__(self, definition: SetRule) -> None:
        self.definition = definition
        self.plan = plan(definition.text, definition.subject, definition.timeframe, definition.recover)
        self.words = rule_words(self.plan)
        self.headline = headline(self.plan)
        self.hold_times = HoldTimes(self.plan.hold, round(definition.keep_seconds * 1_000))
        self.budget = Budget()
        self.instances: dict[str, RuleInstance] = {}

    @property
    def rule_id(self) -> str:
        return self.definition.rule_id

    @property
    def enabled(self) -> bool:
        return self.definition.enabled and not self.budget.spent

    def worst(self) -> RuleInstance | None:
        """Returns the instance with the most important state, or None."""
        return min(
            self.instances.values(), key=lambda instance: _BY_IMPORTANCE.index(instance.life.state), default=None
        )

    def evaluate(self, instance: RuleInstance, time: int, *, late: bool) -> list[Fact]:
        """Evaluate the rule about one subject at ``time`` (ms). Returns its alerts and the changes of its life."""
        if time <= instance.evaluated_at or (self.budget.spent and not instance.life.incident):
            return []
        life = instance.life
        verdict = instance.evaluate(time)
        if life.start is None or time <= life.start:
            return []  # a bar of the past only fills the windows
        incident = f"{self.rule_id}:{instance.subject}:{time}"
        new_life, transition = advance(life, self.hold_times, verdict.truth, verdict.recovered, time, incident)
        if instance.evaluator.sides != new_life.sides:
            new_life = replace(new_life, sides=instance.evaluator.sides)
        if new_life is life and not (life.silenced and life.state is AlertState.FIRING):
            return []
        instance.life = new_life
        facts = self._facts_of(instance, life, transition, time, late=late)
        return [*facts, *self._life_facts(instance, life)]

    def mark_no_data(self, instance: RuleInstance, reason: str, time: int) -> list[Fact]:
        """Mark an instance as without data. Returns the facts of the change."""
        life = instance.life
        if life.start is None or (self.budget.spent and not life.incident):
            return []
        instance.set_value(reason, reason)
        instance.life, transition = advance(life, self.hold_times, reason, reason, time, "")
        return [*self._facts_of(instance, life, transition, time, late=False), *self._life_facts(instance, life)]

    def end(self, instance: RuleInstance, time: int, why: str) -> list[Fact]:
        """End an instance (the rule was changed or deleted, the pair dropped): its alert ends without a
        notification."""
        facts: list[Fact] = []
        if instance.life.incident:
            words = f"{instance.subject}: {why}, so the alert “{self.headline}” ended"
            facts.append(self._alert(instance, AlertState.RESOLVED, time, instance.life.incident, words))
        return [*facts, AlertLife(self.rule_id, instance.subject, None)]

    def acknowledge(self, instance: RuleInstance) -> list[Fact]:
        if not instance.life.incident or instance.life.acknowledged:
            return []
        instance.life = replace(instance.life, acknowledged=True)
        return [AlertLife(self.rule_id, instance.subject, instance.life)]

    def digest(self, now: int) -> list[Fact]:
        """Returns the digest of the alerts that the cap suppressed in the last hour, when it is due."""
        due = notification_policy.digest_due(self.budget)
        if due is None or now < due:
            return []
        count = sum(number for _, number in self.budget.held)
        most = ", ".join(f"{number} of {subject}" for subject, number in self.budget.held[:5])
        more = f" and of {len(self.budget.held) - 5} more" if len(self.budget.held) > 5 else ""
        words = (
            f"{count} alert{'s' if count > 1 else ''} of “{self.headline}” within the hour were not sent one by one:"
            f" {most}{more}"
        )
        self.budget = replace(self.budget, held=(), held_since=0)
        muted = now < self.definition.muted_until
        alert = self._fact(
            self.plan.subject, due, AlertState.DIGEST, None, "", words,
            notify="" if muted else "digest", suppressed=notification_policy.MUTED if muted else "",
        )  # fmt: skip
        return [alert, AlertBudget(self.rule_id, self.budget)]

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _facts_of(
        self, instance: RuleInstance, before: Life, transition: Transition, time: int, *, late: bool
    ) -> list[Fact]:
        match transition:
            case Transition.FIRED:
                return self._fired(instance, time, late=late)
            case Transition.RESOLVED:
                return self._resolved(instance, before, time, late=late)
            case Transition.LOST:
                return self._lost(instance, before, time, late=late)
            case Transition.NOTHING:
                still_firing = (
                    instance.life.silenced in notification_policy.TEMPORARY and instance.life.state is AlertState.FIRING
                )
                return self._notify_late(instance, time, late=late) if still_firing else []

    def _fired(self, instance: RuleInstance, time: int, *, late: bool) -> list[Fact]:
        suppressed, budget = notification_policy.check_firing(
            self.definition, self.budget, instance.life, instance.subject, time
        )
        facts: list[Fact] = [self._firing(instance, time, suppressed, late=late)]
        instance.life = replace(
            instance.life, silenced=suppressed, told_at=instance.life.told_at if suppressed else time
        )
        if self.definition.once:
            budget = replace(budget, spent=True)
        if budget != self.budget:
            self.budget = budget
            facts.append(AlertBudget(self.rule_id, budget))
        return facts

    def _notify_late(self, instance: RuleInstance, time: int, *, late: bool) -> list[Fact]:
        """Notify an alert that still fires, when the reason that suppressed it has ended."""
        suppressed, budget = notification_policy.check_firing(
            self.definition, self.budget, instance.life, instance.subject, time
        )
        if suppressed:
            return []  # still suppressed: checked again at the next bar
        instance.life = replace(instance.life, silenced="", told_at=time)
        self.budget = budget
        return [self._firing(instance, time, "", late=late), AlertBudget(self.rule_id, budget)]

    def _firing(self, instance: RuleInstance, time: int, suppressed: str, *, late: bool) -> Alert:
        value_text = "" if instance.value is None else f": {value_words(instance.value)}"
        words = f"{instance.subject}: {self.headline}{value_text}"
        return self._alert(
            instance, AlertState.FIRING, time, instance.life.incident, words,
            notify="" if suppressed else "firing", suppressed=suppressed, late=late,
        )  # fmt: skip

    def _resolved(self, instance: RuleInstance, before: Life, time: int, *, late: bool) -> list[Fact]:
        notify_end, suppressed = notification_policy.check_end(self.definition, before, time)
        duration = duration_words(time - before.fired_at)
        words = f"{instance.subject}: over after {duration}: {self.headline}; now {value_words(instance.value)}"
        notify = "resolved" if notify_end and self.definition.notify_resolved else ""
        return [
            self._alert(
                instance,
                AlertState.RESOLVED,
                time,
                before.incident,
                words,
                notify=notify,
                suppressed=suppressed,
                late=late,
            )
        ]

    def _lost(self, instance: RuleInstance, before: Life, time: int, *, late: bool) -> list[Fact]:
        """Returns the alert for lost data: for an open incident, or if the rule notifies lost data and had data
        before."""
        notify_lost = self.definition.notify_no_data and before.judged_once
        if not before.incident and not notify_lost:
            return []
        facts: list[Fact] = []
        notify, suppressed = "", ""
        if before.incident:
            notify_end, suppressed = notification_policy.check_end(self.definition, before, time)
            notify_lost = notify_lost and notify_end
        if notify_lost:
            without_cooldown = replace(before, told_at=0)
            suppressed, budget = notification_policy.check_firing(
                self.definition, self.budget, without_cooldown, instance.subject, time
            )
            notify = "" if suppressed else "no data"
            if budget != self.budget:
                self.budget = budget
                facts.append(AlertBudget(self.rule_id, budget))
        words = f"{instance.subject}: no data for “{self.headline}”: {instance.reason}"
        alert = self._alert(
            instance, AlertState.NO_DATA, time, before.incident, words, notify=notify, suppressed=suppressed, late=late
        )
        return [alert, *facts]

    def _life_facts(self, instance: RuleInstance, before: Life) -> list[Fact]:
        return [] if instance.life == before else [AlertLife(self.rule_id, instance.subject, instance.life)]

    def _alert(
        self, instance: RuleInstance, state: AlertState, time: int, incident: str, words: str, *,
        notify: str = "", suppressed: str = "", late: bool = False,
    ) -> Alert:  # fmt: skip
        return self._fact(
            instance.subject, time, state, instance.value, incident, words,
            notify=notify, suppressed=suppressed, late=late,
        )  # fmt: skip

    def _fact(
        self, subject: str, time: int, state: AlertState, value: float | None, incident: str, words: str, *,
        notify: str = "", suppressed: str = "", late: bool = False,
    ) -> Alert:  # fmt: skip
        rule = self.definition
        return Alert(
            rule.rule_id, rule.name, rule.text, subject, self.plan.timeframe, time, state, value, self.plan.threshold,
            rule.severity, incident, words, notify, suppressed, late, rule.channels,
        )  # fmt: skip
