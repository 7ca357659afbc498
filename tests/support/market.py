"""Small markets made by hand: columns of trades, and frames as the exchange writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from spreadscope.exchange.binance_futures.payloads import AggTrade, BookTicker
from spreadscope.exchange.port import QuoteMessage, TradeMessage
from spreadscope.model.events import Origin, Trades

START = 1_700_000_100_000  # a whole five minutes


def trades(
    ids: Iterable[int],
    times: Sequence[int] | None = None,
    prices: Sequence[float] | None = None,
    quantities: Sequence[float] | None = None,
    symbol: str = "BTCUSDT",
    origin: Origin = Origin.LIVE,
) -> Trades:
    """A batch; what is left out follows from the id, so the same id always has the same content."""
    keys = np.array(list(ids), dtype=np.int64)
    return Trades(
        symbol,
        keys,
        np.array(times if times is not None else START + keys * 10, dtype=np.int64),
        np.array(prices if prices is not None else 100.0 + keys % 7, dtype=np.float64),
        np.array(quantities if quantities is not None else 0.001 * (1 + keys % 5), dtype=np.float64),
        keys % 2 == 0,
        origin,
    )


def agg(
    symbol: str, number: int, time: int, price: float, quantity: float = 0.5, *, maker: bool = False
) -> TradeMessage:
    return TradeMessage(symbol, number, price, quantity, time, time + 40, maker)


def ticker(symbol: str, time: int, bid: float, ask: float) -> QuoteMessage:
    return QuoteMessage(symbol, bid, ask, time)


def payload(message: object) -> object:
    """A message as the payload that says it; whatever is none stays as it is."""
    if isinstance(message, TradeMessage):
        return AggTrade(
            E=message.event_time, s=message.symbol, a=message.id, p=message.price, q=message.quantity, f=message.id,
            l=message.id, T=message.time, m=message.buyer_is_maker, nq=message.quantity,
        )  # fmt: skip
    if isinstance(message, QuoteMessage):
        time = message.time or 0
        bid, ask = (message.bid, message.bid_quantity), (message.ask, message.ask_quantity)
        return BookTicker(message.symbol, message.update, *bid, *ask, time, time + 5)
    return message


def frame(stream: str, data: object) -> bytes:
    """A frame of a combined stream."""
    return msgspec.json.encode({"stream": stream, "data": payload(data)})
