"""A run that breaks off anywhere between two units of the store, and one that goes on: each bar is its trades' at the
end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spreadscope.app.stored_state import stored_tape
from spreadscope.bars.trade_bars import bars_of_trades
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import touched_ledgers
from spreadscope.model.config import Config
from spreadscope.model.events import Event, MarketTime, Origin, Trades, WatchSymbol
from spreadscope.model.resume import Input
from spreadscope.model.states import BarOrigin
from spreadscope.model.timeframe import TIMEFRAMES
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter
from tests.support.facts import store
from tests.support.market import START

SYMBOL = "AUSDT"
SECONDS = 24
A_SECOND = 3
COUNT = SECONDS * A_SECOND
FIRST_TIME = START - START % 300_000 + 290_000  # an end of five minutes lies inside
STEP = 1_000 // A_SECOND


def market(numbers: list[int], origin: Origin = Origin.LIVE) -> Trades:
    """Trades of these numbers: prices and quantities differ from one to the next."""
    ids = np.array(numbers, dtype=np.int64)
    prices, quantities = (100 + ids * 37 % 11).astype(np.float64), (1 + ids % 3).astype(np.float64)
    return Trades(SYMBOL, 1_000 + ids, FIRST_TIME + ids * STEP, prices, quantities, ids % 2 == 0, origin)


def arrivals(seed: int) -> Iterator[Event]:
    """A clock that goes on while trades come late, out of order, or (by REST) much later."""
    rng = random.Random(seed)
    begin = rng.randrange(0, SECONDS * 1_000)
    stalls = [(begin, begin + rng.randrange(1_000, 6_000)), (begin + 7_000, begin + 9_000)]
    due = []
    for number in range(COUNT):
        time = number * STEP + rng.choice([0, 0, 0, 0, 0, 300, 900, 3_000])
        # While the connection stalls, what was sent comes at its end, and the clock of the market goes on.
        due.append((next((end for start, end in stalls if start <= time < end), time), number))
    due.sort()
    by_rest = {n for n in range(COUNT) if rng.random() < 0.08}
    held: list[int] = []
    for tick in range(0, SECONDS * 1_000 + 12_000, 200):
        while due and due[0][0] <= tick:
            number = due.pop(0)[1]
            if number in by_rest:
                held.append(number)
            else:
                yield market([number])
        yield MarketTime(FIRST_TIME + tick)
        if held and rng.random() < 0.1:
            yield market([held.pop(0)], Origin.REST)


async def run(
    reader: StoreReader, writer: StoreWriter, events: list[Event], resume: bool, stop_after: int | None
) -> None:
    """A run that hands the store one unit an event, and breaks off after some of them."""
    engine = Engine(Config())
    first: list[Input] = [WatchSymbol(SYMBOL)]
    earlier = await stored_tape(reader, SYMBOL) if resume else None
    if earlier is not None:
        first.insert(0, earlier)
    for number, event in enumerate([*first, *events]):
        if number == stop_after:
            return
        facts = engine.on(event)
        if facts:
            writer.submit(facts, touched_ledgers(engine, facts))
            await writer.flush()


def check(folder: Path, seed: int, broken_off: float) -> None:
    """Break a run off, go on, and hold every bar against the trades."""
    events = list(arrivals(seed))
    cut = max(2, round(len(events) * broken_off))

    async def main() -> None:
        with store(folder) as (writer, reader):
            await run(reader, writer, events, resume=False, stop_after=cut)
        with store(folder) as (writer, reader):
            # The exchange is asked for what is missing up to the newest trade; then the market goes on, and its last
            # trade proves all.
            seen = [int(event.ids.max()) - 1_000 for event in events[:cut] if isinstance(event, Trades)]
            after = COUNT + 700 * A_SECOND
            rest = [
                market(list(range(max(seen, default=0) + 1)), Origin.REST),
                *events[cut:],
                market(list(range(COUNT)), Origin.REST),
                MarketTime(FIRST_TIME + SECONDS * 1_000 + 13_000),
                market(list(range(COUNT, after))),
                MarketTime(FIRST_TIME + (SECONDS + 900) * 1_000),
            ]
            await run(reader, writer, rest, resume=True, stop_after=None)
            whole = market(list(range(after)))
            for timeframe in TIMEFRAMES:
                stored = {bar.open_time: bar for bar in reader.bars(SYMBOL, timeframe)}
                for start, values in bars_of_trades(whole, timeframe).items():
                    if start + timeframe.milliseconds > int(whole.times[-1]):
                        continue
                    bar = stored[start]
                    told = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades)
                    assert (timeframe, start, told) == (timeframe, start, values)
                    assert bar.origin is BarOrigin.TAPE
                    assert bar.complete or start <= FIRST_TIME, f"{timeframe} {start - FIRST_TIME} is incomplete"

    asyncio.run(main())


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), broken_off=st.floats(0.02, 1.0))
@example(seed=814, broken_off=0.6796875)  # a bar that only the store makes, made before a later trade proved it whole
@example(seed=696_000, broken_off=0.5084264882499818)  # a late trade was stored, and the bar that it changes was not
@example(seed=450_091, broken_off=0.21302979638081376)
@example(seed=92_868, broken_off=0.8016285915713898)  # a hole ended beside a bar whose own trades were all there
def test_no_bar_is_left_as_a_broken_run_left_it(
    seed: int, broken_off: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    check(tmp_path_factory.mktemp("store"), seed, broken_off)
