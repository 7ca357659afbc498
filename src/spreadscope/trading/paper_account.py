"""One paper account: what is asked of it, what signals do on it, and its step with each tick of the market's clock."""

from __future__ import annotations

import msgspec

from spreadscope.model.facts import Signal
from spreadscope.model.states import Action
from spreadscope.model.timeframe import MINUTE
from spreadscope.model.trading import (
    AccountState,
    Decision,
    EquityPoint,
    KillChanged,
    KillSwitch,
    Order,
    PairMode,
    PairTrade,
    TradeLeg,
    TradingFact,
)
from spreadscope.model.trading_events import FundingSettled, OpenTrade, SetAccount
from spreadscope.model.trading_states import (
    EntryKind,
    Liquidity,
    OrderKind,
    OrderState,
    Outcome,
    Rule,
    TradeOrigin,
    TradeState,
    TradingMode,
)
from spreadscope.trading import paper_exchange
from spreadscope.trading.account_book import AccountBook, legs
from spreadscope.trading.entry_check import EntryPlan, plan_entry
from spreadscope.trading.fixed_point import notional, text, times, to_units
from spreadscope.trading.frozen_fit import Fit
from spreadscope.trading.funding import Funding
from spreadscope.trading.margin import Worth, legs_of
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.order_rules import Refusal
from spreadscope.trading.spread_level import z_of
from spreadscope.trading.trade_driver import TradeDriver, residual

_DAY = 1440 * MINUTE
_ENTRIES = {Action.BUY_SPREAD: 1, Action.SELL_SPREAD: -1}


class PaperAccount:
    """An account with simulated money. Every change is a fact in ``facts`` of its book."""

    def __init__(self, state: AccountState, market: MarketView) -> None:
        self.book = AccountBook(state)
        self.modes = {(mode.pair, mode.timeframe): mode.mode for mode in state.modes}
        self._market = market
        self._driver = TradeDriver(self.book, market)
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
        """Enter a trade that was asked for on the ticket, or leave a decision that says why not."""
        size = request.notional or to_units(self.book.settings.notional)
        self._enter(request, TradeOrigin.TICKET, fit, size, now)

    def close_trade(self, number: int, percent: int, reason: str, now: int) -> None:
        """Close a trade, or with 0 all of them."""
        for trade in [trade for trade in self.book.trades.values() if number in {0, trade.id}]:
            self._driver.close(trade, percent, reason, now)

    def answer(self, number: int, fit: Fit, now: int, *, accept: bool) -> None:
        """Accept a signal that waits, at the prices of now, or decline it."""
        waiting = self.book.pending.pop(number, None)
        if waiting is None:
            return
        if not accept:
            self.book.emit(msgspec.structs.replace(waiting, time=now, outcome=Outcome.DECLINED))
            return
        self.book.emit(msgspec.structs.replace(waiting, time=now, outcome=Outcome.TAKEN, words="accepted"))
        request = OpenTrade(
            account=self.book.account, pair=waiting.pair, timeframe=waiting.timeframe, side=waiting.side
        )
        self._enter(request, TradeOrigin.SIGNAL, fit, to_units(self.book.settings.notional), now)

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
            self.book.put_order(msgspec.structs.replace(order, state=OrderState.EXPIRED, time=now, rule=Rule.RESTART))
        for waiting in list(self.book.pending.values()):
            self._expire(waiting, now, Rule.RESTART)

    def settle_funding(self, event: FundingSettled, now: int) -> None:
        self._funding.settle(event, now)

    # --- signals ------------------------------------------------------------------------------------------------------

    def on_signal(self, signal: Signal, fit: Fit, now: int) -> None:
        """Do what the pair's mode says: enter, ask, or leave."""
        if signal.action is Action.EXIT:
            for waiting in list(self.book.pending.values()):
                if (waiting.pair, waiting.timeframe) == (signal.pair, signal.timeframe):
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
        self._driver.step_orders(now)
        self._funding.book_passed(self._market.funding_passed(), now)
        for waiting in list(self.book.pending.values()):
            if now >= waiting.expires:
                self._expire(waiting, now, None, "nobody answered")
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
        self._driver.enter(
            PairTrade(
                account=self.book.account, id=number, pair=request.pair, timeframe=request.timeframe, side=request.side,
                origin=origin, execution=request.execution or self.book.settings.execution, state=TradeState.ENTERING,
                space=fit.space, beta=fit.beta, alpha=fit.alpha, mean=fit.mean, sd=fit.sd, z=fit.z,
                half_life=fit.half_life, y=TradeLeg(symbol=request.pair.y, planned=plan.y),
                x=TradeLeg(symbol=request.pair.x, planned=plan.x), decided=now, take_profit=request.take_profit,
                stop=request.stop, stop_loss=request.stop_loss, time=now,
            ),
            now,
        )  # fmt: skip

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
        decision = Decision(
            account=self.book.account, id=self.book.number(), time=now, pair=request.pair, timeframe=request.timeframe,
            action=(Action.BUY_SPREAD if request.side > 0 else Action.SELL_SPREAD).value, origin=origin,
            outcome=outcome, z=fit.z, trade=trade, rule=refusal.rule if refusal is not None else None,
            value=refusal.value if refusal is not None else "", allowed=refusal.allowed if refusal is not None else "",
            words=str(refusal) if refusal is not None else "", side=request.side, notional=notional_y, expires=expires,
        )  # fmt: skip
        self.book.emit(decision)
        return decision

    def _expire(self, waiting: Decision, now: int, rule: Rule | None, words: str = "") -> None:
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
            if trade.state is not TradeState.OPEN:
                continue
            result = self.result(trade, now)
            if result > trade.peak or result < trade.trough:
                self.book.trades[trade.id] = msgspec.structs.replace(
                    trade, peak=max(result, trade.peak), trough=min(result, trade.trough)
                )
            reason = self._exit_reason(trade, result, now)
            if reason:
                self._driver.close(self.book.trades[trade.id], 100, reason, now)

    def _exit_reason(self, trade: PairTrade, result: int, now: int) -> str:
        """Returns why a trade has to be closed, empty where it has not."""
        if trade.stop_loss and result <= -trade.stop_loss:
            return f"stop: {text(result)} USDT is beyond {text(-trade.stop_loss)}"
        if trade.take_profit is None and trade.stop is None:
            return ""
        z = self._z(trade, now)
        if z is None:
            return ""
        distance = -trade.side * z  # above 0 on the side of the entry
        if trade.take_profit is not None and distance <= trade.take_profit:
            return f"take profit: z {z:+.2f}"
        if trade.stop is not None and distance >= trade.stop:
            return f"stop: z {z:+.2f}"
        return ""

    def _z(self, trade: PairTrade, now: int) -> float | None:
        top_y, top_x = (self._market.top_at(symbol, now) for symbol in trade.pair.symbols)
        return z_of(trade, top_y.mid, top_x.mid) if top_y is not None and top_x is not None else None

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
        if self.book.kill is None and (reason := self._broken_limit(worth)):
            self.set_kill(now, active=True, by="limit", reason=reason)

    def _broken_limit(self, worth: Worth) -> str:
        settings, equity = self.book.settings, worth.equity
        for name, start, percent in (
            ("loss of the day", self._day_equity, settings.daily_loss_percent),
            ("drawdown", self._peak, settings.drawdown_percent),
        ):
            fallen = 100 * (start - equity) / start if start > 0 else 0.0
            if percent and fallen >= percent:
                return f"{name} {fallen:.1f}%, the limit is {percent:g}%"
        used = 100 * worth.maintenance / equity if equity > 0 else 0.0
        if settings.margin_percent and worth.gross and used >= settings.margin_percent:
            return f"margin used {used:.0f}%, the limit is {settings.margin_percent:g}%"
        return ""

    def _emit_equity(self, worth: Worth, minute: int, now: int) -> None:
        self.book.emit(
            EquityPoint(
                account=self.book.account, time=minute, wallet=worth.wallet, unrealised=worth.unrealised,
                equity=worth.equity, gross=worth.gross, net=worth.net, maintenance=worth.maintenance,
                residual=sum(residual(trade, self._market, now) for trade in self.book.trades.values()),
            )
        )  # fmt: skip

    def _liquidate(self, now: int) -> None:
        """Close every leg at once at its best price, as the exchange does, with its fee; the account is stopped."""
        for order in list(self.book.orders.values()):
            self.book.put_order(msgspec.structs.replace(order, state=OrderState.CANCELED, time=now, rule=Rule.MARGIN))
        for trade in list(self.book.trades.values()):
            for leg, value in legs(trade):
                top = self._market.top_at(value.symbol, now)
                if not value.held or top is None:
                    continue
                price, fee = top.price(-value.held), self._liquidation_fee(value.symbol)
                order = Order(
                    account=self.book.account, id=self.book.number(), trade=trade.id, leg=leg, symbol=value.symbol,
                    kind=OrderKind.MARKET, quantity=-value.held, limit=0, reduce_only=True, decision_mid=top.mid,
                    sent=now, arrives=now, state=OrderState.FILLED, filled=-value.held, time=now,
                )  # fmt: skip
                self.book.put_order(order)
                execution = paper_exchange.Match(-value.held, price, now, Liquidity.TAKER, top)
                charged = times(abs(notional(value.held, price)), fee)
                self.book.fill(order, execution, liquidation_fee=charged)
            self._driver.finish(self.book.trades[trade.id], "liquidated", now)
        self.set_kill(now, active=True, by="limit", reason="liquidated: equity fell to the maintenance margin")

    def _liquidation_fee(self, symbol: str) -> float:
        rules = self._market.rules.get(symbol)
        return rules.liquidation_fee / to_units(1.0) if rules is not None else 0.0
