"""The syntax tree of a rule: expressions are numbers, conditions are true, false or unknown."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from spreadscope.model.timeframe import Timeframe

DEEPEST = 20  # parts inside parts


class Number(msgspec.Struct, frozen=True):
    """A constant; ``written`` is its text with the unit, if it had one."""

    value: float
    written: str = ""


class Subject(msgspec.Struct, frozen=True):
    """A name, such as ``z``. ``target`` is the text in its brackets (``BTCUSDT``, ``Y/X``, ``any pair``), "" without
    brackets."""

    name: str
    target: str = ""
    position: int = 0


class Negative(msgspec.Struct, frozen=True):
    """An expression with the opposite sign."""

    inner: Expression


class Absolute(msgspec.Struct, frozen=True):
    """An expression without its sign."""

    inner: Expression


class Arithmetic(msgspec.Struct, frozen=True):
    """``first`` and, from left to right, what is added (``+``, ``-``) or multiplied (``*``, ``/``)."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


class Over(msgspec.Struct, frozen=True):
    """A function over the time before now: ``change``, ``mean``, ``sd``, ``highest`` or ``lowest``."""

    function: str
    inner: Expression
    duration: int
    position: int = 0


class Comparison(msgspec.Struct, frozen=True):
    """``left`` > ``right``, and so on."""

    left: Expression
    operator: str
    right: Expression


class Crossing(msgspec.Struct, frozen=True):
    """``left`` was on the other side of ``right``, or on it, and is ``above`` (or ``below``) it now."""

    left: Expression
    direction: str
    right: Expression


class Not(msgspec.Struct, frozen=True):
    """The condition does not hold."""

    inner: Condition


class Both(msgspec.Struct, frozen=True):
    """All parts hold."""

    parts: tuple[Condition, ...]


class Either(msgspec.Struct, frozen=True):
    """One of the parts holds."""

    parts: tuple[Condition, ...]


Expression = Number | Subject | Negative | Absolute | Arithmetic | Over
Condition = Comparison | Crossing | Not | Both | Either
Node = Expression | Condition


class ParsedRule(msgspec.Struct, frozen=True):
    """A rule after parsing: ``condition`` must hold for ``hold_ms``, or for ``hold_bars``, on bars of ``timeframe``."""

    text: str
    condition: Condition
    hold_ms: int = 0
    hold_bars: int = 0
    timeframe: Timeframe | None = None


def children(node: Node) -> tuple[Node, ...]:
    """Returns the parts of a node, from left to right."""
    match node:
        case Number() | Subject():
            return ()
        case Negative(inner) | Absolute(inner) | Over(_, inner) | Not(inner):
            return (inner,)
        case Arithmetic(first, rest):
            return (first, *(part for _, part in rest))
        case Comparison(left, _, right) | Crossing(left, _, right):
            return (left, right)
        case Both(parts) | Either(parts):
            return parts


def walk(node: Node) -> Iterator[Node]:
    """Yields a node and all its descendants."""
    yield node
    for child in children(node):
        yield from walk(child)
