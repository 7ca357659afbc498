"""A backtest: stored trades through the same core as live, with a paper account that takes its signals.

There is no second implementation: orders, fills, money and statistics are those of a live run. What differs is what is
known of the market, and each result says it: quotes at the end of each second as they were stored, or assumed ones
around the last trade where none were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import msgspec
import numpy as np

from spreadscope.engine import Engine, FactsDigest
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import Config
from spreadscope.model.events import Ints, MarketTime, Quote, StoredQuotes, Trades, WatchPair
from spreadscope.model.facts import Bar, Fact, Fault
from spreadscope.model.instrument import Instrument, Pair
from spreadscope.model.resume import Input
from spreadscope.model.timeframe import MINUTE, SECOND, Timeframe
from spreadscope.model.trading import AccountSettings, Decision, EquityPoint, Fill, LedgerEntry, OrderChanged, PairTrade
from spreadscope.model.trading_events import CloseTrade, SetAccount, SetInstrument, SetTradingMode
from spreadscope.model.trading_states import Outcome, TradeState, TradingMode
from spreadscope.replay.driver import Observer, ReplayResult, drive
from spreadscope.replay.trades_source import stored_events, stored_span
from spreadscope.store.reader import ALL_TIMES, StoreReader
from spreadscope.trading.fixed_point import to_float

ACCOUNT = "backtest"
HOUR = 60 * MINUTE
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
    stored. Signals before ``trade_from`` (ms) are not traded: until then windows fill.
    """

    pairs: tuple[Pair, ...]
    timeframe: Timeframe = Timeframe.S1
    start: int = ALL_TIMES[0]
    end: int = ALL_TIMES[1]
    trade_from: int = ALL_TIMES[0]
    account: AccountSettings = AccountSettings()
    cost_factor: float = 1.0
    assumed_half_spread_bps: float = 1.0


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """Another account that takes the same signals, in the same run: rows and signals are computed once for all."""

    name: str
    account: AccountSettings
    cost_factor: float = 1.0


class AccountRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one account did. ``trades_closed`` are in the order of their ends; what was open at the end of the data was
    closed there. ``refused`` counts refusals by rule."""

    account: AccountSettings
    trades_closed: tuple[PairTrade, ...]
    trades_failed: tuple[PairTrade, ...]
    fills: tuple[Fill, ...]
    entries: tuple[LedgerEntry, ...]
    equity: tuple[EquityPoint, ...]
    refused: dict[str, int]


class BacktestResult(ReplayResult, frozen=True, kw_only=True):
    """What a backtest did.

    ``hash`` is over all facts but those of variants: the same input gives the same hash. ``record`` is of the account
    itself, ``variants`` has those of the others by name. ``hourly_closes`` has by symbol the last price of each UTC
    hour, by the start of the hour (ms); ``first_prices`` the open of its first bar.
    """

    settings: BacktestSettings
    first_time: int
    last_time: int
    fidelity: Fidelity
    assumptions: tuple[str, ...]
    record: AccountRecord
    variants: dict[str, AccountRecord]
    hourly_closes: dict[str, dict[int, float]]
    first_prices: dict[str, float]
    faults: tuple[str, ...]


def backtest(
    reader: StoreReader,
    config: Config,
    settings: BacktestSettings,
    instruments: Iterable[Instrument],
    *,
    variants: Sequence[Variant] = (),
    observe: Observer | None = None,
    every_second: bool = False,
) -> BacktestResult:
    """Trade the signals of the pairs on a paper account over the stored trades of ``[start, end)`` (ms).

    Seconds at which nothing can happen are passed over, which changes nothing; ``every_second`` does not.

    Raises ``StoreError`` where a leg has no trades in that time.
    """
    symbols = tuple(dict.fromkeys(symbol for pair in settings.pairs for symbol in pair.symbols))
    low, high = stored_span(reader, symbols, settings.start, settings.end)
    engine = Engine(config, (settings.timeframe,))
    listed = {instrument.symbol: instrument for instrument in instruments}
    base = Variant(name=ACCOUNT, account=settings.account, cost_factor=settings.cost_factor)
    accounts = {each.name: with_costs(each.account, each.cost_factor) for each in (base, *variants)}
    source = _Source(engine, settings, listed, symbols, accounts)
    collected = _Collected(accounts)

    def note(core: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
        for fact in facts:
            collected.add(fact)
        if observe is not None:
            observe(core, facts, entries)

    # A row of a bar that ends at T is made, and its signal traded, at the first second that is ``grace`` after T.
    grace = -(-config.bars.grace_ms // SECOND) * SECOND
    length = settings.timeframe.milliseconds

    def stops_at(second: int) -> bool:
        return (second - grace) % length == 0 or second % MINUTE == 0 or not engine.broker.idle

    every = every_second or length == SECOND
    stored = stored_events(reader, symbols, config, low, high, stops_at=None if every else stops_at)
    result = drive(engine, source.batches(stored, low), digest=_DigestOfAccount(), hash_trades=False, observe=note)
    records = collected.records(accounts)
    return BacktestResult(
        **result.fields(),
        settings=settings,
        first_time=low,
        last_time=high,
        fidelity=source.fidelity,
        assumptions=tuple(source.assumptions()),
        record=records.pop(ACCOUNT),
        variants=records,
        hourly_closes=collected.closes,
        first_prices=collected.first_prices,
        faults=tuple(collected.faults),
    )


def with_costs(account: AccountSettings, factor: float) -> AccountSettings:
    """Returns an account whose fees and impact are ``factor`` times as large."""
    return msgspec.structs.replace(
        account,
        maker_fee_bps=account.maker_fee_bps * factor,
        taker_fee_bps=account.taker_fee_bps * factor,
        impact_factor=account.impact_factor * factor,
    )


def _account_of(fact: Fact) -> str:
    """Returns the account of a fact; of one of the market the backtest's own."""
    if isinstance(fact, OrderChanged):
        return fact.order.account
    account: str = getattr(fact, "account", ACCOUNT)
    return account


class _DigestOfAccount(FactsDigest):
    """A digest that leaves out what the accounts of variants did."""

    def add(self, fact: Fact) -> None:
        if _account_of(fact) == ACCOUNT:
            super().add(fact)


class _Collected:
    """What becomes of the accounts, and what the market was, as the facts come."""

    def __init__(self, accounts: Iterable[str]) -> None:
        self.closes: dict[str, dict[int, float]] = {}
        self.first_prices: dict[str, float] = {}
        self.faults: list[str] = []
        names = tuple(accounts)
        self._closed: dict[str, list[PairTrade]] = {name: [] for name in names}
        self._failed: dict[str, dict[int, PairTrade]] = {name: {} for name in names}
        self._fills: dict[str, list[Fill]] = {name: [] for name in names}
        self._entries: dict[str, list[LedgerEntry]] = {name: [] for name in names}
        self._equity: dict[str, list[EquityPoint]] = {name: [] for name in names}
        self._refused: dict[str, dict[str, int]] = {name: {} for name in names}
        self._handlers = {
            Bar: self._bar,
            PairTrade: self._trade,
            Fill: lambda fact: self._fills[fact.account].append(fact),
            LedgerEntry: lambda fact: self._entries[fact.account].append(fact),
            EquityPoint: lambda fact: self._equity[fact.account].append(fact),
            Decision: self._decision,
            Fault: lambda fact: self.faults.append(f"{fact.part} {fact.subject}: {fact.error}"),
        }

    def add(self, fact: Fact) -> None:
        handler = self._handlers.get(type(fact))
        if handler is not None:
            handler(fact)  # type: ignore[operator]  # each takes the type that it stands under

    def records(self, accounts: dict[str, AccountSettings]) -> dict[str, AccountRecord]:
        return {
            name: AccountRecord(
                account=account,
                trades_closed=tuple(self._closed[name]),
                trades_failed=tuple(self._failed[name].values()),
                fills=tuple(self._fills[name]),
                entries=tuple(self._entries[name]),
                equity=tuple(self._equity[name]),
                refused=self._refused[name],
            )
            for name, account in accounts.items()
        }

    def _bar(self, fact: Bar) -> None:
        self.first_prices.setdefault(fact.symbol, fact.open)
        self.closes.setdefault(fact.symbol, {})[fact.open_time - fact.open_time % HOUR] = fact.close

    def _trade(self, fact: PairTrade) -> None:
        if fact.state is TradeState.CLOSED:
            self._closed[fact.account].append(fact)
            self._failed[fact.account].pop(fact.id, None)
        elif fact.state is TradeState.FAILED:
            self._failed[fact.account][fact.id] = fact

    def _decision(self, fact: Decision) -> None:
        if fact.outcome is Outcome.REFUSED and fact.rule is not None:
            counts = self._refused[fact.account]
            counts[fact.rule.value] = counts.get(fact.rule.value, 0) + 1


class _Source:
    """The events of a backtest: the accounts first, then what is stored, then the end of all trades."""

    def __init__(
        self,
        engine: Engine,
        settings: BacktestSettings,
        listed: dict[str, Instrument],
        symbols: Sequence[str],
        accounts: dict[str, AccountSettings],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._symbols = symbols
        self._listed = listed
        self._accounts = accounts
        self._assumed_rules: list[str] = []
        self._quoted_until = dict.fromkeys(symbols, 0)
        self._seconds = {True: 0, False: 0}  # by whether the quote was stored

    def batches(self, stored: Iterable[Input | StoredQuotes], low: int) -> Iterator[Sequence[Input | StoredQuotes]]:
        yield [WatchPair(pair) for pair in self._settings.pairs]
        yield [MarketTime(low)]
        opened = [SetAccount(name, account) for name, account in self._accounts.items()]
        yield [*map(SetInstrument, self._instruments()), *opened]
        last_time, trading = low, False
        for event in stored:
            if isinstance(event, StoredQuotes):
                self._note_quotes(event)
            elif isinstance(event, Trades) and len(event):
                self._assume_quote(event)
            elif isinstance(event, MarketTime):
                last_time = max(last_time, event.time)
                if not trading and event.time >= self._settings.trade_from:
                    trading = True
                    yield self._modes()
            yield [event]
        yield [CloseTrade(name, 0, 100, "the data end here") for name in self._accounts]
        for later in _END_TICKS_MS:
            for symbol in self._symbols:  # the last quotes stand until all is closed
                self._hold_quote(symbol, last_time + later)
            yield [MarketTime(last_time + later)]

    def _modes(self) -> list[SetTradingMode]:
        return [
            SetTradingMode(name, pair, self._settings.timeframe, TradingMode.AUTO)
            for name in self._accounts
            for pair in self._settings.pairs
        ]

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
        if self._seconds[True]:
            yield "a stored quote is that of the end of its second: latencies below a second make little difference"
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
        top = self._engine.broker.market.top_at(symbol, now)
        if top is not None:
            self._engine.broker.add_quote(Quote(symbol, now - 500, to_float(top.bid), to_float(top.ask)))

    def _note_quotes(self, quotes: StoredQuotes) -> None:
        present = quotes.times[quotes.bids > 0]
        if len(present):
            until = int(present[-1]) + quotes.timeframe.milliseconds
            self._quoted_until[quotes.symbol] = max(self._quoted_until[quotes.symbol], until)

    def _assume_quote(self, trades: Trades) -> None:
        """Give the broker a quote around the last trade of a second of which none is stored.

        While an order is on the way, around every trade. Of trades of several seconds together nobody looks at the
        quotes of the earlier ones.
        """
        time, price = int(trades.times[-1]), float(trades.prices[-1])
        until = self._quoted_until[trades.symbol]
        last_times = _last_times(trades)
        stored = int((last_times < until).sum())
        self._seconds[True] += stored
        self._seconds[False] += len(last_times) - stored
        if time < until:
            return
        if self._engine.broker.needs(trades.symbol):  # an order is on the way: its latency decides which price it gets
            for earlier, its_price in zip(trades.times.tolist(), trades.prices.tolist(), strict=True):
                self._add_quote(trades.symbol, earlier, its_price)
        self._add_quote(trades.symbol, time, price)

    def _add_quote(self, symbol: str, time: int, price: float) -> None:
        half = price * self._settings.assumed_half_spread_bps / 10_000
        self._engine.broker.add_quote(Quote(symbol, time, price - half, price + half))


def _last_times(trades: Trades) -> Ints:
    """Returns the time (ms) of the last trade of each second."""
    seconds = trades.times // SECOND
    if seconds[0] == seconds[-1]:
        return trades.times[-1:]
    times: Ints = trades.times[np.append(np.flatnonzero(seconds[1:] > seconds[:-1]), len(seconds) - 1)]
    return times
