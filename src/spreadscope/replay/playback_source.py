"""What a playback plays: the journal of a session, or a range of stored trades, as events in order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from spreadscope.engine import FactsDigest
from spreadscope.model.alerting import AlertState
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import MarketTime, SetParameters, StoredQuotes, WatchPair, WatchSymbol
from spreadscope.model.facts import Alert, Fact, Signal
from spreadscope.model.instrument import Pair
from spreadscope.model.resume import Input, ResumePair, ResumeTape
from spreadscope.model.timeframe import TIMEFRAMES
from spreadscope.replay.journal_source import has_our_hash, session_events
from spreadscope.replay.session_config import config_of
from spreadscope.replay.trades_source import NoTradesError, closing_time, stored_events, stored_span
from spreadscope.store.alert_tables import AlertFilter
from spreadscope.store.reader import StoredSession, StoreReader

MOST_MARKS = 2_000
_READ_SIGNALS = 20_000
_ROWS_BEFORE = 1_000  # as many as a page shows

PlayedEvent = Input | StoredQuotes
MarkedFact = Signal | Alert


class PlaybackSource(ABC):
    """A source that can be played again and again: ``events`` begins anew each time.

    ``start`` and ``end`` are market times (ms); ``session`` is the number of a session, None for a range of trades.
    """

    title: str
    session: int | None
    config: Config
    start: int
    end: int
    hashes_trades: bool

    @abstractmethod
    def events(self) -> Iterator[PlayedEvent]:
        """Yields the events. Raises ``StoreError`` where something of them is not in the store any more."""

    @abstractmethod
    def before(self, event: PlayedEvent) -> list[Fact]:
        """Returns what pages show of the time before an event: the bars and rows that it takes up again."""

    @abstractmethod
    def digest(self) -> FactsDigest:
        """Returns an empty hash over the facts to come."""

    @abstractmethod
    def recorded_hash(self) -> str:
        """Returns the hash that the facts should have; empty where there is nothing to compare with."""

    @abstractmethod
    def marks(self) -> list[MarkedFact]:
        """Returns the signals and firing alerts that are known beforehand, in order of time; the newest are left out
        where they are too many."""


class SessionSource(PlaybackSource):
    """A stored session. One that still runs is played as far as it was written when its playback began."""

    hashes_trades = True

    def __init__(self, reader: StoreReader, session: StoredSession) -> None:
        """Raises ``ConfigError`` for a session without a time of the market, ``StoreError`` where its configuration
        cannot be read."""
        span = reader.session_spans().get(session.session_id)
        if span is None:
            raise ConfigError(f"nothing of the market came in session {session.session_id}: there is nothing to play")
        self.title = f"session {session.session_id}"
        self.session = session.session_id
        self.config = config_of(session)
        self.start, self.end = span
        self._reader = reader
        self._session = session

    def events(self) -> Iterator[PlayedEvent]:
        for event in session_events(self._reader, self._session):
            if isinstance(event, MarketTime) and event.time > self.end:
                return  # it was written since
            yield event

    def before(self, event: PlayedEvent) -> list[Fact]:
        if isinstance(event, ResumeTape):
            return list(event.bars)
        if isinstance(event, ResumePair):
            return list(self._reader.rows(event.pair, event.timeframe, 0, event.last_row + 1, _ROWS_BEFORE))
        return []

    def digest(self) -> FactsDigest:
        return FactsDigest(self._session.statistics if has_our_hash(self._session) else None)

    def recorded_hash(self) -> str:
        if not has_our_hash(self._session):
            return ""
        now = next((each for each in self._reader.sessions() if each.session_id == self._session.session_id), None)
        return self._session.hash if now is not None and now.facts == self._session.facts else ""

    def marks(self) -> list[MarkedFact]:
        found: list[MarkedFact] = [
            signal for signal in self._reader.signals(start=self.start, limit=_READ_SIGNALS) if signal.time <= self.end
        ]
        found += self._reader.alerts(MOST_MARKS, AlertFilter(state=AlertState.FIRING, start=self.start, end=self.end))
        return sorted(found, key=lambda fact: fact.time)[:MOST_MARKS]


class TradesSource(PlaybackSource):
    """The stored trades of pairs in ``[start, end)`` (ms), with the configuration, parameters and rules of now."""

    session = None
    hashes_trades = False

    def __init__(self, reader: StoreReader, config: Config, pairs: tuple[Pair, ...], start: int, end: int) -> None:
        """Raises ``ConfigError`` where a leg has no trades, or none in that time."""
        self._symbols = tuple(dict.fromkeys(symbol for pair in pairs for symbol in pair.symbols))
        try:
            self._low, self._high = stored_span(reader, self._symbols, start, end)
        except NoTradesError as error:
            raise ConfigError(str(error)) from None
        self.title = f"stored trades of {', '.join(map(str, pairs))}"
        self.config = config
        self.start, self.end = self._low, closing_time(config, self._high, TIMEFRAMES)
        self._reader = reader
        self._pairs = pairs

    def events(self) -> Iterator[PlayedEvent]:
        yield from (WatchSymbol(symbol) for symbol in self._symbols)
        for scope, values in self._reader.parameters():
            if not scope.pair or scope.pair in map(str, self._pairs):
                yield SetParameters(scope.pair, scope.timeframe, dict(values))
        yield from (WatchPair(pair) for pair in self._pairs)
        yield from (item.rule for item in self._reader.rules())
        yield from stored_events(self._reader, self._symbols, self.config, self._low, self._high)

    def before(self, event: PlayedEvent) -> list[Fact]:
        del event  # a range begins without anything before it
        return []

    def digest(self) -> FactsDigest:
        return FactsDigest()

    def recorded_hash(self) -> str:
        return ""

    def marks(self) -> list[MarkedFact]:
        return []


def open_source(
    reader: StoreReader,
    config: Callable[[], Config],
    *,
    session: int | None = None,
    pairs: tuple[Pair, ...] = (),
    start: int,
    end: int,
    at: int = 0,
) -> PlaybackSource:
    """Returns the named session; the stored trades of pairs; or the session that was there at the time ``at``.

    Raises ``ConfigError`` where there is none.
    """
    if pairs and session is None:
        return TradesSource(reader, config(), pairs, start, end)
    sessions = {each.session_id: each for each in reader.sessions()}
    if session is None:
        session = session_at(reader, at) if at else max(reader.session_spans(), default=None)
        if session is None:
            raise ConfigError("the store keeps no session that could be played: name pairs to play stored trades")
    if session not in sessions:
        last = ", ".join(map(str, list(sessions)[-5:])) or "none is stored"
        raise ConfigError(f"there is no session {session}: the last ones are {last}")
    return SessionSource(reader, sessions[session])


def session_at(reader: StoreReader, time: int) -> int:
    """Returns the newest session in which the market's clock passed ``time`` (ms). Raises ``ConfigError``."""
    found = [key for key, (first, last) in reader.session_spans().items() if first <= time <= last]
    if not found:
        raise ConfigError("no stored session was there at that time: choose a session or a range of stored trades")
    return max(found)
