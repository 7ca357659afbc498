"""``python -m tests.fuzz.atheris_codec``: any bytes through every protocol decoder, guided by coverage."""

from __future__ import annotations

from functools import partial

from tests.fuzz.guided import fuzz, instrumented

with instrumented():
    from spreadscope.exchange.binance_futures import rest
    from spreadscope.exchange.binance_futures.columns import read_columns
    from spreadscope.exchange.binance_futures.decode import decode, stream_payload
    from spreadscope.exchange.binance_futures.decoder import payload_messages
    from spreadscope.exchange.rest_client import decode_refusal
    from spreadscope.ingest.batcher import Batcher
    from spreadscope.model.errors import DecodeError

from tests.fuzz.codec import SEEDS, check
from tests.fuzz.columns import agrees, table

BODIES = (
    rest.decode_time, partial(rest.decode_agg_trades, "BTCUSDT"), rest.decode_klines, rest.decode_exchange_info,
    rest.decode_premium_index,
    rest.decode_funding_rates,
)  # fmt: skip


def any_bytes(raw: bytes) -> None:
    """A frame alone, in a batch read by the kernel, and as the body of a REST answer."""
    check(raw)
    data = stream_payload(raw)
    if data is not None:
        for message in payload_messages(data):
            Batcher().add(message)
    names = table()
    columns = read_columns([raw, SEEDS[0], raw], names)
    try:
        decode(raw)
    except DecodeError:
        assert not columns.kinds[::2].any(), "the kernel read what decode refuses"
    else:
        assert agrees(raw, columns, 0, names.names)
        assert agrees(raw, columns, 2, names.names)
    assert agrees(SEEDS[0], columns, 1, names.names)
    for read in BODIES:
        try:
            read(raw)
        except DecodeError as error:
            assert "\n" not in str(error)  # noqa: PT017 - the property is that nothing else comes
    decode_refusal(raw)


if __name__ == "__main__":
    trade_rows = b'[{"a":1,"p":"1.5","q":"2","f":1,"l":2,"T":1750000000000,"m":true}]'
    kline_rows = b'[[1750000000000,"1","2","0.5","1.5","7",1750000059999,"9",3,"4","5","0"]]'
    fuzz(
        "codec",
        any_bytes,
        [*SEEDS, trade_rows, kline_rows, b'{"serverTime":1750000000000}', b'{"code":-4166,"msg":"x"}'],
    )
