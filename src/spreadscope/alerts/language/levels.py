"""What of a rule is a plain level, such as 2 and −2 of ``abs(z) > 2``: a screen draws it as a line beside the quantity itself."""

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
from spreadscope.alerts.runtime.plan import Input, Plan
from spreadscope.contract import RuleLevel


def levels(meaning: Plan) -> list[RuleLevel]:
    """Returns each level once, in the order of the text.

    >>> from spreadscope.alerts import plan
    >>> [(each.statistic, each.level) for each in levels(plan("abs(z) > 2 and corr > 0.5", "BTCUSDT/ETHUSDT"))]
    [('z', 2.0), ('z', -2.0), ('correlation', 0.5)]
    """
    compared = (node for node in walk(meaning.condition) if isinstance(node, Comparison | Crossing))
    return list(dict.fromkeys(level for node in compared for level in _of(node)))


def _of(node: Condition) -> list[RuleLevel]:
    if not isinstance(node, Comparison | Crossing):
        return []
    number, side = (node.left, node.right) if isinstance(node.left, Number) else (node.right, node.left)
    return _at(side, (number.value,)) if isinstance(number, Number) else []


def _at(side: Expression, values: tuple[float, ...]) -> list[RuleLevel]:
    """The levels of the one subject in ``side`` at which ``side`` has one of ``values``; none where it is no plain subject."""
    match side:
        case Subject(name, of):
            subject = Input.of_node(name, of).of
            return [RuleLevel(name, SUBJECTS[name].field, subject, value) for value in values]
        case Negative(inner):
            return _at(inner, tuple(0.0 - value for value in values))  # never a zero with a sign
        case Absolute(inner):
            # Below 0 no absolute value ever is.
            both = (each for value in values if value >= 0 for each in (value, 0.0 - value))
            return _at(inner, tuple(dict.fromkeys(both)))
        case _:
            return []
