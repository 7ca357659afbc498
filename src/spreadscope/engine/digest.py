"""The hash over all facts: equal input gives an equal hash, however the input was cut into batches."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np

from spreadscope.model.facts import Fact, TradesAccepted


class FactsDigest:
    """SHA-256 over the facts in order; trades are hashed per symbol, row by row, so batch borders leave no trace."""

    def __init__(self) -> None:
        self._facts = hashlib.sha256()
        self._trades: dict[str, hashlib._Hash] = {}
        self._encoder = msgspec.msgpack.Encoder()
        self.count = 0
        self.trades = 0

    def add(self, fact: Fact) -> None:
        if not isinstance(fact, TradesAccepted):
            self._facts.update(self._encoder.encode(fact))
            self.count += 1
            return
        trades = fact.trades
        rows = np.empty(len(trades), dtype=[("id", "<i8"), ("t", "<i8"), ("p", "<f8"), ("q", "<f8"), ("m", "?")])
        rows["id"], rows["t"], rows["p"] = trades.ids, trades.times, trades.prices
        rows["q"], rows["m"] = trades.quantities, trades.buyer_maker
        self._trades.setdefault(trades.symbol, hashlib.sha256()).update(rows.tobytes())
        self.trades += len(trades)

    def hexdigest(self) -> str:
        total = hashlib.sha256(self._facts.digest())
        for symbol in sorted(self._trades):
            total.update(symbol.encode())
            total.update(self._trades[symbol].digest())
        return total.hexdigest()
