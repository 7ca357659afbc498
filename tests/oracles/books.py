"""A recording's best bids and asks and trades, and orders at random instants of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Book:
    """Columns of the quotes (by the exchange's time, then by update) and of the trades of one symbol, times in ms."""

    symbol: str
    times: Ints
    updates: Ints
    bids: Floats
    bid_sizes: Floats
    asks: Floats
    ask_sizes: Floats
    trade_times: Ints
    trade_prices: Floats
    trade_sizes: Floats
    sold: npt.NDArray[np.bool_]


def read_book(path: Path) -> Book:
    """Read ``<receive time> <JSON>`` lines."""
    quotes: list[tuple[Any, ...]] = []
    trades: list[tuple[Any, ...]] = []
    symbol = ""
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if '"bookTicker"' in line:
                data = json.loads(line.partition(" ")[2])["data"]
                quotes.append((data["T"], data["u"], data["b"], data["B"], data["a"], data["A"]))
                symbol = data["s"]
            elif '"e":"trade"' in line:
                data = json.loads(line.partition(" ")[2])["data"]
                if data["X"] == "MARKET":
                    trades.append((data["T"], data["t"], data["p"], data["q"], data["m"]))
    quotes.sort(key=lambda row: row[:2])
    trades.sort(key=lambda row: row[1])
    time, update, bid, bid_size, ask, ask_size = (np.array(column) for column in zip(*quotes, strict=True))
    at, _, price, size, maker = (np.array(column) for column in zip(*trades, strict=True))
    return Book(
        symbol, _ints(time), _ints(update), _floats(bid), _floats(bid_size), _floats(ask), _floats(ask_size), _ints(at),
        _floats(price), _floats(size), maker.astype(np.bool_),
    )  # fmt: skip


def _ints(column: npt.NDArray[Any]) -> Ints:
    return column.astype(np.int64)


def _floats(column: npt.NDArray[Any]) -> Floats:
    return column.astype(np.float64)


def newest(times: Ints, at: Ints) -> Ints:
    """Returns for each instant the place of the newest quote that is not later."""
    found: Ints = np.searchsorted(times, at, side="right") - 1
    return found
