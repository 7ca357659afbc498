"""NautilusTrader's backtest engine trading a pair on bars made of a file of ticks, with the logic of our own.

A program of its own virtual environment; nothing of ours is in it.

``python bench/nautilus_pairs_peer.py TICKS.parquet 1-SECOND WINDOW Z_WINDOW`` prints one JSON line: ticks, the seconds
of ``BacktestEngine.run`` alone (loading and sorting are not counted), rows of the pair, signals and orders filled. The
strategy does what a user of it does for a pair: on the closes of both legs a rolling hedge ratio by least squares, z of
the newest spread against the rows before it, entry, exit and stop, and market orders of both legs.
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque

import numpy as np
import pyarrow.parquet as pq
from nautilus_peer import engine_of, instruments_of
from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.trading.strategy import Strategy

ENTRY, EXIT, STOP = 2.0, 0.5, 4.0
NOTIONAL = 1_000.0


class PairConfig(StrategyConfig, frozen=True):
    """The bars of the two legs, and the windows."""

    y: BarType
    x: BarType
    window: int
    z_window: int


class PairStrategy(Strategy):
    """Trades the spread of two legs on z."""

    def __init__(self, config: PairConfig) -> None:
        super().__init__(config)
        self.closes = {config.y: deque(maxlen=config.window), config.x: deque(maxlen=config.window)}
        self.times = {config.y: 0, config.x: 0}
        self.side = 0
        self.locked_out = False
        self.held = (0.0, 0.0)
        self.rows = self.signals = self.fills = 0

    def on_start(self) -> None:
        for bar_type in self.closes:
            self.subscribe_bars(bar_type)

    def on_bar(self, bar: Bar) -> None:
        self.closes[bar.bar_type].append(np.log(float(bar.close)))
        self.times[bar.bar_type] = bar.ts_event
        y, x = self.closes[self.config.y], self.closes[self.config.x]
        if len(set(self.times.values())) > 1 or len(y) < self.config.window or len(x) < self.config.window:
            return
        log_y, log_x = np.array(y), np.array(x)
        mean_x = log_x.mean()
        away = log_x - mean_x
        beta = float(away @ log_y / (away @ away))
        spread = log_y - beta * log_x
        before = spread[-1 - self.config.z_window : -1]
        z = float((spread[-1] - before.mean()) / before.std(ddof=1))
        self.rows += 1
        self._act(z, beta, float(np.exp(log_y[-1])), float(np.exp(log_x[-1])))

    def _act(self, z: float, beta: float, price_y: float, price_x: float) -> None:
        if self.side == 0:
            if self.locked_out:
                self.locked_out = abs(z) >= ENTRY
            elif ENTRY <= abs(z) < STOP:
                self.side = -1 if z > 0 else 1
                quantity = NOTIONAL / price_y
                self.held = (self.side * quantity, -self.side * beta * quantity * price_y / price_x)
                self._send(*self.held)
            return
        against = -self.side * z
        if against >= STOP or against <= EXIT:
            self.locked_out = against >= STOP
            self.side = 0
            self._send(-self.held[0], -self.held[1])

    def _send(self, *quantities: float) -> None:
        self.signals += 1
        for bar_type, quantity in zip((self.config.y, self.config.x), quantities, strict=True):
            instrument: CryptoPerpetual = self.cache.instrument(bar_type.instrument_id)
            side = OrderSide.BUY if quantity > 0 else OrderSide.SELL
            self.submit_order(self.order_factory.market(instrument.id, side, instrument.make_qty(abs(quantity))))

    def on_order_filled(self, event: OrderFilled) -> None:
        del event
        self.fills += 1


def run(path: str, bars: str, window: int, z_window: int) -> dict[str, float]:
    engine = engine_of()
    legs, ticks = [], 0
    for instrument, made in instruments_of(pq.read_table(path).to_pandas()):
        engine.add_instrument(instrument)
        engine.add_data(made)
        ticks += len(made)
        legs.append(BarType.from_str(f"{instrument.id}-{bars}-LAST-INTERNAL"))
    strategy = PairStrategy(PairConfig(y=legs[0], x=legs[1], window=window, z_window=z_window))
    engine.add_strategy(strategy)
    began = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - began
    found = {
        "ticks": ticks, "seconds": seconds, "rows": strategy.rows, "signals": strategy.signals, "fills": strategy.fills,
    }  # fmt: skip
    engine.dispose()
    return found


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
