"""The description of a rule in sentences."""

from __future__ import annotations

from spreadscope.alerts.language.syntax import (
    Absolute,
    Arithmetic,
    Both,
    Comparison,
    Condition,
    Crossing,
    Either,
    Expression,
    Negative,
    Not,
    Number,
    Over,
    Subject,
)
from spreadscope.alerts.language.vocabulary import SENTENCE_NAMES, SUBJECTS
from spreadscope.alerts.runtime.plan import Plan
from spreadscope.model.alerting import ANY_PAIR, ANY_SYMBOL
from spreadscope.model.timeframe import Timeframe

_COMPARED = {">": "is above", ">=": "is at or above", "<": "is below", "<=": "is at or below"}
_BARS = {Timeframe.S1: "second", Timeframe.M1: "minute", Timeframe.M5: "five minutes"}


def rule_words(plan: Plan) -> str:
    """Returns the whole rule in one or two sentences."""
    scope = {ANY_PAIR: "Each pair on its own", ANY_SYMBOL: "Each symbol on its own"}.get(plan.subject, plan.subject)
    judged = "judged every second" if plan.clocked else f"judged at the end of every {_BARS[plan.timeframe]}"
    text = f"{scope}: {condition_words(plan.condition)}{_hold_text(plan)}, {judged}."
    return text if plan.recovery is None else f"{text} It ends when {condition_words(plan.recovery)}."


def headline(plan: Plan) -> str:
    """Returns the condition of a rule in words, without subject and timeframe."""
    return condition_words(plan.condition) + _hold_text(plan)


def condition_words(node: Condition) -> str:
    match node:
        case Comparison(left, sign, right):
            return f"{expression_words(left)} {_COMPARED[sign]} {_level(left, right)}"
        case Crossing(left, direction, right):
            return f"{expression_words(left)} crosses {direction} {_level(left, right)}"
        case Not(inner):
            return f"it is not so that {_grouped(inner)}"
        case Both(parts):
            return " and ".join(map(_grouped, parts))
        case Either(parts):
            return " or ".join(map(_grouped, parts))


def expression_words(node: Expression) -> str:
    match node:
        case Number(value, text):
            return text or f"{value:.12g}"
        case Subject(name, target):
            text = SENTENCE_NAMES.get(name, name)
            return text if not target or target in {ANY_PAIR, ANY_SYMBOL} else f"{text} of {target}"
        case Negative(inner) | Absolute(inner):
            return f"−{_bracketed(inner)}" if isinstance(node, Negative) else f"|{expression_words(inner)}|"
        case Over(function, inner, duration):
            return _over_words(function, expression_words(inner), duration_words(duration))
        case Arithmetic(first, rest):
            signs = {"-": "−", "*": "×", "/": "÷"}
            return _bracketed(first) + "".join(f" {signs.get(sign, sign)} {_bracketed(part)}" for sign, part in rest)


def _over_words(function: str, inner: str, duration: str) -> str:
    if function == "change":
        return f"the change of {inner} over {duration}"
    if function in {"highest", "lowest"}:
        return f"the {function} {inner} of {duration}"
    return f"the {'standard deviation' if function == 'sd' else function} of {inner} over {duration}"


def duration_words(milliseconds: int) -> str:
    """Returns a duration in words: ``1 min 30 s`` for 90 000."""
    seconds, rest = divmod(milliseconds, 1_000)
    hours, minutes, seconds = seconds // 3_600, seconds // 60 % 60, seconds % 60
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    if seconds or rest or not parts:
        parts.append(f"{seconds + rest / 1_000:.12g} s")
    return " ".join(parts)


def value_words(value: float | None) -> str:
    """Returns a number for people to read."""
    return "unknown" if value is None else f"{value:.6g}"


def _hold_text(plan: Plan) -> str:
    if plan.hold_bars:
        return f" for {plan.hold_bars} bar{'s' if plan.hold_bars > 1 else ''}"
    return f" for {duration_words(plan.hold)}" if plan.hold else ""


def _level(left: Expression, right: Expression) -> str:
    """Returns the right side in words, with the unit of the left one."""
    inner = left.inner if isinstance(left, Absolute | Negative) else left
    unit = (
        SUBJECTS[inner.name].unit
        if isinstance(inner, Subject) and isinstance(right, Number) and not right.written
        else ""
    )
    return expression_words(right) + (unit if unit == "%" else f" {unit}" if unit else "")


def _grouped(node: Condition) -> str:
    return f"({condition_words(node)})" if isinstance(node, Both | Either) else condition_words(node)


def _bracketed(node: Expression) -> str:
    return f"({expression_words(node)})" if isinstance(node, Arithmetic) else expression_words(node)
