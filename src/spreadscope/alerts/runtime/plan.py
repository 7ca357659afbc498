"""The plan of a rule whose subject and timeframe are known: its inputs, when it is evaluated, when it has recovered."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from spreadscope.alerts.language.parser import parse
from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.syntax import (
    Absolute,
    Comparison,
    Condition,
    Crossing,
    Expression,
    Number,
    Over,
    ParsedRule,
    Subject,
    walk,
)
from spreadscope.alerts.language.units import UNIT_PATTERN
from spreadscope.alerts.language.vocabulary import CLOCK_SUBJECTS, SUBJECTS, WORSE_LEG_SUBJECTS
from spreadscope.model.alerting import ANY_PAIR, ANY_SYMBOL
from spreadscope.model.errors import SymbolError
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.states import TermKind
from spreadscope.model.timeframe import SECOND, Timeframe

MAX_WINDOW_VALUES = 7_200  # in all windows of a rule together: two hours of seconds, five days of minutes
_ANY = frozenset({ANY_PAIR, ANY_SYMBOL})
_RECOVERY_SIGN = {">": "<=", ">=": "<=", "above": "<=", "<": ">=", "<=": ">=", "below": ">="}


class RuleInput(NamedTuple):
    """A number that a rule reads: ``subject`` is the pair or symbol it names, "" for the rule's own."""

    name: str
    subject: str

    @classmethod
    def from_node(cls, name: str, subject: str) -> RuleInput:
        return cls(name, "" if subject in _ANY else subject)


class Plan(msgspec.Struct, frozen=True):
    """A plan of a rule. ``hold`` (ms) is how long it must hold, ``step`` (ms) the shortest time between two
    evaluations.

    ``threshold`` is the constant in its only comparison, None when there are more.
    """

    text: str
    subject: str
    timeframe: Timeframe
    condition: Condition
    recovery: Condition | None
    hold: int
    hold_bars: int
    inputs: tuple[RuleInput, ...]
    threshold: float | None
    clocked: bool

    @property
    def step(self) -> int:
        return SECOND if self.clocked else self.timeframe.milliseconds

    @property
    def about_any(self) -> bool:
        """Returns whether the rule is about any pair or any symbol: then each of them has its own alerts."""
        return self.subject in _ANY

    @property
    def about_pair(self) -> bool:
        return self.subject == ANY_PAIR or "/" in self.subject

    @property
    def longest_window(self) -> int:
        """Returns the duration (ms) of its longest window."""
        return max((node.duration for node in self._nodes() if isinstance(node, Over)), default=0)

    def position_of(self, symbol: str) -> int | None:
        """Returns the position at which the rule's text names a symbol, alone or in a pair, or None."""
        subjects = (node for node in self._nodes() if isinstance(node, Subject))
        return next((node.position for node in subjects if symbol in node.target.split("/")), None)

    def _nodes(self) -> list[object]:
        return [*walk(self.condition), *(walk(self.recovery) if self.recovery is not None else ())]


def plan(text: str, subject: str, timeframe: Timeframe = Timeframe.S1, recover: float | str | None = None) -> Plan:
    """Returns the plan of ``text`` about ``subject``: a pair ``Y/X``, a symbol, ``any pair`` or ``any symbol``.

    ``recover`` is the level at which a simple comparison ends, or a condition. Raises ``RuleError``.
    """
    rule = parse(text)
    subjects = [node for node in walk(rule.condition) if isinstance(node, Subject)]
    about = _subject(subjects, subject)
    recovery = _recovery(rule, recover, about)
    timeframe = rule.timeframe or timeframe
    nodes = [*walk(rule.condition), *(walk(recovery) if recovery is not None else ())]
    inputs = dict.fromkeys(RuleInput.from_node(node.name, node.target) for node in nodes if isinstance(node, Subject))
    if not inputs:
        raise RuleError("the rule compares numbers only: name a subject, for example z > 2", suggestion="z > 2")
    clocked = any(item.name in CLOCK_SUBJECTS for item in inputs)
    _check_windows([node for node in nodes if isinstance(node, Over)], timeframe, clocked=clocked)
    hold = rule.hold_ms or max(0, rule.hold_bars - 1) * timeframe.milliseconds
    threshold = _threshold(rule.condition)
    return Plan(
        rule.text, about, timeframe, rule.condition, recovery, hold, rule.hold_bars, tuple(inputs), threshold, clocked
    )


def normal_subject(text: str) -> str:
    """Returns a subject in the form that is stored: ``any pair``, ``any symbol``, ``Y/X`` or a symbol. Raises
    ``RuleError``."""
    plain = " ".join(text.lower().split())
    if plain in _ANY or not plain:
        return plain
    try:
        return str(parse_pair(text)) if "/" in text else parse_symbol(text)
    except SymbolError as error:
        raise RuleError(str(error)) from None


def shown_side(condition: Condition) -> Expression:
    """Returns the expression whose value is shown: the side of the first comparison that is not a constant."""
    first = next(node for node in walk(condition) if isinstance(node, Comparison | Crossing))
    side = first.right if isinstance(first.left, Number) else first.left
    return side.inner if isinstance(side, Absolute) else side


def _subject(subjects: list[Subject], given: str) -> str:
    generic = {node.target for node in subjects if node.target in _ANY}
    if len(generic) > 1:
        raise RuleError("a rule is about any pair or about any symbol, not about both")
    about = generic.pop() if generic else normal_subject(given)
    others = [node.target for node in subjects if node.target and node.target not in _ANY]
    bare = [node for node in subjects if not node.target]
    if not bare and others and (not about or about in _ANY) and len(others) == len(subjects):
        return others[0]
    if not about:
        raise RuleError("say what the rule is about: a pair Y/X, a symbol, any pair or any symbol")
    about_pair = about == ANY_PAIR or "/" in about
    for node in bare:
        kind = SUBJECTS[node.name].kind
        if about_pair and kind is TermKind.SYMBOL and node.name not in WORSE_LEG_SUBJECTS:
            leg = about.split("/")[0] if "/" in about else "BTCUSDT"
            raise RuleError(
                f"{node.name} is of a symbol: say whose, for example {node.name}({leg})",
                position=node.position,
                suggestion=f"{node.name}({leg})",
            )
        if not about_pair and kind is TermKind.PAIR:
            raise RuleError(
                f"{node.name} is of a pair: choose one, or say whose, for example {node.name}(BTCUSDT/ETHUSDT)",
                position=node.position,
                suggestion=f"{node.name}({ANY_PAIR})",
            )
    return about


def _recovery(rule: ParsedRule, recover: float | str | None, about: str) -> Condition | None:
    number = _number(recover)
    if recover is None or recover == "":
        return None
    if number is None and (level := _level_with_unit(rule.condition, str(recover))) is not None:
        number = level
    if number is None:
        read = parse(str(recover))
        if read.hold_ms or read.hold_bars or read.timeframe is not None:
            raise RuleError("a recovery is a condition alone, without for and on")
        _subject([node for node in walk(read.condition) if isinstance(node, Subject)], about)
        return read.condition
    condition = rule.condition
    if not isinstance(condition, Comparison | Crossing) or not isinstance(condition.right, Number):
        raise RuleError("this rule is no simple comparison: write its recovery as a condition, for example abs(z) < 1")
    sign = condition.operator if isinstance(condition, Comparison) else condition.direction
    recovery_sign = _RECOVERY_SIGN[sign]
    if (number > condition.right.value) if recovery_sign == "<=" else (number < condition.right.value):
        side = "below" if recovery_sign == "<=" else "above"
        raise RuleError(f"the rule recovers {side} {condition.right.value:g}, not at {number:g}")
    return Comparison(condition.left, recovery_sign, Number(number))


def _level_with_unit(condition: Condition, text: str) -> float | None:
    """Returns the level of a text such as ``15bp`` in the unit of the condition's subject, or None. Raises
    ``RuleError``."""
    if not re.fullmatch(rf"\s*-?[\d.]+\s*({UNIT_PATTERN})\s*", text, re.IGNORECASE):
        return None
    side = shown_side(condition)
    if not isinstance(side, Subject):
        return None
    read = parse(f"{side.name} > {text}").condition
    return read.right.value if isinstance(read, Comparison) and isinstance(read.right, Number) else None


def _number(recover: float | str | None) -> float | None:
    if isinstance(recover, str):
        try:
            recover = float(recover)
        except ValueError:
            return None
    if recover is None or abs(recover) < float("inf"):
        return recover
    raise RuleError("the recovery is not finite: write a number or a condition")


def _check_windows(nodes: list[Over], timeframe: Timeframe, *, clocked: bool) -> None:
    step = SECOND if clocked else timeframe.milliseconds
    total = 0
    for node in nodes:
        if node.duration < step:
            raise RuleError(f"{node.function} looks back less than a bar of {timeframe}", position=node.position)
        total += node.duration // step
        if total > MAX_WINDOW_VALUES:
            raise RuleError(
                f"{node.function} looks back over too many values: at most {MAX_WINDOW_VALUES} bars in all,"
                " so judge it on 1m",
                position=node.position,
                suggestion="on 1m",
            )


def _threshold(condition: Condition) -> float | None:
    found = [node for node in walk(condition) if isinstance(node, Comparison | Crossing)]
    if len(found) != 1:
        return None
    constants = [side.value for side in (found[0].right, found[0].left) if isinstance(side, Number)]
    return constants[0] if constants else None
