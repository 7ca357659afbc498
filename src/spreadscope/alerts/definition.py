"""Validation of a rule: its options within bounds, and its text, subject and timeframe in the form that is stored."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.units import require_space
from spreadscope.alerts.runtime.plan import Plan, plan
from spreadscope.model.alerting import DAY_SECONDS, LONGEST_NAME, MOST_AN_HOUR, MOST_CHANNELS
from spreadscope.model.events import SetRule
from spreadscope.model.hedge import Space
from spreadscope.model.timeframe import Timeframe

# The space of the traded spread of a pair (or of ``any pair``) at a timeframe: it decides the units of its levels.
SpaceOf = Callable[[str, Timeframe], Space]


def logarithms(subject: str, timeframe: Timeframe) -> Space:
    """Returns the space of every pair of an engine whose spreads are all logarithmic."""
    del subject, timeframe
    return Space.LOG


def plan_rule(text: str, subject: str, timeframe: Timeframe, recover: float | str | None, space_of: SpaceOf) -> Plan:
    """Returns the plan of a rule. Raises ``RuleError``."""
    meaning = plan(text, subject, timeframe, recover)
    require_units(meaning, space_of)
    return meaning


def require_units(meaning: Plan, space_of: SpaceOf) -> None:
    """Raise ``RuleError`` where a level of a rule has a unit that its spread does not have."""
    for condition in (meaning.condition, meaning.recovery):
        if condition is not None:
            require_space(condition, lambda target: space_of(target or meaning.subject, meaning.timeframe))


def validate_rule(definition: SetRule, space_of: SpaceOf = logarithms) -> SetRule:
    """Returns the definition in the form that is stored.

    Raises ``RuleError`` when something is out of bounds or cannot be read.
    """
    meaning = plan_rule(definition.text, definition.subject, definition.timeframe, definition.recover, space_of)
    name = " ".join(definition.name.split())
    if name and not _is_valid_name(name):
        raise RuleError(f"a rule's name has at most {LONGEST_NAME} printable characters")
    for option, seconds in (("keep", definition.keep_seconds), ("cooldown", definition.cooldown_seconds)):
        if not 0 <= seconds <= DAY_SECONDS:
            raise RuleError(f"{option}_seconds is between 0 and {DAY_SECONDS} (a day), not {seconds:g}")
    if not 1 <= definition.cap_per_hour <= MOST_AN_HOUR:
        raise RuleError(f"cap_per_hour is between 1 and {MOST_AN_HOUR}, not {definition.cap_per_hour}")
    if len(definition.channels) > MOST_CHANNELS or not all(map(_is_valid_name, definition.channels)):
        raise RuleError(
            f"a rule has at most {MOST_CHANNELS} channels, each named in {LONGEST_NAME} printable characters"
        )
    return replace(
        definition,
        text=meaning.text,
        subject=meaning.subject,
        timeframe=meaning.timeframe,
        name=name,
        recover=None if definition.recover == "" else definition.recover,
        channels=tuple(dict.fromkeys(definition.channels)),
    )


def _is_valid_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_NAME and text.isprintable()
