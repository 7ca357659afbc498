"""The risk that the fake engine tells: the real figures, on a seeded market."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from spreadscope import contract
from spreadscope.contract import LimitState
from spreadscope.model.instrument import Pair
from spreadscope.trading.risk.holdings import Holding, hypothetical
from spreadscope.trading.risk.risk_report import DAY, RiskMarket, risk_report
from tests.dashboard.fake_alerts import NOW
from tests.support import risk_market

_BETAS = {"BTCUSDT": 1.0, "ETHUSDT": 1.1, "SOLUSDT": 1.5}


@cache
def _market(days: int) -> RiskMarket:
    return risk_market.market(days * DAY, _BETAS)


def report(
    account: contract.PaperAccount,
    trades: list[contract.PaperTrade],
    body: dict[str, Any] | None = None,
    days: int = 40,
) -> contract.RiskReport:
    """The risk of the account, or of a copy of it."""
    scales = {each["trade"]: each["percent"] for each in (body or {}).get("scaled", [])}
    held = [_holding(each).scaled(scales.get(each.id, 100) / 100) for each in trades]
    for each in (body or {}).get("added", []):
        y, x = each["pair"].split("/")
        held.append(
            hypothetical(
                Pair(y, x), side=each["side"], space=trades[0].space if trades else contract.Space.LOG, beta=0.93,
                sd=0.004, notional=each["notional"], marks=(100.0, 100.0),
            )
        )  # fmt: skip
    made = risk_report(
        [each for each in held if each.gross], _market(days), risk_market.SETTINGS, time=NOW, equity=account.equity,
        maintenance_rate=0.025, fee_rate=0.0005,
    )  # fmt: skip
    return msgspec.convert(made, contract.RiskReport, from_attributes=True)


def _holding(trade: contract.PaperTrade) -> Holding:
    y, x = trade.pair.split("/")
    return Holding(
        trade=trade.id, pair=Pair(y, x), side=trade.side, space=trade.space, beta=trade.beta, sd=0.004, y=trade.y.held,
        x=trade.x.held, mark_y=trade.y.mark or 0.0, mark_x=trade.x.mark or 0.0, entry_y=trade.y.planned * 0.998 *
        (trade.y.mark or 0.0), entry_x=trade.x.planned * 0.999 * (trade.x.mark or 0.0),
    )  # fmt: skip


def limits_of(account: contract.PaperAccount) -> list[contract.TradingLimit]:
    told = account.settings
    return [
        limit("open trades", account.open_trades, told.max_trades, ""),
        limit("leverage", account.leverage, told.max_leverage, "× equity"),
        limit("largest share of one symbol", 9.7, told.max_symbol_share, "% of equity"),
        limit("loss of the day", 4.2, told.daily_loss_percent, "%"),
        limit("drawdown", account.drawdown_percent, told.drawdown_percent, "%"),
        limit("margin used", account.margin_percent, told.margin_percent, "% of equity"),
    ]


def limit(name: str, value: float | None, allowed: float, unit: str) -> contract.TradingLimit:
    share = value / allowed if allowed and value is not None else None
    state = LimitState.OFF if share is None else LimitState.BROKEN if share > 1 else LimitState.OK
    told = contract.TradingLimit(name=name, value=value, limit=float(allowed), unit=unit, share=share, state=state)
    return replace(told, state=LimitState.NEAR) if share is not None and 0.8 <= share <= 1 else told
