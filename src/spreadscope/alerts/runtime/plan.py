"""A rule whose subject and timeframe are known: what it needs, when it is judged, when it has recovered."""

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
from spreadscope.alerts.language.vocabulary import CLOCKED, SUBJECTS, WORSE_LEG
from spreadscope.model.alerting import ANY_PAIR, ANY_SYMBOL
from spreadscope.model.errors import SymbolError
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.states import TermKind
from spreadscope.model.timeframe import SECOND, Timeframe

MOST_VALUES = 7_200  # that the windows of a rule hold together: two hours of seconds, five days of minutes
_ANY = frozenset({ANY_PAIR, ANY_SYMBOL})
_BACK = {">": "<=", ">=": "<=", "above": "<=", "<": ">=", "<=": ">=", "below": ">="}


class Input(NamedTuple):
    """A number a rule reads: ``of`` is the subject it names, "" for the rule's own."""

    name: str
    of: str

    @classmethod
    def of_node(cls, name: str, of: str) -> Input:
        return cls(name, "" if of in _ANY else of)


class Plan(msgspec.Struct, frozen=True):
    """What a rule means. ``hold`` (ms) is how long it must hold, ``step`` (ms) how far apart it is judged at least.

    ``threshold`` is the one constant it is compared with, None where there is no single one.
    """

    text: str
    subject: str
    timeframe: Timeframe
    condition: Condition
    recovery: Condition | None
    hold: int
    hold_bars: int
    inputs: tuple[Input, ...]
    threshold: float | None
    clocked: bool

    @property
    def step(self) -> int:
        return SECOND if self.clocked else self.timeframe.milliseconds

    @property
    def every(self) -> bool:
        """Whether each pair (symbol) there is has a life of its own."""
        return self.subject in _ANY

    @property
    def of_pair(self) -> bool:
        return self.subject == ANY_PAIR or "/" in self.subject

    @property
    def longest(self) -> int:
        """How far back (ms) its windows reach."""
        return max((node.duration for node in self._nodes() if isinstance(node, Over)), default=0)

    @property
    def remembers(self) -> bool:
        """Whether what it says depends on more than the newest values."""
        return any(isinstance(node, Over | Crossing) for node in self._nodes())

    def place_of(self, symbol: str) -> int | None:
        """The character at which the rule names a symbol, alone or in a pair; None where it is the rule's own subject."""
        named = (node for node in self._nodes() if isinstance(node, Subject))
        return next((node.position for node in named if symbol in node.of.split("/")), None)

    def _nodes(self) -> list[object]:
        return [*walk(self.condition), *(walk(self.recovery) if self.recovery is not None else ())]


def plan(text: str, subject: str, timeframe: Timeframe = Timeframe.S1, recover: float | str | None = None) -> Plan:
    """What ``text`` means of ``subject``: a pair ``Y/X``, a symbol, ``any pair`` or ``any symbol``.

    ``recover`` is the level at which a simple comparison ends, or a condition. Raises ``RuleError``.
    """
    rule = parse(text)
    named = [node for node in walk(rule.condition) if isinstance(node, Subject)]
    own = _subject(named, subject)
    recovery = _recovery(rule, recover, own)
    frame = rule.timeframe or timeframe
    nodes = [*walk(rule.condition), *(walk(recovery) if recovery is not None else ())]
    inputs = dict.fromkeys(Input.of_node(node.name, node.of) for node in nodes if isinstance(node, Subject))
    if not inputs:
        raise RuleError("the rule compares numbers only: name a subject, for example z > 2", suggestion="z > 2")
    clocked = any(item.name in CLOCKED for item in inputs)
    _check_windows([node for node in nodes if isinstance(node, Over)], frame, clocked=clocked)
    hold = rule.hold_ms or max(0, rule.hold_bars - 1) * frame.milliseconds
    threshold = _threshold(rule.condition)
    return Plan(
        rule.text, own, frame, rule.condition, recovery, hold, rule.hold_bars, tuple(inputs), threshold, clocked
    )


def normal_subject(text: str) -> str:
    """A subject as it is kept: ``any pair``, ``any symbol``, ``Y/X`` or a symbol. Raises ``RuleError``."""
    plain = " ".join(text.lower().split())
    if plain in _ANY or not plain:
        return plain
    try:
        return str(parse_pair(text)) if "/" in text else parse_symbol(text)
    except SymbolError as error:
        raise RuleError(str(error)) from None


def shown_side(condition: Condition) -> Expression:
    """The value to show of a rule: the side of its first comparison that moves, with its sign."""
    first = next(node for node in walk(condition) if isinstance(node, Comparison | Crossing))
    side = first.right if isinstance(first.left, Number) else first.left
    return side.inner if isinstance(side, Absolute) else side


def _subject(named: list[Subject], given: str) -> str:
    every = {node.of for node in named if node.of in _ANY}
    if len(every) > 1:
        raise RuleError("a rule is about any pair or about any symbol, not about both")
    own = every.pop() if every else normal_subject(given)
    others = [node.of for node in named if node.of and node.of not in _ANY]
    bare = [node for node in named if not node.of]
    if not bare and others and (not own or own in _ANY) and len(others) == len(named):
        return others[0]
    if not own:
        raise RuleError("say what the rule is about: a pair Y/X, a symbol, any pair or any symbol")
    of_pair = own == ANY_PAIR or "/" in own
    for node in bare:
        kind = SUBJECTS[node.name].kind
        if of_pair and kind is TermKind.SYMBOL and node.name not in WORSE_LEG:
            leg = own.split("/")[0] if "/" in own else "BTCUSDT"
            raise RuleError(
                f"{node.name} is of a symbol: say whose, for example {node.name}({leg})",
                position=node.position,
                suggestion=f"{node.name}({leg})",
            )
        if not of_pair and kind is TermKind.PAIR:
            raise RuleError(
                f"{node.name} is of a pair: choose one, or say whose, for example {node.name}(BTCUSDT/ETHUSDT)",
                position=node.position,
                suggestion=f"{node.name}({ANY_PAIR})",
            )
    return own


def _recovery(rule: ParsedRule, recover: float | str | None, own: str) -> Condition | None:
    number = _number(recover)
    if recover is None or recover == "":
        return None
    if number is None and (level := _level_with_unit(rule.condition, str(recover))) is not None:
        number = level
    if number is None:
        read = parse(str(recover))
        if read.hold_ms or read.hold_bars or read.timeframe is not None:
            raise RuleError("a recovery is a condition alone, without for and on")
        _subject([node for node in walk(read.condition) if isinstance(node, Subject)], own)
        return read.condition
    condition = rule.condition
    if not isinstance(condition, Comparison | Crossing) or not isinstance(condition.right, Number):
        raise RuleError("this rule is no simple comparison: write its recovery as a condition, for example abs(z) < 1")
    sign = condition.operator if isinstance(condition, Comparison) else condition.direction
    back = _BACK[sign]
    if (number > condition.right.value) if back == "<=" else (number < condition.right.value):
        side = "below" if back == "<=" else "above"
        raise RuleError(f"the rule recovers {side} {condition.right.value:g}, not at {number:g}")
    return Comparison(condition.left, back, Number(number))


def _level_with_unit(condition: Condition, text: str) -> float | None:
    """``"15bp"`` as a level of what the condition compares; None where it is something else. Raises ``RuleError``."""
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
    held = 0
    for node in nodes:
        if node.duration < step:
            raise RuleError(f"{node.function} looks back less than a bar of {timeframe}", position=node.position)
        held += node.duration // step
        if held > MOST_VALUES:
            raise RuleError(
                f"{node.function} looks back over too many values: at most {MOST_VALUES} bars in all, so judge it on 1m",
                position=node.position,
                suggestion="on 1m",
            )


def _threshold(condition: Condition) -> float | None:
    found = [node for node in walk(condition) if isinstance(node, Comparison | Crossing)]
    if len(found) != 1:
        return None
    constants = [side.value for side in (found[0].right, found[0].left) if isinstance(side, Number)]
    return constants[0] if constants else None
