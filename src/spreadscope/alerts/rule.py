"""The text of a rule: ``z > 2``, ``abs(z) >= 2.5``, ``Spread < -5``, ``Price > 90000``, ``ADF p < 0.05``.

The grammar is closed: subject, comparison, number. Nothing is evaluated.
"""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable

import msgspec

from spreadscope.model.errors import SpreadscopeError

LONGEST = 200

# What may be written → the field of a pair row. ``price`` is of a symbol.
SUBJECTS = {
    "z": "z",
    "zscore": "z",
    "kalmanz": "kalman_z",
    "spread": "spread",
    "beta": "beta",
    "hedgeratio": "beta",
    "corr": "correlation",
    "correlation": "correlation",
    "adfp": "adf_p",
    "adf": "adf_p",
    "cointp": "eg_p",
    "coint": "eg_p",
    "egp": "eg_p",
    "halflife": "half_life",
    "price": "price",
}

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

_SHAPE = re.compile(r"\s*(?P<subject>[^<>=]*?)\s*(?P<operator>>=|<=|>|<)\s*(?P<number>.*?)\s*\Z", re.DOTALL)
_ABSOLUTE = re.compile(r"abs\s*\((?P<inner>[^()]*)\)\Z|\|(?P<bars>[^|]*)\|\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,12})?|\.\d{1,12})(e[+-]?\d{1,2})?\Z", re.IGNORECASE)


class RuleError(SpreadscopeError):
    """A rule that cannot be read: ``position`` is the offending character, ``suggestion`` the nearest right word."""

    def __init__(self, message: str, *, position: int, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.position = position
        self.suggestion = suggestion


class Rule(msgspec.Struct, frozen=True):
    """A parsed rule: ``field`` of a pair row (or ``price`` of a symbol), compared with ``threshold``."""

    field: str
    operator: str
    threshold: float
    absolute: bool = False

    def holds(self, value: float) -> bool:
        """Whether the rule is true of ``value``."""
        return _OPERATORS[self.operator](abs(value) if self.absolute else value, self.threshold)

    @property
    def of_symbol(self) -> bool:
        return self.field == "price"


def parse(text: str) -> Rule:
    """Read a rule. Raises ``RuleError`` with the position of what is wrong.

    >>> parse("Z-Score > 2")
    Rule(field='z', operator='>', threshold=2.0, absolute=False)
    """
    if len(text) > LONGEST:
        raise RuleError(f"a rule has at most {LONGEST} characters", position=LONGEST)
    shape = _SHAPE.match(text)
    if shape is None:
        raise RuleError(
            "a rule compares a subject with a number, for example z > 2", position=len(text), suggestion="z > 2"
        )
    subject, absolute = shape["subject"], False
    position = shape.start("subject")
    wrapped = _ABSOLUTE.match(subject)
    if wrapped is not None:
        absolute = True
        subject = wrapped["inner"] if wrapped["inner"] is not None else wrapped["bars"]
    field = _field(subject, position)
    number = shape["number"]
    if not _NUMBER.match(number):
        raise RuleError(
            f"{number!r} is not a number: write, for example, {subject.strip()} {shape['operator']} 2"
            if number
            else f"the number after {shape['operator']} is missing",
            position=shape.start("number"),
        )
    threshold = float(number)
    if not math.isfinite(threshold):
        raise RuleError(f"{number} is too large", position=shape.start("number"))
    return Rule(field, shape["operator"], threshold, absolute)


def _field(subject: str, position: int) -> str:
    key = re.sub(r"[\s_\-.]", "", subject).lower()
    if key in SUBJECTS:
        return SUBJECTS[key]
    near = difflib.get_close_matches(key, SUBJECTS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else "use z, spread, corr, adf_p, coint_p, beta, half_life or price"
    shown = subject.strip() or "the empty subject"
    raise RuleError(f"unknown subject {shown!r}: {hint}", position=position, suggestion=near[0] if near else None)
