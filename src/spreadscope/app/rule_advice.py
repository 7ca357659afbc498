"""What a rule being written should know of this engine: what is not watched yet, and levels never seen."""

from __future__ import annotations

import asyncio
import math
from itertools import pairwise

from spreadscope.alerts.language.syntax import Subject
from spreadscope.alerts.language.vocabulary import SUBJECTS
from spreadscope.alerts.runtime import seen_values
from spreadscope.alerts.runtime.plan import Plan
from spreadscope.alerts.runtime.seen_values import Range
from spreadscope.alerts.subjects import SYMBOL_SUBJECTS
from spreadscope.engine import Engine
from spreadscope.model.clock import Clock
from spreadscope.model.instrument import parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.reader import StoreReader

_ROWS = 1_500  # the newest of each subject
_FEWEST = 30  # fewer say nothing about what is usual
_MOST_SUBJECTS = 8  # of a rule about any pair
_FRESH_NS = 20_000_000_000  # one types faster than a market changes its range
_MOST_REMEMBERED = 100

Seen = dict[str, Range]


class RuleAdvice:
    """Reads the store on a thread, and remembers what it read for a while."""

    def __init__(self, engine: Engine, reader: StoreReader, clock: Clock) -> None:
        self._engine = engine
        self._reader = reader
        self._clock = clock
        self._read: dict[tuple[str, Timeframe], tuple[int, Seen]] = {}

    def unwatched(self, meaning: Plan) -> list[str]:
        """Pairs and symbols that the rule is about and that are not followed, in the order in which it names them."""
        own = () if meaning.about_any else (meaning.subject,)
        named = dict.fromkeys((*own, *(item.subject for item in meaning.inputs if item.subject)))
        return [subject for subject in named if not self._is_watched(subject)]

    async def warnings(self, meaning: Plan) -> list[str]:
        """Sentences about levels that lie outside all that was seen."""
        wanted = seen_values.subjects(meaning.condition)
        if not wanted:
            return []
        places = {place for subject in wanted for place in self._places(meaning, subject)}
        ranges = {place: await self._ranges(place, meaning.timeframe) for place in sorted(places)}

        def of(subject: Subject) -> Range | None:
            found = [ranges[place].get(subject.name) for place in self._places(meaning, subject)]
            known = [each for each in found if each is not None]
            if not known or len(known) < len(found):
                return None
            return Range(min(one.low for one in known), max(one.high for one in known), max(one.span for one in known))

        return seen_values.warnings(meaning.condition, of, self._engine.space_of(meaning.subject, meaning.timeframe))

    def _is_watched(self, subject: str) -> bool:
        return parse_pair(subject) in self._engine.pairs if "/" in subject else subject in self._engine.tapes

    def _places(self, meaning: Plan, subject: Subject) -> list[str]:
        """What a name of the rule is of: one, or each of its kind."""
        if subject.target and "any" not in subject.target:
            return [subject.target]
        if not meaning.about_any:
            return [meaning.subject]
        every = map(str, self._engine.pairs) if meaning.about_pair else iter(self._engine.tapes)
        return list(every)[:_MOST_SUBJECTS]

    async def _ranges(self, place: str, timeframe: Timeframe) -> Seen:
        now = self._clock.monotonic_ns()
        read, known = self._read.get((place, timeframe), (0, None))
        if known is None or now - read > _FRESH_NS:
            known = await asyncio.to_thread(self._of_pair if "/" in place else self._of_symbol, place, timeframe)
            if len(self._read) > _MOST_REMEMBERED:
                self._read.clear()
            if known:  # else it has only begun, and there is more in a moment
                self._read[place, timeframe] = (now, known)
        return known

    def _of_pair(self, place: str, timeframe: Timeframe) -> Seen:
        rows = self._reader.rows(parse_pair(place), timeframe, limit=_ROWS)
        span = rows[-1].time - rows[0].time if rows else 0
        fields = {term.name: term.field for term in SUBJECTS.values() if term.field}
        values = {name: [row[field].value for row in rows] for name, field in fields.items()}
        return _known(values, span)

    def _of_symbol(self, place: str, timeframe: Timeframe) -> Seen:
        bars = self._reader.bars(place, timeframe, limit=_ROWS)
        span = bars[-1].open_time - bars[0].open_time if bars else 0
        values: dict[str, list[float | None]] = {}
        for name, subject in SYMBOL_SUBJECTS.items():
            if (from_bar := subject.from_bar) is not None:
                read = [from_bar(bar, before.close) for before, bar in pairwise(bars)]
                values[name] = [None if isinstance(reading, str) else reading for reading in read]
        return _known(values, span)


def _known(values: dict[str, list[float | None]], span: int) -> Seen:
    made: Seen = {}
    for name, column in values.items():
        there = [value for value in column if value is not None and math.isfinite(value)]
        if len(there) >= _FEWEST:
            made[name] = Range(min(there), max(there), span)
    return made
