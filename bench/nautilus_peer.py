"""NautilusTrader's backtest engine over a file of ticks.

A program of its own virtual environment; nothing of ours is in it.

``python bench/nautilus_peer.py TICKS.parquet`` (``bench.ticks`` says what is in the file) prints one JSON line: ticks,
the seconds of ``BacktestEngine.run`` alone (loading and sorting are not counted), bars, rows of the pair and signals.
The strategy does what a user of it does for a pair: one-minute bars aggregated inside the engine from ticks, and on
their closes a rolling hedge ratio by least squares, the z of the spread, and a note of every crossing.
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import Bar, BarType, TradeTick
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TraderId, Venue
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Currency, Money, Price, Quantity
from nautilus_trader.persistence.wranglers import TradeTickDataWrangler
from nautilus_trader.trading.strategy import Strategy

WINDOW = 30
ENTRY = 2.0
_PRICE_DECIMALS = 6
_SIZE_DECIMALS = 4


class PairConfig(StrategyConfig, frozen=True):
    """The bars of the two legs."""

    y: BarType
    x: BarType


class PairStrategy(Strategy):
    """Rolling least squares and z on the closes of both legs."""

    def __init__(self, config: PairConfig) -> None:
        super().__init__(config)
        self.closes: dict[BarType, deque[tuple[int, float]]] = {
            config.y: deque(maxlen=WINDOW),
            config.x: deque(maxlen=WINDOW),
        }
        self.bars = 0
        self.rows = 0
        self.signals: list[tuple[int, float, float]] = []

    def on_start(self) -> None:
        for bar_type in self.closes:
            self.subscribe_bars(bar_type)

    def on_bar(self, bar: Bar) -> None:
        self.bars += 1
        self.closes[bar.bar_type].append((bar.ts_event, float(bar.close)))
        y, x = self.closes[self.config.y], self.closes[self.config.x]
        if len(y) < WINDOW or len(x) < WINDOW or y[-1][0] != x[-1][0]:
            return
        log_y, log_x = (np.log([close for _, close in leg]) for leg in (y, x))
        beta = float(np.cov(log_y, log_x, ddof=1)[0, 1] / np.var(log_x, ddof=1))
        spread = log_y - beta * log_x
        z = float((spread[-1] - spread.mean()) / spread.std(ddof=1))
        self.rows += 1
        if abs(z) > ENTRY:
            self.signals.append((bar.ts_event, beta, z))


def perpetual(symbol: str) -> CryptoPerpetual:
    base = Currency.from_str(symbol.removesuffix("USDT"))
    return CryptoPerpetual(
        instrument_id=InstrumentId(Symbol(f"{symbol}-PERP"), Venue("BINANCE")), raw_symbol=Symbol(symbol),
        base_currency=base, quote_currency=USDT, settlement_currency=USDT, is_inverse=False,
        price_precision=_PRICE_DECIMALS, size_precision=_SIZE_DECIMALS,
        price_increment=Price(10.0**-_PRICE_DECIMALS, _PRICE_DECIMALS),
        size_increment=Quantity(10.0**-_SIZE_DECIMALS, _SIZE_DECIMALS),
        margin_init=Decimal("0.05"), margin_maint=Decimal("0.025"), maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.0005"), ts_event=0, ts_init=0,
    )  # fmt: skip


def engine_of() -> BacktestEngine:
    """Returns an engine with a venue, without a log."""
    engine = BacktestEngine(
        BacktestEngineConfig(trader_id=TraderId("BENCH-001"), logging=LoggingConfig(bypass_logging=True))
    )
    engine.add_venue(
        Venue("BINANCE"), OmsType.NETTING, AccountType.MARGIN, starting_balances=[Money(1_000_000, USDT)],
        base_currency=USDT,
    )  # fmt: skip
    return engine


def instruments_of(frame: pd.DataFrame) -> Iterator[tuple[CryptoPerpetual, list[TradeTick]]]:
    """Yields the instruments of a frame of ticks, with their ticks."""
    for symbol, part in frame.groupby("symbol", sort=True, observed=True):
        instrument = perpetual(str(symbol))
        rows = part[["price", "quantity"]].set_axis(
            part["time"].astype("datetime64[ms]").dt.tz_localize("UTC").rename("timestamp"), axis=0
        )
        rows["trade_id"] = part["id"].astype(str).to_numpy()
        rows["buyer_maker"] = part["buyer_maker"].to_numpy()
        yield instrument, TradeTickDataWrangler(instrument).process(rows)


def run(path: str) -> dict[str, float]:
    engine = engine_of()
    legs = []
    ticks = 0
    for instrument, made in instruments_of(pq.read_table(path).to_pandas()):
        engine.add_instrument(instrument)
        ticks += len(made)
        engine.add_data(made)
        legs.append(BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-INTERNAL"))
    strategy = PairStrategy(PairConfig(y=legs[0], x=legs[1]))
    engine.add_strategy(strategy)
    began = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - began
    found = {
        "ticks": ticks,
        "seconds": seconds,
        "bars": strategy.bars,
        "rows": strategy.rows,
        "signals": len(strategy.signals),
    }
    engine.dispose()
    return found


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1])))
