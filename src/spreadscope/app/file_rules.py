"""Rules of the file for the core: checked whole before any of them is set."""

from __future__ import annotations

from collections.abc import Iterable

from spreadscope.alerts import RuleError
from spreadscope.alerts.definition import SpaceOf, logarithms, validate_rule
from spreadscope.model.errors import ConfigError, SymbolError
from spreadscope.model.events import SetRule
from spreadscope.notify.quoting import mask_quotes, quoted_name


def check_rules(rules: Iterable[SetRule], space_of: SpaceOf = logarithms) -> dict[str, SetRule]:
    """Returns the rules as they are kept, by rule id. Raises ``ConfigError`` with the name of the first bad one."""
    kept: dict[str, SetRule] = {}
    for rule in rules:
        try:
            kept[rule.rule_id] = validate_rule(rule, space_of)
        except RuleError as error:
            hint = f" (did you mean {error.suggestion!r}?)" if error.suggestion else ""
            told = mask_quotes(str(error), error.suggestion)
            raise ConfigError(
                f"rule {quoted_name(rule.name)}: {told}{hint}, at character {error.position + 1}"
            ) from None
        except SymbolError as error:
            raise ConfigError(f"rule {quoted_name(rule.name)}: {mask_quotes(str(error))}") from None
    return kept
