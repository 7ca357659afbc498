"""``python -m tests.fuzz.atheris_core``: any sequence of events makes facts that can be stored, and never an exception.

An input is read as a small program: each event takes a byte that says its kind and some that fill it.
"""

from __future__ import annotations

import struct

import numpy as np

from tests.fuzz.guided import fuzz, instrumented

with instrumented():
    from spreadscope.engine import Engine
    from spreadscope.model.config import AnalyticsSection, Config
    from spreadscope.model.events import (
        BarRow,
        DropPair,
        DropSymbol,
        Event,
        FlushChanges,
        History,
        Mark,
        MarketTime,
        Origin,
        Quote,
        SetRule,
        Trades,
        TradingStatus,
        UpstreamHole,
        WatchPair,
        WatchSymbol,
    )
    from spreadscope.model.facts import Fault, PairRow
    from spreadscope.model.instrument import Pair
    from spreadscope.model.timeframe import Timeframe

START = 1_700_000_100_000
SYMBOLS = ("AAAUSDT", "BBBUSDT")
PAIR = Pair(*SYMBOLS)
SETTINGS = Config(analytics=AnalyticsSection(hedge_window=30, z_window=10, correlation_window=10, max_lags=2))
RULES = ("z > 2", "price > 100", "avg(price, 1m) > 3", "price / 0 > 1", "corr < 0")


class Bytes:
    """An input that is read bit by bit; behind its end come zeros."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self.at = raw, 0

    @property
    def left(self) -> bool:
        return self.at < len(self._raw)

    def take(self, count: int) -> bytes:
        found = self._raw[self.at : self.at + count].ljust(count, b"\0")
        self.at += count
        return found

    def small(self) -> int:
        return self.take(1)[0]

    def whole(self) -> int:
        """Mostly near, now and then anything that 64 bits hold."""
        kind = self.small()
        if kind == 255:
            return int(struct.unpack("<q", self.take(8))[0])
        return int(struct.unpack("<H", self.take(2))[0])

    def number(self) -> float:
        kind = self.small()
        if kind == 255:
            return float(struct.unpack("<d", self.take(8))[0])
        return 100.0 + kind / 8


def an_event(source: Bytes) -> Event:
    kind, symbol = source.small() % 13, SYMBOLS[source.small() % 2]
    if kind <= 3:
        n = 1 + source.small() % 4
        ids = [source.whole() for _ in range(n)]
        return Trades(
            symbol, np.array(ids, np.int64), np.array([START + source.whole() for _ in ids], np.int64),
            np.array([source.number() for _ in ids]), np.array([source.number() / 100 for _ in ids]),
            np.zeros(n, np.bool_), (Origin.LIVE, Origin.REST)[source.small() % 2],
        )  # fmt: skip
    makers = (
        lambda: Quote(symbol, START + source.whole(), source.number(), source.number()),
        lambda: MarketTime(START + source.whole()),
        FlushChanges,
        lambda: WatchSymbol(symbol),
        lambda: DropSymbol(symbol) if source.small() > 200 else TradingStatus(symbol, source.small() > 20),
        lambda: DropPair(PAIR) if source.small() > 200 else WatchPair(PAIR),
        lambda: UpstreamHole(symbol, source.whole(), source.whole(), "asked", permanent=source.small() > 128),
        lambda: SetRule("r", RULES[source.small() % len(RULES)], str(PAIR) if source.small() % 2 else symbol),
        lambda: Mark(symbol, START + source.whole(), source.number(), source.number(), source.number(), source.whole()),
    )
    return makers[kind - 4]()


def any_events(raw: bytes) -> None:
    source = Bytes(raw)
    engine = Engine(SETTINGS, (Timeframe.S1, Timeframe.M1))
    facts = engine.on(WatchPair(PAIR))
    facts += engine.on(
        History("AAAUSDT", Timeframe.M1, (BarRow(START - 60_000, 1.0, 2.0, 0.5, source.number(), 1.0, 1),))
    )
    while source.left and source.at < 2_000:
        facts += engine.on(an_event(source))
    facts += [*engine.on(MarketTime(START + 70_000)), *engine.on(FlushChanges())]
    for fact in facts:
        # A rule of a pair about a symbol, and a hole that is none, are refused with a fault: they are our caller's.
        assert not isinstance(fact, Fault) or fact.subject in {"SetRule", "UpstreamHole"}, fact.trace
        if isinstance(fact, PairRow):
            assert all(v is None or np.isfinite(v) for v in (fact.price_y, fact.price_x, fact.z.value, fact.beta.value))


if __name__ == "__main__":
    plain = b"".join(
        bytes(
            [
                0,
                i % 2,
                0,
                0,
                *struct.pack("<H", i),
                0,
                *struct.pack("<H", 100 * i),
                i % 250,
                100,
                0,
                5,
                0,
                0,
                *struct.pack("<H", 100 * i),
            ]
        )
        for i in range(1, 60)
    )
    fuzz("core", any_events, [plain, b"", bytes(range(256))])
