"""What any bytes must give where frames are decoded."""

from __future__ import annotations

from spreadscope.exchange.binance_futures.decode import (
    ControlRefusal,
    Response,
    StreamArray,
    StreamData,
    Unknown,
    decode,
)
from spreadscope.exchange.binance_futures.decoder import FuturesDecoder
from spreadscope.ingest.batcher import Batcher
from spreadscope.model.errors import DecodeError
from tests.support.market import START, frame

FRAMES = (StreamData, StreamArray, Response, ControlRefusal, Unknown)
SEEDS = [
    frame("btcusdt@aggTrade", {"e": "aggTrade", "E": START, "a": 5, "s": "BTCUSDT", "p": "1.5", "q": "2", "nq": "2",
                               "f": 1, "l": 2, "T": START, "m": True, "st": 1}),
    frame("b@bookTicker", {"e": "bookTicker", "u": 1, "s": "B", "b": "1", "B": "2", "a": "3", "A": "4", "T": START,
                           "E": START, "st": 1}),
    frame("!markPrice@arr", [{"e": "markPriceUpdate", "E": START, "s": "B", "p": "1", "i": "2", "r": "", "T": 0}]),
    b'{"result":null,"id":1}', b'{"error":{"code":2,"msg":"x"},"id":1}',
]  # fmt: skip


def check(raw: bytes) -> None:
    """Decode, and let the core's front door take what came out."""
    try:
        decoded = decode(raw)
    except DecodeError:
        return
    assert isinstance(decoded, FRAMES)
    batcher = Batcher()
    for message in FuturesDecoder().messages(raw):
        batcher.add(message)
    batcher.take()
