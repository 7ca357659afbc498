"""The conversion of facts to contract structs (``docs/api.md``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from spreadscope import contract
from spreadscope.alerts import ActiveRule, RuleInstance, rule_words
from spreadscope.alerts.language.levels import levels
from spreadscope.alerts.language.vocabulary import Term
from spreadscope.alerts.presets import Preset
from spreadscope.alerts.runtime.notification_policy import digest_due
from spreadscope.alerts.runtime.plan import plan
from spreadscope.alerts.runtime.rule_history import HistoryResult
from spreadscope.alerts.runtime.scorecard import Score
from spreadscope.api.structs import ROW
from spreadscope.contract.copying import copier
from spreadscope.model.events import SetRule
from spreadscope.model.facts import (
    Alert,
    Bar,
    Gap,
    PairRow,
)
from spreadscope.model.instrument import Instrument, Pair
from spreadscope.store.tables import VALUE_COLUMNS

S = TypeVar("S", bound=msgspec.Struct)


bar: Callable[[Bar], contract.Bar] = copier(contract.Bar)
gap: Callable[[Gap], contract.Gap] = copier(contract.Gap)
alert: Callable[[Alert], contract.Alert] = copier(contract.Alert)
term: Callable[[Term], contract.Term] = copier(contract.Term)
preset: Callable[[Preset], contract.Preset] = copier(contract.Preset)
score: Callable[[Score], contract.Score] = copier(contract.Score)
instrument: Callable[[Instrument], contract.Instrument] = copier(contract.Instrument)
signal = copier(contract.Signal, "pair", "legs", "cautions")

_row = copier(ROW, "pair", *VALUE_COLUMNS)
_rule = copier(
    contract.Rule, "enabled", "timeframe", "words", "state", "value", "threshold", "levels", "held_back", "instances"
)
_firing = copier(contract.Firing)


def row(fact: PairRow) -> contract.Row:
    return _row(fact, pair=str(fact.pair), **{key: fact[key] for key in VALUE_COLUMNS})


def pair_name(pair: Pair) -> contract.PairName:
    return contract.PairName(str(pair), pair.y, pair.x)


def rule(item: ActiveRule) -> contract.Rule:
    """Returns a rule with all its instances; its state is that of the worst instance."""
    worst = item.worst()
    return _rule(
        item.definition,
        enabled=item.enabled,
        timeframe=item.plan.timeframe,
        words=item.words,
        state=worst.life.state if worst else contract.AlertState.INACTIVE,
        value=worst.value if worst else None,
        threshold=item.plan.threshold,
        levels=tuple(levels(item.plan)),
        held_back=held_back(item),
        instances=tuple(instance(rule_instance) for _, rule_instance in sorted(item.instances.items())),
    )


def written(item: ActiveRule, warnings: list[str]) -> contract.WrittenRule:
    """Returns a rule that was just set, with warnings."""
    return contract.WrittenRule(**msgspec.structs.asdict(rule(item)), warnings=tuple(warnings))


def held_back(item: ActiveRule) -> contract.HeldBack | None:
    """Returns how many alerts the cap of the hour suppresses, and when their digest is due; None without any."""
    due = digest_due(item.budget)
    return None if due is None else contract.HeldBack(sum(count for _, count in item.budget.held), due)


def instance(item: RuleInstance) -> contract.Instance:
    life = item.life
    return contract.Instance(
        subject=item.subject,
        state=life.state,
        since=life.since,
        value=item.value,
        reason=item.reason,
        incident=life.incident,
        acknowledged=life.acknowledged,
    )


def preview(item: HistoryResult, definition: SetRule, unwatched: list[str], warnings: list[str]) -> contract.Preview:
    """Returns the result of a rule on stored data, with warnings."""
    meaning = plan(definition.text, definition.subject, definition.timeframe, definition.recover)
    return contract.Preview(
        words=rule_words(meaning),
        timeframe=meaning.timeframe,
        levels=tuple(levels(meaning)),
        evaluated=item.evaluated,
        start=item.start,
        end=item.end,
        fired=len(item.firings),
        last_fired=item.firings[-1].time if item.firings else None,
        firings=tuple(map(_firing, item.firings)),
        no_data=item.no_data,
        note=item.note,
        unwatched=tuple(unwatched),
        warnings=tuple(warnings),
    )
