"""All paper accounts in the engine: events of the market and requests go in, facts of trading come out.

No code here can reach an exchange: the broker has no network, and nothing below ``app/`` asks in which mode it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from spreadscope.model.events import Mark, Quote, StoredQuotes, Trades
from spreadscope.model.facts import Fact, PairRow, Signal
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import PairMode
from spreadscope.model.trading_events import (
    AnswerDecision,
    CloseTrade,
    FundingSettled,
    OpenTrade,
    ResumeAccount,
    SetAccount,
    SetInstrument,
    SetKill,
    SetTradingMode,
    TradingEvent,
)
from spreadscope.trading.account_messages import MessageWriter
from spreadscope.trading.frozen_fit import Fit
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.paper_account import PaperAccount


class PaperBroker:
    """Keeps the paper accounts. ``row_of`` returns the newest row of a pair, ``space_of`` the space of its hedge."""

    def __init__(
        self,
        row_of: Callable[[Pair, Timeframe], PairRow | None],
        space_of: Callable[[Pair, Timeframe], Space],
    ) -> None:
        self.market = MarketView()
        self.accounts: dict[str, PaperAccount] = {}
        self.now = 0
        self._writers: dict[str, MessageWriter] = {}
        self._row_of = row_of
        self._space_of = space_of

    @property
    def idle(self) -> bool:
        """Returns whether nothing is open, on the way or waiting: a tick changes nothing then but a minute's equity."""
        return all(account.idle for account in self.accounts.values())

    # --- the market ---------------------------------------------------------------------------------------------------

    def needs(self, symbol: str) -> bool:
        """Returns whether every quote of a symbol counts now: an order is on the way."""
        return symbol in self.market.watched

    def add_quote(self, quote: Quote) -> None:
        self.market.add_quote(quote)

    def add_stored_quotes(self, quotes: StoredQuotes) -> None:
        self.market.add_stored_quotes(quotes)

    def add_mark(self, mark: Mark) -> None:
        self.market.add_mark(mark)

    def add_trades(self, trades: Trades) -> None:
        self.market.add_trades(trades)

    def tick(self, now: int, halted: Collection[str]) -> list[Fact]:
        """Step all accounts up to the market's clock ``now`` (ms)."""
        self.now = now
        self.market.halted = halted
        for account in self.accounts.values():
            account.tick(now)
            account.watch_spreads(self._fit, now)
        facts = self._take(self.accounts.values())
        self.market.end_tick(now)
        return facts

    def on_rows(self, facts: Iterable[Fact]) -> list[Fact]:
        """Act on the signals among the facts of one bar time."""
        touched: dict[str, PaperAccount] = {}
        for fact in facts:
            if isinstance(fact, Signal):
                fit = self._fit(fact.pair, fact.timeframe)
                for name, account in self.accounts.items():
                    account.on_signal(fact, fit, self.now)
                    touched[name] = account
        return self._take(touched.values())

    # --- requests -----------------------------------------------------------------------------------------------------

    def on(self, event: TradingEvent) -> list[Fact]:
        """Apply what is asked of an account, or what is said about it. One that is not there changes nothing."""
        if isinstance(event, SetInstrument):
            self.market.set_instrument(event.instrument)
            return []
        if isinstance(event, FundingSettled):
            for account in self.accounts.values():
                account.settle_funding(event, self.now)
            return self._take(self.accounts.values())
        if isinstance(event, ResumeAccount):
            account = self.accounts[event.state.account] = PaperAccount(event.state, self.market)
            account.resume(max(self.now, event.state.time))
            return self._take([account])
        if isinstance(event, SetAccount):
            known = self.accounts.get(event.account)
            if known is None:
                known = self.accounts[event.account] = PaperAccount.open(event, self.market, self.now)
            else:
                known.book.put_settings(event.settings, self.now, by=event.by)
            return self._take([known])
        asked = self.accounts.get(event.account)
        if asked is None:
            return []
        self._ask(asked, event)
        return self._take([asked])

    def _ask(
        self, account: PaperAccount, event: SetTradingMode | OpenTrade | CloseTrade | AnswerDecision | SetKill
    ) -> None:
        match event:
            case SetTradingMode():
                account.set_mode(PairMode(event.pair, event.timeframe, event.mode))
            case OpenTrade():
                account.open_trade(event, self._fit(event.pair, event.timeframe), self.now)
            case CloseTrade():
                account.close_trade(event.trade, event.percent, event.reason, self.now)
            case AnswerDecision():
                waiting = account.book.pending.get(event.decision)
                if waiting is not None:
                    fit = self._fit(waiting.pair, waiting.timeframe)
                    account.answer(event.decision, fit, self.now, accept=event.accept)
            case SetKill():
                account.set_kill(self.now, active=event.active, by=event.by, reason=event.reason)

    def _fit(self, pair: Pair, timeframe: Timeframe) -> Fit:
        return Fit.of(self._row_of(pair, timeframe), self._space_of(pair, timeframe))

    def _take(self, accounts: Iterable[PaperAccount]) -> list[Fact]:
        facts: list[Fact] = []
        for account in accounts:
            taken = account.take_facts(self.now)
            facts.extend(taken)
            book = account.book
            writer = self._writers.setdefault(book.account, MessageWriter(book.account))
            written = (writer.write(fact, book.settings.messages, self.now) for fact in taken)
            facts.extend(message for message in written if message is not None)
        self.market.watched = set().union(*(account.watched() for account in self.accounts.values()))
        return facts
