"""Rewriting of what people write instead of a rule: other orders, other words, other signs.

It is tried only on a text that is no rule, and suggests only a text that is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_SPAN = r"\d{1,9}(?:\.\d{1,3})?\s*(?:seconds?|secs?|s|minutes?|mins?|m|hours?|h|bars?)\b"
_HOLD = re.compile(rf"\bfor\s+({_SPAN})", re.IGNORECASE)
_ON = re.compile(r"\bon\s+(\d{1,4}\s*[a-z]{1,7})\b", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "b": 1}


class Rewrite(NamedTuple):
    """A rewritten rule: what was wrong, at which character, and the whole text as it should be."""

    message: str
    position: int
    text: str


class _Habit(NamedTuple):
    pattern: re.Pattern[str]
    right: str
    message: str


def _habit(pattern: str, right: str, message: str) -> _Habit:
    return _Habit(re.compile(pattern, re.IGNORECASE), right, message)


_BEGINS = "a rule begins with its condition"
# In this order: one text may hold several of them.
_LEVEL = r"(?=[-.\d])"
_IS = r"\b(?:is\s+|goes\s+|stays\s+)?"
_HABITS = (
    _habit(r"^\s*(?:(?:please\s+)?(?:alert|notify|tell|warn)(?:\s+me)?\s+)?(?:if|when|whenever|once)\s+", "", _BEGINS),
    _habit(r"^\s*(?:alert|notify|tell|warn)(?:\s+me)?\s*:?\s+", "", _BEGINS),
    _habit(r"\s*&&?\s*", " and ", "write and"),
    _habit(r"\s*\|\|\s*", " or ", "write or"),
    _habit(r"=\s*>", ">=", "write >="),
    _habit(r"=\s*<", "<=", "write <="),
    _habit(r">\s*>+", ">", "one sign is enough"),
    _habit(r"<\s*<+", "<", "one sign is enough"),
    _habit(r"(?<=\d),(?=\d{1,2}(?!\d))", ".", "a number has a point, not a comma"),
    _habit(r"(?<=\d),(?=\d{3}(?!\d))", "", "a number has no comma for thousands"),
    _habit(r"\bhalf\s+(?:a|an)\s+minute\b", "30s", "write 30s"),
    _habit(r"\bhalf\s+(?:a|an)\s+hour\b", "30m", "write 30m"),
    _habit(r"(?<=\d)\s*m\s*30\s*s\b", ".5m", "one number and one unit"),
    _habit(r"\bfor\s+an?\s+(?=(?:second|minute|hour)\b)", "for 1 ", "say how many"),
    _habit(
        r"\b(?:for|during|within|throughout|lasting)\s+"
        r"(?:at\s+least\s+|more\s+than\s+|over\s+|the\s+last\s+|the\s+|a\s+)*(?=\d)",
        "for ", "write for",
    ),
    _habit(r"(?<=\d)\s*(?:candles?|rows?|ticks?|periods?)\b", " bars", "they are called bars"),
    _habit(r"\bfor\s+(\d+(?:\.\d+)?)(?=\s*$|\s+(?:on|and|or)\b)", r"for \1s",
        "say the unit: seconds, minutes, hours or bars"),
    _habit(
        r"\b(?:crossing|crossed|crosses?\s+over|rises\s+above|goes\s+above|breaks\s+above)\s+(?:above\s+)?" + _LEVEL,
        "crosses above ", "write crosses above",
    ),
    _habit(
        r"\b(?:crosses?\s+under|falls\s+below|drops\s+below|goes\s+below|breaks\s+below)\s+" + _LEVEL,
        "crosses below ", "write crosses below",
    ),
    _habit(_IS + r"between\s+(-?[\d.]+\S*)\s+and\s+(-?[\d.]+)", r"> \1 and {left} < \2", "say both ends"),
    _habit(_IS + r"(?:at\s+least|no\s+less\s+than|not\s+below)\s+" + _LEVEL, ">= ", "write >="),
    _habit(_IS + r"(?:at\s+most|no\s+more\s+than|not\s+above)\s+" + _LEVEL, "<= ", "write <="),
    _habit(
        _IS + r"(?<!crosses )(?<!cross )"
        r"(?:above|over|greater\s+than|more\s+than|higher\s+than|bigger\s+than|exceeds)\s+" + _LEVEL,
        "> ", "write >",
    ),
    _habit(
        _IS + r"(?<!crosses )(?<!cross )(?:below|under|less\s+than|lower\s+than|smaller\s+than)\s+" + _LEVEL,
        "< ", "write <",
    ),
    _habit(r"\bis\s+(?=[<>])", "", "is is not needed"),
    _habit(r"\b(?:every|each|at|in)\s+(?=(?:1s|1m|5m)\b)(\w+)(?:\s*bars?)?", r"on \1", "write on"),
)  # fmt: skip
_MOST_PLACES = 20
_LEFT = re.compile(r"([^\W\d]\w*(?:\([^()]*\))?|\|[^|]+\|)\s*$")


def suggest_rewrite(text: str, is_rule: Callable[[str], bool]) -> Rewrite | None:
    """Returns the rule that ``text`` means, or None. Calls ``is_rule`` at most twice."""
    candidate, fault = text, None
    for habit in _HABITS:
        found = habit.pattern.search(candidate)
        changed = _apply_habit(habit, candidate)
        if found is not None and _clean(changed).lower() != _clean(candidate).lower():
            candidate, fault = changed, fault or (habit.message, min(found.start(), len(text)))
    if fault is not None and is_rule(_clean(candidate)):
        return _rewrite_to(*fault, candidate)
    moved = _move_to_end(candidate)
    if moved is None or not is_rule(_clean(moved.text)):
        return None
    return _rewrite_to(*(fault or (moved.message, moved.position)), moved.text)


def _apply_habit(habit: _Habit, text: str) -> str:
    """Returns the text with one habit replaced. ``{left}`` in the replacement is the expression to its left."""

    def right(found: re.Match[str]) -> str:
        left = _LEFT.search(text[: found.start()])
        return found.expand(habit.right).replace("{left}", left[1].strip() if left else "")

    return habit.pattern.sub(right, text, count=_MOST_PLACES)


def _rewrite_to(message: str, position: int, text: str) -> Rewrite:
    return Rewrite(f"{message}: {_clean(text)}", position, _clean(text))


def _clean(text: str) -> str:
    """Returns the text with single blanks, and none just inside brackets."""
    return re.sub(r"(?<=\() | (?=\))", "", " ".join(text.split()))


def _move_to_end(text: str) -> Rewrite | None:
    """Returns the text with ``for`` and ``on`` moved to its end: they belong to the whole rule."""
    holds, frames = list(_HOLD.finditer(text)), list(_ON.finditer(text))
    if not holds and not frames:
        return None
    condition = _ON.sub(" ", _HOLD.sub(" ", text))
    condition = re.sub(r"^\s*[,:]|[,:]\s*$", " ", condition)
    end = ""
    if holds:
        end += f" for {max((hold[1] for hold in holds), key=_seconds)}"
    if frames:
        end += f" on {frames[-1][1]}"
    first = min((*holds, *frames), key=lambda match: match.start())
    several_holds = len({hold[1].replace(" ", "") for hold in holds}) > 1
    message = (
        "a rule waits once, with for at its end, for all of it (or make two rules)"
        if several_holds
        else f"{first[0].split()[0].lower()} is of the whole rule, so it stands at the end"
    )
    return Rewrite(message, first.start(), f"{' '.join(condition.split())}{end}")


def _seconds(span: str) -> float:
    number, unit = re.findall(r"[\d.]+|[a-z]+", span.lower())[:2]
    return float(number) * _SECONDS[unit[0]]
