"""Advice shown with a signal: which leg to buy and which to sell, and cautions against acting on it."""

from __future__ import annotations

from spreadscope.model.facts import PairRow, Signal
from spreadscope.model.fees import TAKER_FEE, round_trip_cost
from spreadscope.model.hedge import Space
from spreadscope.model.states import Action, Caution


def cautions(signal: Signal, row: PairRow, *, exit_level: float, fee: float = TAKER_FEE) -> tuple[Caution, ...]:
    """Returns the cautions against an entry made on ``row``; none for an exit.

    The distance to the exit is (|z| − exit) standard deviations of the spread, as a share of leg y's notional, of which
    the round trip is to be paid.
    """
    if signal.action is Action.EXIT:
        return ()
    warnings = []
    if row["cointegrated"].value != 1.0:
        warnings.append(Caution.NO_EVIDENCE)
    if signal.beta is None or signal.beta <= 0:
        warnings.append(Caution.WRONG_SIGN)
    distance = _distance_to_exit(signal, row, exit_level)
    if distance is not None and distance < round_trip_cost(_value_ratio(signal) or 0.0, fee):
        warnings.append(Caution.TOO_SMALL)
    return tuple(warnings)


def _distance_to_exit(signal: Signal, row: PairRow, exit_level: float) -> float | None:
    """Returns how far the spread must move to the exit, as a share of leg y's notional."""
    deviation = row.spread_sd.value
    if not signal.z or deviation is None:
        return None
    distance = max(0.0, abs(signal.z) - exit_level) * abs(deviation)
    if signal.space is Space.LOG:
        return distance
    return distance / signal.price_y if signal.price_y else None


def _value_ratio(signal: Signal) -> float | None:
    """Returns β as a ratio of values; fitted on prices it is a ratio of units."""
    return value_ratio(signal.beta, signal.space, signal.price_y, signal.price_x)


def value_ratio(beta: float | None, space: Space, price_y: float | None, price_x: float | None) -> float | None:
    """Returns β as a ratio of the legs' values; None where it is unknown.

    >>> value_ratio(2.0, Space.LOG, None, None), value_ratio(2.0, Space.LEVEL, 100.0, 25.0)
    (2.0, 0.5)
    """
    if space is Space.LOG or beta is None:
        return beta
    return beta * price_x / price_y if price_y and price_x else None


def leg_orders(signal: Signal) -> str:
    """Returns what to do with each leg, y first, and the ratio by notional; empty when β is unknown.

    >>> from spreadscope.model.states import SignalState
    >>> from spreadscope.model.instrument import Pair
    >>> from spreadscope.model.timeframe import Timeframe
    >>> entry = Signal(
    ...     Pair("BTCUSDT", "ETHUSDT"), Timeframe.M1, 0, Action.BUY_SPREAD, SignalState.LONG,
    ...     -2.1, -0.01, 0.85, 1.0, 1.0, "",
    ... )
    >>> leg_orders(entry)
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
