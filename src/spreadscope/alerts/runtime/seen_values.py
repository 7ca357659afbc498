"""A level beside what was seen: a rule that can never be true, or always is, is most often a slip of the unit."""

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

_FAR = 5.0  # times the farthest that was seen: then it is hardly the level that is meant
_MINUTE_MS = 60_000


class Range(NamedTuple):
    """The least and the most of something that was seen, and over how long (ms)."""

    low: float
    high: float
    span: int


Ranges = Callable[[Subject], Range | None]


def warnings(condition: Condition, ranges: Ranges, space: Space = Space.LOG) -> list[str]:
    """A sentence for every level that lies outside all that was seen of what it is compared with; ``space`` is that of the spread."""
    return list(dict.fromkeys(_warnings(condition, ranges, space)))


def subjects(condition: Condition) -> list[Subject]:
    """What has to be known for it: the subjects of comparisons with a level."""
    sides = [side for node in walk(condition) if (found := _sides(node)) for side in walk(found[0])]
    return [side for side in sides if isinstance(side, Subject)]


def _warnings(condition: Condition, ranges: Ranges, space: Space) -> Iterator[str]:
    for node in walk(condition):
        found = _sides(node)
        seen = _interval(found[0], ranges) if found else None
        if found is None or seen is None or not (words := _judged(found[1].value, found[2], seen)):
            continue
        side, level, _ = found
        low, high = _figure(seen.low), _figure(seen.high)
        over = duration_words(max(_MINUTE_MS, round(seen.span / _MINUTE_MS) * _MINUTE_MS))
        yield (
            f"{expression_words(side)} has been between {low} and {high} in the last {over}:"
            f" {level.said or _figure(level.value)} {words}{_hint(side, level.value, seen, space)}"
        )


def _sides(node: object) -> tuple[Expression, Number, str] | None:
    """What moves, the level, and the sign as if the level stood on the right; None of anything else."""
    if isinstance(node, Comparison):
        if isinstance(node.right, Number) and not isinstance(node.left, Number):
            return node.left, node.right, node.operator[0]
        if isinstance(node.left, Number) and not isinstance(node.right, Number):
            return node.right, node.left, {">": "<", "<": ">"}[node.operator[0]]
    if isinstance(node, Crossing) and isinstance(node.right, Number) and not isinstance(node.left, Number):
        return node.left, node.right, "x"
    return None


def _judged(level: float, sign: str, seen: Range) -> str:
    if seen.low <= level <= seen.high:
        return ""
    never = sign == "x" or (level > seen.high if sign == ">" else level < seen.low)
    return "was never reached" if never else "was always passed"


def _hint(side: Expression, level: float, seen: Range, space: Space) -> str:
    """The unit, where the level is far from all that was seen."""
    named = [node for node in walk(side) if isinstance(node, Subject)]
    measures = {MEASURES[node.name] for node in named}
    if len(measures) != 1 or abs(level) <= _FAR * max(abs(seen.low), abs(seen.high)):
        return ""
    name, measure = named[0].name, measures.pop()
    if measure is Measure.LOG:
        return f". The {name} is {measure.value}" if space is Space.LOG else ""
    return (
        f". Here {name} is {measure.value}" if measure in {Measure.SHARE, Measure.PERCENT, Measure.MILLISECONDS} else ""
    )


def _interval(node: Expression, ranges: Ranges) -> Range | None:
    """Bounds of all values an expression had; None where they are not known."""
    match node:
        case Number(value):
            return Range(value, value, 0)
        case Subject():
            return ranges(node)
        case Arithmetic(first, rest):
            return _combined(first, rest, ranges)
        case Negative(inner) | Absolute(inner) | Over(_, inner):
            found = _interval(inner, ranges)
            return found and _changed(node, found)


def _changed(node: Negative | Absolute | Over, inner: Range) -> Range:
    """The bounds of an expression of one other, by the bounds of that."""
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
    made = _interval(first, ranges)
    for sign, part in rest:
        other = _interval(part, ranges)
        if made is None or other is None:
            return None
        span = max(made.span, other.span)
        if sign in "+-":
            low, high = (other.low, other.high) if sign == "+" else (-other.high, -other.low)
            made = Range(made.low + low, made.high + high, span)
            continue
        if sign == "/":
            if other.low <= 0 <= other.high:
                return None
            other = Range(1 / other.high, 1 / other.low, span)
        corners = [one * another for one in made[:2] for another in other[:2]]
        made = Range(min(corners), max(corners), span)
    return made


def _figure(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
