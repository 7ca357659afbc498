"""What pages see of paper accounts: the structs of the contract, from an account in memory and from stored facts.

Open legs are valued at mark; a symbol without any price yet is valued at what it cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from spreadscope import contract
from spreadscope.app.sliced_views import sliced_entry
from spreadscope.contract import LimitState
from spreadscope.model.trading import (
    UNIT,
    Attribution,
    Decision,
    EquityPoint,
    KillChanged,
    LedgerEntry,
    Order,
    PairTrade,
    SettingChanged,
    TradeLeg,
)
from spreadscope.model.trading_states import Book, OrderKind, TradeState
from spreadscope.store.trading_reader import ClosedTrades, PairFill, TradeComment
from spreadscope.trading.account_book import legs
from spreadscope.trading.attribution import attribution
from spreadscope.trading.fixed_point import divide, notional, times
from spreadscope.trading.funding import funding
from spreadscope.trading.margin import Worth, liquidation_price, positions
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.paper_account import PaperAccount
from spreadscope.trading.spread_level import entry_z, z_of
from spreadscope.trading.trade_driver import residual

_NEAR = 0.8  # of a limit
_UNKNOWN = -1  # of what waits before a limit order


def number(units: int) -> float:
    """Returns an amount, a price or a quantity as a number."""
    return units / UNIT


class AccountView:
    """One account at the newest prices; ``now`` is the market's clock (ms)."""

    def __init__(self, account: PaperAccount, market: MarketView, now: int) -> None:
        self._account = account
        self._book = account.book
        self._market = market
        self._now = now
        self._positions = positions(account.book.trades.values())

    def account(self) -> contract.PaperAccount:
        state, worth = self._account.state(self._now), self.worth()
        equity = worth.equity
        return contract.PaperAccount(
            name=state.account,
            settings=msgspec.convert(msgspec.structs.asdict(state.settings), contract.AccountSettings),
            opened=state.opened,
            time=self._now,
            kill=contract.KillSwitch(**msgspec.structs.asdict(state.kill)) if state.kill is not None else None,
            wallet=number(worth.wallet),
            unrealised=number(worth.unrealised),
            equity=number(equity),
            gross=number(worth.gross),
            net=number(worth.net),
            leverage=worth.gross / equity if equity > 0 else None,
            maintenance=number(worth.maintenance),
            margin_percent=100 * worth.maintenance / equity if equity > 0 else None,
            residual=number(sum(self._residual(trade) for trade in state.trades)),
            peak_equity=number(state.peak_equity),
            drawdown_percent=_fallen(state.peak_equity, equity),
            day_result=number(equity - state.day_equity),
            open_trades=len(state.trades),
            working_orders=len(state.orders),
            modes=[contract.PairTradingMode(str(each.pair), each.timeframe, each.mode) for each in state.modes],
            pending=[decision(each) for each in state.pending],
            note=state.note,
        )

    def worth(self) -> Worth:
        return self._book.worth(self.mark)

    def mark(self, symbol: str) -> int:
        """Returns the mark price; the mean price of what is held where the market has not said one yet."""
        mark = self._market.mark(symbol, self._now)
        if mark:
            return mark
        quantity, cost = self._positions.get(symbol, (0, 0))
        return divide(cost * UNIT, quantity) if quantity else 0

    def limits(self) -> list[contract.TradingLimit]:
        """Returns the limits of the account, with what is used of each."""
        settings, worth, state = self._book.settings, self.worth(), self._account.state(self._now)
        equity = worth.equity
        largest = max(
            (abs(notional(quantity, self.mark(symbol))) for symbol, (quantity, _) in self._positions.items()), default=0
        )
        trades = sum(trade.state is not TradeState.FAILED for trade in state.trades)
        return [
            _limit("open trades", trades, settings.max_trades, ""),
            _limit("leverage", _share(worth.gross, equity), settings.max_leverage, "× equity"),
            _limit("largest share of one symbol", _percent(largest, equity), settings.max_symbol_share, "% of equity"),
            _limit("loss of the day", _fallen(state.day_equity, equity), settings.daily_loss_percent, "%", pulls=True),
            _limit("drawdown", _fallen(state.peak_equity, equity), settings.drawdown_percent, "%", pulls=True),
            _limit(
                "margin used", _percent(worth.maintenance, equity), settings.margin_percent, "% of equity", pulls=True
            ),
        ]

    def trade(self, trade: PairTrade, comment: TradeComment) -> contract.PaperTrade:
        """Returns a trade of the account, whether it is open or closed."""
        found = trade.attribution or self._so_far(trade)
        end = trade.closed or self._now
        held = (end - trade.opened) / 1_000 if trade.opened else None
        return contract.PaperTrade(
            id=trade.id,
            pair=str(trade.pair),
            timeframe=trade.timeframe,
            side=trade.side,
            origin=trade.origin,
            execution=trade.execution,
            state=trade.state,
            note=trade.note,
            decided=trade.decided,
            opened=trade.opened or None,
            closed=trade.closed or None,
            space=trade.space,
            beta=trade.beta,
            z_entry=trade.z,
            z_now=self._z(trade) if not trade.closed else None,
            z_filled=entry_z(trade),
            half_life=trade.half_life,
            half_lives_held=held / trade.half_life if held is not None and trade.half_life else None,
            result=number(found.net),
            parts=parts(found),
            peak=number(trade.peak),
            trough=number(trade.trough),
            take_profit=trade.take_profit,
            stop=trade.stop,
            stop_loss=number(trade.stop_loss) if trade.stop_loss else None,
            deadline=trade.deadline or None,
            attempts=trade.attempts,
            residual=number(self._residual(trade)),
            y=self._leg(trade.y),
            x=self._leg(trade.x),
            comment=comment.comment,
            tags=list(comment.tags),
        )

    def _residual(self, trade: PairTrade) -> int:
        return residual(trade, self._market, self._now) if trade.y.held or trade.x.held else 0

    def _z(self, trade: PairTrade) -> float | None:
        tops = [self._market.top_at(symbol, self._now) for symbol in trade.pair.symbols]
        return z_of(trade, *(top.mid if top is not None else 0 for top in tops))

    def _so_far(self, trade: PairTrade) -> Attribution:
        """Returns the parts of the result as if the open legs were left at mark now."""
        left = {
            leg.value: msgspec.structs.replace(
                value,
                left=value.left - value.held,
                left_mid=value.left_mid - notional(value.held, self.mark(value.symbol)),
            )
            for leg, value in legs(trade)
        }
        return attribution(msgspec.structs.replace(trade, **left))

    def _leg(self, leg: TradeLeg) -> contract.PaperLeg:
        mark = self.mark(leg.symbol)
        value = notional(leg.held, mark)
        price = self._liquidation_price(leg)
        due = self._market.next_funding(leg.symbol)
        next_funding, rate = due if due is not None else (None, None)
        return contract.PaperLeg(
            symbol=leg.symbol,
            planned=number(leg.planned),
            held=number(leg.held),
            entry_price=leg.entered_notional / leg.entered if leg.entered else None,
            exit_price=leg.left_notional / leg.left if leg.left else None,
            mark=number(mark) if mark else None,
            value=number(value),
            unrealised=number(value - leg.cost),
            realised=number(leg.realised),
            fees=number(leg.fees),
            slippage=number(leg.slippage),
            funding=number(leg.funding),
            maintenance=number(times(abs(value), self._book.settings.maintenance_rate)),
            liquidation_price=price,
            liquidation_distance_percent=_distance(price, mark),
            next_funding=next_funding,
            funding_rate=rate,
            next_funding_amount=number(funding(leg.held, number(mark), rate)) if rate is not None else None,
        )

    def _liquidation_price(self, leg: TradeLeg) -> float | None:
        if not leg.held:
            return None
        return liquidation_price(
            leg.symbol,
            self._book.ledger.wallet,
            self._book.trades.values(),
            self.mark,
            self._book.settings.maintenance_rate,
        )


def nearest_liquidation(wallet: int, trades: Iterable[PairTrade], view: AccountView, rate: float) -> float | None:
    """Returns the smallest distance in percent of a mark to the price at which the account would be liquidated."""
    held = list(trades)
    distances = [
        _distance(liquidation_price(symbol, wallet, held, view.mark, rate), view.mark(symbol))
        for symbol in positions(held)
    ]
    return min((each for each in distances if each is not None), default=None)


def decision(item: Decision) -> contract.TradeDecision:
    return contract.TradeDecision(
        id=item.id,
        time=item.time,
        pair=str(item.pair),
        timeframe=item.timeframe,
        action=item.action,
        side=item.side,
        origin=item.origin,
        outcome=item.outcome,
        z=item.z,
        notional=number(item.notional) if item.notional else None,
        trade=item.trade or None,
        rule=item.rule.value if item.rule is not None else None,
        value=item.value,
        allowed=item.allowed,
        words=item.words,
        expires=item.expires or None,
        limit_z=item.limit.z if item.limit is not None else None,
        sliced=sliced_entry(item.sliced) if item.sliced is not None else None,
    )


def order(item: Order) -> contract.PaperOrder:
    return contract.PaperOrder(
        id=item.id,
        trade=item.trade,
        leg=item.leg,
        symbol=item.symbol,
        kind=item.kind,
        state=item.state,
        quantity=number(item.quantity),
        filled=number(item.filled),
        limit=number(item.limit) if item.kind is OrderKind.POST_ONLY else None,
        reduce_only=item.reduce_only,
        decision_mid=number(item.decision_mid),
        sent=item.sent,
        arrives=item.arrives,
        time=item.time,
        ahead=number(item.ahead) if item.kind is OrderKind.POST_ONLY and item.ahead != _UNKNOWN else None,
        rule=item.rule.value if item.rule is not None else None,
        value=item.value,
        allowed=item.allowed,
    )


def fill(item: PairFill) -> contract.PaperFill:
    found = item.fill
    delay = found.slippage - found.half_spread - found.impact
    at_mid = abs(notional(found.quantity, found.decision_mid))

    def bps(amount: int) -> float | None:
        return 10_000 * amount / at_mid if at_mid else None

    return contract.PaperFill(
        id=found.id,
        order=found.order,
        trade=found.trade,
        pair=item.pair,
        leg=found.leg,
        symbol=found.symbol,
        time=found.time,
        quantity=number(found.quantity),
        price=number(found.price),
        notional=number(found.notional),
        fee=number(found.fee),
        liquidity=found.liquidity,
        decision_mid=number(found.decision_mid),
        slippage=number(found.slippage),
        half_spread=number(found.half_spread),
        impact=number(found.impact),
        delay=number(delay),
        slippage_bps=bps(found.slippage),
        half_spread_bps=bps(found.half_spread),
        impact_bps=bps(found.impact),
        delay_bps=bps(delay),
        quote_age_ms=found.time - found.quote_time,
        realised=number(found.realised),
    )


def money(entry: LedgerEntry) -> contract.MoneyEntry:
    return contract.MoneyEntry(
        id=entry.id,
        time=entry.time,
        kind=entry.kind,
        debit=entry.debit,
        credit=entry.credit,
        amount=number(entry.amount),
        change=number(entry.amount if entry.debit is Book.WALLET else -entry.amount),
        trade=entry.trade or None,
        leg=entry.leg,
        symbol=entry.symbol,
        reference=entry.reference or None,
    )


def equity_point(point: EquityPoint) -> contract.EquityPoint:
    values = {name: number(getattr(point, name)) for name in contract.EquityPoint.__struct_fields__ if name != "time"}
    return contract.EquityPoint(time=point.time, **values)


def kill_event(item: KillChanged) -> contract.KillEvent:
    return contract.KillEvent(time=item.time, active=item.active, by=item.by, reason=item.reason)


def setting_change(item: SettingChanged) -> contract.SettingChange:
    before, after = (msgspec.json.decode(each) for each in (item.before, item.after))
    return contract.SettingChange(time=item.time, by=item.by, key=item.key, before=before, after=after)


def parts(found: Attribution) -> contract.TradeParts:
    return contract.TradeParts(**{name: number(value) for name, value in msgspec.structs.asdict(found).items()})


def _limit(name: str, value: float | None, limit: float, unit: str, *, pulls: bool = False) -> contract.TradingLimit:
    """Returns a limit; one that ``pulls`` the kill switch is broken where it is reached, others where it is passed."""
    if not limit:
        return contract.TradingLimit(name=name, value=value, limit=0.0, unit=unit, share=None, state=LimitState.OFF)
    share = value / limit if value is not None else math.inf
    broken = share >= 1 if pulls else share > 1
    state = LimitState.BROKEN if broken else LimitState.NEAR if share >= _NEAR else LimitState.OK
    return contract.TradingLimit(
        name=name, value=value, limit=float(limit), unit=unit, share=share if value is not None else None, state=state
    )


def _fallen(start: int, now: int) -> float:
    """Returns the loss since ``start``, in percent of it; 0 where there is none."""
    return max(0.0, 100 * (start - now) / start) if start > 0 else 0.0


def _share(amount: int, equity: int) -> float | None:
    return amount / equity if equity > 0 else None


def _percent(amount: int, equity: int) -> float | None:
    return 100 * amount / equity if equity > 0 else None


def _distance(price: float | None, mark: int) -> float | None:
    """Returns how far a price is from the mark (in units of 1e-8), in percent of it."""
    return abs(price / number(mark) - 1) * 100 if price is not None and mark else None


def pair_results(
    closed: Iterable[ClosedTrades], open_trades: Iterable[contract.PaperTrade]
) -> list[contract.PairResult]:
    """Returns the results of each pair, the best first: the stored sums of closed trades, and open ones at mark."""
    sums = {each.pair: each for each in closed}
    held: dict[str, list[contract.PaperTrade]] = {pair: [] for pair in sums}
    for trade in open_trades:
        held.setdefault(trade.pair, []).append(trade)
    found = [_pair_result(pair, sums.get(pair), trades) for pair, trades in held.items()]
    return sorted(found, key=lambda each: -each.result)


def _pair_result(pair: str, closed: ClosedTrades | None, held: list[contract.PaperTrade]) -> contract.PairResult:
    every = [parts(closed.parts), *(trade.parts for trade in held)] if closed else [trade.parts for trade in held]
    names = contract.TradeParts.__struct_fields__
    added = contract.TradeParts(**{name: sum(getattr(each, name) for each in every) for name in names})
    results = [*((number(closed.best), number(closed.worst)) if closed else ()), *(trade.result for trade in held)]
    return contract.PairResult(
        pair=pair,
        trades=(closed.count if closed else 0) + len(held),
        open=len(held),
        won=closed.won if closed else 0,
        result=added.net,
        best=max(results),
        worst=min(results),
        costs=added.funding - added.slippage - added.fees - added.liquidation,
        parts=added,
    )
