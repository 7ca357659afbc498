"""What an earlier run left in the store, as events that a new one begins with."""

from __future__ import annotations

import asyncio

from spreadscope.app.rule_service import RuleService
from spreadscope.engine.pair_state import longest_half_life
from spreadscope.model.config import SignalConfig
from spreadscope.model.facts import Bar
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import ParameterLayers
from spreadscope.model.resume import Input, ResumePair, ResumeTape
from spreadscope.model.states import GapState, SignalState
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.store.reader import StoreReader

_RESTORED_BARS = 3_600  # as many as a series remembers
_ROWS_SINCE = 20_000  # a calm that lies further back is not looked for


async def stored_tape(reader: StoreReader, symbol: str) -> ResumeTape | None:
    """The tape and the bars of an earlier run, and the trades of bars it had not closed; None where there was none."""
    ranges, lost = await asyncio.to_thread(reader.ledger, symbol)
    if not ranges:
        return None
    gaps = await asyncio.to_thread(reader.gaps, symbol)
    bars: list[Bar] = []
    for timeframe in TIMEFRAMES:
        bars += await asyncio.to_thread(reader.bars, symbol, timeframe, limit=_RESTORED_BARS)
    since = Timeframe.M5.open_time(ranges[-1].last_time) - Timeframe.M5.milliseconds
    trades = await asyncio.to_thread(reader.trades, symbol, since)
    opened = tuple(gap for gap in gaps if gap.state is GapState.OPEN)
    held = tuple((r.first, r.last, r.first_time, r.last_time) for r in ranges)
    return ResumeTape(symbol, held, lost, opened, tuple(bars), trades)


async def stored_pair(reader: StoreReader, rules: RuleService, pair: Pair, layers: ParameterLayers) -> list[Input]:
    """What the store says of a pair that an earlier run watched."""
    events: list[Input] = []
    for timeframe in TIMEFRAMES:
        resumed = await asyncio.to_thread(_resumed, reader, pair, timeframe, layers.of(pair, timeframe).signals)
        if resumed is not None:
            events.append(resumed)
            if resumed.signal is not None:
                events += await asyncio.to_thread(rules.position, resumed.signal)
    return events


def _resumed(reader: StoreReader, pair: Pair, timeframe: Timeframe, levels: SignalConfig) -> ResumePair | None:
    """The last row and the last signal, with what the signal's consequences depend on. Reads the store."""
    rows = reader.rows(pair, timeframe, limit=1)
    signals = reader.signals(pair, timeframe, limit=1)
    if not rows:
        return None
    if not signals:
        return ResumePair(pair, timeframe, rows[-1].time)
    signal = signals[0]
    own = reader.rows(pair, timeframe, signal.time, signal.time + 1)
    calmed = True
    if signal.state is SignalState.FLAT:
        since = reader.rows(pair, timeframe, signal.time + 1, limit=_ROWS_SINCE)
        z = [row.z.value for row in since]
        calmed = any(value is not None and abs(value) < levels.entry for value in z)
    # A pair that was dropped on the row on which it entered left in the bar after it.
    last = max(rows[-1].time, signal.time)
    return ResumePair(
        pair,
        timeframe,
        last,
        signal,
        half_life=longest_half_life(own[0], levels) if own else None,
        calmed=calmed,
    )
