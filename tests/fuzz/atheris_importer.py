"""``python -m tests.fuzz.atheris_importer``: any file is rows, bad rows that are counted, or one documented error."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import polars as pl

from tests.fuzz.guided import changed, fuzz, instrumented, scratch

with instrumented():
    from spreadscope.importing.run import Options, import_file
    from spreadscope.store.import_target import ImportTarget

from spreadscope.model.errors import SpreadscopeError
from spreadscope.store.directory import DataDirectory

TICKS = (
    b"id,time,price,quantity,buyer_maker\n1,1700000000000,100.5,0.1,true\n2,1700000000001,100.6,0.2,False\n"
    b"4,1700000001000,1e-05,3,true\n"
)
BARS = b"open_time,open,high,low,close,volume,trades,complete\n1700000000000,1,2,0.5,1.5,10,3,true\n"
ROWS = (
    b'{"id":1,"time":1700000000000,"price":1,"quantity":1}\n{"id":2,"time":1700000000000000,"price":"2","quantity":1}\n'
)
NAMES = ("BTCUSDT-bars-1m.csv", "BTCUSDT-ticks.csv", "BTC-ETH.ndjson", "x", "BTCUSDT_ETHUSDT-signals-1s.csv")


def packed() -> list[bytes]:
    """Files whose bytes hang together, so that only a change of a few leaves anything to read."""
    parquet, zipped = io.BytesIO(), io.BytesIO()
    pl.read_csv(TICKS).write_parquet(parquet)
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BTCUSDT-trades.csv", TICKS)
    return [parquet.getvalue(), zipped.getvalue(), gzip.compress(TICKS, mtime=0)]


PACKED = packed()


def any_file(raw: bytes) -> None:
    """The first byte chooses the file's name, and whether the rest is the file or what is changed in a packed one."""
    if not raw:
        return
    how, body = raw[0], raw[1:]
    content = changed(PACKED[how % len(PACKED)], body) if how & 128 else body
    with scratch() as folder:
        file = Path(folder) / NAMES[how % len(NAMES)]
        file.write_bytes(content)
        with DataDirectory(Path(folder) / "d") as directory, ImportTarget(directory.database) as target:
            try:
                result = import_file(target, file, Options())
            except SpreadscopeError as error:
                assert "\n" not in str(error)  # noqa: PT017 - the property is that nothing else comes
                return
            if result.content != "trades":
                assert result.read == result.new + result.repeated + result.left_out + result.bad


if __name__ == "__main__":
    plain = [bytes([name]) + body for name, body in enumerate((BARS, TICKS, ROWS, TICKS, BARS))]
    fuzz("importer", any_file, [*plain, *(bytes([128 + number, *range(6)]) for number in range(len(PACKED)))])
