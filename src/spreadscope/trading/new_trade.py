"""A pair trade at its decision, with what is frozen for its life."""

from __future__ import annotations

from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import PairTrade, TradeLeg
from spreadscope.model.trading_states import Execution, TradeOrigin, TradeState
from spreadscope.trading.entry_check import EntryPlan
from spreadscope.trading.frozen_fit import Fit


def new_trade(
    account: str,
    number: int,
    plan: EntryPlan,
    fit: Fit,
    now: int,
    *,
    pair: Pair,
    timeframe: Timeframe,
    side: int,
    origin: TradeOrigin,
    execution: Execution,
    take_profit: float | None,
    stop: float | None,
    stop_loss: int,
    whole: tuple[int, int] = (0, 0),
) -> PairTrade:
    """Returns the trade of an entry that may be made; ``whole`` are the quantities of an order in slices.

    Raises ``ValueError`` without a hedge ratio.
    """
    if fit.beta is None:
        raise ValueError(f"a trade of {pair} has no hedge ratio")
    return PairTrade(
        account=account, id=number, pair=pair, timeframe=timeframe, side=side, origin=origin, execution=execution,
        state=TradeState.ENTERING, space=fit.space, beta=fit.beta, alpha=fit.alpha, mean=fit.mean, sd=fit.sd, z=fit.z,
        half_life=fit.half_life, y=TradeLeg(symbol=pair.y, planned=plan.y, whole=whole[0]),
        x=TradeLeg(symbol=pair.x, planned=plan.x, whole=whole[1]), decided=now, take_profit=take_profit, stop=stop,
        stop_loss=stop_loss, time=now,
    )  # fmt: skip
