"""Fill the holes of the tape by REST, and fetch what came before it.

The ledger says which ids are missing; the ids are asked for with ``fromId``. Where the exchange answers twice with
later ids only, it does not have the missing ones itself: an upstream hole, recorded with that evidence.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable

import structlog

from spreadscope.exchange.port import Capabilities, HistoryClient, TradeMessage, TradePage
from spreadscope.ingest.batcher import trades_event
from spreadscope.model.clock import Clock
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.events import Event, History, Origin, Trades, UpstreamHole
from spreadscope.model.timeframe import Timeframe
from spreadscope.tape.ledger import Hole

log = structlog.get_logger()

_RETRY_SECONDS = 2.0
_POLL_SECONDS = 0.25
_LONGEST_EVIDENCE = 300
_FEWEST_ROWS = 2  # a row that cannot be read has its place before one that can
_RETENTION_MARGIN_MS = 60_000  # the oldest trades go out of reach while we ask for them


def fetched_trades(symbol: str, page: list[TradeMessage]) -> Trades:
    """Returns trades that REST answered as an event of the core."""
    return trades_event(symbol, page, Origin.REST)


class Backfill:
    """Repairs the tapes of ``symbols()``; ``holes(symbol)`` says what is missing; ``sink`` takes what was found.

    Order: the legs of pairs (``important``) before other symbols, then the smallest hole, then the newest.
    """

    def __init__(
        self,
        client: HistoryClient,
        capabilities: Capabilities,
        clock: Clock,
        *,
        symbols: Callable[[], Iterable[str]],
        holes: Callable[[str], list[Hole]],
        sink: Callable[[list[Event]], None],
        important: Callable[[str], bool] = lambda _: False,
        busy: Callable[[], bool] = lambda: False,
        reject: Callable[[str, str, bytes], None] = lambda *_: None,
    ) -> None:
        """``important`` symbols go first; while the engine is too ``busy`` to take it, nothing is asked for.

        ``reject`` keeps rows that cannot be read.
        """
        self._reject = reject
        self._client = client
        self._venue = capabilities
        self._clock = clock
        self._symbols = symbols
        self._holes = holes
        self._sink = sink
        self._important = important
        self._busy = busy
        self.filled = 0
        self._not_before: dict[str, int] = {}
        self.problems: dict[str, str] = {}
        self._asked_once: set[tuple[str, int, int]] = set()

    async def run(self) -> None:
        """Until cancelled: a page at a time, so that one large hole blocks no other."""
        while True:
            work = None if self._busy() else self._next()
            if work is None:
                await asyncio.sleep(_POLL_SECONDS)
                continue
            await self._fill_page(*work)

    async def complete(self, seconds: float) -> bool:
        """Fill what is missing now. Returns whether that was possible within ``seconds``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (work := self._next()) is not None:
                    await self._fill_page(*work)
        return not any(self._holes(symbol) for symbol in self._symbols())

    def _next(self) -> tuple[str, Hole] | None:
        now = self._clock.monotonic_ns()
        waiting = [
            (not self._important(symbol), len(hole), -hole.last, symbol, hole)
            for symbol in self._symbols()
            if self._not_before.get(symbol, 0) <= now
            for hole in self._holes(symbol)
        ]
        if not waiting:
            return None
        *_, symbol, hole = min(waiting, key=lambda item: item[:4])
        return symbol, hole

    @property
    def missing(self) -> int:
        """How many trades are being waited for."""
        return sum(len(hole) for symbol in self._symbols() for hole in self._holes(symbol))

    def _page(self, symbol: str, hole: Hole) -> int:
        """How many rows to ask for. A request weighs the same at any size: further holes within reach come along."""
        reach = hole.first + self._venue.page - 1
        last = max(min(other.last, reach) for other in self._holes(symbol) if hole.first <= other.first <= reach)
        return max(_FEWEST_ROWS, last - hole.first + 1)

    async def _fill_page(self, symbol: str, hole: Hole) -> None:
        try:
            rows = await self._client.trades(symbol, from_id=hole.first, limit=self._page(symbol, hole))
        except ExchangeError as error:
            if self._client.too_old(error.code):
                await self._give_up(symbol, hole, str(error))
            else:
                self._later(symbol, str(error))
            return
        except DecodeError as error:
            self._later(symbol, str(error))
            return
        if not rows or rows[0].id < hole.first:
            self._later(symbol, f"the exchange does not answer with trades from id {hole.first} on yet")
            return
        self.problems.pop(symbol, None)
        events: list[Event] = []
        first = rows[0].id
        if first > hole.first and not rows.unread:
            events += self._missing_upstream(symbol, hole.first, min(first - 1, hole.last), first)
        events.append(fetched_trades(symbol, rows))  # ids that we do hold are left alone by the ledger
        events += self._unreadable(symbol, hole, rows)
        before = self._holes(symbol)
        self._sink(events)
        self.filled += len(rows)
        if self._holes(symbol) == before:
            # Taking it failed, or all of it was refused: asked for again at once it would be asked for without end.
            self._later(symbol, f"the answer from id {hole.first} on filled nothing")
            return
        log.info("hole filled", symbol=symbol, first=first, rows=len(rows))

    def _unreadable(self, symbol: str, hole: Hole, rows: TradePage) -> list[Event]:
        """Rows that cannot be read are kept as evidence. Asked for twice, the ids they must have are lost for good."""
        for raw, error in rows.unread:
            self._reject(f"REST {symbol}", error, raw)
        if not rows.unread:
            return []
        held = {row.id for row in rows}
        gone = [number for number in range(hole.first, min(rows[-1].id, hole.last) + 1) if number not in held]
        again = [number for number in gone if (symbol, number, number) in self._asked_once]
        self._asked_once |= {(symbol, number, number) for number in gone}
        evidence = f"the exchange's row cannot be read ({rows.unread[0][1]}), asked twice"[:_LONGEST_EVIDENCE]
        return [UpstreamHole(symbol, number, number, evidence, permanent=True) for number in again]

    def _missing_upstream(self, symbol: str, first: int, last: int, begins: int) -> list[Event]:
        """The exchange says that it has no such trades.

        One answer is no proof, for a replica behind it can lag: it is asked again.

        What an answer leaves out further on is a hole of its own afterwards, and asked for in its turn.
        """
        if (symbol, first, last) not in self._asked_once:
            self._asked_once.add((symbol, first, last))
            self._later(symbol, f"the exchange answers without the trades {first}…{last}: it is asked once more")
            return []
        self._asked_once.discard((symbol, first, last))
        return [UpstreamHole(symbol, first, last, f"aggTrades fromId={first} begins at {begins}, asked twice")]

    async def _give_up(self, symbol: str, hole: Hole, evidence: str) -> None:
        """The hole begins before what the exchange keeps: only that part of it is lost."""
        try:
            now = await self._client.time()
            newest = await self._client.newest_trade(symbol)
            start = now - (self._venue.retention_ms or now) + _RETENTION_MARGIN_MS
            oldest = (
                await _first_since(self._client, self._venue, symbol, start, newest) if newest is not None else None
            )
        except (ExchangeError, DecodeError) as error:
            self._later(symbol, str(error))
            return
        last = hole.last if oldest is None else min(hole.last, oldest.id - 1)
        if last < hole.first:
            self._later(symbol, evidence)
            return
        self._sink([UpstreamHole(symbol, hole.first, last, evidence, permanent=True)])

    def _later(self, symbol: str, problem: str) -> None:
        """The hole stays open in the ledger; try again in a while."""
        self.problems[symbol] = problem
        self._not_before[symbol] = self._clock.monotonic_ns() + int(
            _RETRY_SECONDS * random.uniform(0.5, 1.0) * 1e9  # noqa: S311 - jitter
        )
        log.warning("hole not filled", symbol=symbol, error=problem)


async def fetch_history(client: HistoryClient, symbol: str, bars: int, now: int) -> list[Event]:
    """The exchange's own finished 1 m and 5 m candles as flagged substitutes for bars before the tape."""
    events: list[Event] = []
    if bars == 0:
        return events
    for timeframe in (Timeframe.M1, Timeframe.M5):
        rows = await client.candles(symbol, timeframe, bars + 1)  # the newest one is not finished
        closed = [row for row in rows if row.open_time + timeframe.milliseconds <= now]
        events.append(History(symbol, timeframe, tuple(closed[-bars:])))
    return events


async def fetch_tape_start(
    client: HistoryClient, venue: Capabilities, symbol: str, minutes: int, now: int, most: int
) -> list[Trades]:
    """The trade the tape begins with, and the newest one: what lies between is a hole, filled like any other.

    With ``minutes`` of history the first trade is the first one of that interval, but at most ``most`` trades back. The
    newest trade is the anchor: it makes the first live id prove that nothing is missing.
    """
    newest = await client.newest_trade(symbol)
    if newest is None:
        return []
    batches = [fetched_trades(symbol, [newest])]
    reach = minutes * 60_000
    if venue.retention_ms is not None:
        reach = min(reach, venue.retention_ms - _RETENTION_MARGIN_MS)
    first = await _first_since(client, venue, symbol, now - reach, newest) if minutes and most else None
    if first is not None and newest.id - first.id > most:
        rows = await client.trades(symbol, from_id=newest.id - most, limit=1)
        first = rows[0] if rows else None
    if first is not None and first.id < newest.id:
        batches.insert(0, fetched_trades(symbol, [first]))
    return batches


async def _first_since(
    client: HistoryClient, venue: Capabilities, symbol: str, start: int, newest: TradeMessage
) -> TradeMessage | None:
    """Returns the first trade at or after ``start``, asked for by intervals as long as the venue allows."""
    while start <= newest.time:
        rows = await client.trades(symbol, start_time=start, end_time=start + venue.longest_interval_ms, limit=1)
        if rows:
            return rows[0]
        start += venue.longest_interval_ms
    return None
