"""The live topics of the watch list: every pair in one state, of which only changed cells are sent.

What was sent is remembered once for all sockets, so a message is made and encoded once however many tabs are open.
Nothing is computed for a screen but spread and z at the newest prices, and those only where a price has changed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, cast

from spreadscope.api.disk import Disk
from spreadscope.api.structs import ROW, ROW_CHANGES
from spreadscope.app.core_service import CoreService
from spreadscope.contract import Reason, Row, Value, WatchChanges, WatchedChanges, WatchedPair, WatchView
from spreadscope.contract.messages import TrailPoint
from spreadscope.engine.pair_state import PairState, newest_price
from spreadscope.model.facts import Fact, PairRow
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.pairs.statistics.catalogue import catalogue
from spreadscope.store.reader import StoreReader
from spreadscope.store.tables import VALUE_COLUMNS

TRAIL = 60  # rows of z behind the newest one

_FIXED = tuple(name for name in Row.__struct_fields__ if name not in {"pair", "timeframe"})
_read_fixed = attrgetter(*_FIXED)
_VALUES = frozenset(VALUE_COLUMNS)

Cells = dict[str, object]  # fields of a row, by name


class WatchedState:
    """A pair as the subscribers know it: its row field by field, the prices that it was restated at, and z of its last
    rows."""

    __slots__ = ("break_even", "cells", "fact", "prices", "state", "trail")

    def __init__(self, state: PairState, trail: Iterable[TrailPoint]) -> None:
        self.state = state
        self.fact: PairRow | None = None
        self.prices: tuple[float | None, float | None] = (None, None)
        self.cells: Cells = {}
        self.break_even = Value(None, Reason.WARMING_UP)
        self.trail: deque[TrailPoint] = deque(trail, maxlen=TRAIL)

    def update(self, price_y: float | None, price_x: float | None) -> Cells:
        """Take what is so now; returns the fields of the row that changed."""
        fact, prices = self.state.row, (price_y, price_x)
        if fact is None or (fact is self.fact and prices == self.prices):
            return {}
        restated = {
            name: Value(number) if name in _VALUES else number
            for name, number in self.state.preview_at(price_y, price_x).items()
        }
        if fact is not self.fact:
            fields = dict(zip(_FIXED, _read_fixed(fact), strict=True))
            cells = {**fields, **{key: fact[key] for key in VALUE_COLUMNS}, **restated}
            self.break_even = fact["break_even_z"]
        else:
            cells = restated
        known = self.cells
        changed = {name: value for name, value in cells.items() if name not in known or known[name] != value}
        known.update(changed)
        self.fact, self.prices = fact, prices
        return changed

    def whole(self, pair: Pair, timeframe: Timeframe) -> WatchedPair:
        levels = self.state.parameters.signals
        row = (
            ROW(pair=str(pair), timeframe=timeframe, **cast("dict[str, Any]", self.cells))
            if self.fact is not None
            else None
        )
        return WatchedPair(
            pair=str(pair),
            row=row,
            trail=list(self.trail),
            break_even=self.break_even,
            entry=levels.entry,
            stop=levels.stop,
        )


class WatchTopic:
    """The watched pairs at one timeframe. It keeps a state only while somebody follows it."""

    def __init__(self, core: CoreService, reader: StoreReader, disk: Disk, timeframe: Timeframe) -> None:
        self._core = core
        self._reader = reader
        self._disk = disk
        self._timeframe = timeframe
        self._sent: dict[Pair, WatchedState] | None = None
        self._closed: dict[Pair, deque[TrailPoint]] = {}
        """The rows that closed since the last message."""
        self._loading = asyncio.Lock()
        self._loaded = False
        """Whether the stored rows are in the trails."""

    def note(self, row: PairRow) -> None:
        """Note a row that has closed."""
        if self._sent is not None:
            self._closed.setdefault(row.pair, deque(maxlen=TRAIL)).append((row.time, row.z.value))

    def forget(self) -> None:
        """Forget what was sent: nobody follows, or pairs have other parameters. The next snapshot begins anew."""
        self._sent, self._loaded = None, False
        self._closed.clear()

    async def snapshot(self) -> tuple[WatchView, bool]:
        """Returns what was sent until now, and whether the rows behind it are all on disk; raises ``StoreError``."""
        self._begin()
        complete = True
        async with self._loading:
            if not self._loaded:
                complete = await self._load_trails()
        sent = self._begin()  # anew where it was forgotten meanwhile
        pairs = [watched.whole(pair, self._timeframe) for pair, watched in sent.items()]
        parameters = self._core.parameters("", self._timeframe)
        return WatchView(self._timeframe, catalogue(parameters.analytics), pairs), complete

    def _begin(self) -> dict[Pair, WatchedState]:
        """Returns what was sent; what is so now, where nothing was."""
        if self._sent is None:
            self._sent = {}
            self._take(self._sent)
        return self._sent

    async def _load_trails(self) -> bool:
        """Put the stored rows before those that were noted; returns whether all of them are on disk."""
        complete = await self._disk.reached_for_reads()
        pairs = self._core.pairs
        stored = await asyncio.to_thread(self._reader.newest_z, pairs, self._timeframe, TRAIL)
        if self._sent is None:
            return complete
        for pair, watched in self._sent.items():
            noted = list(watched.trail)
            before = [point for point in stored.get(pair, ()) if not noted or point[0] < noted[0][0]]
            watched.trail = deque([*before, *noted], maxlen=TRAIL)
        self._loaded = complete
        return complete

    def changes(self) -> WatchChanges | None:
        """Returns what changed since the last message; None where nothing did or nobody has a snapshot."""
        return None if self._sent is None else self._take(self._sent)

    def _take(self, sent: dict[Pair, WatchedState]) -> WatchChanges | None:
        """Bring what was sent up to now."""
        closed, self._closed = self._closed, {}
        prices: dict[str, float | None] = {}
        changed: dict[str, WatchedChanges] = {}
        added: list[WatchedPair] = []
        pairs = self._core.pairs
        for pair in pairs:
            states = self._core.states(pair)
            if states is None:
                continue
            state = states[self._timeframe]
            price_y, price_x = (self._price(symbol, prices) for symbol in pair.symbols)
            points = closed.get(pair, ())
            watched = sent.get(pair)
            if watched is None or watched.state is not state:  # a new pair, or one with other parameters
                watched = sent[pair] = WatchedState(state, () if watched is None else watched.trail)
                first = True
            else:
                first = watched.fact is None and state.row is not None
            cells = watched.update(price_y, price_x)
            watched.trail.extend(points)
            if first:
                added.append(watched.whole(pair, self._timeframe))
            elif cells or points:
                changed[str(pair)] = _pair_changes(watched, cells, points)
        removed = [pair for pair in sent if self._core.states(pair) is None] if len(sent) > len(pairs) else []
        for pair in removed:
            del sent[pair]
        if not (changed or added or removed):
            return None
        fields: dict[str, Any] = {"changed": changed, "added": added, "removed": [str(pair) for pair in removed]}
        return WatchChanges(**{name: value for name, value in fields.items() if value})

    def _price(self, symbol: str, prices: dict[str, float | None]) -> float | None:
        """Returns the newest price of a symbol, looked up once a message however many pairs have it."""
        if symbol not in prices:
            prices[symbol] = newest_price(self._core.series(symbol), self._timeframe)
        return prices[symbol]


def _pair_changes(watched: WatchedState, cells: Cells, points: Iterable[TrailPoint]) -> WatchedChanges:
    fields: dict[str, Any] = {}
    if cells:
        fields["row"] = ROW_CHANGES(**cast("dict[str, Any]", cells))
    if points:
        fields |= {"trail": list(points), "break_even": watched.break_even}
    return WatchedChanges(**fields)


class WatchTopics:
    """The topics of the watch list by name, one for each timeframe."""

    def __init__(self, core: CoreService, reader: StoreReader, disk: Disk) -> None:
        self.topics = {name: WatchTopic(core, reader, disk, timeframe) for name, timeframe in WATCH_TOPICS.items()}
        self._by_timeframe = {timeframe: self.topics[name] for name, timeframe in WATCH_TOPICS.items()}
        self.close = core.observe(self._on_facts)

    def _on_facts(self, facts: list[Fact]) -> None:
        for fact in facts:
            if isinstance(fact, PairRow):
                self._by_timeframe[fact.timeframe].note(fact)


WATCH_TOPICS: dict[str, Timeframe] = {f"watch:{timeframe}": timeframe for timeframe in TIMEFRAMES}
