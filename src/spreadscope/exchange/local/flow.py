"""Trades and quotes around a hidden price: spread and bounce, sweeps through the book, sizes. Pure arrays."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from spreadscope.exchange.local.latent import Floats

Ints = NDArray[np.int64]

_SWEEPS: Final = (0.12, 0.04, 0.015)  # chances that a market order takes two, three, four price levels
LEVELS: Final = 1 + sum(_SWEEPS)  # aggregate trades an order makes on average
_RAW_FILLS: Final = 0.8  # further raw trades in an aggregate, on average
_RAW_HOLES: Final = 0.01  # chance that the next raw id is skipped
_SPREAD_TICKS: Final = np.array([1, 1, 1, 2, 3])  # in units of the asset's usual spread


class Asset(msgspec.Struct, frozen=True):
    """How one symbol trades: rates a second, usual spread in ticks, typical size in steps; tick and step are 10^-d."""

    symbol: str
    price: float
    price_decimals: int
    quantity_decimals: int
    sigma: float
    trades_per_s: float
    quotes_per_s: float
    spread_ticks: int
    size_steps: float


class BestPrices(NamedTuple):
    """Best bid and ask of each step, in ticks."""

    bid: Ints
    ask: Ints


class Quotes(NamedTuple):
    """Quote updates in columns: time (ms), bid and ask in ticks, sizes in steps."""

    time: Ints
    bid: Ints
    ask: Ints
    bid_size: Ints
    ask_size: Ints


def book(rng: np.random.Generator, asset: Asset, log_mid: Floats) -> BestPrices:
    """The best bid and ask around a hidden price."""
    spread = _SPREAD_TICKS[rng.integers(0, _SPREAD_TICKS.size, log_mid.size)] * asset.spread_ticks
    mid = np.exp(log_mid) * 10.0**asset.price_decimals
    bid = np.maximum(np.floor(mid - spread / 2 + 0.5).astype(np.int64), 1)
    return BestPrices(bid, bid + spread)


def trades(
    rng: np.random.Generator,
    asset: Asset,
    best: BestPrices,
    activity: Floats,
    start_ms: int,
    step_ms: int,
    next_raw: int,
) -> Ints:
    """Aggregate trades of these steps as an 8 × n block: time, price, quantity, non-RPI, first, last, count, maker.

    An order takes the best price and sometimes the next levels in the same millisecond, each its own aggregate.
    """
    orders = rng.poisson(activity * asset.trades_per_s / LEVELS * step_ms / 1000)
    step = np.repeat(np.arange(orders.size), orders)
    time = np.sort(start_ms + step * step_ms + rng.integers(0, step_ms, step.size))
    step = (time - start_ms) // step_ms
    buys = rng.random(step.size) < 0.5
    luck = rng.random(step.size)
    depth = 1 + (luck < _SWEEPS[0]).astype(np.int64) + (luck < _SWEEPS[1]) + (luck < _SWEEPS[2])
    level = np.arange(int(depth.sum())) - np.repeat(np.cumsum(depth) - depth, depth)
    step, time, buys = np.repeat(step, depth), np.repeat(time, depth), np.repeat(buys, depth)
    price = np.where(buys, best.ask[step] + level, np.maximum(best.bid[step] - level, 1))
    quantity = sizes(rng, asset, step.size)
    rpi = np.where(rng.random(step.size) < 0.05, quantity // 2, 0)
    count = np.minimum(1 + rng.poisson(_RAW_FILLS, step.size), quantity)  # each raw trade has a step at least
    last = next_raw - 1 + np.cumsum(count + (rng.random(step.size) < _RAW_HOLES))
    return np.stack([time, price, quantity, quantity - rpi, last - count + 1, last, count, ~buys]).astype(np.int64)


def quotes(
    rng: np.random.Generator, asset: Asset, best: BestPrices, activity: Floats, start_ms: int, step_ms: int
) -> Quotes:
    """Updates of the best bid and ask."""
    counts = rng.poisson(activity * asset.quotes_per_s * step_ms / 1000)
    step = np.repeat(np.arange(counts.size), counts)
    time = np.sort(start_ms + step * step_ms + rng.integers(0, step_ms, step.size))
    step = (time - start_ms) // step_ms
    return Quotes(
        time, best.bid[step], best.ask[step], 10 * sizes(rng, asset, step.size), 10 * sizes(rng, asset, step.size)
    )


def sizes(rng: np.random.Generator, asset: Asset, count: int) -> Ints:
    """Quantities in steps: log-normal, never zero."""
    return np.maximum(np.rint(rng.lognormal(math.log(asset.size_steps), 1.2, count)), 1).astype(np.int64)
