"""The hash over all facts: equal input gives an equal hash, however the input was cut into batches."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np
from msgspec.structs import replace

from spreadscope.model.facts import Fact, Fault, PairRow, TradesAccepted


class FactsDigest:
    """SHA-256 over the facts in order; trades are hashed per symbol and column, so batch borders leave no trace."""

    def __init__(self) -> None:
        self._facts = hashlib.sha256()
        self._trades: dict[str, tuple[hashlib._Hash, ...]] = {}
        self._encoder = msgspec.msgpack.Encoder()
        self.count = 0
        self.trades = 0

    def add(self, fact: Fact) -> None:
        if isinstance(fact, Fault):
            return  # an exception is of the code that ran, not of the market: a replay by other code says other ones
        if isinstance(fact, PairRow) and (fact.source_y or fact.source_x):
            # What was added to a row later is no part of the hash: sessions stored before keep theirs.
            fact = replace(fact, source_y=None, source_x=None, mixed=False)
        if not isinstance(fact, TradesAccepted):
            self._facts.update(self._encoder.encode(fact))
            self.count += 1
            return
        trades = fact.trades
        columns = (trades.ids, trades.times, trades.prices, trades.quantities, trades.buyer_maker)
        hashes = self._trades.get(trades.symbol)
        if hashes is None:
            hashes = self._trades[trades.symbol] = tuple(hashlib.sha256() for _ in columns)
        for column, running in zip(columns, hashes, strict=True):
            running.update(np.ascontiguousarray(column))
        self.trades += len(trades)

    def hexdigest(self) -> str:
        total = hashlib.sha256(self._facts.digest())
        for symbol in sorted(self._trades):
            total.update(symbol.encode())
            for running in self._trades[symbol]:
                total.update(running.digest())
        return total.hexdigest()
