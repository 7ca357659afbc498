"""Minute bars of a tape, and the exchange's klines of any interval from them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscope.exchange.local.decimal_text import decimal_text

MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * MINUTE_MS
_DAY_MS: Final = 86_400_000
_MONDAY_MS: Final = 4 * _DAY_MS  # the epoch was a Thursday
INTERVALS: Final[dict[str, int]] = {
    "1m": MINUTE_MS, "3m": 3 * MINUTE_MS, "5m": 5 * MINUTE_MS, "15m": 15 * MINUTE_MS, "30m": 30 * MINUTE_MS,
    "1h": 60 * MINUTE_MS, "2h": 120 * MINUTE_MS, "4h": 240 * MINUTE_MS, "6h": 360 * MINUTE_MS, "8h": 480 * MINUTE_MS,
    "12h": 720 * MINUTE_MS, "1d": _DAY_MS, "3d": 3 * _DAY_MS, "1w": 7 * _DAY_MS, "1M": 0,
}  # fmt: skip

Ints = NDArray[np.int64]


class LocalBar(NamedTuple):
    """Scaled integers: prices by the price's decimals, volumes by the quantity's, quote volumes by both.

    ``first`` and ``last`` are raw trade ids, -1 where none is known.
    """

    open: int
    high: int
    low: int
    close: int
    volume: int
    quote: int
    trades: int
    taker: int
    taker_quote: int
    first: int = -1
    last: int = -1

    def then(self, later: LocalBar) -> LocalBar:
        """This bar followed by another."""
        return LocalBar(
            self.open, max(self.high, later.high), min(self.low, later.low), later.close,
            self.volume + later.volume, self.quote + later.quote, self.trades + later.trades,
            self.taker + later.taker, self.taker_quote + later.taker_quote,
            later.first if self.first < 0 else self.first, self.last if later.last < 0 else later.last,
        )  # fmt: skip


def bucket(time_ms: int, interval: str) -> int:
    """Open time of the kline that holds a time."""
    size = INTERVALS[interval]
    if interval == "1M":
        day = datetime.fromtimestamp(time_ms / 1000, UTC)
        return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp()) * 1000
    if interval == "1w":
        return (time_ms - _MONDAY_MS) // size * size + _MONDAY_MS
    return time_ms // size * size


def next_bucket(open_ms: int, interval: str) -> int:
    """Open time of the kline after this one."""
    return bucket(open_ms + 32 * _DAY_MS, interval) if interval == "1M" else open_ms + INTERVALS[interval]


class MinuteBars:
    """The bars of each minute that had a trade, by open time in ms."""

    def __init__(self, price_decimals: int, quantity_decimals: int) -> None:
        self._price_decimals = price_decimals
        self._quantity_decimals = quantity_decimals
        self._bars: dict[int, LocalBar] = {}
        self._opens: list[int] = []
        self._hours: dict[int, LocalBar | None] = {}  # sums of whole hours, made when they are asked for

    def put(self, open_ms: int, bar: LocalBar) -> None:
        """Merge a bar into its minute, behind what is there."""
        known = self._bars.get(open_ms)
        self._bars[open_ms] = bar if known is None else known.then(bar)
        self._hours.pop(open_ms // _HOUR_MS, None)
        if known is None:
            self._opens.insert(bisect_left(self._opens, open_ms), open_ms)

    def add(
        self, times: Ints, prices: Ints, quantities: Ints, firsts: Ints, lasts: Ints, counts: Ints, makers: Ints
    ) -> None:
        """Merge trades in the order of their ids; ``firsts`` and ``lasts`` are the raw ids that each holds."""
        if not times.size:
            return
        minutes = times // MINUTE_MS
        starts = np.concatenate(([0], np.flatnonzero(np.diff(minutes)) + 1))
        ends = np.append(starts[1:], times.size) - 1
        value: NDArray[Any] = prices
        if int(prices.max()) * int(quantities.sum(dtype=object)) >= 1 << 62:
            value = prices.astype(object)  # a turnover that would not fit into 64 bits
        quote = value * quantities
        taker = np.where(makers, 0, 1)
        columns = (
            prices[starts], np.maximum.reduceat(prices, starts), np.minimum.reduceat(prices, starts), prices[ends],
            np.add.reduceat(quantities, starts), np.add.reduceat(quote, starts), np.add.reduceat(counts, starts),
            np.add.reduceat(quantities * taker, starts), np.add.reduceat(quote * taker, starts),
            firsts[starts], lasts[ends],
        )  # fmt: skip
        for minute, *fields in zip(minutes[starts].tolist(), *(column.tolist() for column in columns), strict=True):
            self.put(minute * MINUTE_MS, LocalBar(*fields))

    def rows(self, interval: str, start_ms: int | None, end_ms: int | None, limit: int, now_ms: int) -> list[list[Any]]:
        """The exchange's klines (12 fields) with open times in the inclusive range, quiet ones included."""
        if not self._opens:
            return []
        first, last = bucket(self._opens[0], interval), bucket(max(now_ms, self._opens[-1]), interval)
        if end_ms is not None:
            last = min(last, bucket(end_ms, interval))
        if start_ms is not None:
            opened = bucket(start_ms, interval)
            first = max(first, opened if opened >= start_ms else next_bucket(opened, interval))
        elif interval != "1M":
            first = max(first, last - (limit - 1) * INTERVALS[interval])
        opens: list[int] = []
        while first <= last and (len(opens) < limit or start_ms is None):
            opens.append(first)
            first = next_bucket(first, interval)
        lines = ((open_ms, next_bucket(open_ms, interval)) for open_ms in opens[-limit:])
        return [self._row(*line, bar) for line in lines if (bar := self.line(*line)) is not None]

    def window(self, start_ms: int, end_ms: int) -> LocalBar | None:
        """All minutes that open in ``[start, end)`` as one bar; whole hours are summed once."""
        first, last = -(-start_ms // _HOUR_MS), end_ms // _HOUR_MS
        if first >= last:
            return self._sum(start_ms, end_ms)
        whole = self._sum(start_ms, first * _HOUR_MS)
        for hour in range(max(first, self._opens[0] // _HOUR_MS) if self._opens else last, last):
            if hour not in self._hours:
                self._hours[hour] = self._sum(hour * _HOUR_MS, (hour + 1) * _HOUR_MS)
            whole = _joined(whole, self._hours[hour])
        return _joined(whole, self._sum(last * _HOUR_MS, end_ms))

    def line(self, open_ms: int, next_ms: int) -> LocalBar | None:
        """The kline of ``[open, next)``; where nobody traded it repeats the last close, as the exchange does."""
        bar = self.window(open_ms, next_ms)
        if bar is None:
            before = bisect_right(self._opens, open_ms)
            if not before:
                return None  # before the first trade there is
            close = self._bars[self._opens[before - 1]].close
            bar = LocalBar(close, close, close, close, 0, 0, 0, 0, 0)
        return bar

    def price(self, value: int) -> str:
        """A price as the exchange writes it."""
        return decimal_text(value, self._price_decimals)

    def size(self, value: int) -> str:
        """A volume as the exchange writes it."""
        return decimal_text(value, self._quantity_decimals)

    def turnover(self, value: int) -> str:
        """A quote volume as the exchange writes it."""
        return decimal_text(value, self._price_decimals + self._quantity_decimals)

    def items(self) -> Iterator[tuple[int, LocalBar]]:
        """Open times and bars, ascending."""
        return ((open_ms, self._bars[open_ms]) for open_ms in self._opens)

    def _sum(self, start_ms: int, end_ms: int) -> LocalBar | None:
        opens = self._opens
        whole: LocalBar | None = None
        for open_ms in opens[bisect_left(opens, start_ms) : bisect_left(opens, end_ms)]:
            whole = _joined(whole, self._bars[open_ms])
        return whole

    def _row(self, open_ms: int, next_ms: int, bar: LocalBar) -> list[Any]:
        price, size, turnover = self.price, self.size, self.turnover
        return [
            open_ms, price(bar.open), price(bar.high), price(bar.low), price(bar.close), size(bar.volume), next_ms - 1,
            turnover(bar.quote), bar.trades, size(bar.taker), turnover(bar.taker_quote), "0",
        ]  # fmt: skip


def _joined(earlier: LocalBar | None, later: LocalBar | None) -> LocalBar | None:
    if earlier is None or later is None:
        return later if earlier is None else earlier
    return earlier.then(later)
