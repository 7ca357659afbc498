"""Bars and rows by hand, and a book that hears them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from spreadscope.alerts import RuleEngine
from spreadscope.model.alerting import AlertState
from spreadscope.model.events import SetRule
from spreadscope.model.facts import (
    Alert,
    Bar,
    Fact,
    PairRow,
)
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason, Value
from tests.support.facts import row
from tests.support.market import START

PAIR = Pair("BTCUSDT", "ETHUSDT")
OTHER = Pair("SOLUSDT", "ETHUSDT")


def z_row(second: int, z: float | None, pair: Pair = PAIR, **other: Any) -> PairRow:
    value = Value(None, Reason.STALE_LEG) if z is None else Value(z)
    return row(START + 1_000 * second, pair=pair, timeframe=Timeframe.S1, z=value, **other)


def price_bar(second: int, price: float, symbol: str = "BTCUSDT", **other: Any) -> Bar:
    bar = Bar(symbol, Timeframe.S1, START + 1_000 * second, price, price, price, price, 1.0, 1, complete=True)
    return msgspec.structs.replace(bar, **other)


class Tape:
    """A tape as the book sees it."""

    def __init__(self, last_time: int | None = None, missing: int = 0) -> None:
        self.last_time, self.missing = last_time, missing


class Market:
    """A book, its tapes and everything it said. ``second`` 0 ends a second after ``START``."""

    def __init__(self, *rules: SetRule, pairs: Sequence[Pair] = (PAIR,)) -> None:
        self.tapes: dict[str, Tape] = {}
        self.book = RuleEngine(self.tapes)
        self.facts: list[Fact] = []
        for rule in rules:
            self.facts += self.book.set_rule(rule)
        for pair in pairs:
            self.facts += self.book.watch(str(pair))
        self.facts += self.book.clock(START)

    def hear(self, *closed: Fact, late_by: int = 0) -> list[Alert]:
        """A second of the market: what closed in it, and what that brought."""
        ends = [
            (fact.open_time if isinstance(fact, Bar) else fact.time) + 1_000
            for fact in closed
            if isinstance(fact, Bar | PairRow)
        ]
        return self.pass_time((max(ends) if ends else self.book.now) + late_by, *closed)

    def pass_time(self, now: int, *closed: Fact) -> list[Alert]:
        said = self.book.clock(now)
        self.book.apply(closed)
        said += [*self.book.evaluate(), *self.book.tick()]
        self.facts += said
        return [fact for fact in said if isinstance(fact, Alert)]

    def zs(self, *values: float | None, first: int = 0, pair: Pair = PAIR) -> list[Alert]:
        """A second for every z."""
        return [alert for place, z in enumerate(values) for alert in self.hear(z_row(first + place, z, pair))]

    @property
    def alerts(self) -> list[Alert]:
        return [fact for fact in self.facts if isinstance(fact, Alert)]


def states(alerts: Sequence[Alert]) -> list[str]:
    return [alert.state.value for alert in alerts]


def told(alerts: Sequence[Alert]) -> list[str]:
    """What is told of them: its kind, or in brackets why it is not."""
    return [alert.notify or f"({alert.suppressed})" for alert in alerts]


def end(second: int) -> int:
    return START + 1_000 * (second + 1)


__all__ = ["OTHER", "PAIR", "AlertState", "Market", "Tape", "end", "price_bar", "states", "told", "z_row"]
