"""The evaluation of a rule: each part of the syntax tree becomes a function of the rule's inputs.

A reading is a number, or the reason why there is none. A condition is true, false, or such a reason (unknown): Kleene's
three-valued logic. Every part is evaluated every time, so that windows and crossings do not depend on the other parts.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

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
from spreadscope.alerts.runtime.plan import Plan, RuleInput, shown_side
from spreadscope.alerts.runtime.windows import WARMING, Window, finite
from spreadscope.alerts.subjects import Reading
from spreadscope.model.alerting import WindowMemory

Truth = bool | str
Readings = Sequence[Reading]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


class Verdict:
    """The result of an evaluation: ``truth``, whether the rule has ``recovered``, and the ``value`` to show."""

    __slots__ = ("recovered", "truth", "value")

    def __init__(self, truth: Truth, recovered: Truth, value: Reading) -> None:
        self.truth, self.recovered, self.value = truth, recovered, value


class Evaluator:
    """An evaluator of one rule about one subject, with its state: sides of crossings, and windows."""

    def __init__(self, plan: Plan) -> None:
        self._slots = {rule_input: index for index, rule_input in enumerate(plan.inputs)}
        self._step = plan.step
        self._time = 0
        self._sides: list[int | None] = []
        self._windows: list[Window] = []
        self._window_values: dict[Over, Callable[[Readings], Reading]] = {}
        self._truth = self._condition(plan.condition)
        self._recovered = self._condition(plan.recovery) if plan.recovery is not None else None
        self._value = self._expression(shown_side(plan.condition))

    def evaluate(self, time: int, readings: Readings) -> Verdict:
        """Returns the verdict at ``time`` (ms, later than before) on the readings of the plan's inputs."""
        self._time = time
        truth = self._truth(readings)
        recovered = (truth is False) if self._recovered is None else self._recovered(readings)
        return Verdict(truth, recovered, self._value(readings))

    @property
    def sides(self) -> tuple[int | None, ...]:
        return tuple(self._sides)

    def windows(self) -> tuple[WindowMemory, ...]:
        return tuple(window.memory() for window in self._windows)

    def restore(self, sides: Sequence[int | None], windows: Sequence[WindowMemory] = ()) -> None:
        """Restore the state of an earlier run. State of another rule (with another number of parts) is ignored."""
        if len(sides) == len(self._sides):
            self._sides[:] = sides
        if len(windows) == len(self._windows):
            for window, memory in zip(self._windows, windows, strict=True):
                window.restore(memory)

    # --- expressions --------------------------------------------------------------------------------------------------

    def _expression(self, node: Expression) -> Callable[[Readings], Reading]:
        match node:
            case Number(value):
                return lambda _: value
            case Subject(name, target):
                return operator.itemgetter(self._slots[RuleInput.from_node(name, target)])
            case Negative(inner):
                return _mapped(self._expression(inner), operator.neg)
            case Absolute(inner):
                return _mapped(self._expression(inner), abs)
            case Arithmetic(first, rest):
                return self._arithmetic(first, rest)
            case Over():
                return self._over(node)

    def _arithmetic(self, first: Expression, rest: tuple[tuple[str, Expression], ...]) -> Callable[[Readings], Reading]:
        start = self._expression(first)
        steps = [(_ARITHMETIC[sign], self._expression(part)) for sign, part in rest]

        def value(readings: Readings) -> Reading:
            total = start(readings)
            for calculate, part in steps:
                other = part(readings)
                if isinstance(total, str):
                    continue
                total = other if isinstance(other, str) else calculate(total, other)
            return total

        return value

    def _over(self, node: Over) -> Callable[[Readings], Reading]:
        """Returns the function of a window; equal windows of a rule are shared, and updated once for each time."""
        if node in self._window_values:
            return self._window_values[node]
        inner = self._expression(node.inner)
        window = Window(node.function, node.duration, self._step)
        self._windows.append(window)
        newest: tuple[int, Reading] = (-1, WARMING)

        def value(readings: Readings) -> Reading:
            nonlocal newest
            if newest[0] != self._time:
                newest = (self._time, window.update(self._time, inner(readings)))
            return newest[1]

        self._window_values[node] = value
        return value

    # --- conditions ---------------------------------------------------------------------------------------------------

    def _condition(self, node: Condition) -> Callable[[Readings], Truth]:
        match node:
            case Comparison(left, sign, right):
                return self._comparison(left, sign, right)
            case Crossing(left, direction, right):
                return self._crossing(left, direction, right)
            case Not(inner):
                holds = self._condition(inner)
                return lambda readings: truth if isinstance(truth := holds(readings), str) else not truth
            case Both(parts):
                return _combined([self._condition(part) for part in parts], deciding=False)
            case Either(parts):
                return _combined([self._condition(part) for part in parts], deciding=True)

    def _comparison(self, left: Expression, sign: str, right: Expression) -> Callable[[Readings], Truth]:
        first, second, compare = self._expression(left), self._expression(right), _COMPARE[sign]

        def holds(readings: Readings) -> Truth:
            a, b = first(readings), second(readings)
            if isinstance(a, str):
                return a
            return b if isinstance(b, str) else compare(a, b)

        return holds

    def _crossing(self, left: Expression, direction: str, right: Expression) -> Callable[[Readings], Truth]:
        first, second = self._expression(left), self._expression(right)
        beyond = 1 if direction == "above" else -1
        index = len(self._sides)
        self._sides.append(None)

        def holds(readings: Readings) -> Truth:
            a, b = first(readings), second(readings)
            if isinstance(a, str):
                return a
            if isinstance(b, str):
                return b
            before, now = self._sides[index], (a > b) - (a < b)
            self._sides[index] = now
            if before is None:
                return WARMING
            return now == beyond and before != beyond

        return holds


def _mapped(inner: Callable[[Readings], Reading], function: Callable[[float], float]) -> Callable[[Readings], Reading]:
    return lambda readings: reading if isinstance(reading := inner(readings), str) else function(reading)


def _combined(parts: list[Callable[[Readings], Truth]], *, deciding: bool) -> Callable[[Readings], Truth]:
    """Returns the combined truth of parts: one part that is ``deciding`` decides; else an unknown part makes it
    unknown."""

    def holds(readings: Readings) -> Truth:
        result: Truth = not deciding
        decided = False
        for part in parts:
            truth = part(readings)
            if truth is deciding:
                decided = True
            elif isinstance(truth, str) and not isinstance(result, str):
                result = truth
        return deciding if decided else result

    return holds


def _divide(a: float, b: float) -> Reading:
    return finite(a / b) if b else "division by zero"


_ARITHMETIC: dict[str, Callable[[float, float], Reading]] = {
    "+": lambda a, b: finite(a + b),
    "-": lambda a, b: finite(a - b),
    "*": lambda a, b: finite(a * b),
    "/": _divide,
}
