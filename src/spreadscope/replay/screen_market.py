"""The market of a screen: what rows and orders of a pair see of the stored trades and quotes, read in one pass.

For each bar: its last price (the mid of the quote at its end, where one is stored), and best bid and ask of both legs
when its row is decided and when an order of that decision is at the exchange. So no trade is looked at twice, however
many sets of parameters are tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spreadscope.jit import FloatArray, IntArray, njit
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import StoredQuotes, Trades
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import SECOND, TIMEFRAMES, Timeframe
from spreadscope.model.trading import UNIT
from spreadscope.pairs.row_series import LegSeries
from spreadscope.replay.trades_source import PLAYED_CHUNK_MS, closing_time, stored_chunks, stored_span
from spreadscope.store.reader import StoreReader

_CHUNK_MS = 6 * 3_600_000  # each read costs some milliseconds, each trade 34 bytes
_BPS = 10_000
_NOWHERE = np.int64(-1 << 62)


@dataclass(frozen=True, slots=True)
class Tops:
    """Best bids and asks of a leg at an instant of each bar, in units of 1e-8, and the time (ms) of each quote; a bid
    of 0 stands for none."""

    bid: IntArray
    ask: IntArray
    time: IntArray


@dataclass(frozen=True, slots=True)
class LegMarket:
    """What is known of a leg at each bar: when its row is decided, and when an order of then arrives."""

    decided: Tops
    arrived: Tops


@dataclass(frozen=True, slots=True)
class ScreenMarket:
    """A pair's market on the grid of its bars.

    ``decided`` is when each bar's row is made (ms). ``quoted`` of ``seconds`` with trades have a stored quote.
    ``trades`` is how many were read. The last element of each top is that at the end of the data.
    """

    pair: Pair
    timeframe: Timeframe
    legs: LegSeries
    decided: IntArray
    y: LegMarket
    x: LegMarket
    first_time: int
    last_time: int
    latency: int
    seconds: int
    quoted: int
    trades: int


def screen_market(
    reader: StoreReader,
    config: Config,
    pair: Pair,
    timeframe: Timeframe,
    *,
    start: int,
    end: int,
    latency: int,
    half_spread_bps: float,
) -> ScreenMarket:
    """Returns the market of a pair over the stored trades of ``[start, end)`` (ms).

    ``latency`` (ms) is that of orders; ``half_spread_bps`` is half the spread around a trade where no quote is stored.
    Raises ``StoreError`` where a leg has no trades in that time, ``ConfigError`` where an order would be on the way for
    longer than a bar.
    """
    if latency >= timeframe.milliseconds:
        raise ConfigError(
            f"a latency of {latency} ms is not below a bar of {timeframe}: a screen fills each order before the next"
            " row; run the whole core, or give less"
        )
    low, high = stored_span(reader, pair.symbols, start, end)
    length = timeframe.milliseconds
    first, last = timeframe.open_time(low), timeframe.open_time(high)
    times = np.arange(first, last + length, length)
    decided = decision_times(times + length, config, high)
    instants = np.maximum.accumulate(np.column_stack([decided, decided + latency]).ravel())
    collected = {symbol: _Collected(len(times), first, length, instants, high) for symbol in pair.symbols}
    trades = 0
    for stop, events in stored_chunks(reader, pair.symbols, low, high + 1, TIMEFRAMES, _CHUNK_MS):
        for event in events:
            if isinstance(event, StoredQuotes):
                collected[event.symbol].note_quotes(event, timeframe)
        for event in events:
            if isinstance(event, Trades):
                collected[event.symbol].add(event)
                trades += len(event)
        for leg in collected.values():
            leg.close_chunk(stop)
    for leg in collected.values():
        leg.close_chunk(int(instants[-1]) + 1)
    y, x = (collected[symbol] for symbol in pair.symbols)
    begin = max(y.first_bar(), x.first_bar())  # rows begin where both legs have had a bar
    return ScreenMarket(
        pair=pair,
        timeframe=timeframe,
        legs=_leg_series(times, y, x, begin, config.analytics.at(timeframe).stale_seconds),
        decided=decided[begin:],
        y=y.market(half_spread_bps, begin),
        x=x.market(half_spread_bps, begin),
        first_time=low,
        last_time=high,
        latency=latency,
        seconds=y.seconds + x.seconds,
        quoted=y.quoted + x.quoted,
        trades=trades,
    )


def decision_times(ends: IntArray, config: Config, high: int) -> IntArray:
    """Returns when the rows of bars with these ends (ms) are made: at the first whole second a grace after the end; of
    the last ones when the data end at ``high``, or when the clock is set past all bars."""
    due = ends + config.bars.grace_ms
    seconds = -(-due // SECOND) * SECOND
    found: IntArray = np.where(
        seconds <= high + 1, seconds, np.where(due <= high + 1, high + 1, closing_time(config, high, TIMEFRAMES))
    )
    return found


class _Collected:
    """What is collected of one leg while its trades and quotes pass by."""

    def __init__(self, bars: int, first: int, length: int, instants: IntArray, high: int) -> None:
        """``bars`` of ``length`` ms from ``first`` on; ``instants``: when best bid and ask are wanted, rising."""
        self.seconds = self.quoted = 0
        self._first, self._length, self._instants = first, length, instants
        self.close, self.mid = np.full(bars, np.nan), np.full(bars, np.nan)
        self.last_time = np.full(bars, _NOWHERE)
        self._last_id = np.full(bars, -1)
        wanted = len(instants)
        self._prices, self._price_times = np.full(wanted, np.nan), np.full(wanted, _NOWHERE)
        self._bids, self._asks = np.full(wanted, np.nan), np.full(wanted, np.nan)
        self._quote_times = np.full(wanted, _NOWHERE)
        self._newest = np.full(1, np.nan), np.full(2, _NOWHERE)
        self._sampled = self._settled = 0
        self._stretch = first - first % PLAYED_CHUNK_MS
        self._quoted_until = np.zeros((high - self._stretch) // PLAYED_CHUNK_MS + 2, dtype=np.int64)
        self._quotes: StoredQuotes | None = None

    def first_bar(self) -> int:
        """Returns the place of the first bar; 0 where there is none."""
        return int(np.isfinite(self.close).argmax())

    def note_quotes(self, quotes: StoredQuotes, timeframe: Timeframe) -> None:
        """Stored quotes of a chunk: those of the bars give mids, the shortest ones fill orders."""
        present = (quotes.bids > 0) & (quotes.asks > 0)
        times, bids, asks = quotes.times[present], quotes.bids[present], quotes.asks[present]
        if not len(times):
            return
        length = quotes.timeframe.milliseconds
        if quotes.timeframe is timeframe:
            places = (times - self._first) // self._length
            inside = (places >= 0) & (places < len(self.mid))
            self.mid[places[inside]] = (bids[inside] + asks[inside]) / 2
        stretches = np.clip((times - self._stretch) // PLAYED_CHUNK_MS, 0, len(self._quoted_until) - 1)
        np.maximum.at(self._quoted_until, stretches, times + length)
        np.maximum.accumulate(self._quoted_until, out=self._quoted_until)
        if self._quotes is None or length <= self._quotes.timeframe.milliseconds:
            self._quotes = StoredQuotes(quotes.symbol, quotes.timeframe, times, bids, asks)

    def add(self, trades: Trades) -> None:
        """The trades of a chunk, by id."""
        last = _last_of_seconds(trades.times)
        stretches = np.clip((last - self._stretch) // PLAYED_CHUNK_MS, 0, len(self._quoted_until) - 1)
        self.seconds += len(last)
        self.quoted += int((last < self._quoted_until[stretches]).sum())
        self._sampled = sample_trades(
            (trades.ids, trades.times, trades.prices), (self._first, self._length),
            (self.close, self._last_id, self.last_time), self._instants, (self._prices, self._price_times),
            self._newest, self._sampled, (self._stretch, PLAYED_CHUNK_MS, self._quoted_until),
        )  # fmt: skip

    def close_chunk(self, stop: int) -> None:
        """No more trades come before ``stop`` (ms): the instants until then are settled."""
        done = int(np.searchsorted(self._instants, stop, side="left"))
        if done > self._sampled:
            price, stamps = self._newest
            self._prices[self._sampled : done], self._price_times[self._sampled : done] = price[0], stamps[1]
            self._sampled = done
        if done > self._settled and self._quotes is not None:
            ends = self._quotes.times + self._quotes.timeframe.milliseconds - 1
            places = np.searchsorted(ends, self._instants[self._settled : done], side="right") - 1
            there = places >= 0
            rows, places = np.flatnonzero(there) + self._settled, places[there]
            self._bids[rows], self._asks[rows] = self._quotes.bids[places], self._quotes.asks[places]
            self._quote_times[rows] = ends[places]
        self._settled = max(self._settled, done)

    def market(self, half_spread_bps: float, begin: int) -> LegMarket:
        """Returns best bids and asks from a bar on: a stored quote, or an assumed one around a newer trade."""
        half = self._prices * half_spread_bps / _BPS
        assumed = np.isfinite(self._prices) & (self._price_times >= self._quote_times)
        bid = np.where(assumed, self._prices - half, self._bids)
        ask = np.where(assumed, self._prices + half, self._asks)
        time = np.where(assumed, self._price_times, self._quote_times)
        bids, asks = (np.nan_to_num(np.rint(side * UNIT)).astype(np.int64) for side in (bid, ask))
        decided, arrived = (Tops(bids[at::2], asks[at::2], time[at::2]) for at in (2 * begin, 2 * begin + 1))
        return LegMarket(decided, arrived)


@njit
def sample_trades(
    trades: tuple[IntArray, IntArray, FloatArray],
    grid: tuple[int, int],
    bars: tuple[FloatArray, IntArray, IntArray],
    instants: IntArray,
    found: tuple[FloatArray, IntArray],
    newest: tuple[FloatArray, IntArray],
    done: int,
    quoted: tuple[int, int, IntArray],
) -> int:  # pragma: no cover - compiled
    """Sort the trades of a chunk (ids, times, prices, by id) into bars, and note the newest price before each instant.
    Returns how many instants are settled.

    ``grid``: open time of the first bar, and the length. ``bars``: close, its id, and the newest time of each.
    ``newest``: the price of the newest trade that makes a quote, and [the newest time of all, the time of that trade].
    ``quoted``: where the stretches begin, how long they are, and until when quotes are stored in each: an earlier
    trade makes none. Nor does one that is older than a trade before it.
    """
    ids, times, prices = trades
    first, length = grid
    close, last_id, last_time = bars
    out_prices, out_times = found
    price, stamps = newest
    begins, stretch, quoted_until = quoted
    last = np.int64(1 << 62)
    start = end = np.int64(first)  # of the bar at hand: none yet
    place = np.int64(-1)
    next_stretch = np.int64(0)
    until = np.int64(0)
    limit = instants[done] if done < instants.size else last
    for i in range(times.size):
        time, value = times[i], prices[i]
        if not (start <= time < end):
            place = (time - first) // length
            start = first + place * length
            end = start + length
        if 0 <= place < close.size:
            if ids[i] > last_id[place]:
                last_id[place] = ids[i]
                close[place] = value
            last_time[place] = max(last_time[place], time)
        if time < stamps[0]:
            continue
        # A decision is made before the trades of its own instant, an order fills after them.
        while time > limit or (time == limit and done % 2 == 0):
            out_prices[done], out_times[done] = price[0], stamps[1]
            done += 1
            limit = instants[done] if done < instants.size else last
        stamps[0] = time
        if time >= next_stretch:
            number = max(0, min((time - begins) // stretch, quoted_until.size - 1))
            until = quoted_until[number]
            next_stretch = begins + (number + 1) * stretch
        if time >= until:
            price[0], stamps[1] = value, time
    return done


def _last_of_seconds(times: IntArray) -> IntArray:
    """Returns the time (ms) of the last trade of each second."""
    seconds = times // SECOND
    found: IntArray = times[np.append(np.flatnonzero(seconds[1:] > seconds[:-1]), len(seconds) - 1)]
    return found


def _leg_series(times: IntArray, y: _Collected, x: _Collected, begin: int, stale_seconds: float) -> LegSeries:
    """Returns what rows see from a bar on."""
    length = int(times[1] - times[0]) if len(times) > 1 else 0
    (price_y, last_y), (price_x, last_x) = (_leg(leg, times, begin, stale_seconds, length) for leg in (y, x))
    made = np.isfinite(y.close[begin:]) | np.isfinite(x.close[begin:])
    return LegSeries(times[begin:], made, price_y, price_x, last_y, last_x)


def _leg(
    leg: _Collected, times: IntArray, begin: int, stale_seconds: float, length: int
) -> tuple[FloatArray, FloatArray]:
    """Returns the prices inside the bars, and the newest known ones, NaN where they are stale."""
    mid = leg.mid[begin:]
    fresh = np.where(np.isfinite(mid), mid, leg.close[begin:])
    rows = np.arange(len(fresh))
    newest = np.maximum.accumulate(np.where(np.isfinite(fresh), rows, -1))
    place = np.maximum(newest, 0)
    ended = leg.last_time[begin:]
    idle = times[begin:] + length - (ended - ended % SECOND + SECOND)
    age = np.where(np.isfinite(mid), 0, np.maximum(0, idle))[place] + (rows - place) * length
    limit = max(int(stale_seconds * SECOND), length)
    return fresh, np.where((newest >= 0) & (age <= limit), fresh[place], np.nan)
