"""What each venue sends, as it sends it: one sample a venue, which the contract of all venues is tried with.

A venue that is added gets a sample here (``docs/guides/add-a-venue.md``).
"""

from __future__ import annotations

from typing import NamedTuple

from spreadscope.exchange.port import Message, QuoteMessage, TradeMessage

TIME = 1_790_526_543_055


class Sample(NamedTuple):
    """``symbol`` is the product's name; frames and answers are the venue's own bytes, beside them what they mean."""

    symbol: str
    trade_frame: bytes
    trade: TradeMessage
    quote_frame: bytes
    quote: Message
    answer: tuple[str, bytes, list[TradeMessage]]  # the request for trades, its body, and the trades in it


SAMPLES = {
    "binance-futures": Sample(
        symbol="BTCUSDT",
        trade_frame=b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1790526543060,"s":"BTCUSDT","a":71,'
        b'"p":"109431.50","q":"0.002","nq":"0.002","f":6781,"l":6783,"T":1790526543055,"m":true,"st":1}}',
        trade=TradeMessage("BTCUSDT", 71, 109431.5, 0.002, TIME, TIME + 5, buyer_is_maker=True),
        quote_frame=b'{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5,"s":"BTCUSDT","ps":"BTCUSDT",'
        b'"b":"109431.40","B":"3","a":"109431.60","A":"2","T":1790526543055,"E":1790526543060,"st":1}}',
        quote=QuoteMessage("BTCUSDT", 109431.4, 109431.6, TIME, 3.0, 2.0, 5),
        answer=(
            "/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=71&limit=1",
            b'[{"a":71,"p":"109431.50","q":"0.002","nq":"0.002","f":6781,"l":6783,"T":1790526543055,"m":true}]',
            [TradeMessage("BTCUSDT", 71, 109431.5, 0.002, TIME, TIME, buyer_is_maker=True)],
        ),
    ),
    "binance-spot": Sample(
        symbol="binance-spot:BTCUSDT",
        trade_frame=b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1790526543060,"s":"BTCUSDT","a":71,'
        b'"p":"109431.50000000","q":"0.00200000","f":6781,"l":6783,"T":1790526543055,"m":true,"M":true}}',
        trade=TradeMessage("binance-spot:BTCUSDT", 71, 109431.5, 0.002, TIME, TIME + 5, buyer_is_maker=True),
        quote_frame=b'{"stream":"btcusdt@bookTicker","data":{"u":5,"s":"BTCUSDT","b":"109431.40000000","B":"3",'
        b'"a":"109431.60000000","A":"2"}}',
        quote=QuoteMessage("binance-spot:BTCUSDT", 109431.4, 109431.6, None, 3.0, 2.0, 5),
        answer=(
            "/api/v3/aggTrades?symbol=BTCUSDT&fromId=71&limit=1",
            b'[{"a":71,"p":"109431.50000000","q":"0.00200000","f":6781,"l":6783,"T":1790526543055,"m":true,"M":true}]',
            [TradeMessage("binance-spot:BTCUSDT", 71, 109431.5, 0.002, TIME, TIME, buyer_is_maker=True)],
        ),
    ),
}
