"""A backtest: stored trades through the same core as live, with a paper account that takes its signals.

There is no second implementation: orders, fills, money and statistics are those of a live run. What differs is what is
known of the market, and each result says it: quotes at the end of each second as they were stored, or assumed ones
around the last trade where none were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import msgspec

from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import Config
from spreadscope.model.events import MarketTime, Quote, StoredQuotes, Trades, WatchPair
from spreadscope.model.facts import Fact, Fault
from spreadscope.model.instrument import Instrument, Pair
from spreadscope.model.resume import Input
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import (
    AccountSettings,
    Decision,
    EquityPoint,
    Fill,
    LedgerEntry,
    Outcome,
    PairTrade,
    TradeState,
    TradingMode,
)
from spreadscope.model.trading_events import CloseTrade, SetAccount, SetInstrument, SetTradingMode
from spreadscope.replay.driver import Observer, ReplayResult, drive
from spreadscope.replay.trades_source import stored_events, stored_span
from spreadscope.store.reader import ALL_TIMES, StoreReader
from spreadscope.trading.fixed_point import to_float

ACCOUNT = "backtest"
_FEW = 0.01  # of the seconds may be without a stored quote, as the last one always is
_END_TICKS_MS = (500, 1_000, 1_500, 2_000)


class Fidelity(StrEnum):
    """What a backtest knew of the books."""

    STORED_QUOTES = "stored quotes and trades"
    MIXED = "stored quotes for a part of the time, assumed ones for the rest"
    ASSUMED_QUOTES = "trades alone: best bid and ask are assumed"


class BacktestSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a backtest is of.

    ``cost_factor`` multiplies fees and impact; ``assumed_half_spread_bps`` is half the spread where no quote was
    stored.
    """

    pairs: tuple[Pair, ...]
    timeframe: Timeframe = Timeframe.S1
    start: int = ALL_TIMES[0]
    end: int = ALL_TIMES[1]
    account: AccountSettings = AccountSettings()
    cost_factor: float = 1.0
    assumed_half_spread_bps: float = 1.0


class BacktestResult(ReplayResult, frozen=True, kw_only=True):
    """What a backtest did. ``hash`` is over all facts; the same input gives the same hash.

    ``trades_closed`` are in the order of their ends; what was open at the end of the data was closed there.
    """

    settings: BacktestSettings
    first_time: int
    last_time: int
    fidelity: Fidelity
    assumptions: tuple[str, ...]
    trades_closed: tuple[PairTrade, ...]
    trades_failed: tuple[PairTrade, ...]
    fills: tuple[Fill, ...]
    entries: tuple[LedgerEntry, ...]
    equity: tuple[EquityPoint, ...]
    refused: dict[str, int]
    faults: tuple[str, ...]


def backtest(
    reader: StoreReader,
    config: Config,
    settings: BacktestSettings,
    instruments: Iterable[Instrument],
    *,
    observe: Observer | None = None,
) -> BacktestResult:
    """Trade the signals of the pairs on a paper account over the stored trades of ``[start, end)`` (ms).

    Raises ``StoreError`` where a leg has no trades in that time.
    """
    symbols = tuple(dict.fromkeys(symbol for pair in settings.pairs for symbol in pair.symbols))
    low, high = stored_span(reader, symbols, settings.start, settings.end)
    engine = Engine(config, (settings.timeframe,))
    listed = {instrument.symbol: instrument for instrument in instruments}
    source = _Source(engine, settings, listed, symbols)
    collected = _Collected()

    def note(core: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
        collected.add(facts)
        if observe is not None:
            observe(core, facts, entries)

    stored = stored_events(reader, symbols, config, low, high)
    result = drive(engine, source.batches(stored, low), hash_trades=False, observe=note)
    return BacktestResult(
        **result.fields(),
        settings=settings,
        first_time=low,
        last_time=high,
        fidelity=source.fidelity,
        assumptions=tuple(source.assumptions()),
        trades_closed=tuple(collected.closed),
        trades_failed=tuple(collected.failed.values()),
        fills=tuple(collected.fills),
        entries=tuple(collected.entries),
        equity=tuple(collected.equity),
        refused=collected.refused,
        faults=tuple(collected.faults),
    )


class _Collected:
    """The facts of trading, as they come."""

    def __init__(self) -> None:
        self.closed: list[PairTrade] = []
        self.failed: dict[int, PairTrade] = {}
        self.fills: list[Fill] = []
        self.entries: list[LedgerEntry] = []
        self.equity: list[EquityPoint] = []
        self.refused: dict[str, int] = {}
        self.faults: list[str] = []

    def add(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            if isinstance(fact, PairTrade):
                if fact.state is TradeState.CLOSED:
                    self.closed.append(fact)
                    self.failed.pop(fact.id, None)
                elif fact.state is TradeState.FAILED:
                    self.failed[fact.id] = fact
            elif isinstance(fact, Fill):
                self.fills.append(fact)
            elif isinstance(fact, LedgerEntry):
                self.entries.append(fact)
            elif isinstance(fact, EquityPoint):
                self.equity.append(fact)
            elif isinstance(fact, Decision) and fact.outcome is Outcome.REFUSED and fact.rule is not None:
                self.refused[fact.rule.value] = self.refused.get(fact.rule.value, 0) + 1
            elif isinstance(fact, Fault):
                self.faults.append(f"{fact.part} {fact.subject}: {fact.error}")


class _Source:
    """The events of a backtest: the account first, then what is stored, then the end of all trades."""

    def __init__(
        self, engine: Engine, settings: BacktestSettings, listed: dict[str, Instrument], symbols: Sequence[str]
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._symbols = symbols
        self._listed = listed
        self._assumed_rules: list[str] = []
        self._quoted_until = dict.fromkeys(symbols, 0)
        self._seconds = {True: 0, False: 0}  # by whether the quote was stored

    def batches(self, stored: Iterable[Input | StoredQuotes], low: int) -> Iterator[Sequence[Input | StoredQuotes]]:
        yield [WatchPair(pair) for pair in self._settings.pairs]
        yield [MarketTime(low)]
        account = _with_costs(self._settings.account, self._settings.cost_factor)
        modes = [
            SetTradingMode(ACCOUNT, pair, self._settings.timeframe, TradingMode.AUTO) for pair in self._settings.pairs
        ]
        yield [*map(SetInstrument, self._instruments()), SetAccount(ACCOUNT, account), *modes]
        last_time = low
        for event in stored:
            if isinstance(event, StoredQuotes):
                self._note_quotes(event)
            elif isinstance(event, Trades) and len(event):
                self._assume_quote(event)
            elif isinstance(event, MarketTime):
                last_time = max(last_time, event.time)
            yield [event]
        yield [CloseTrade(ACCOUNT, 0, 100, "the data end here")]
        for later in _END_TICKS_MS:
            for symbol in self._symbols:  # the last quotes stand until all is closed
                self._hold_quote(symbol, last_time + later)
            yield [MarketTime(last_time + later)]

    @property
    def fidelity(self) -> Fidelity:
        if self._assumed_share <= _FEW:
            return Fidelity.STORED_QUOTES
        return Fidelity.MIXED if self._seconds[True] else Fidelity.ASSUMED_QUOTES

    @property
    def _assumed_share(self) -> float:
        total = sum(self._seconds.values())
        return self._seconds[False] / total if total else 0.0

    def assumptions(self) -> Iterator[str]:
        """Yields what the result rests on that was not in the data."""
        settings = self._settings
        if self._seconds[False]:
            yield (
                f"in {100 * self._assumed_share:.1f}% of the seconds with trades no quote was stored: best bid and ask"
                f" are {settings.assumed_half_spread_bps:g} bp beside the last trade there"
            )
        yield (
            f"displayed sizes are not stored: {settings.account.assumed_top_notional:g} USDT stand at best, and the"
            " whole order pays the impact curve"
        )
        yield "funding rates are not stored: none is charged"
        if self._assumed_rules:
            yield f"the order rules of {', '.join(self._assumed_rules)} are not stored: fine steps are assumed"
        yield "no order of a backtest moves the market, and no other trader reacts to it"

    def _instruments(self) -> Iterator[Instrument]:
        for symbol in self._symbols:
            instrument = self._listed.get(symbol)
            if instrument is None:
                self._assumed_rules.append(symbol)
                instrument = Instrument(symbol, "TRADING", "PERPETUAL", "", "USDT", "0.00000001", "0.00000001")
            yield instrument

    def _hold_quote(self, symbol: str, now: int) -> None:
        top = self._engine.desk.market.top_at(symbol, now)
        if top is not None:
            self._engine.desk.add_quote(Quote(symbol, now - 500, to_float(top.bid), to_float(top.ask)))

    def _note_quotes(self, quotes: StoredQuotes) -> None:
        present = quotes.times[quotes.bids > 0]
        if len(present):
            until = int(present[-1]) + quotes.timeframe.milliseconds
            self._quoted_until[quotes.symbol] = max(self._quoted_until[quotes.symbol], until)

    def _assume_quote(self, trades: Trades) -> None:
        """Give the desk a quote around the last trade of a second of which none is stored."""
        time, price = int(trades.times[-1]), float(trades.prices[-1])
        is_stored = time < self._quoted_until[trades.symbol]
        self._seconds[is_stored] += 1
        if not is_stored:
            half = price * self._settings.assumed_half_spread_bps / 10_000
            self._engine.desk.add_quote(Quote(trades.symbol, time, price - half, price + half))


def _with_costs(account: AccountSettings, factor: float) -> AccountSettings:
    return msgspec.structs.replace(
        account,
        maker_fee_bps=account.maker_fee_bps * factor,
        taker_fee_bps=account.taker_fee_bps * factor,
        impact_factor=account.impact_factor * factor,
    )
