"""What ends trades by itself: the levels of a trade, and the limits of an account that pull its kill switch."""

from __future__ import annotations

from spreadscope.model.trading import AccountSettings, PairTrade
from spreadscope.trading.fixed_point import text
from spreadscope.trading.margin import Worth
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.spread_level import z_of


def exit_reason(trade: PairTrade, result: int, market: MarketView, now: int) -> str:
    """Returns why a trade with a net ``result`` so far has to be closed, empty where it has not."""
    if trade.stop_loss and result <= -trade.stop_loss:
        return f"stop: {text(result)} USDT is beyond {text(-trade.stop_loss)}"
    if trade.take_profit is None and trade.stop is None:
        return ""
    top_y, top_x = (market.top_at(symbol, now) for symbol in trade.pair.symbols)
    z = z_of(trade, top_y.mid, top_x.mid) if top_y is not None and top_x is not None else None
    if z is None:
        return ""
    distance = -trade.side * z  # above 0 on the side of the entry
    if trade.take_profit is not None and distance <= trade.take_profit:
        return f"take profit: z {z:+.2f}"
    if trade.stop is not None and distance >= trade.stop:
        return f"stop: z {z:+.2f}"
    return ""


def broken_limit(settings: AccountSettings, worth: Worth, day_equity: int, peak: int) -> str:
    """Returns which limit of an account is reached, in words; empty where none is."""
    equity = worth.equity
    for name, start, percent in (
        ("loss of the day", day_equity, settings.daily_loss_percent),
        ("drawdown", peak, settings.drawdown_percent),
    ):
        fallen = 100 * (start - equity) / start if start > 0 else 0.0
        if percent and fallen >= percent:
            return f"{name} {fallen:.1f}%, the limit is {percent:g}%"
    used = 100 * worth.maintenance / equity if equity > 0 else 0.0
    if settings.margin_percent and worth.gross and used >= settings.margin_percent:
        return f"margin used {used:.0f}%, the limit is {settings.margin_percent:g}%"
    return ""
