# ruff: noqa: T201 - its answer is what it prints
"""hftbacktest's simulated exchange on a recorded full depth.

A program of its own environment; nothing of ours is in it. ``python with_hftbacktest.py FRAMES.gz ORDERS.npz TICK``
(arrivals in ms by the exchange's clock, quantities, limits; a limit of 0 is an order at market) prints one JSON line:
of each order the price and time (ms) of its fill, 0 without one. The frames are read once, and kept beside ORDERS. A
waiting order is looked at for ``until_ms``. Its queue model is the risk-averse one: only trades shorten it.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from hftbacktest import FILLED, GTC, GTX, LIMIT, MARKET, BacktestAsset, HashMapMarketDepthBacktest
from hftbacktest.data.utils import binancefutures
from numba import njit

LATENCY_NS = 1_000_000
BUFFER = 6_000_000


@njit  # type: ignore[untyped-decorator, unused-ignore]
def send(hbt: Any, arrivals: Any, quantities: Any, limits: Any, until: int, prices: Any, times: Any) -> None:
    """Send each order so that it arrives when it should, and look at it after ``until`` ns."""
    hbt.elapse(1)  # the clock stands before the first event until then
    for number in range(len(arrivals)):
        wait = arrivals[number] - LATENCY_NS - hbt.current_timestamp
        if wait > 0 and hbt.elapse(wait) != 0:
            break
        limit, quantity = limits[number], abs(quantities[number])
        order_type, force = (LIMIT, GTX) if limit > 0 else (MARKET, GTC)
        if limit == 0:  # an order at market needs a price, too, though none is looked at
            limit = hbt.depth(0).best_ask
        if quantities[number] > 0:
            hbt.submit_buy_order(0, number + 1, limit, quantity, force, order_type, False)
        else:
            hbt.submit_sell_order(0, number + 1, limit, quantity, force, order_type, False)
        hbt.elapse(until + 3 * LATENCY_NS)
        order = hbt.orders(0).get(number + 1)
        if order is not None and order.status == FILLED:
            prices[number], times[number] = order.exec_price, order.exch_timestamp
        elif order is not None and order.cancellable:
            hbt.cancel(0, number + 1, False)
            hbt.elapse(3 * LATENCY_NS)
        hbt.clear_inactive_orders(0)


def main(frames: str, orders: str, tick: float) -> None:
    kept = Path(orders).with_name(f"{Path(frames).name}.npy")
    if not kept.exists():
        with contextlib.redirect_stdout(io.StringIO()):
            np.save(kept, binancefutures.convert(frames, buffer_size=BUFFER))
    events = np.load(kept)
    asked = np.load(orders)
    asset = (
        BacktestAsset()
        .data(events)
        .linear_asset(1.0)
        .constant_order_latency(LATENCY_NS, LATENCY_NS)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()  # orders of one lot have no parts
        .trading_value_fee_model(0.0, 0.0005)
        .tick_size(tick)
        .lot_size(0.001)
    )
    hbt = HashMapMarketDepthBacktest([asset])
    count = len(asked["arrivals"])
    prices, times = np.zeros(count), np.zeros(count, dtype=np.int64)
    until = int(asked["until_ms"]) * 1_000_000
    send(hbt, asked["arrivals"] * 1_000_000, asked["quantities"], asked["limits"], until, prices, times)
    hbt.close()
    print(json.dumps([prices.tolist(), (times // 1_000_000).tolist()]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
