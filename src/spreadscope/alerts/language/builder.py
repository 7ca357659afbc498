"""The builder of a rule: it turns what the parser reads into the parts of a rule, and refuses what a rule must not
contain."""

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
from spreadscope.alerts.language.units import as_fraction, negate, parse_quantity, resolve_units
from spreadscope.alerts.language.vocabulary import SUBJECTS, WORSE_LEG_SUBJECTS, normalise, spellings
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
    """Returns the parser, which calls the builder directly: no tree is kept."""
    return Lark(
        GRAMMAR, parser="lalr", lexer="contextual", start="rule", maybe_placeholders=True, transformer=Builder()
    )


@v_args(inline=True)
class Builder(Transformer[Token, Node]):
    """A transformer with one method for each rule of the grammar, used by the parser."""

    def rule(self, condition: Condition, hold: Token | None, on: Token | None) -> ParsedRule:
        frame = _timeframe(on) if on is not None else None
        if hold is None:
            return ParsedRule("", condition, timeframe=frame)
        if hold.type == "BARS":
            return ParsedRule("", condition, hold_bars=_count(hold), timeframe=frame)
        return ParsedRule("", condition, hold_ms=_duration(hold), timeframe=frame)

    def reordered(self, condition: Condition, on: Token, hold: Token) -> ParsedRule:
        return self.rule(condition, hold, on)

    def condition(self, *parts: Condition) -> Condition:
        return _check_depth(Either(parts))

    def both(self, *parts: Condition) -> Condition:
        return _check_depth(Both(parts))

    def negated(self, inner: Condition) -> Condition:
        return _check_depth(Not(inner))

    def comparison(self, left: Expression, operator: Token, right: Expression) -> Condition:
        left, right = resolve_units(left, right)
        return _check_depth(Comparison(left, {"≤": "<=", "≥": ">="}.get(operator, str(operator)), right))

    def crossing(self, left: Expression, direction: Token, right: Expression) -> Condition:
        left, right = resolve_units(left, right)
        return _check_depth(Crossing(left, direction.lower(), right))

    def total(self, first: Expression, *rest: Any) -> Expression:
        return _check_depth(Arithmetic(first, _signed_parts(rest)))

    def product(self, first: Expression, *rest: Any) -> Expression:
        parts = _signed_parts(rest)
        if not all(isinstance(part, Number) for part in (first, *(part for _, part in parts))):
            first, parts = as_fraction(first), tuple((sign, as_fraction(part)) for sign, part in parts)
        return _check_depth(Arithmetic(first, parts))

    def negative(self, inner: Expression) -> Expression:
        return negate(inner) if isinstance(inner, Number) else _check_depth(Negative(inner))

    def absolute(self, inner: Expression) -> Expression:
        return _check_depth(Absolute(inner))

    def over(self, function: Token, inner: Expression, duration: Token) -> Expression:
        return _check_depth(Over(function.lower(), inner, _duration(duration), position_of(function)))

    def number(self, token: Token) -> Expression:
        return Number(float(token))

    def quantity(self, token: Token) -> Expression:
        return parse_quantity(str(token), position_of(token))

    def subject(self, name: Token, brackets: Token | None) -> Expression:
        known = spellings()[normalise(name)]
        target = _target(known, brackets, position_of(brackets)) if brackets is not None else ""
        return Subject(known, target, position_of(name))

    def unknown(self, word: Token) -> Expression:
        raise unknown(str(word), position_of(word))


def position_of(token: Token) -> int:
    """Returns the position of a token's first character."""
    return token.start_pos or 0


def _signed_parts(rest: tuple[Any, ...]) -> tuple[tuple[str, Expression], ...]:
    return tuple((str(rest[i]), rest[i + 1]) for i in range(0, len(rest), 2))


def _depth(node: Node) -> int:
    return 1 + max(map(_depth, children(node)), default=0)


def _check_depth(node: N) -> N:
    """Returns the node if it is nested at most ``DEEPEST`` deep. Its parts were checked before, so the check is
    short."""
    if _depth(node) > DEEPEST:
        raise RuleError(f"the rule is nested more than {DEEPEST} deep: split it in two", position=0)
    return node


def _target(name: str, text: str, position: int) -> str:
    """Returns the text in the brackets of a subject, in the form that is stored."""
    kind = SUBJECTS[name].kind
    plain = " ".join(text.lower().split())
    if plain in {ANY_PAIR, ANY_SYMBOL}:
        is_pair, target = plain == ANY_PAIR, plain
    else:
        try:
            is_pair = "/" in text
            target = str(parse_pair(text)) if is_pair else parse_symbol(text)
        except SymbolError as error:
            raise RuleError(str(error), position=position) from None
    if is_pair and kind is TermKind.SYMBOL and name not in WORSE_LEG_SUBJECTS:
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
        raise RuleError(f"{token} cannot be waited for: wait for 1 bar or more", position=position_of(token))
    return count


def _duration(token: Token) -> int:
    number, unit = re.findall(r"[\d.]+|[a-z]+", token.lower())
    duration = round(float(number) * _UNITS[unit[0]])
    if not 0 < duration <= LONGEST_MS:
        raise RuleError(f"{token} is not between 1s and 24h", position=position_of(token))
    return duration


def _timeframe(token: Token) -> Timeframe:
    try:
        return parse_timeframe("".join(token.split()))
    except ConfigError as error:
        raise RuleError(str(error), position=position_of(token), suggestion=TIMEFRAMES[1]) from None
