"""One paper account: what is asked of it, what signals do on it, and its step with each tick of the market's clock."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from spreadscope.model.facts import Signal
from spreadscope.model.instrument import Pair
from spreadscope.model.sliced_orders import Twap
from spreadscope.model.states import Action
from spreadscope.model.timeframe import MINUTE, Timeframe
from spreadscope.model.trading import (
    AccountState,
    Decision,
    EquityPoint,
    KillChanged,
    KillSwitch,
    PairMode,
    PairTrade,
    TradingFact,
)
from spreadscope.model.trading_events import FundingSettled, OpenTrade, SetAccount
from spreadscope.model.trading_states import (
    EntryKind,
    Outcome,
    Rule,
    TradeOrigin,
    TradeState,
    TradingMode,
)
from spreadscope.trading.account_book import AccountBook, legs
from spreadscope.trading.entry_check import EntryPlan, plan_entry
from spreadscope.trading.fixed_point import notional, to_units
from spreadscope.trading.frozen_fit import Fit
from spreadscope.trading.funding import Funding
from spreadscope.trading.liquidation import liquidate
from spreadscope.trading.margin import Worth, legs_of
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.new_trade import new_trade
from spreadscope.trading.order_manager import OrderManager
from spreadscope.trading.order_rules import Refusal
from spreadscope.trading.slice_runner import SliceRunner, sliced_of
from spreadscope.trading.spread_limit import cannot_wait, limit_of, refused, request_of, words_of_level
from spreadscope.trading.trade_driver import TradeDriver, residual
from spreadscope.trading.trade_exits import broken_limit, exit_reason

_DAY = 1440 * MINUTE
_ENTRIES = {Action.BUY_SPREAD: 1, Action.SELL_SPREAD: -1}


class PaperAccount:
    """An account with simulated money. Every change is a fact in ``facts`` of its book."""

    def __init__(self, state: AccountState, market: MarketView) -> None:
        self.book = AccountBook(state)
        self.modes = {(mode.pair, mode.timeframe): mode.mode for mode in state.modes}
        self._market = market
        self._orders = OrderManager(self.book, market)
        self._driver = TradeDriver(self.book, market, self._orders)
        self._slices = SliceRunner(self.book, market, self._driver, self._orders)
        self._funding = Funding(self.book, dict(state.funded))
        self._peak = state.peak_equity
        self._day, self._day_equity = state.day, state.day_equity
        self._minute = state.time // MINUTE

    @classmethod
    def open(cls, event: SetAccount, market: MarketView, now: int) -> PaperAccount:
        """Returns a new account, with its cash paid in."""
        state = AccountState(account=event.account, settings=event.settings, time=now, opened=now)
        account = cls(state, market)
        account.book.post(EntryKind.DEPOSIT, to_units(event.settings.cash), now)
        account._peak = account._day_equity = account.book.ledger.wallet
        account._day = now // _DAY
        account.book.changed = True
        return account

    # --- what is asked of it ------------------------------------------------------------------------------------------

    def set_mode(self, mode: PairMode) -> None:
        if mode.mode is TradingMode.OFF:
            self.modes.pop((mode.pair, mode.timeframe), None)
        else:
            self.modes[mode.pair, mode.timeframe] = mode.mode
        self.book.changed = True

    def open_trade(self, request: OpenTrade, fit: Fit, now: int) -> None:
        """Enter a trade that was asked for on the ticket, or leave a decision that says why not, or that it waits."""
        size = request.notional or to_units(self.book.settings.notional)
        if request.limit_z is None and request.slices is None:
            self._enter(request, TradeOrigin.TICKET, fit, size, now)
            return
        expires = now + request.good_ms if request.good_ms else 0
        waiting = self._decision(request, TradeOrigin.TICKET, fit, Outcome.PENDING, now, notional_y=size)
        if isinstance(request.slices, Twap):
            expires = now + request.slices.length_ms
        sliced = sliced_of(request, now, expires)
        waiting = msgspec.structs.replace(waiting, expires=expires, sliced=sliced)
        refusal = cannot_wait(self.book, request)
        if refusal is None and sliced is not None:
            refusal = self._slices.refusal(waiting, fit, now)
        if refusal is None:
            self.book.pending[waiting.id] = waiting
        self.book.emit(waiting if refusal is None else refused(waiting, refusal))

    def close_trade(self, number: int, percent: int, reason: str, now: int) -> None:
        """Close a trade, or with 0 all of them."""
        for trade in [trade for trade in self.book.trades.values() if number in {0, trade.id}]:
            self._close(trade, percent, reason, now)

    def _close(self, trade: PairTrade, percent: int, reason: str, now: int) -> None:
        self._slices.cancel_of(trade, f"its trade is closed: {reason}", now)
        self._driver.close(self.book.trades[trade.id], percent, reason, now)

    def answer(self, number: int, fit: Fit, now: int, *, accept: bool) -> None:
        """Accept a signal that waits, at the prices of now, or decline it."""
        waiting = self.book.pending.get(number)
        if waiting is None:
            return
        if waiting.sliced is not None:
            (self._slices.send_rest if accept else self._slices.take_back)(waiting, now)
            return
        del self.book.pending[number]
        if not accept:
            self.book.emit(msgspec.structs.replace(waiting, time=now, outcome=Outcome.DECLINED))
            return
        if waiting.limit is not None:
            self._send_waiting(waiting, "sent at once", fit, now)
            return
        self.book.emit(msgspec.structs.replace(waiting, time=now, outcome=Outcome.TAKEN, words="accepted"))
        request = OpenTrade(
            account=self.book.account, pair=waiting.pair, timeframe=waiting.timeframe, side=waiting.side
        )
        self._enter(request, TradeOrigin.SIGNAL, fit, to_units(self.book.settings.notional), now)

    def _send_waiting(self, waiting: Decision, words: str, fit: Fit, now: int) -> None:
        """Send what waited for a level of z."""
        request = request_of(waiting)
        self.book.emit(msgspec.structs.replace(waiting, time=now, outcome=Outcome.TAKEN, words=words))
        self._enter(request, TradeOrigin.TICKET, fit, waiting.notional, now)

    def watch_spreads(self, fit_of: Callable[[Pair, Timeframe], Fit], now: int) -> None:
        """Send the requests whose level of z their size could be had for now, and the slices that are due."""
        self._slices.step(fit_of, now)
        for waiting in list(self.book.pending.values()):
            if waiting.limit is None:
                continue
            fit = fit_of(waiting.pair, waiting.timeframe)
            words = words_of_level(self.book, self._market, waiting, fit, now)
            if words:
                del self.book.pending[waiting.id]
                self._send_waiting(waiting, words, fit, now)

    def set_kill(self, now: int, *, active: bool, by: str, reason: str) -> None:
        """Stop the account: nothing enters until it is reset. What is open is closed where its settings say so."""
        if active == (self.book.kill is not None):
            return
        self.book.kill = KillSwitch(time=now, by=by, reason=reason) if active else None
        self.book.emit(KillChanged(account=self.book.account, time=now, active=active, by=by, reason=reason))
        if not active:
            # The limits begin anew where the account stands now: else they would pull the switch again at once.
            worth = self._worth(now)
            self._peak = self._day_equity = worth.equity
            return
        for waiting in list(self.book.pending.values()):
            self._expire(waiting, now, Rule.KILL)
        self._driver.cancel_entries(now)
        if self.book.settings.kill_flattens:
            self.close_trade(0, 100, f"kill switch: {reason}", now)

    def resume(self, now: int) -> None:
        """After a restart: nobody knows what became of the orders that were on the way, so they have expired."""
        for order in list(self.book.orders.values()):
            self._orders.expire(order, Rule.RESTART, now)
        for waiting in list(self.book.pending.values()):
            if not waiting.is_order:  # a signal is not what it was; a level of z is
                self._expire(waiting, now, Rule.RESTART)

    def settle_funding(self, event: FundingSettled, now: int) -> None:
        self._funding.settle(event, now)

    # --- signals ------------------------------------------------------------------------------------------------------

    def on_signal(self, signal: Signal, fit: Fit, now: int) -> None:
        """Do what the pair's mode says: enter, ask, or leave."""
        if signal.action is Action.EXIT:
            for waiting in list(self.book.pending.values()):
                ours = not waiting.is_order and waiting.timeframe == signal.timeframe
                if ours and waiting.pair == signal.pair:
                    self._expire(waiting, now, None, "the signal has ended")
            for trade in list(self.book.trades.values()):
                ours = trade.origin is TradeOrigin.SIGNAL and trade.timeframe == signal.timeframe
                if ours and trade.pair == signal.pair:
                    self._driver.close(trade, 100, signal.cause, now)
            return
        mode = self.modes.get((signal.pair, signal.timeframe), TradingMode.OFF)
        if mode is TradingMode.OFF:
            return
        side = _ENTRIES[signal.action]
        request = OpenTrade(account=self.book.account, pair=signal.pair, timeframe=signal.timeframe, side=side)
        size = to_units(self.book.settings.notional)
        if mode is TradingMode.AUTO:
            self._enter(request, TradeOrigin.SIGNAL, fit, size, now)
            return
        plan = self._plan(request, fit, size, now)
        if isinstance(plan, Refusal):
            self._decide(request, TradeOrigin.SIGNAL, fit, Outcome.REFUSED, now, refusal=plan)
            return
        expires = now + 1000 * self.book.settings.ask_seconds
        waiting = self._decide(request, TradeOrigin.SIGNAL, fit, Outcome.PENDING, now, expires=expires)
        self.book.pending[waiting.id] = waiting

    # --- the clock ----------------------------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Step orders and trades, book funding, and hold the limits, up to the market's clock ``now`` (ms)."""
        self._orders.step(now)
        self._funding.book_passed(self._market.funding_passed(), now)
        for waiting in list(self.book.pending.values()):
            if waiting.sliced is None and waiting.expires and now >= waiting.expires:
                of_limit = waiting.limit is not None
                self._expire(waiting, now, None, "its time is over" if of_limit else "nobody answered")
        # After a restart a leg may have no price yet: what is held of it is not worth 0.
        priced = all(self._market.mark(leg.symbol, now) for leg in legs_of(self.book.trades.values()))
        if self.book.trades:
            if priced:
                self._watch_exits(now)
            self._driver.advance_all(now)
        if priced:
            self._watch_limits(now)

    @property
    def idle(self) -> bool:
        """Returns whether nothing is open, on the way or waiting."""
        return not (self.book.trades or self.book.orders or self.book.pending)

    def watched(self) -> set[str]:
        """Returns the symbols with orders on the way."""
        return {order.symbol for order in self.book.orders.values()}

    def state(self, now: int) -> AccountState:
        return self.book.state(
            now,
            modes=tuple(PairMode(pair, timeframe, mode) for (pair, timeframe), mode in self.modes.items()),
            peak_equity=self._peak,
            day=self._day,
            day_equity=self._day_equity,
            funded=dict(self._funding.booked),
        )

    def take_facts(self, now: int) -> list[TradingFact]:
        """Returns what has changed since the last call, with the state of the account where it is another."""
        facts, self.book.facts = self.book.facts, []
        if self.book.changed:
            facts.append(self.state(now))
            self.book.changed = False
        return facts

    # --- entering -----------------------------------------------------------------------------------------------------

    def _plan(self, request: OpenTrade, fit: Fit, size: int, now: int) -> EntryPlan | Refusal:
        return plan_entry(
            self.book, self._market, request.pair, side=request.side, beta=fit.beta, space=fit.space, size=size, now=now
        )

    def _enter(self, request: OpenTrade, origin: TradeOrigin, fit: Fit, size: int, now: int) -> None:
        plan = self._plan(request, fit, size, now)
        if isinstance(plan, Refusal) or fit.beta is None:
            refusal = plan if isinstance(plan, Refusal) else Refusal(Rule.NO_HEDGE)
            self._decide(request, origin, fit, Outcome.REFUSED, now, refusal=refusal, notional_y=size)
            return
        number = self.book.number()
        self._decide(request, origin, fit, Outcome.TAKEN, now, trade=number, notional_y=size)
        trade = new_trade(
            self.book.account, number, plan, fit, now, pair=request.pair, timeframe=request.timeframe,
            side=request.side, origin=origin, execution=request.execution or self.book.settings.execution,
            take_profit=request.take_profit, stop=request.stop, stop_loss=request.stop_loss,
        )  # fmt: skip
        self._driver.enter(trade, now)

    def _decide(
        self,
        request: OpenTrade,
        origin: TradeOrigin,
        fit: Fit,
        outcome: Outcome,
        now: int,
        *,
        refusal: Refusal | None = None,
        trade: int = 0,
        expires: int = 0,
        notional_y: int = 0,
    ) -> Decision:
        decision = self._decision(
            request, origin, fit, outcome, now, trade=trade, expires=expires, notional_y=notional_y
        )
        decision = decision if refusal is None else refused(decision, refusal)
        self.book.emit(decision)
        return decision

    def _decision(
        self,
        request: OpenTrade,
        origin: TradeOrigin,
        fit: Fit,
        outcome: Outcome,
        now: int,
        *,
        trade: int = 0,
        expires: int = 0,
        notional_y: int = 0,
    ) -> Decision:
        return Decision(
            account=self.book.account, id=self.book.number(), time=now, pair=request.pair, timeframe=request.timeframe,
            action=(Action.BUY_SPREAD if request.side > 0 else Action.SELL_SPREAD).value, origin=origin,
            outcome=outcome, z=fit.z, trade=trade, side=request.side, notional=notional_y, expires=expires,
            limit=limit_of(request),
        )  # fmt: skip

    def _expire(self, waiting: Decision, now: int, rule: Rule | None, words: str = "") -> None:
        if waiting.sliced is not None:
            self._slices.cancel(waiting, words or (rule.value if rule else ""), now, rule)
            return
        self.book.pending.pop(waiting.id, None)
        expired = msgspec.structs.replace(
            waiting, time=now, outcome=Outcome.EXPIRED, rule=rule, words=words or (rule.value if rule else "")
        )
        self.book.emit(expired)

    # --- limits -------------------------------------------------------------------------------------------------------

    def _worth(self, now: int) -> Worth:
        return self.book.worth(lambda symbol: self._market.mark(symbol, now))

    def _watch_exits(self, now: int) -> None:
        """Close trades that have come to a level of their own."""
        for trade in list(self.book.trades.values()):
            grows = trade.state is TradeState.ENTERING and bool(trade.y.base or trade.x.base)
            if trade.state is not TradeState.OPEN and not grows:
                continue
            result = self.result(trade, now)
            if result > trade.peak or result < trade.trough:
                self.book.trades[trade.id] = msgspec.structs.replace(
                    trade, peak=max(result, trade.peak), trough=min(result, trade.trough)
                )
            reason = exit_reason(trade, result, self._market, now)
            if reason:
                self._close(self.book.trades[trade.id], 100, reason, now)

    def result(self, trade: PairTrade, now: int) -> int:
        """Returns the net result of a trade so far, open legs at mark."""
        total = 0
        for _, leg in legs(trade):
            total += notional(leg.held, self._market.mark(leg.symbol, now)) - leg.cost
            total += leg.realised - leg.fees + leg.funding - leg.liquidation
        return total

    def _watch_limits(self, now: int) -> None:
        minute = now // MINUTE
        if not self.book.trades and minute == self._minute:
            return
        worth = self._worth(now)
        if self.book.trades and worth.gross and worth.equity <= worth.maintenance:
            self._liquidate(now)
            worth = self._worth(now)
        day = now // _DAY
        if day != self._day:
            self._day, self._day_equity = day, worth.equity
            self.book.changed = True
        self._peak = max(self._peak, worth.equity)
        if minute != self._minute:
            self._emit_equity(worth, minute * MINUTE, now)
            self._minute = minute
            self.book.recent = [fill for fill in self.book.recent if fill.time > now - 2 * MINUTE]
        if self.book.kill is None and (reason := broken_limit(self.book.settings, worth, self._day_equity, self._peak)):
            self.set_kill(now, active=True, by="limit", reason=reason)

    def _emit_equity(self, worth: Worth, minute: int, now: int) -> None:
        self.book.emit(
            EquityPoint(
                account=self.book.account, time=minute, wallet=worth.wallet, unrealised=worth.unrealised,
                equity=worth.equity, gross=worth.gross, net=worth.net, maintenance=worth.maintenance,
                residual=sum(residual(trade, self._market, now) for trade in self.book.trades.values()),
            )
        )  # fmt: skip

    def _liquidate(self, now: int) -> None:
        for trade in liquidate(self.book, self._market, now):
            self._driver.finish(self.book.trades[trade.id], "liquidated", now)
        self.set_kill(now, active=True, by="limit", reason="liquidated: equity fell to the maintenance margin")
