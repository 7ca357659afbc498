"""What a request to open a pair trade asks for, checked and as an event of the core."""

from __future__ import annotations

from spreadscope import contract
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import Pair
from spreadscope.model.sliced_orders import SHORTEST_INTERVAL_MS, Ladder, Twap
from spreadscope.model.timeframe import MINUTE
from spreadscope.model.trading_events import OpenTrade
from spreadscope.model.trading_states import SpreadMeasure
from spreadscope.trading.fixed_point import to_units


def size_of(notional: float) -> int:
    """Returns a notional in units of 1e-8. Raises ``ConfigError`` for one that cannot be traded."""
    if not 0 < notional < contract.LARGEST_NOTIONAL:
        raise ConfigError(f"a notional of {notional:g} USDT cannot be traded: give more than 0 and less than 1e9")
    return to_units(notional)


def open_request(account: str, pair: Pair, body: contract.OpenTradeBody) -> OpenTrade:
    """Returns the event of a request. Raises ``ConfigError`` for one that says two things, or nothing that can be."""
    return OpenTrade(
        account=account,
        pair=pair,
        timeframe=body.timeframe,
        side=body.side,
        notional=size_of(body.notional) if body.notional is not None else 0,
        execution=body.execution,
        take_profit=body.take_profit,
        stop=body.stop,
        stop_loss=to_units(body.stop_loss),
        limit_z=body.limit_z,
        good_ms=body.good_minutes * MINUTE,
        slices=slices_asked(body),
    )


def slices_asked(body: contract.OpenTradeBody) -> Ladder | Twap | None:
    """Returns the ladder or the TWAP of a request; None where it is sent whole. Raises ``ConfigError``."""
    ways = {"limit_z": body.limit_z, "ladder": body.ladder, "twap": body.twap}
    given = [name for name, value in ways.items() if value is not None]
    if len(given) > 1:
        raise ConfigError(f"a trade is sent in one way: {' and '.join(given)} were given, choose one of them")
    if body.ladder is not None:
        return _ladder(body.ladder, body.side)
    if body.twap is not None:
        if body.good_minutes:
            raise ConfigError("a TWAP ends with its own minutes: leave good_minutes out")
        return _twap(body.twap)
    return None


def _ladder(body: contract.LadderBody, side: int) -> Ladder:
    if (body.last - body.first) * side >= 0:
        does, way = ("buys", "down") if side > 0 else ("sells", "up")
        raise ConfigError(
            f"a ladder that {does} the spread goes {way}: from {body.first:g} to {body.last:g} it does not; change the"
            " levels, or the side"
        )
    if body.shares and len(body.shares) != body.rungs:
        raise ConfigError(
            f"there are {body.rungs} rungs and {len(body.shares)} shares: give one share for each rung, or none"
        )
    _require_ratio(body.measure, body.first, body.last)
    return Ladder(measure=body.measure, first=body.first, last=body.last, rungs=body.rungs, shares=body.shares)


def _twap(body: contract.TwapBody) -> Twap:
    interval = body.minutes * MINUTE // body.slices
    if interval < SHORTEST_INTERVAL_MS:
        most = body.minutes * MINUTE // SHORTEST_INTERVAL_MS
        raise ConfigError(
            f"{body.slices} slices in {body.minutes} min are one each {interval / 1000:.1f} s, and at least"
            f" {SHORTEST_INTERVAL_MS / 1000:g} s are needed: give at most {most} slices, or more time"
        )
    if body.limit is not None:
        _require_ratio(body.measure, body.limit)
    return Twap(slices=body.slices, length_ms=body.minutes * MINUTE, measure=body.measure, limit=body.limit)


def _require_ratio(measure: SpreadMeasure, *levels: float) -> None:
    for level in levels:
        if measure is SpreadMeasure.RATIO and level <= 0:
            raise ConfigError(f"a ratio of two prices is above 0, and {level:g} is not: give another")
