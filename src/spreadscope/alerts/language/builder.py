"""What the parser reads → the parts of a rule, from the bottom up; what a rule may not say is refused where it stands."""

from __future__ import annotations

import functools
import re
from typing import Any, TypeVar

from lark import Lark, Token, Transformer, v_args

from spreadscope.alerts.language.grammar import GRAMMAR
from spreadscope.alerts.language.mistakes import unknown
from spreadscope.alerts.language.rule_error import RuleError
from spreadscope.alerts.language.syntax import (
    DEEPEST,
    Absolute,
    Arithmetic,
    Both,
    Comparison,
    Condition,
    Crossing,
    Either,
    Expression,
    Negative,
    Node,
    Not,
    Number,
    Over,
    ParsedRule,
    Subject,
    children,
)
from spreadscope.alerts.language.units import fraction, negated, quantity, settled
from spreadscope.alerts.language.vocabulary import SUBJECTS, WORSE_LEG, spellings, squeeze
from spreadscope.model.alerting import ANY_PAIR, ANY_SYMBOL
from spreadscope.model.errors import ConfigError, SymbolError
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.states import TermKind
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe, parse_timeframe

N = TypeVar("N", bound=Node)

LONGEST_MS = 86_400_000
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000}


@functools.cache
def parser() -> Lark:
    """The parser; what it has read goes through the builder at once, so that no tree is walked."""
    return Lark(
        GRAMMAR, parser="lalr", lexer="contextual", start="rule", maybe_placeholders=True, transformer=Builder()
    )


@v_args(inline=True)
class Builder(Transformer[Token, Node]):
    """One method for each rule of the grammar."""

    def rule(self, condition: Condition, hold: Token | None, on: Token | None) -> ParsedRule:
        frame = _timeframe(on) if on is not None else None
        if hold is None:
            return ParsedRule("", condition, timeframe=frame)
        if hold.type == "BARS":
            return ParsedRule("", condition, hold_bars=_count(hold), timeframe=frame)
        return ParsedRule("", condition, hold_ms=_duration(hold), timeframe=frame)

    def turned(self, condition: Condition, on: Token, hold: Token) -> ParsedRule:
        return self.rule(condition, hold, on)

    def condition(self, *parts: Condition) -> Condition:
        return _shallow(Either(parts))

    def both(self, *parts: Condition) -> Condition:
        return _shallow(Both(parts))

    def negated(self, inner: Condition) -> Condition:
        return _shallow(Not(inner))

    def comparison(self, left: Expression, operator: Token, right: Expression) -> Condition:
        left, right = settled(left, right)
        return _shallow(Comparison(left, {"≤": "<=", "≥": ">="}.get(operator, str(operator)), right))

    def crossing(self, left: Expression, direction: Token, right: Expression) -> Condition:
        left, right = settled(left, right)
        return _shallow(Crossing(left, direction.lower(), right))

    def total(self, first: Expression, *rest: Any) -> Expression:
        return _shallow(Arithmetic(first, _pairs(rest)))

    def product(self, first: Expression, *rest: Any) -> Expression:
        parts = _pairs(rest)
        if not all(isinstance(part, Number) for part in (first, *(part for _, part in parts))):
            first, parts = fraction(first), tuple((sign, fraction(part)) for sign, part in parts)
        return _shallow(Arithmetic(first, parts))

    def negative(self, inner: Expression) -> Expression:
        return negated(inner) if isinstance(inner, Number) else _shallow(Negative(inner))

    def absolute(self, inner: Expression) -> Expression:
        return _shallow(Absolute(inner))

    def over(self, function: Token, inner: Expression, duration: Token) -> Expression:
        return _shallow(Over(function.lower(), inner, _duration(duration), place(function)))

    def number(self, token: Token) -> Expression:
        return Number(float(token))

    def quantity(self, token: Token) -> Expression:
        return quantity(str(token), place(token))

    def subject(self, name: Token, of: Token | None) -> Expression:
        known = spellings()[squeeze(name)]
        target = _target(known, of, place(of)) if of is not None else ""
        return Subject(known, target, place(name))

    def unknown(self, word: Token) -> Expression:
        raise unknown(str(word), place(word))


def place(token: Token) -> int:
    """The character at which a token begins."""
    return token.start_pos or 0


def _pairs(rest: tuple[Any, ...]) -> tuple[tuple[str, Expression], ...]:
    return tuple((str(rest[i]), rest[i + 1]) for i in range(0, len(rest), 2))


def _depth(node: Node) -> int:
    return 1 + max(map(_depth, children(node)), default=0)


def _shallow(node: N) -> N:
    """The parts are at most ``DEEPEST`` deep already, so that looking down costs a bounded number of steps."""
    if _depth(node) > DEEPEST:
        raise RuleError(f"the rule is nested more than {DEEPEST} deep: split it in two", position=0)
    return node


def _target(name: str, of: str, position: int) -> str:
    """What stands in the brackets of a subject, as it is kept."""
    kind = SUBJECTS[name].kind
    plain = " ".join(of.lower().split())
    if plain in {ANY_PAIR, ANY_SYMBOL}:
        is_pair, target = plain == ANY_PAIR, plain
    else:
        try:
            is_pair = "/" in of
            target = str(parse_pair(of)) if is_pair else parse_symbol(of)
        except SymbolError as error:
            raise RuleError(str(error), position=position) from None
    if is_pair and kind is TermKind.SYMBOL and name not in WORSE_LEG:
        raise RuleError(
            f"{name} is of a symbol, not of a pair: write {name}(BTCUSDT)",
            position=position,
            suggestion=f"{name}({ANY_SYMBOL if target == ANY_PAIR else target.split('/')[0]})",
        )
    if not is_pair and kind is TermKind.PAIR:
        raise RuleError(
            f"{name} is of a pair: write {name}(BTCUSDT/ETHUSDT)",
            position=position,
            suggestion=f"{name}({ANY_PAIR})" if target == ANY_SYMBOL else None,
        )
    return target


def _count(token: Token) -> int:
    count = int(re.findall(r"\d+", token)[0])
    if not 1 <= count <= LONGEST_MS // 1_000:
        raise RuleError(f"{token} cannot be waited for: wait for 1 bar or more", position=place(token))
    return count


def _duration(token: Token) -> int:
    number, unit = re.findall(r"[\d.]+|[a-z]+", token.lower())
    duration = round(float(number) * _UNITS[unit[0]])
    if not 0 < duration <= LONGEST_MS:
        raise RuleError(f"{token} is not between 1s and 24h", position=place(token))
    return duration


def _timeframe(token: Token) -> Timeframe:
    try:
        return parse_timeframe("".join(token.split()))
    except ConfigError as error:
        raise RuleError(str(error), position=place(token), suggestion=TIMEFRAMES[1]) from None
