"""What the exchange lists: its own answer or, while it cannot be asked, the last one that was stored."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from spreadscope.exchange.port import HistoryClient, InstrumentList
from spreadscope.model.clock import Clock
from spreadscope.model.errors import DecodeError, ExchangeError, UnknownSymbolError
from spreadscope.model.instrument import unknown_symbol
from spreadscope.store.instrument_list import StoredInstrumentList, read_instrument_list, save_instrument_list
from spreadscope.store.writer import StoreWriter

log = structlog.get_logger()

# Answers of the moment, besides those of 500 and more: too many requests, a ban, a region that is not served from here.
_PASSING_STATUSES = frozenset({408, 418, 429, 451})


class InstrumentCatalog:
    """``info`` is what is known, and ``time`` when the exchange said so (ours, ms; 0: it never did).

    ``fresh`` is whether it said so in this run.

    ``problem`` is why it could not be asked the last time, empty where it could.
    """

    def __init__(
        self,
        venue: str,
        client: HistoryClient,
        database: Path,
        writer: StoreWriter,
        clock: Clock,
        *,
        first_answer_seconds: float = 5.0,
    ) -> None:
        """A start waits for ``first_answer_seconds`` at most: what is stored can be looked at meanwhile."""
        self._venue = venue
        self._client = client
        self._database = database
        self._writer = writer
        self._clock = clock
        self._first_answer_seconds = first_answer_seconds
        self.info = InstrumentList({}, None)
        self.time = 0
        self.fresh = False
        self.problem = ""

    @property
    def known(self) -> bool:
        """Whether there is any list at all."""
        return self.time > 0

    @property
    def alarm(self) -> str:
        """Why the list is not the exchange's own of now; empty where it is."""
        if self.fresh:
            return ""
        if not self._client.budget.banned_s:
            known = f"what it lists is as it was on {self._listed_at}" if self.known else "what it lists is not known"
            return f"waiting for the exchange, which is asked again and again: {known} ({self.problem})"
        if not self.known:
            return "what the exchange lists is not known: nothing can be watched before it can be asked"
        return f"what the exchange lists is as it was on {self._listed_at}: it is asked again when the ban ends"

    @property
    def waiting(self) -> str:
        """What is waited for; empty where the exchange answered, or a ban leaves the stored list and live trades."""
        if self.fresh:
            return ""
        if self._client.budget.banned_s:
            return "" if self.known else "waiting for the end of the ban"
        return "waiting for the exchange"

    async def begin(self) -> None:
        """Ask; where the exchange cannot be asked now, take what was stored for the same exchange, if anything was.

        Raises ``ExchangeError`` where what answers is not the exchange, or refuses for good.
        """
        try:
            async with asyncio.timeout(self._first_answer_seconds):
                await self.ask()
        except TimeoutError:
            self.problem = f"{self._client.base_url} does not answer"
        except ExchangeError as error:
            passes = error.status is None or error.status >= 500 or error.status in _PASSING_STATUSES
            if not passes and not self._client.budget.banned_s:
                raise
        if not self.fresh:
            self._read_stored()
            log.warning("the exchange cannot be asked what it lists", error=self.problem, stored_list=self.known)

    async def ask(self) -> None:
        """The exchange's own answer. Raises ``ExchangeError``."""
        try:
            self.info = await self._client.instruments()
        except DecodeError as error:
            self.problem = f"{self._client.base_url} is not the exchange: {error}"
            raise ExchangeError(self.problem, status=200) from None
        except ExchangeError as error:
            self.problem = str(error)
            raise
        self.time, self.fresh, self.problem = self._clock.now_ns() // 1_000_000, True, ""

    def keep(self) -> None:
        """Store the answer; the writer has to run."""
        document = msgspec.json.encode(self.info).decode()
        answer = StoredInstrumentList(self._client.base_url, self.time, document)
        self._writer.command(save_instrument_list(self._venue, answer))

    def require(self, symbol: str) -> None:
        """Raises ``SymbolError`` for a symbol that is not listed."""
        if symbol in self.info.instruments:
            return
        if self.fresh:
            raise unknown_symbol(symbol, self.info.instruments)
        raise UnknownSymbolError(self.missing(symbol))

    def missing(self, symbol: str) -> str:
        """Why a symbol that is wanted is not watched."""
        if self.fresh:
            return str(unknown_symbol(symbol, self.info.instruments))
        banned = self._client.budget.banned_s > 0
        if self.known:
            when = "when the ban ends" if banned else "as soon as it answers"
            return f"{symbol} was not listed on {self._listed_at}: the exchange is asked for it {when}"
        return (
            f"{symbol} waits for {'the end of the ban' if banned else 'the exchange'}:"
            " what the exchange lists is not known"
        )

    @property
    def _listed_at(self) -> str:
        return f"{datetime.fromtimestamp(self.time / 1e3, UTC):%Y-%m-%d %H:%M} UTC"

    def _read_stored(self) -> None:
        stored = read_instrument_list(self._database, self._venue)
        if stored is None or stored.rest_url != self._client.base_url:
            return
        try:
            self.info = msgspec.json.decode(stored.document, type=InstrumentList)
        except msgspec.MsgspecError as error:
            log.warning("the stored list of instruments cannot be read", error=str(error))
            return
        self.time = stored.time
