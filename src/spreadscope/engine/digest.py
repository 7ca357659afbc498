"""A hash over the facts of a session: equal input gives an equal hash, however the input was cut into batches.

It covers a fixed projection, so that a new field, a renamed class or one more statistic does not change the hash of
stored sessions: accepted trades, bars, signals, alerts, what paper accounts did, and of a pair's rows the statistics
listed with the session.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from spreadscope.model.facts import (
    Alert,
    Bar,
    Fact,
    PairRow,
    Signal,
    TradesAccepted,
)
from spreadscope.model.trading import Decision, Fill, LedgerEntry, OrderChanged, PairTrade
from spreadscope.model.trading_states import EntryKind
from spreadscope.pairs.statistics import STATISTICS

#: Version of the projection below, stored with each session: a change of the projection needs a new number.
SCHEMA = 2


def _bar(fact: Bar) -> tuple[Any, ...]:
    return (
        "bar", fact.symbol, fact.timeframe, fact.open_time, fact.open, fact.high, fact.low, fact.close, fact.volume,
        fact.trades, fact.complete, fact.origin, fact.bid, fact.ask, fact.revised,
    )  # fmt: skip


def _signal(fact: Signal) -> tuple[Any, ...]:
    return (
        "signal", str(fact.pair), fact.timeframe, fact.time, fact.action, fact.state, fact.z, fact.spread, fact.beta,
        fact.price_y, fact.price_x, fact.kind,
    )  # fmt: skip


def _alert(fact: Alert) -> tuple[Any, ...]:
    return (
        "alert", fact.rule_id, fact.text, fact.subject, fact.timeframe, fact.time, fact.state, fact.value,
        fact.threshold, fact.severity, fact.incident, fact.notify, fact.suppressed, fact.late,
    )  # fmt: skip


def _order(fact: OrderChanged) -> tuple[Any, ...]:
    order = fact.order
    return (
        "order", order.account, order.id, order.trade, order.symbol, order.kind, order.quantity, order.limit,
        order.sent, order.arrives, order.state, order.filled, order.rule,
    )  # fmt: skip


def _fill(fact: Fill) -> tuple[Any, ...]:
    return (
        "fill", fact.account, fact.id, fact.order, fact.symbol, fact.time, fact.quantity, fact.price, fact.fee,
        fact.liquidity, fact.quote_time,
    )  # fmt: skip


def _entry(fact: LedgerEntry) -> tuple[Any, ...]:
    return ("entry", fact.account, fact.id, fact.time, fact.kind, fact.debit, fact.credit, fact.amount, fact.trade)


def _trade(fact: PairTrade) -> tuple[Any, ...]:
    return (
        "trade", fact.account, fact.id, str(fact.pair), fact.timeframe, fact.side, fact.state, fact.y.held, fact.x.held,
        fact.time,
    )  # fmt: skip


def _decision(fact: Decision) -> tuple[Any, ...]:
    return ("decision", fact.account, fact.id, fact.time, str(fact.pair), fact.action, fact.outcome, fact.rule)


# What is new here does not change the hash of a session that was stored before it: it has no such facts.
_PROJECTED: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    Bar: _bar,
    Signal: _signal,
    Alert: _alert,
    OrderChanged: _order,
    Fill: _fill,
    LedgerEntry: _entry,
    PairTrade: _trade,
    Decision: _decision,
}


class FactsDigest:
    """A SHA-256 over the projection of the facts in order; trades are hashed per symbol and column, so batch borders do
    not matter."""

    def __init__(self, statistics: tuple[str, ...] | None = None) -> None:
        """``statistics``: the keys that are hashed of a row; all of today's unless a stored session lists its own."""
        self.statistics = tuple(STATISTICS) if statistics is None else statistics
        self._facts = hashlib.sha256()
        self._trades: dict[str, tuple[hashlib._Hash, ...]] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self.count = 0
        self.trades = 0

    def add(self, fact: Fact) -> None:
        """Add a fact; one that is not in the projection changes nothing."""
        if isinstance(fact, TradesAccepted):
            self._add_trades(fact)
        elif isinstance(fact, PairRow):
            values = fact.statistics
            figures = [values.get(key) for key in self.statistics]
            projection = (
                "row",
                str(fact.pair),
                fact.timeframe,
                fact.time,
                fact.state,
                fact.stale,
                fact.incomplete,
                figures,
            )
            self._facts.update(self._encode(projection))
            self.count += 1
        elif isinstance(fact, LedgerEntry) and fact.kind is EntryKind.DEPOSIT:
            pass  # the first account is opened by itself: a recording of the session, without requests, lacks it
        elif (project := _PROJECTED.get(type(fact))) is not None:
            self._facts.update(self._encode(project(fact)))
            self.count += 1

    def hexdigest(self) -> str:
        total = hashlib.sha256(self._facts.digest())
        for symbol in sorted(self._trades):
            total.update(symbol.encode())
            for running in self._trades[symbol]:
                total.update(running.digest())
        return total.hexdigest()

    def _add_trades(self, fact: TradesAccepted) -> None:
        trades = fact.trades
        columns = (trades.ids, trades.times, trades.prices, trades.quantities, trades.buyer_maker)
        hashes = self._trades.get(trades.symbol)
        if hashes is None:
            hashes = self._trades[trades.symbol] = tuple(hashlib.sha256() for _ in columns)
        for column, running in zip(columns, hashes, strict=True):
            running.update(np.ascontiguousarray(column))
        self.trades += len(trades)
