"""Stored trades as events in the order of time, as fast as a core can take them.

They come from the database and the archive alike.

No journal is needed (an imported tape has none), so the order is that of time: nothing comes late, and a bar is closed
once all of its trades are in. Of quotes the store keeps the last one of each bar, and a leg's price is their mid as it
was live. The hash is over everything that was said but the trades themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.model.events import FlushChanges, MarketTime, StoredQuotes, Trades, WatchPair
from spreadscope.model.facts import Fact, PairRow
from spreadscope.model.instrument import Pair
from spreadscope.model.resume import Input
from spreadscope.model.states import PriceSource
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.replay.driver import Observer, ReplayResult, drive
from spreadscope.store.reader import ALL_TIMES, StoreReader

_BEFORE_MS = 600_000  # bars of the last chunk that are closed in this one
PLAYED_CHUNK_MS = 300_000
_STEP_MS = 1_000
_DISORDER_MS = 2_000  # times follow ids but for a few milliseconds


class NoTradesError(StoreError):
    """The error that the store has no trades of a symbol, or none in a time."""


class TradesReplay(ReplayResult, frozen=True, kw_only=True):
    """What a replay of stored trades said; ``first_time`` and ``last_time`` bound the trades (ms).

    ``rows_by_last_trade``: rows of which a leg's price is its last trade, as the store has no quote of that bar.
    """

    first_time: int
    last_time: int
    rows_by_last_trade: int


def replay_trades(
    reader: StoreReader,
    config: Config,
    pairs: Iterable[Pair],
    *,
    start: int = ALL_TIMES[0],
    end: int = ALL_TIMES[1],
    timeframes: tuple[Timeframe, ...] = TIMEFRAMES,
    observe: Observer | None = None,
    chunk_ms: int = 3_600_000,
) -> TradesReplay:
    """Feed the stored trades of ``[start, end)`` (ms) of the pairs' legs to a core.

    The core makes bars and rows of ``timeframes``.

    What is read at once, and held in memory, is of ``chunk_ms`` of the market's time.

    Raises ``StoreError`` where a leg has no trades.
    """
    chosen = tuple(pairs)
    symbols = tuple(dict.fromkeys(symbol for pair in chosen for symbol in pair.symbols))
    low, high = stored_span(reader, symbols, start, end)
    by_last_trade = 0

    def note(engine: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
        nonlocal by_last_trade
        by_last_trade += sum(
            isinstance(fact, PairRow) and PriceSource.LAST in {fact.source_y, fact.source_x} for fact in facts
        )
        if observe is not None:
            observe(engine, facts, entries)

    def batches() -> Iterator[list[Input | StoredQuotes]]:
        yield [WatchPair(pair) for pair in chosen]
        for clock, trades_and_quotes in stored_chunks(reader, symbols, low, high + 1, timeframes, chunk_ms):
            for event in trades_and_quotes:
                yield [event]  # each is large: its facts are handed on before the next is made
            yield [MarketTime(clock)]
        yield [MarketTime(closing_time(config, high, timeframes)), FlushChanges()]

    result = drive(Engine(config, timeframes), batches(), hash_trades=False, observe=note)
    return TradesReplay(**result.fields(), first_time=low, last_time=high, rows_by_last_trade=by_last_trade)


def stored_events(
    reader: StoreReader,
    symbols: tuple[str, ...],
    config: Config,
    low: int,
    high: int,
    *,
    stops_at: Callable[[int], bool] | None = None,
) -> Iterator[Input | StoredQuotes]:
    """The stored trades of ``[low, high]`` (ms) with the market's clock between them, second by second, for a playback.

    They are read a few minutes at a time; the facts are those of ``replay_trades``, in finer steps. ``stops_at`` is
    asked for each second (ms) whether the clock has to stop there; of the others the trades come together.
    """
    before = low
    for clock, batches in stored_chunks(reader, symbols, low, high + 1, TIMEFRAMES, PLAYED_CHUNK_MS):
        yield from (batch for batch in batches if isinstance(batch, StoredQuotes))
        rest = [batch for batch in batches if isinstance(batch, Trades)]
        # Also before the first trade of a stretch: a bar that ended with the last one is closed within it.
        seconds = range(before - before % _STEP_MS + _STEP_MS, clock, _STEP_MS)
        before = clock
        ends = [_ends_before(batch, seconds) for batch in rest]
        taken = [0] * len(rest)
        for place, second in enumerate(seconds):
            if stops_at is not None and not stops_at(second):
                continue
            for number, batch in enumerate(rest):
                end = ends[number][place]
                if end > taken[number]:
                    yield batch.take(slice(taken[number], end))
                    taken[number] = end
            yield MarketTime(second)
        for number, batch in enumerate(rest):
            if taken[number] < len(batch):
                yield batch.take(slice(taken[number], len(batch)))
        yield MarketTime(clock)
    yield MarketTime(closing_time(config, high, TIMEFRAMES))
    yield FlushChanges()


def closing_time(config: Config, last_time: int, timeframes: tuple[Timeframe, ...]) -> int:
    """The market's time at which every bar of trades up to ``last_time`` is closed."""
    return last_time + config.bars.grace_ms + max(frame.milliseconds for frame in timeframes)


def _ends_before(trades: Trades, times: range) -> list[int]:
    """For each of ``times`` (ms, rising) the number of trades up to the last one before it, cut by id: times follow ids
    but for a few milliseconds."""
    earliest_from = np.minimum.accumulate(trades.times[::-1])[::-1]
    ends: list[int] = np.searchsorted(earliest_from, np.asarray(times), side="left").tolist()
    return ends


def stored_span(reader: StoreReader, symbols: tuple[str, ...], start: int, end: int) -> tuple[int, int]:
    """Times of the first and last stored trade in ``[start, end)`` of all symbols together."""
    spans = []
    for symbol in symbols:
        ranges, _ = reader.ledger(symbol)
        if not ranges:
            raise NoTradesError(f"the store has no trades of {symbol}: import some, or let the engine record them")
        spans.append((ranges[0].first_time, ranges[-1].last_time))
    low, high = max(start, min(first for first, _ in spans)), min(end - 1, max(last for _, last in spans))
    if low > high:
        raise NoTradesError(f"the store has no trades of {', '.join(symbols)} in that time")
    return low, high


def stored_chunks(
    reader: StoreReader, symbols: tuple[str, ...], low: int, end: int, timeframes: tuple[Timeframe, ...], chunk_ms: int
) -> Iterator[tuple[int, list[Trades | StoredQuotes]]]:
    """The market's time, and the trades up to it with the quotes of their bars, chunk by chunk.

    The next chunk is read while one is worked on.
    """
    fed = dict.fromkeys(symbols, -1)

    def read(start: int) -> tuple[int, list[Trades | StoredQuotes]]:
        stop = min(start - start % chunk_ms + chunk_ms, end)
        quotes = reader.quotes(symbols, timeframes, start - _BEFORE_MS, stop)
        trades = [_up_to(reader, symbol, start, stop, end, fed) for symbol in symbols]
        return stop, [*quotes, *(batch for batch in trades if len(batch))]

    with ThreadPoolExecutor(1, thread_name_prefix="tape-reader") as pool:
        waiting = pool.submit(read, low)
        while True:
            stop, batches = waiting.result()
            more = stop < end
            if more:
                waiting = pool.submit(read, stop)
            yield stop, batches
            if not more:
                return


def _up_to(reader: StoreReader, symbol: str, start: int, stop: int, end: int, fed: dict[str, int]) -> Trades:
    """The next trades of a symbol up to the last one before ``stop``: cut by id, so that none is missing at the cut."""
    trades = reader.trades(symbol, start, min(stop + _DISORDER_MS, end))
    first = int(np.searchsorted(trades.ids, fed[symbol], side="right"))
    backwards = (trades.times < stop)[::-1]  # the last one stands near the end: no list is made of all the others
    last = len(trades) - int(backwards.argmax()) if backwards.any() else first
    taken = trades.take(slice(first, max(first, last)))
    if len(taken):
        fed[symbol] = int(taken.ids[-1])
    return taken
