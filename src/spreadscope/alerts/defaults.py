"""What a new rule is given where nothing is said of it: a level at which it ends, and a pause between its messages.

``z > 2`` alone fires anew each time z wavers across 2: its messages of an hour are spent in minutes, and what follows is silent.
A rule that is stored keeps what it has: this is for whoever makes one, by hand, by the interface or in a file.
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

_BACK = 0.25  # of the level: z > 2 ends at 1.5
_PRICE_BACK = 0.001  # a price moves by a tenth of a percent where z moves by a half
_HOUR_SECONDS = 3_600


def filled(definition: SetRule, given: Collection[str]) -> SetRule:
    """A new rule, with its defaults in the options that were not ``given``."""
    try:
        wanted = defaults(definition)
    except (RuleError, SymbolError):
        return definition  # whoever checks it says what is wrong, and where
    return replace(definition, **{name: value for name, value in wanted.items() if name not in given})


def defaults(definition: SetRule) -> dict[str, Any]:
    """``recover`` (None where the rule is no simple level) and ``cooldown_seconds``. Raises ``RuleError`` of a text that is no rule."""
    meaning = plan(definition.text, definition.subject, definition.timeframe)
    recover = _recovery(meaning.condition)
    # One subject alone can then never spend the messages of the hour.
    return {"recover": recover, "cooldown_seconds": float(_HOUR_SECONDS // max(1, definition.cap_per_hour))}


def _recovery(condition: Condition) -> float | None:
    """The level a quarter back from that of a simple comparison; None where there is none to be had."""
    if not isinstance(condition, Comparison) or not isinstance(condition.right, Number):
        return None
    side, level = shown_side(condition), condition.right.value
    if not isinstance(side, Subject) or not level or side.name == "gap":
        return None
    back = abs(level) * (_PRICE_BACK if side.name == "price" else _BACK)
    if condition.operator in {">", ">="}:
        return _rounded(level - back)
    if MEASURES[side.name] is Measure.SHARE and level < 1:
        back = min(back, (1 - level) / 2)  # a correlation never comes back above 1
    return _rounded(level + back)


def _rounded(level: float) -> float:
    return float(f"{level:.6g}")
