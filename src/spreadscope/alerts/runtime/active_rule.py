"""A rule at work: its definition, what it means, and one instance of its life for every subject it is about."""

from __future__ import annotations

from msgspec.structs import replace

from spreadscope.alerts.language.description import duration_words, headline, rule_words, value_words
from spreadscope.alerts.runtime import notification_policy
from spreadscope.alerts.runtime.evaluation import Evaluator, Judgement, Truth
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

_WORST = (
    AlertState.FIRING, AlertState.RECOVERING, AlertState.PENDING, AlertState.NO_DATA, AlertState.INACTIVE,
)  # fmt: skip


class RuleInstance:
    """One rule about one subject."""

    def __init__(self, meaning: Plan, subject: str, inputs: Inputs) -> None:
        self.subject = subject
        self.life = Life()
        self.value: float | None = None
        self.reason = ""
        self.evaluated_at = -1
        self.down_until = 0  # market time (ms) before which it is left alone: judging it failed
        self.evaluator = Evaluator(meaning)
        frame = meaning.timeframe
        self._readers: list[Reader] = [inputs.reader(item.name, item.of or subject, frame) for item in meaning.inputs]
        self.sources = tuple(dict.fromkeys(item.of or subject for item in meaning.inputs))

    def evaluate(self, time: int) -> Judgement:
        """At ``time`` (ms, later than before); what is to show of it is kept."""
        verdict = self.evaluator.evaluate(time, [read(time) for read in self._readers])
        self.evaluated_at = time
        self.note(verdict.value, verdict.truth)
        return verdict

    def note(self, value: Reading, truth: Truth) -> None:
        self.value = None if isinstance(value, str) else value
        self.reason = truth if isinstance(truth, str) else ""


class ActiveRule:
    """All of one rule. Every method that changes it gives the facts of the change."""

    def __init__(self, definition: SetRule) -> None:
        self.definition = definition
        self.plan = plan(definition.text, definition.subject, definition.timeframe, definition.recover)
        self.words = rule_words(self.plan)
        self.headline = headline(self.plan)
        self.course = HoldTimes(self.plan.hold, round(definition.keep_seconds * 1_000))
        self.budget = Budget()
        self.instances: dict[str, RuleInstance] = {}

    @property
    def rule_id(self) -> str:
        return self.definition.rule_id

    @property
    def enabled(self) -> bool:
        return self.definition.enabled and not self.budget.spent

    def worst(self) -> RuleInstance | None:
        """The instance whose state matters most; None while there is none."""
        return min(self.instances.values(), key=lambda each: _WORST.index(each.life.state), default=None)

    def evaluate(self, instance: RuleInstance, time: int, *, late: bool) -> list[Fact]:
        """The rule about one subject at ``time`` (ms): what that says, and what is remembered of it."""
        if time <= instance.evaluated_at or (self.budget.spent and not instance.life.incident):
            return []
        life = instance.life
        verdict = instance.evaluate(time)
        if life.start is None or time <= life.start:
            return []  # the past: it only fills the windows
        incident = f"{self.rule_id}:{instance.subject}:{time}"
        after, turn = advance(life, self.course, verdict.truth, verdict.recovered, time, incident)
        if instance.evaluator.sides != after.sides:
            after = replace(after, sides=instance.evaluator.sides)
        if after is life and not (life.silenced and life.state is AlertState.FIRING):
            return []
        instance.life = after
        facts = self._say(instance, life, turn, time, late=late)
        return [*facts, *self._remember(instance, life)]

    def blind(self, instance: RuleInstance, reason: str, time: int) -> list[Fact]:
        """Nothing was heard for long: no data."""
        life = instance.life
        if life.start is None or (self.budget.spent and not life.incident):
            return []
        instance.note(reason, reason)
        instance.life, turn = advance(life, self.course, reason, reason, time, "")
        return [*self._say(instance, life, turn, time, late=False), *self._remember(instance, life)]

    def end(self, instance: RuleInstance, time: int, why: str) -> list[Fact]:
        """An instance is over (the rule was changed or deleted, the pair dropped): its alert ends with it, told to nobody."""
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
        """What the cap held back in the hour that is over, told at once."""
        due = notification_policy.digest_due(self.budget)
        if due is None or now < due:
            return []
        count = sum(number for _, number in self.budget.held)
        most = ", ".join(f"{number} of {subject}" for subject, number in self.budget.held[:5])
        more = f" and of {len(self.budget.held) - 5} more" if len(self.budget.held) > 5 else ""
        words = (
            f"{count} alert{'s' if count > 1 else ''} of “{self.headline}” within the hour were not told one by one:"
            f" {most}{more}"
        )
        self.budget = replace(self.budget, held=(), held_since=0)
        muted = now < self.definition.muted_until
        said = self._fact(
            self.plan.subject, due, AlertState.DIGEST, None, "", words,
            notify="" if muted else "digest", suppressed=notification_policy.MUTED if muted else "",
        )  # fmt: skip
        return [said, AlertBudget(self.rule_id, self.budget)]

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _say(self, instance: RuleInstance, before: Life, turn: Transition, time: int, *, late: bool) -> list[Fact]:
        match turn:
            case Transition.FIRED:
                return self._fired(instance, time, late=late)
            case Transition.RESOLVED:
                return self._resolved(instance, before, time, late=late)
            case Transition.LOST:
                return self._lost(instance, before, time, late=late)
            case Transition.NOTHING:
                again = (
                    instance.life.silenced in notification_policy.PASSING and instance.life.state is AlertState.FIRING
                )
                return self._told_after_all(instance, time, late=late) if again else []

    def _fired(self, instance: RuleInstance, time: int, *, late: bool) -> list[Fact]:
        against, budget = notification_policy.told(self.definition, self.budget, instance.life, instance.subject, time)
        facts: list[Fact] = [self._firing(instance, time, against, late=late)]
        instance.life = replace(instance.life, silenced=against, told_at=instance.life.told_at if against else time)
        if self.definition.once:
            budget = replace(budget, spent=True)
        if budget != self.budget:
            self.budget = budget
            facts.append(AlertBudget(self.rule_id, budget))
        return facts

    def _told_after_all(self, instance: RuleInstance, time: int, *, late: bool) -> list[Fact]:
        """It still fires, and what kept it from being told has passed."""
        against, budget = notification_policy.told(self.definition, self.budget, instance.life, instance.subject, time)
        if against:
            return []  # still: it is asked again at the next bar
        instance.life = replace(instance.life, silenced="", told_at=time)
        self.budget = budget
        return [self._firing(instance, time, "", late=late), AlertBudget(self.rule_id, budget)]

    def _firing(self, instance: RuleInstance, time: int, against: str, *, late: bool) -> Alert:
        shown = "" if instance.value is None else f": {value_words(instance.value)}"
        words = f"{instance.subject}: {self.headline}{shown}"
        return self._alert(
            instance, AlertState.FIRING, time, instance.life.incident, words,
            notify="" if against else "firing", suppressed=against, late=late,
        )  # fmt: skip

    def _resolved(self, instance: RuleInstance, before: Life, time: int, *, late: bool) -> list[Fact]:
        tell, against = notification_policy.end_told(self.definition, before, time)
        lasted = duration_words(time - before.fired_at)
        words = f"{instance.subject}: over after {lasted}: {self.headline}; now {value_words(instance.value)}"
        notify = "resolved" if tell and self.definition.notify_resolved else ""
        return [
            self._alert(
                instance,
                AlertState.RESOLVED,
                time,
                before.incident,
                words,
                notify=notify,
                suppressed=against,
                late=late,
            )
        ]

    def _lost(self, instance: RuleInstance, before: Life, time: int, *, late: bool) -> list[Fact]:
        """Lost data are news where an alert is open; else only where the rule wants them told and had data before."""
        wanted = self.definition.notify_no_data and before.judged_once
        if not before.incident and not wanted:
            return []
        facts: list[Fact] = []
        notify, against = "", ""
        if before.incident:
            tell, against = notification_policy.end_told(self.definition, before, time)
            wanted = wanted and tell
        if wanted:
            blank = replace(before, told_at=0)
            against, budget = notification_policy.told(self.definition, self.budget, blank, instance.subject, time)
            notify = "" if against else "no data"
            if budget != self.budget:
                self.budget = budget
                facts.append(AlertBudget(self.rule_id, budget))
        words = f"{instance.subject}: no data for “{self.headline}”: {instance.reason}"
        said = self._alert(
            instance, AlertState.NO_DATA, time, before.incident, words, notify=notify, suppressed=against, late=late
        )
        return [said, *facts]

    def _remember(self, instance: RuleInstance, before: Life) -> list[Fact]:
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
