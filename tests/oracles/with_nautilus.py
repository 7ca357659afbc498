# ruff: noqa: T201 - its answer is what it prints
"""NautilusTrader's simulated exchange on recorded quotes. A program of its own environment; nothing of ours is in it.

``python with_nautilus.py QUOTES.npz`` (times in ms, bids, bid_sizes, asks, ask_sizes, rows, quantities; ``rows`` are
the quotes at which a market order is sent, without latency) prints one JSON line: price, quantity and commission of
each order. One instrument an engine: its mixed lists fill legs from the first leg's book.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal

import numpy as np
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TraderId, Venue
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

TICK_DECIMALS, STEP_DECIMALS = 2, 3


class SendConfig(StrategyConfig, frozen=True):  # type: ignore[misc, unused-ignore, call-arg]
    """The instrument."""

    instrument: InstrumentId


class Sender(Strategy):  # type: ignore[misc, unused-ignore]
    """Sends a market order at each of some quotes."""

    def __init__(self, config: SendConfig, rows: list[int], quantities: list[float]) -> None:
        super().__init__(config)
        self.due = dict(zip(rows, enumerate(quantities), strict=True))
        self.seen = 0
        self.numbers: dict[str, int] = {}
        self.fills: list[tuple[int, float, float, float]] = []

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.config.instrument)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        del tick
        asked = self.due.get(self.seen)
        self.seen += 1
        if asked is None:
            return
        number, quantity = asked
        side = OrderSide.BUY if quantity > 0 else OrderSide.SELL
        order = self.order_factory.market(self.config.instrument, side, Quantity(abs(quantity), STEP_DECIMALS))
        self.numbers[order.client_order_id.value] = number
        self.submit_order(order)

    def on_order_filled(self, event: OrderFilled) -> None:
        number = self.numbers[event.client_order_id.value]
        self.fills.append((number, float(event.last_px), float(event.last_qty), float(event.commission)))


def main(path: str) -> None:
    data = np.load(path)
    venue = Venue("BINANCE")
    instrument = CryptoPerpetual(
        instrument_id=InstrumentId(Symbol("X-PERP"), venue), raw_symbol=Symbol("X"), base_currency=BTC,
        quote_currency=USDT, settlement_currency=USDT, is_inverse=False, price_precision=TICK_DECIMALS,
        size_precision=STEP_DECIMALS, price_increment=Price(0.01, TICK_DECIMALS),
        size_increment=Quantity(0.001, STEP_DECIMALS), margin_init=Decimal("0.05"), margin_maint=Decimal("0.025"),
        maker_fee=Decimal("0.0002"), taker_fee=Decimal("0.0005"), ts_event=0, ts_init=0,
    )  # fmt: skip
    engine = BacktestEngine(
        BacktestEngineConfig(trader_id=TraderId("ORACLE-001"), logging=LoggingConfig(bypass_logging=True))
    )
    # A frozen account: what is compared are fills, and its balances round differently after a few hundred of them.
    engine.add_venue(
        venue, OmsType.NETTING, AccountType.MARGIN, starting_balances=[Money(1_000_000, USDT)], base_currency=USDT,
        frozen_account=True,
    )  # fmt: skip
    engine.add_instrument(instrument)
    columns = (data[name].tolist() for name in ("times", "bids", "bid_sizes", "asks", "ask_sizes"))
    engine.add_data([
        QuoteTick(
            instrument.id, Price(bid, TICK_DECIMALS), Price(ask, TICK_DECIMALS), Quantity(bid_size, STEP_DECIMALS),
            Quantity(ask_size, STEP_DECIMALS), 1_000_000 * time, 1_000_000 * time,
        )
        for time, bid, bid_size, ask, ask_size in zip(*columns, strict=True)
    ])  # fmt: skip
    sender = Sender(SendConfig(instrument=instrument.id), data["rows"].tolist(), data["quantities"].tolist())
    engine.add_strategy(sender)
    engine.run()
    print(json.dumps(sender.fills))
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
