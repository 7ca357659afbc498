"""Rules of the file for the core: checked whole before any of them is set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spreadscope.alerts import RuleError, parse
from spreadscope.model.errors import ConfigError, SymbolError
from spreadscope.model.events import DropRule, Event, SetRule
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.rule_spec import RuleSpec


def check_rules(specs: Iterable[RuleSpec]) -> dict[str, SetRule]:
    """→ the events that set the rules, by rule id. Raises ``ConfigError`` with the name of the first bad rule."""
    events: dict[str, SetRule] = {}
    for spec in specs:
        try:
            events[spec.rule_id] = _event(spec)
        except RuleError as error:
            hint = f" (did you mean {error.suggestion!r}?)" if error.suggestion else ""
            raise ConfigError(f"rule {spec.name!r}: {error}{hint}, at character {error.position + 1}") from None
        except SymbolError as error:
            raise ConfigError(f"rule {spec.name!r}: {error}") from None
    return events


def changes(held: Mapping[str, SetRule], wanted: Mapping[str, SetRule]) -> list[Event]:
    """The events that lead from the rules held to those wanted; a rule that stays as it is gets none."""
    dropped: list[Event] = [DropRule(rule_id) for rule_id in held if rule_id not in wanted]
    return dropped + [event for rule_id, event in wanted.items() if held.get(rule_id) != event]


def _event(spec: RuleSpec) -> SetRule:
    if parse(spec.text).of_symbol:
        return SetRule(spec.rule_id, spec.text, symbol=parse_symbol(spec.subject), timeframe=spec.timeframe)
    return SetRule(spec.rule_id, spec.text, pair=parse_pair(spec.subject), timeframe=spec.timeframe)
