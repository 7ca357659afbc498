"""Frames that are read many at once, against frames that are read one by one."""

from __future__ import annotations

from spreadscope.exchange.binance_futures.decode import StreamData, decode
from spreadscope.exchange.binance_futures.payloads import AggTrade, BookTicker
from spreadscope.exchange.message_columns import OTHER, QUOTE, TRADE, Columns, SymbolTable

SYMBOLS = ("BTCUSDT", "ETHUSDT", "1000PEPEUSDT", "BTCUSDT_261225", "牛来USDT")


def table() -> SymbolTable:
    made = SymbolTable()
    for symbol in SYMBOLS:
        made.number(symbol)
    return made


def agrees(raw: bytes, columns: Columns, row: int, names: list[str]) -> bool:
    """Whether a row is what ``decode`` says of its frame; a row that was left to it agrees with anything."""
    if columns.kinds[row] == OTHER:
        return True
    decoded = decode(raw)
    assert isinstance(decoded, StreamData)
    data = decoded.data
    held = tuple(
        column[row].item()
        for column in (
            columns.ids,
            columns.times,
            columns.event_times,
            columns.prices_or_bids,
            columns.quantities_or_asks,
        )
    )
    if columns.kinds[row] == TRADE:
        assert isinstance(data, AggTrade)
        said = (data.a, data.T, data.E, data.p, data.q)
        return (
            data.st == 1
            and said == held
            and data.m == columns.buyer_is_maker[row]
            and data.s == names[columns.symbols[row]]
        )
    assert columns.kinds[row] == QUOTE
    assert isinstance(data, BookTicker)
    said = (data.u, data.T, data.E, data.b, data.a)
    sizes = (columns.bid_quantities[row], columns.ask_quantities[row])
    return data.st == 1 and said == held and sizes == (data.B, data.A) and data.s == names[columns.symbols[row]]
