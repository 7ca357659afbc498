"""What a replay says beside what the store has of it, fact by fact.

This is for sessions whose hash covers what this version does not say.

A hash says only "equal" or "not". Here signals, alerts and bars are compared field by field, and rows statistic by
statistic.
"""

from __future__ import annotations

import math
from collections import Counter

import msgspec

from spreadscope.model.facts import (
    Alert,
    Bar,
    Fact,
    PairRow,
    Signal,
)
from spreadscope.model.states import BarOrigin
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Value
from spreadscope.store.maintenance.older_versions import CHANGED_SINCE_1
from spreadscope.store.reader import StoreReader

_CLOSE = 1e-9  # of a number that is made by the same definition


class StoreComparison(msgspec.Struct, frozen=True):
    """How many facts of each kind are in the store as the replay says them, of how many.

    ``changed`` counts, by statistic, rows that have another value by a definition that was changed since; ``differing``
    those that nothing explains.
    """

    same: dict[str, int]
    total: dict[str, int]
    changed: dict[str, int]
    differing: dict[str, int]

    @property
    def equal(self) -> bool:
        """Whether nothing differs but what was decided to."""
        return self.same == self.total and not self.differing


class RecordedFacts:
    """Takes the facts of a replay; ``compare`` holds them against the store."""

    def __init__(self) -> None:
        self._signals: list[Signal] = []
        self._alerts: list[Alert] = []
        self._bars: dict[tuple[str, Timeframe, int], Bar] = {}
        self._rows: list[PairRow] = []

    def take(self, facts: list[Fact]) -> None:
        for fact in facts:
            if isinstance(fact, PairRow):
                self._rows.append(fact)
            elif isinstance(fact, Bar):
                self._bars[fact.symbol, fact.timeframe, fact.open_time] = fact
            elif isinstance(fact, Signal):
                self._signals.append(fact)
            elif isinstance(fact, Alert):
                self._alerts.append(fact)

    def compare(self, reader: StoreReader) -> StoreComparison:
        """Reads of the store what the replay said, and says what is the same."""
        same: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for kind, matches in (
            ("signal", self._signal_matches(reader)),
            ("alert", self._alert_matches(reader)),
            ("bar", self._bar_matches(reader)),
        ):
            total[kind] = len(matches)
            same[kind] = sum(matches)
        changed: Counter[str] = Counter()
        differing: Counter[str] = Counter()
        found = self._row_differences(reader, changed, differing)
        total["row"], same["row"] = len(self._rows), found
        kept = [kind for kind, count in total.items() if count]
        return StoreComparison(
            {kind: same[kind] for kind in kept}, {kind: total[kind] for kind in kept}, dict(changed), dict(differing)
        )

    def _signal_matches(self, reader: StoreReader) -> list[bool]:
        stored = {(s.pair, s.timeframe, s.time): s for s in reader.signals()}
        return [_same_signal(said, stored.get((said.pair, said.timeframe, said.time))) for said in self._signals]

    def _alert_matches(self, reader: StoreReader) -> list[bool]:
        stored = {(a.rule_id, a.subject, a.time, a.state): a for a in reader.alerts()}
        return [
            _same_alert(said, stored.get((said.rule_id, said.subject, said.time, said.state))) for said in self._alerts
        ]

    def _bar_matches(self, reader: StoreReader) -> list[bool]:
        matches = []
        for symbol, timeframe in {(symbol, timeframe) for symbol, timeframe, _ in self._bars}:
            stored = {bar.open_time: bar for bar in reader.bars(symbol, timeframe)}
            ours = (bar for key, bar in self._bars.items() if key[:2] == (symbol, timeframe))
            matches += [_same_bar(said, stored.get(said.open_time)) for said in ours]
        return matches

    def _row_differences(self, reader: StoreReader, changed: Counter[str], differing: Counter[str]) -> int:
        """Counts statistics that differ; returns how many of the rows are stored, with the same state."""
        found = 0
        for pair, timeframe in {(row.pair, row.timeframe) for row in self._rows}:
            stored = {row.time: row for row in reader.rows(pair, timeframe)}
            for said in self._rows:
                if (said.pair, said.timeframe) != (pair, timeframe) or (then := stored.get(said.time)) is None:
                    continue
                found += said.state is then.state
                for key, value in said.statistics.items():
                    if not _stored(then[key]) or _same_value(value, then[key]):
                        continue
                    (changed if _explained(key, value, then[key]) else differing)[key] += 1
        return found


def _stored(value: Value) -> bool:
    """Whether the statistic was known when the row was stored."""
    return value.value is not None or str(value.reason) != "not stored then"


def _same_value(said: Value, then: Value) -> bool:
    if said.value is None or then.value is None:
        return said.value is None and then.value is None
    return math.isclose(said.value, then.value, rel_tol=_CLOSE, abs_tol=_CLOSE)


def _explained(key: str, said: Value, then: Value) -> bool:
    """Whether a definition that was changed since makes the difference, by no more than it may."""
    change = CHANGED_SINCE_1.get(key)
    if change is None:
        return False
    if said.value is None or then.value is None:
        return change.may_vanish
    return math.isclose(said.value, then.value, rel_tol=change.relative, abs_tol=change.absolute)


def _number(said: float | None, then: float | None) -> bool:
    return _same_value(Value(said), Value(then))


def _same_signal(said: Signal, then: Signal | None) -> bool:
    return (
        then is not None
        and (said.action, said.state, said.kind) == (then.action, then.state, then.kind)
        and all(
            _number(one, other)
            for one, other in zip(
                (said.z, said.spread, said.beta, said.price_y, said.price_x),
                (then.z, then.spread, then.beta, then.price_y, then.price_x),
                strict=True,
            )
        )
    )


def _same_alert(said: Alert, then: Alert | None) -> bool:
    return (
        then is not None
        and (said.text, said.timeframe, said.severity, said.incident)
        == (then.text, then.timeframe, then.severity, then.incident)
        and _number(said.value, then.value)
    )


def _same_bar(said: Bar, then: Bar | None) -> bool:
    if then is None:
        return False
    ours = (said.open, said.high, said.low, said.close, said.volume, said.trades)
    same = all(map(_number, ours, (then.open, then.high, then.low, then.close, then.volume, then.trades)))
    # A substitute from the exchange's candles gives way to the bar of the tape, whichever came first.
    return same or (said.origin is BarOrigin.KLINE and then.origin is BarOrigin.TAPE)
