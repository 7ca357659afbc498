"""What the exchange lists: its own answer or, while this address is banned from asking, the last one that was stored."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from spreadscope.exchange.binance.rest import ExchangeInfo
from spreadscope.exchange.client import RestClient
from spreadscope.model.clock import Clock
from spreadscope.model.errors import DecodeError, ExchangeError, UnknownSymbolError
from spreadscope.model.instrument import unknown_symbol
from spreadscope.store.listing import SAVE_LISTING, read_listing
from spreadscope.store.writer import StoreWriter

log = structlog.get_logger()


class Listing:
    """``info`` is what is known, ``time`` when the exchange said so (ours, ms; 0: it never did), ``fresh`` whether in this run."""

    def __init__(self, client: RestClient, database: Path, writer: StoreWriter, clock: Clock) -> None:
        self._client = client
        self._database = database
        self._writer = writer
        self._clock = clock
        self.info = ExchangeInfo({}, None)
        self.time = 0
        self.fresh = False

    @property
    def known(self) -> bool:
        """Whether there is any list at all."""
        return self.time > 0

    @property
    def alarm(self) -> str:
        """Why the list is not the exchange's own of now; empty where it is."""
        if self.fresh:
            return ""
        if not self.known:
            return "what the exchange lists is not known: nothing can be watched before it can be asked"
        return f"what the exchange lists is as it was on {self._said}: it is asked again when the ban ends"

    async def begin(self) -> None:
        """Ask; while this address is banned, take what was stored for the same exchange, if anything was.

        Raises ``ExchangeError`` where the exchange cannot be asked for another reason.
        """
        try:
            await self.ask()
        except ExchangeError:
            if not self._client.budget.banned_s:
                raise
            self._recall()
            log.warning("the exchange cannot be asked: this address is banned", stored_list=self.known)

    async def ask(self) -> None:
        """The exchange's own answer. Raises ``ExchangeError``."""
        try:
            self.info = await self._client.exchange_info()
        except DecodeError as error:
            raise ExchangeError(f"{self._client.base_url} is not the exchange: {error}") from None
        self.time, self.fresh = self._clock.now_ns() // 1_000_000, True

    def keep(self) -> None:
        """Store the answer; the writer has to run."""
        self._writer.command(SAVE_LISTING, self._client.base_url, self.time, msgspec.json.encode(self.info).decode())

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
        if self.known:
            return f"{symbol} was not listed on {self._said}: the exchange is asked for it when the ban ends"
        return f"{symbol} waits for the end of the ban: what the exchange lists is not known"

    @property
    def _said(self) -> str:
        return f"{datetime.fromtimestamp(self.time / 1e3, UTC):%Y-%m-%d %H:%M} UTC"

    def _recall(self) -> None:
        stored = read_listing(self._database)
        if stored is None or stored.rest_url != self._client.base_url:
            return
        try:
            self.info = msgspec.json.decode(stored.document, type=ExchangeInfo)
        except msgspec.MsgspecError as error:
            log.warning("the stored list of instruments cannot be read", error=str(error))
            return
        self.time = stored.time
