"""An engine that plays what is stored: the composition of a live one, with a transport in place of the market."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from spreadscope import contract
from spreadscope.app.data_source import DataSource
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.markets import Markets
from spreadscope.app.playback.playback_core import PlaybackCore
from spreadscope.app.playback.transport import Transport
from spreadscope.contract import SymbolState
from spreadscope.model.instrument import Instrument, venue_of
from spreadscope.replay.playback_source import PlaybackSource
from spreadscope.tasks import Policy, end


class PlaybackMarkets(Markets):
    """Markets that nothing is asked of and nothing comes from: what is known of a symbol is what was played."""

    def connections(self) -> Iterable[contract.ConnectionStatus]:
        return ()

    def instruments(self) -> list[Instrument]:
        return []

    def alarms(self) -> Iterable[contract.Alarm]:
        return ()

    def unready(self) -> Iterable[str]:
        return ()

    @property
    def starting(self) -> str:
        return ""

    def symbols(self) -> list[contract.SymbolStatus]:
        return [self._symbol(symbol) for symbol in self._core.symbols]

    def _symbol(self, symbol: str) -> contract.SymbolStatus:
        tape = self._core.engine.tapes[symbol]
        holes = tape.ledger.holes()
        last = tape.last_time
        return contract.SymbolStatus(
            symbol=symbol,
            venue=venue_of(symbol),
            connection=None,
            state=SymbolState.HALTED
            if self._core.is_halted(symbol)
            else SymbolState.OK
            if last
            else SymbolState.WAITING,
            last_price=tape.last_price,
            last_time=last,
            age_ms=None if last is None else max(0, self._core.market_time - last),  # by the market's clock
            lag_ms=None,
            trades=tape.accepted,
            first_id=tape.ledger.first,
            last_id=tape.ledger.last,
            open_gaps=len(holes),
            missing=sum(len(hole) for hole in holes),
            detail="",
        )


class PlaybackEngine(LiveEngine):
    """An async context manager: inside it a source is played into a temporary store in ``folder``.

    No market is asked, no channel is known, and nothing of the store that is played is written.
    """

    core_kind = PlaybackCore
    markets_kind = PlaybackMarkets
    core: PlaybackCore

    def __init__(
        self,
        source: PlaybackSource,
        played: DataSource | None,
        folder: Path,
        *,
        speed: float | None = 1.0,
        known: Iterable[contract.PlaybackMark] = (),
    ) -> None:
        """``played`` is where the stored data came from; ``known`` are marks that were found before."""
        super().__init__(source.config.model_copy(update={"data": folder}))
        self.markets.source = played
        self.transport = Transport(source, self.core, self.store.writer, speed=speed, known=known)

    @property
    def starting(self) -> str:
        return ""

    async def prepare(self) -> None:
        """Run to the start of what is played: before it a session has its history."""
        self.transport.seek(self.transport.source.start)
        await self.transport.prepared.wait()

    def playback(self) -> contract.Playback:
        return self.transport.status()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.store.open(stack)
            self.store.writer.start()
            stack.callback(self.store.writer.stop)
            await stack.enter_async_context(self.tasks)
            self._stack = stack.pop_all()
        self._running = [self.tasks.start("transport", Policy.FATAL, self.transport.run)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await end(*self._running)
        await self._stack.aclose()
