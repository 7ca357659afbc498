"""What stands beside a signal: which leg to buy and which to sell, and what speaks against acting on it."""

from __future__ import annotations

from spreadscope.model.facts import PairRow, Signal
from spreadscope.model.hedge import Space
from spreadscope.model.states import Action, Caution

#: What one fill costs of its notional: a taker's fee on the lowest tier of USD-M futures.
TAKER_FEE = 0.0005


def cautions(signal: Signal, row: PairRow, *, exit_level: float, fee: float = TAKER_FEE) -> tuple[Caution, ...]:
    """What speaks against an entry made on ``row``; nothing for an exit, which leaves what was entered.

    The way to the exit is (|z| − exit) standard deviations of the spread, in parts of leg y's notional; both legs are filled
    twice, so a round trip costs 2 · ``fee`` · (1 + |β|) of it, where β is a ratio of values.
    """
    if signal.action is Action.EXIT:
        return ()
    found = []
    if row["cointegrated"].value != 1.0:
        found.append(Caution.NO_EVIDENCE)
    if signal.beta is None or signal.beta <= 0:
        found.append(Caution.WRONG_SIGN)
    way = _way(signal, row, exit_level)
    if way is not None and way < 2 * fee * (1 + abs(_value_ratio(signal) or 0.0)):
        found.append(Caution.TOO_SMALL)
    return tuple(found)


def _way(signal: Signal, row: PairRow, exit_level: float) -> float | None:
    """How far the spread has to come back until the exit, in parts of leg y's notional."""
    deviation = row.spread_sd.value
    if not signal.z or deviation is None:
        return None
    way = max(0.0, abs(signal.z) - exit_level) * abs(deviation)
    if signal.space is Space.LOG:
        return way
    return way / signal.price_y if signal.price_y else None


def _value_ratio(signal: Signal) -> float | None:
    """β as a ratio of values: of prices it is one of units."""
    if signal.space is Space.LOG or signal.beta is None:
        return signal.beta
    return signal.beta * signal.price_x / signal.price_y if signal.price_y and signal.price_x else None


def legs(signal: Signal) -> str:
    """What the signal says to do with each leg, and the ratio by notional: y first. Empty where β is not known.

    >>> from spreadscope.model.states import SignalState
    >>> from spreadscope.model.instrument import Pair
    >>> from spreadscope.model.timeframe import Timeframe
    >>> entry = Signal(Pair("BTCUSDT", "ETHUSDT"), Timeframe.M1, 0, Action.BUY_SPREAD, SignalState.LONG, -2.1, -0.01, 0.85, 1.0, 1.0, "")
    >>> legs(entry)
    'buy BTCUSDT, sell ETHUSDT, 1 : 0.85 by value'
    """
    if signal.beta is None:
        return ""
    y, x = signal.pair.symbols
    if signal.action is Action.EXIT:
        return f"close {y} and {x}"
    buys = signal.action is Action.BUY_SPREAD
    sides = ("buy", "sell") if buys else ("sell", "buy")
    other = sides[1] if signal.beta > 0 else sides[0]
    if signal.space is Space.LEVEL:
        return f"{sides[0]} {y}, {other} {x}, 1 : {abs(signal.beta):.6g} by units"
    return f"{sides[0]} {y}, {other} {x}, 1 : {abs(signal.beta):.2f} by value"
