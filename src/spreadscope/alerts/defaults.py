"""The defaults of a new rule: a level at which it ends, and a pause between its notifications.

Without them ``z > 2`` would fire each time z crosses 2, and use up its hourly notifications in minutes. Stored rules
keep their options: the defaults are for rules made on the page, by the API or in a file.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec.structs import replace

from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.syntax import Comparison, Condition, Number, Subject
from spreadscope.alerts.language.vocabulary import MEASURES
from spreadscope.alerts.runtime.plan import plan, shown_side
from spreadscope.model.errors import SymbolError
from spreadscope.model.events import SetRule
from spreadscope.model.measure import Measure

_RECOVERY_SHARE = 0.25  # of the level: z > 2 ends at 1.5
_PRICE_RECOVERY_SHARE = 0.001  # a price moves by a tenth of a percent where z moves by a half
_HOUR_SECONDS = 3_600


def with_defaults(definition: SetRule, given: Collection[str]) -> SetRule:
    """Returns a new rule with the defaults in the options that were not ``given``."""
    try:
        values = defaults(definition)
    except (RuleError, SymbolError):
        return definition  # ``validate_rule`` says what is wrong, and where
    return replace(definition, **{name: value for name, value in values.items() if name not in given})


def defaults(definition: SetRule) -> dict[str, Any]:
    """Returns ``recover`` (None when the rule has no simple level) and ``cooldown_seconds``. Raises ``RuleError`` for a
    wrong text."""
    meaning = plan(definition.text, definition.subject, definition.timeframe)
    recover = _recovery_level(meaning.condition)
    # One subject alone can then never use up the notifications of the hour.
    return {"recover": recover, "cooldown_seconds": float(_HOUR_SECONDS // max(1, definition.cap_per_hour))}


def _recovery_level(condition: Condition) -> float | None:
    """Returns a recovery level a quarter back from the level of a simple comparison, or None."""
    if not isinstance(condition, Comparison) or not isinstance(condition.right, Number):
        return None
    side, level = shown_side(condition), condition.right.value
    if not isinstance(side, Subject) or not level or side.name == "gap":
        return None
    distance = abs(level) * (_PRICE_RECOVERY_SHARE if side.name == "price" else _RECOVERY_SHARE)
    if condition.operator in {">", ">="}:
        return _rounded(level - distance)
    if MEASURES[side.name] is Measure.SHARE and level < 1:
        distance = min(distance, (1 - level) / 2)  # a correlation never comes back above 1
    return _rounded(level + distance)


def _rounded(level: float) -> float:
    return float(f"{level:.6g}")
