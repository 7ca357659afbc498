"""Asks venues for settled funding: what paper accounts booked by the stream's rate is corrected to what was paid.

A funding time is due by the interval that the venue tells of a symbol, and by what was booked from the stream, which
knows first when an interval has changed. It is asked for until it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from spreadscope import contract
from spreadscope.app.component import Component, warning
from spreadscope.app.core_service import CoreService
from spreadscope.exchange.port import HistoryClient
from spreadscope.exchange.settled_funding import USUAL_INTERVAL_HOURS, SettledFunding
from spreadscope.model.clock import Clock
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.facts import Fact
from spreadscope.model.instrument import local_symbol, venue_of
from spreadscope.model.timeframe import MINUTE
from spreadscope.model.trading import LedgerEntry
from spreadscope.model.trading_events import FundingSettled
from spreadscope.model.trading_states import EntryKind

_HOUR = 60 * MINUTE
_NS = 1_000_000_000
_OLDEST_MS = 7 * 24 * _HOUR  # what was not asked for so long is not asked for any more


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingLimits:
    """How often a venue is asked. ``delay_ms`` is the market's time between a funding and the first question."""

    check_seconds: float = 1.0
    delay_ms: int = 5_000
    first_pause_seconds: float = 5.0
    longest_pause_seconds: float = 60.0
    intervals_seconds: float = 3_600.0
    tries_without_alarm: int = 12


@dataclass(slots=True)
class _Asked:
    """What is known of a symbol: until when its funding is settled, and what was tried since."""

    until: int
    tries: int = 0
    again_ns: int = 0
    problem: str = ""


@dataclass(slots=True)
class _Intervals:
    """The intervals of a venue, and until when they count."""

    hours: dict[str, int] = field(default_factory=dict)
    until_ns: int = 0


class FundingSettlements(Component):
    """``client_of`` returns the client of a symbol's venue; None of one without funding."""

    name = "settled funding"

    def __init__(
        self,
        core: CoreService,
        client_of: Callable[[str], HistoryClient | None],
        clock: Clock,
        limits: FundingLimits | None = None,
    ) -> None:
        self._core = core
        self._client_of = client_of
        self._clock = clock
        self._limits = limits or FundingLimits()
        self._asked: dict[str, _Asked] = {}
        self._booked: dict[str, int] = {}  # by symbol: the newest funding time that was booked from the stream
        self._intervals: dict[str, _Intervals] = {}

    def alarms(self) -> Iterable[contract.Alarm]:
        for symbol, asked in self._asked.items():
            if asked.tries >= self._limits.tries_without_alarm:
                why = asked.problem or "the exchange has not published it"
                yield warning(
                    f"paper trading: the settled funding of {symbol} has not come ({why}): what was booked by the"
                    " stream's rate stands until it does"
                )

    async def run(self) -> None:
        """Ask for what is due, until it is cancelled."""
        stop = self._core.observe(self._note)
        try:
            while True:
                await asyncio.sleep(self._limits.check_seconds)
                await self.step()
        finally:
            stop()

    async def step(self) -> None:
        """Ask once for each symbol of open trades whose funding is due."""
        held = self._held()
        for symbol in [symbol for symbol in self._asked if symbol not in held]:
            del self._asked[symbol]
        for symbol, since in held.items():
            client = self._client_of(symbol)
            if client is None:
                continue
            asked = self._asked.setdefault(symbol, _Asked(max(since, self._core.market_time - _OLDEST_MS)))
            if self._clock.monotonic_ns() < asked.again_ns:
                continue
            due = await self._due(symbol, client)
            if due > asked.until and self._core.market_time >= due + self._limits.delay_ms:
                await self._ask(symbol, client, asked, due)

    async def _ask(self, symbol: str, client: HistoryClient, asked: _Asked, due: int) -> None:
        try:
            rows = await client.settled_funding(symbol, asked.until + 1, self._core.market_time)
        except (ExchangeError, DecodeError) as problem:
            rows, asked.problem = [], str(problem)
        else:
            asked.problem = ""
        self._core.apply([_settled(row, row.mark) for row in rows if row.mark is not None])
        newest = max((row.time for row in rows), default=0)
        # The exchange's stamps are some ms after the full minute: the same row must not come again.
        asked.until = max(asked.until, newest + MINUTE - 1 if newest else 0)
        if newest >= due:
            asked.tries, asked.again_ns = 0, 0
            return
        pause = min(self._limits.first_pause_seconds * 2**asked.tries, self._limits.longest_pause_seconds)
        asked.tries, asked.again_ns = asked.tries + 1, self._clock.monotonic_ns() + int(pause * _NS)

    async def _due(self, symbol: str, client: HistoryClient) -> int:
        """Returns the newest funding time of a symbol that has passed."""
        hours = (await self._hours(symbol, client)).get(local_symbol(symbol), USUAL_INTERVAL_HOURS)
        by_interval = self._core.market_time // (hours * _HOUR) * (hours * _HOUR)
        return max(by_interval, self._booked.get(symbol, 0))

    async def _hours(self, symbol: str, client: HistoryClient) -> dict[str, int]:
        known = self._intervals.setdefault(venue_of(symbol), _Intervals())
        now = self._clock.monotonic_ns()
        if now >= known.until_ns:
            pause = self._limits.intervals_seconds
            try:
                known.hours = await client.funding_intervals()
            except (ExchangeError, DecodeError):
                pause = self._limits.longest_pause_seconds  # the last ones count; the stream knows of changes, too
            known.until_ns = now + int(pause * _NS)
        return known.hours

    def _held(self) -> dict[str, int]:
        """Returns the symbols of open trades, with since when (ms) the first of them is held."""
        found: dict[str, int] = {}
        for account in self._core.engine.broker.accounts.values():
            for trade in account.book.trades.values():
                for leg in (trade.y, trade.x):
                    if leg.held:
                        found[leg.symbol] = min(found.get(leg.symbol, trade.decided), trade.decided)
        return found

    def _note(self, facts: list[Fact]) -> None:
        for fact in facts:
            if isinstance(fact, LedgerEntry) and fact.kind is EntryKind.FUNDING:
                self._booked[fact.symbol] = max(fact.reference, self._booked.get(fact.symbol, 0))


def _settled(row: SettledFunding, mark: float) -> FundingSettled:
    return FundingSettled(row.symbol, row.time, row.rate, mark)
