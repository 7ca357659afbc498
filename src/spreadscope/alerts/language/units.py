"""Numbers with a unit: ``spread > 25bp``, ``age > 2m``. Each is converted to the unit of its subject."""

from __future__ import annotations

import re
from collections.abc import Callable

from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.syntax import (
    Absolute,
    Arithmetic,
    Comparison,
    Condition,
    Crossing,
    Expression,
    Negative,
    Number,
    Over,
    Subject,
    walk,
)
from spreadscope.alerts.language.vocabulary import MEASURES
from spreadscope.model.hedge import Space
from spreadscope.model.measure import Measure

_FACTORS: dict[Measure, dict[str, float]] = {
    Measure.LOG: {"bp": 1e-4, "%": 1e-2},
    Measure.PERCENT: {"%": 1.0, "bp": 1e-2},
    Measure.SECONDS: {"s": 1.0, "ms": 1e-3, "m": 60.0, "h": 3_600.0},
    Measure.MILLISECONDS: {"ms": 1.0, "s": 1e3, "m": 60e3, "h": 3_600e3},
    Measure.SHARE: {"%": 1e-2, "bp": 1e-4},
    Measure.DEVIATIONS: {"sd": 1.0},
    Measure.AMOUNT: {"k": 1e3},
    Measure.PLAIN: {},
}
_SPELLINGS = {
    "bp": ("bp", "bps"),
    "%": ("%", "percent"),
    "ms": ("ms",),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hour", "hours"),
    "sd": ("sd", "sigma", "σ"),
    "k": ("k",),
}
_UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings}
UNIT_PATTERN = "|".join(sorted(map(re.escape, _UNITS), key=lambda text: (-len(text), text)))


class Quantity(Number, frozen=True):
    """A number with a unit that is not converted yet."""

    unit: str = ""
    position: int = 0


def parse_quantity(text: str, position: int) -> Quantity:
    """Returns the quantity of a text such as ``25 bp``."""
    number, unit = re.fullmatch(  # type: ignore[union-attr]  # the grammar's
        r"([\d.]+(?:e[+-]?\d+)?)\s*(\D+)", text, re.IGNORECASE
    ).groups()
    known = _UNITS[unit.lower()]
    return Quantity(float(number), _written(number, known), known, position)


def resolve_units(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Returns both sides of a comparison with every quantity converted to the unit of the subject. Raises
    ``RuleError``."""
    measures = {measure for side in (left, right) for measure in _measures(side)}
    return _converted(left, measures), _converted(right, measures)


def as_fraction(factor: Expression) -> Expression:
    """Returns a factor with its quantity converted to a share: ``price * 1%``."""
    return _converted(factor, {Measure.SHARE})


def _measures(node: Expression) -> set[Measure | None]:
    """Returns the measures of an expression; None stands for an unknown one."""
    match node:
        case Number():
            return set()
        case Subject(name):
            return {MEASURES[name]}
        case Negative(inner) | Absolute(inner) | Over(_, inner):
            return _measures(inner)
        case Arithmetic(first, rest):
            if all(sign in "+-" for sign, _ in rest):
                return set().union(_measures(first), *(_measures(part) for _, part in rest))
            signed = [("*", first), *rest]
            factors = [(sign, _measures(part)) for sign, part in signed if _measures(part)]
            if len(factors) == 1 and factors[0][0] == "*":
                return factors[0][1]
            same = len(factors) == 2 and factors[0][1] == factors[1][1] and len(factors[0][1]) == 1
            return {Measure.SHARE} if same and factors[1][0] == "/" else {None}


def _converted(node: Expression, measures: set[Measure | None]) -> Expression:
    match node:
        case Quantity():
            return _number(node, measures)
        case Number() | Subject():
            return node
        case Negative(inner):
            converted = _converted(inner, measures)
            return negate(converted) if isinstance(converted, Number) else Negative(converted)
        case Absolute(inner):
            return Absolute(_converted(inner, measures))
        case Over(function, inner, duration, position):
            return Over(function, _converted(inner, measures), duration, position)
        case Arithmetic(first, rest):
            parts = tuple((sign, _converted(part, measures)) for sign, part in rest)
            return Arithmetic(_converted(first, measures), parts)


def require_space(condition: Condition, space_of: Callable[[str], Space]) -> None:
    """Refuse basis points and percents where the spread is a difference of prices. Raises ``RuleError``.

    ``space_of`` returns the space of a subject's target ("" for the rule's own subject).
    """
    for node in walk(condition):
        if not isinstance(node, Comparison | Crossing):
            continue
        parts = [part for side in (node.left, node.right) for part in walk(side)]
        names = [
            part.name
            for part in parts
            if isinstance(part, Subject)
            and MEASURES[part.name] is Measure.LOG
            and space_of(part.target) is not Space.LOG
        ]
        unit = next(
            (part.written for part in parts if isinstance(part, Number) and part.written.endswith(("bp", "%"))), None
        )
        if names and unit:
            raise RuleError(
                f"{unit} cannot stand here, for {names[0]} is a difference of prices (analytics.space"
                " is level): write a plain number"
            )


def negate(number: Number) -> Number:
    """Returns a number or a quantity with the opposite sign."""
    written = number.written and (number.written[1:] if number.written.startswith("−") else f"−{number.written}")
    if isinstance(number, Quantity):
        return Quantity(-number.value, written, number.unit, number.position)
    return Number(-number.value, written)


def _number(node: Quantity, measures: set[Measure | None]) -> Number:
    plain = f"{node.value:.12g}"
    measure = next(iter(measures)) if len(measures) == 1 else None
    if measure is None:
        raise RuleError(
            f"it is not clear what {node.unit} is of here: write a plain number",
            position=node.position,
            suggestion=plain,
        )
    factor = _FACTORS[measure].get(node.unit)
    if factor is None:
        units = [unit for unit in _FACTORS[measure] if unit != "k"]
        known = f"use {' or '.join(units)}, or a plain number" if units else "write a plain number"
        raise RuleError(
            f"{node.unit} cannot stand here, for this is {measure}: {known}",
            position=node.position,
            suggestion=plain if measure in {Measure.DEVIATIONS, Measure.LOG} else None,
        )
    return Number(float(f"{node.value * factor:.15g}"), node.written)


def _written(number: str, unit: str) -> str:
    shown = "min" if unit == "m" else unit
    return f"{float(number):.12g}" + (shown if unit in {"%", "k"} else f" {shown}")
