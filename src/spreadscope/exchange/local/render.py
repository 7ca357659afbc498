"""Columns to the exchange's JSON payloads, many at once.

Scaled integers are written through floats: below 15 digits, as here, that gives back every digit.
"""

from __future__ import annotations

from typing import Final

from spreadscope.exchange.local.decimal_text import decimal_text
from spreadscope.exchange.local.flow import Asset, Ints, Quotes
from spreadscope.model.instrument import local_symbol

_BOOLEANS: Final = (b"false", b"true")


class Renderer:
    """Writes the payloads of one symbol."""

    def __init__(self, asset: Asset) -> None:
        self._symbol = asset.symbol
        self._price = 10**asset.price_decimals
        self._size = 10**asset.quantity_decimals
        price, size = _pattern(asset.price_decimals), _pattern(asset.quantity_decimals)
        name = asset.symbol.encode()
        self._trade = (
            b'{"e":"aggTrade","E":%d,"a":%d,"s":"' + name + b'","p":"' + price + b'","q":"' + size
            + b'","nq":"' + size + b'","f":%d,"l":%d,"T":%d,"m":%s,"st":1}'
        )  # fmt: skip
        self._quote = (
            b'{"e":"bookTicker","u":%d,"s":"' + name + b'","ps":"' + name + b'","b":"' + price + b'","B":"' + size
            + b'","a":"' + price + b'","A":"' + size + b'","T":%d,"E":%d,"st":1}'
        )  # fmt: skip

    def trades(self, rows: Ints, first_id: int, delay_ms: int) -> list[bytes]:
        """aggTrade payloads of an 8 × n block; ``E`` is ``delay_ms`` after ``T``."""
        time, price, quantity, non_rpi, first, last, _, maker = rows
        columns = (time, price / self._price, quantity / self._size, non_rpi / self._size, first, last, maker)
        pattern = self._trade
        return [
            pattern % (t + delay_ms, a, p, q, n, f, last_id, t, _BOOLEANS[m])
            for a, (t, p, q, n, f, last_id, m) in enumerate(
                zip(*(column.tolist() for column in columns), strict=True), start=first_id
            )
        ]

    def quotes(self, quotes: Quotes, first_update: int, delay_ms: int) -> list[bytes]:
        """bookTicker payloads; ``E`` is ``delay_ms`` after ``T``."""
        columns = (
            quotes.time, quotes.bid / self._price, quotes.bid_size / self._size,
            quotes.ask / self._price, quotes.ask_size / self._size,
        )  # fmt: skip
        pattern = self._quote
        return [
            pattern % (u, b, bq, a, aq, t, t + delay_ms)
            for u, (t, b, bq, a, aq) in enumerate(
                zip(*(column.tolist() for column in columns), strict=True), start=first_update
            )
        ]

    def mark(self, *, event_ms: int, mark: float, index: float, rate: str, next_funding_ms: int) -> bytes:
        """A markPriceUpdate payload."""
        text, settle = f"{mark:.8f}", f"{index:.8f}"
        return (
            f'{{"e":"markPriceUpdate","E":{event_ms},"s":"{self._symbol}","p":"{text}","ap":"{text}","P":"{settle}",'
            f'"i":"{settle}","r":"{rate}","T":{next_funding_ms},"st":1}}'
        ).encode()


class SpotRenderer(Renderer):
    """Writes the payloads of one symbol of Spot.

    Trades are without the quantity that is not RPI, quotes without a name and a time.
    """

    def __init__(self, asset: Asset) -> None:
        super().__init__(asset)
        price, size = _pattern(asset.price_decimals), _pattern(asset.quantity_decimals)
        name = local_symbol(asset.symbol).encode()
        self._spot_trade = (
            b'{"e":"aggTrade","E":%d,"s":"' + name + b'","a":%d,"p":"' + price + b'","q":"' + size
            + b'","f":%d,"l":%d,"T":%d,"m":%s,"M":true}'
        )  # fmt: skip
        self._spot_quote = (
            b'{"u":%d,"s":"' + name + b'","b":"' + price + b'","B":"' + size + b'","a":"' + price + b'","A":"' + size
            + b'"}'
        )  # fmt: skip

    def trades(self, rows: Ints, first_id: int, delay_ms: int) -> list[bytes]:
        """aggTrade payloads of an 8 × n block; ``E`` is ``delay_ms`` after ``T``."""
        time, price, quantity, _, first, last, _, maker = rows
        columns = (time, price / self._price, quantity / self._size, first, last, maker)
        pattern = self._spot_trade
        return [
            pattern % (t + delay_ms, a, p, q, f, last_id, t, _BOOLEANS[m])
            for a, (t, p, q, f, last_id, m) in enumerate(
                zip(*(column.tolist() for column in columns), strict=True), start=first_id
            )
        ]

    def quotes(self, quotes: Quotes, first_update: int, delay_ms: int) -> list[bytes]:
        """bookTicker payloads."""
        del delay_ms
        columns = (
            quotes.bid / self._price, quotes.bid_size / self._size, quotes.ask / self._price,
            quotes.ask_size / self._size,
        )  # fmt: skip
        pattern = self._spot_quote
        return [
            pattern % (u, *row)
            for u, row in enumerate(zip(*(column.tolist() for column in columns), strict=True), start=first_update)
        ]


def coin_margined_mark(symbol: str, event_ms: int, mark: float) -> bytes:
    """A COIN-M row as it appears among the others in ``!markPrice@arr@1s``: ``st`` 2, no funding."""
    text = f"{mark:.8f}"
    return (
        f'{{"e":"markPriceUpdate","E":{event_ms},"s":"{symbol}","p":"{text}","ap":"{text}","P":"{text}","i":"{text}",'
        f'"r":"","T":0,"st":2}}'
    ).encode()


def rate_text(hundred_millionths: int) -> str:
    """A funding rate with its eight decimals."""
    return decimal_text(hundred_millionths, 8)


def _pattern(decimals: int) -> bytes:
    return b"%%.%df" % decimals
