"""The history of symbols from before they were watched. What cannot be asked for now is owed, and asked for later."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from spreadscope.exchange.port import Capabilities, HistoryClient
from spreadscope.ingest.backfill import Backfill, fetch_history, fetch_tape_start
from spreadscope.model.config import HistoryConfig
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.events import Event

log = structlog.get_logger()

_CATCH_UP_SECONDS = 20.0
_HISTORY_TRADES = 60_000  # of all symbols together: 60 requests, half a minute's budget of weight


class HistoryLoader:
    """Fetches candles and trades. A failure costs history, never the live tape; ``problem`` says so, or is empty.

    ``doing`` says what is being fetched, for the screen.
    """

    def __init__(
        self,
        client: HistoryClient,
        capabilities: Capabilities,
        config: HistoryConfig,
        backfill: Backfill,
        *,
        last_id: Callable[[str], int | None],
        sink: Callable[[Sequence[Event]], None],
    ) -> None:
        self._client = client
        self._venue = capabilities
        self._config = config
        self._backfill = backfill
        self._last_id = last_id
        self._sink = sink
        self._pending: dict[str, bool] = {}  # symbol → whether its tape begins with it
        self.problem = ""
        self.doing = ""

    @property
    def pending(self) -> bool:
        """Whether there is something to ask for once the exchange can be asked again."""
        return bool(self._pending)

    async def fetch(self, symbols: Sequence[str]) -> None:
        """Candles and trades from before now, for symbols whose live tape is about to begin."""
        await self._fetch({symbol: self._last_id(symbol) is None for symbol in symbols})
        if not self.problem:
            await self._catch_up()

    async def load_pending(self) -> None:
        """Fetch what is owed. The tapes run already: what is older than they are goes before them."""
        pending, self._pending = self._pending, {}
        await self._fetch(pending)

    async def _fetch(self, begins: dict[str, bool]) -> None:
        """``begins``: whether a tape begins with the first trade of its history, or goes on from an earlier run."""
        left = dict(begins)
        try:
            now = await self._client.time()
            for symbol, first in begins.items():
                self.doing = f"fetching the history of {symbol}"
                self._sink(await fetch_history(self._client, symbol, self._config.bars, now))
                most = _HISTORY_TRADES // len(begins)
                batches = await fetch_tape_start(
                    self._client, self._venue, symbol, self._config.trade_minutes, now, most
                )
                # A tape of an earlier run goes on from where it ended: only the newest trade is entered.
                self._sink(list(batches if first else batches[-1:]))
                del left[symbol]
            self.problem = ""
        except (ExchangeError, DecodeError) as error:
            unreachable = isinstance(error, ExchangeError) and error.status is None
            if self._client.budget.banned_s or unreachable:
                self._pending |= left
            self.problem = f"history could not be fetched: {error}"
            log.warning("history not fetched", error=str(error))
        finally:
            self.doing = ""

    async def _catch_up(self) -> None:
        """Wait for the trades of the history: what begins with them should begin whole."""
        self.doing = "fetching recent trades"
        try:
            await self._backfill.complete(_CATCH_UP_SECONDS)
        finally:
            self.doing = ""
