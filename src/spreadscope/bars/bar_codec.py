"""A compact binary form of the closed bars of one symbol and timeframe, as they were published."""

from __future__ import annotations

from math import isnan
from struct import Struct
from typing import Any

from spreadscope.bars.packed_series import PackedSeries
from spreadscope.model.facts import Bar
from spreadscope.model.states import BarOrigin
from spreadscope.model.timeframe import Timeframe

_LAYOUT = Struct("<7dqB")
_COMPLETE, _KLINE, _REVISED = 1, 2, 4
_NONE = float("nan")


def packed_bars(symbol: str, timeframe: Timeframe) -> PackedSeries[Bar]:
    """Returns an empty packed series of such bars."""

    def unpack(open_time: int, *fields: Any) -> Bar:
        opened, high, low, close, volume, bid, ask, trades, flags = fields
        return Bar(
            symbol,
            timeframe,
            open_time,
            opened,
            high,
            low,
            close,
            volume,
            trades,
            complete=bool(flags & _COMPLETE),
            origin=BarOrigin.KLINE if flags & _KLINE else BarOrigin.TAPE,
            bid=None if isnan(bid) else bid,
            ask=None if isnan(ask) else ask,
            revised=bool(flags & _REVISED),
        )

    return PackedSeries(_LAYOUT, _pack, unpack)


def _pack(bar: Bar) -> tuple[Any, ...]:
    flags = _COMPLETE * bar.complete + _KLINE * (bar.origin is BarOrigin.KLINE) + _REVISED * bar.revised
    quotes = (_NONE if quote is None else quote for quote in (bar.bid, bar.ask))
    return (bar.open, bar.high, bar.low, bar.close, bar.volume, *quotes, bar.trades, flags)
