"""The plain levels of a rule, such as 2 and −2 of ``abs(z) > 2``: the page draws them as lines."""

from __future__ import annotations

from spreadscope.alerts.language.syntax import (
    Absolute,
    Comparison,
    Condition,
    Crossing,
    Expression,
    Negative,
    Number,
    Subject,
    walk,
)
from spreadscope.alerts.language.vocabulary import SUBJECTS
from spreadscope.alerts.runtime.plan import Plan, RuleInput
from spreadscope.contract import RuleLevel


def levels(plan: Plan) -> list[RuleLevel]:
    """Returns each level once, in the order of the text.

    >>> from spreadscope.alerts import plan
    >>> [(level.statistic, level.level) for level in levels(plan("abs(z) > 2 and corr > 0.5", "BTCUSDT/ETHUSDT"))]
    [('z', 2.0), ('z', -2.0), ('correlation', 0.5)]
    """
    compared = (node for node in walk(plan.condition) if isinstance(node, Comparison | Crossing))
    return list(dict.fromkeys(level for node in compared for level in _levels_of(node)))


def _levels_of(node: Condition) -> list[RuleLevel]:
    if not isinstance(node, Comparison | Crossing):
        return []
    number, side = (node.left, node.right) if isinstance(node.left, Number) else (node.right, node.left)
    return _levels_at(side, (number.value,)) if isinstance(number, Number) else []


def _levels_at(side: Expression, values: tuple[float, ...]) -> list[RuleLevel]:
    """Returns the levels of the subject in ``side`` at which ``side`` equals one of ``values``; none for other
    expressions."""
    match side:
        case Subject(name, target):
            subject = RuleInput.from_node(name, target).subject
            return [RuleLevel(name, SUBJECTS[name].field, subject, value) for value in values]
        case Negative(inner):
            return _levels_at(inner, tuple(0.0 - value for value in values))  # never −0.0
        case Absolute(inner):
            # An absolute value is never below 0.
            both = (signed for value in values if value >= 0 for signed in (value, 0.0 - value))
            return _levels_at(inner, tuple(dict.fromkeys(both)))
        case _:
            return []
