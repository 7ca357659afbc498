"""The open signal position of a pair and its unrealised profit, on the hedge ratio frozen at its entry."""

from __future__ import annotations

import msgspec

from spreadscope.model.facts import Signal
from spreadscope.model.hedge import Space
from spreadscope.model.states import SignalState


class OpenPosition(msgspec.Struct, frozen=True):
    """A position of one unit of y against β of x, by value or by units as ``space`` says.

    ``side`` is +1 when the spread was bought; ``peak`` is the highest pnl.
    """

    side: int
    beta: float
    price_y: float
    price_x: float
    pnl: float = 0.0
    peak: float = 0.0
    space: Space = Space.LOG

    @property
    def drawdown(self) -> float:
        """Returns how far the pnl is below its peak, in percent; never negative."""
        return self.peak - self.pnl

    def at_prices(self, price_y: float, price_x: float) -> OpenPosition:
        """Returns the position at these prices; pnl is in percent of the notional of leg y, before costs.

        >>> OpenPosition(side=1, beta=0.5, price_y=100.0, price_x=50.0).at_prices(150.0, 50.0).pnl
        50.0
        """
        weight = self.beta if self.space is Space.LOG else self.beta * self.price_x / self.price_y
        gain = (price_y / self.price_y - 1) - weight * (price_x / self.price_x - 1)
        pnl = 100 * self.side * gain
        return msgspec.structs.replace(self, pnl=pnl, peak=max(self.peak, pnl))


def position_after(signal: Signal) -> OpenPosition | None:
    """Returns the position after a signal; None when it is flat, or was entered without prices or a hedge ratio."""
    if signal.state is SignalState.FLAT or signal.beta is None or not signal.price_y or not signal.price_x:
        return None
    side = 1 if signal.state is SignalState.LONG else -1
    return OpenPosition(side, signal.beta, signal.price_y, signal.price_x, space=signal.space)
