"""Warnings about levels outside all values seen so far: a rule that is never or always true often has a wrong unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from spreadscope.alerts.language.description import duration_words, expression_words
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

_FAR = 5.0  # times the largest value seen: such a level is probably in a wrong unit
_MINUTE_MS = 60_000


class Range(NamedTuple):
    """The lowest and the highest value seen, and over how long (ms)."""

    low: float
    high: float
    span: int


Ranges = Callable[[Subject], Range | None]


def warnings(condition: Condition, ranges: Ranges, space: Space = Space.LOG) -> list[str]:
    """Returns a sentence for every level outside all values seen of its subject; ``space`` is that of the spread."""
    return list(dict.fromkeys(_warnings(condition, ranges, space)))


def subjects(condition: Condition) -> list[Subject]:
    """Returns the subjects that are compared with a level, whose ranges ``warnings`` needs."""
    parts = [part for node in walk(condition) if (sides := _sides(node)) for part in walk(sides[0])]
    return [part for part in parts if isinstance(part, Subject)]


def _warnings(condition: Condition, ranges: Ranges, space: Space) -> Iterator[str]:
    for node in walk(condition):
        sides = _sides(node)
        seen = _interval(sides[0], ranges) if sides else None
        if sides is None or seen is None or not (position_text := _position_text(sides[1].value, sides[2], seen)):
            continue
        side, level, _ = sides
        low, high = _figure(seen.low), _figure(seen.high)
        over = duration_words(max(_MINUTE_MS, round(seen.span / _MINUTE_MS) * _MINUTE_MS))
        yield (
            f"{expression_words(side)} has been between {low} and {high} in the last {over}:"
            f" {level.written or _figure(level.value)} {position_text}{_hint(side, level.value, seen, space)}"
        )


def _sides(node: object) -> tuple[Expression, Number, str] | None:
    """Returns expression, level and sign of a comparison, as if the level was on the right; None for other nodes."""
    if isinstance(node, Comparison):
        if isinstance(node.right, Number) and not isinstance(node.left, Number):
            return node.left, node.right, node.operator[0]
        if isinstance(node.left, Number) and not isinstance(node.right, Number):
            return node.right, node.left, {">": "<", "<": ">"}[node.operator[0]]
    if isinstance(node, Crossing) and isinstance(node.right, Number) and not isinstance(node.left, Number):
        return node.left, node.right, "x"
    return None


def _position_text(level: float, sign: str, seen: Range) -> str:
    if seen.low <= level <= seen.high:
        return ""
    never = sign == "x" or (level > seen.high if sign == ">" else level < seen.low)
    return "was never reached" if never else "was always passed"


def _hint(side: Expression, level: float, seen: Range, space: Space) -> str:
    """Returns a hint about the unit when the level is far from all values seen."""
    named_subjects = [node for node in walk(side) if isinstance(node, Subject)]
    measures = {MEASURES[node.name] for node in named_subjects}
    if len(measures) != 1 or abs(level) <= _FAR * max(abs(seen.low), abs(seen.high)):
        return ""
    name, measure = named_subjects[0].name, measures.pop()
    if measure is Measure.LOG:
        return f". The {name} is {measure.value}" if space is Space.LOG else ""
    return (
        f". Here {name} is {measure.value}" if measure in {Measure.SHARE, Measure.PERCENT, Measure.MILLISECONDS} else ""
    )


def _interval(node: Expression, ranges: Ranges) -> Range | None:
    """Returns the bounds of all values of an expression, or None when they are unknown."""
    match node:
        case Number(value):
            return Range(value, value, 0)
        case Subject():
            return ranges(node)
        case Arithmetic(first, rest):
            return _combined(first, rest, ranges)
        case Negative(inner) | Absolute(inner) | Over(_, inner):
            inner_range = _interval(inner, ranges)
            return inner_range and _changed(node, inner_range)


def _changed(node: Negative | Absolute | Over, inner: Range) -> Range:
    """Returns the bounds of an expression from those of its only part."""
    low, high, span = inner
    match node:
        case Negative():
            return Range(-high, -low, span)
        case Absolute():
            return Range(0.0 if low <= 0 <= high else min(abs(low), abs(high)), max(abs(low), abs(high)), span)
        case Over("change"):
            return Range(low - high, high - low, span)
        case Over("sd"):
            return Range(0.0, high - low, span)
        case _:
            return inner


def _combined(first: Expression, rest: tuple[tuple[str, Expression], ...], ranges: Ranges) -> Range | None:
    total = _interval(first, ranges)
    for sign, part in rest:
        other = _interval(part, ranges)
        if total is None or other is None:
            return None
        span = max(total.span, other.span)
        if sign in "+-":
            low, high = (other.low, other.high) if sign == "+" else (-other.high, -other.low)
            total = Range(total.low + low, total.high + high, span)
            continue
        if sign == "/":
            if other.low <= 0 <= other.high:
                return None
            other = Range(1 / other.high, 1 / other.low, span)
        corners = [a * b for a in total[:2] for b in other[:2]]
        total = Range(min(corners), max(corners), span)
    return total


def _figure(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
