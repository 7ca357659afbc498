"""Any bytes in a file are rows, bad rows that are counted, or one documented error."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.importing.run import Options, import_file
from spreadscope.model.errors import SpreadscopeError
from spreadscope.store.directory import DataDirectory
from spreadscope.store.import_target import ImportTarget

CELL = st.sampled_from(
    ["2025-11-01 09:50:00", "01/02/2025", "1,5", "1.234,5", "buy", "[1,2]", "#x", "", "0", "1", "-1", "NA", "nan",
     "1e-05", "1e999", "100.5", "1700000000000", "1700000000000000", "true", "False", '"', "é", "9" * 30]
)  # fmt: skip
ROW = st.lists(CELL, min_size=1, max_size=13).map(",".join)
HEAD = st.sampled_from(
    [
        b"", b"\xef\xbb\xbf", b"# note\n", b"id,time,price,quantity,buyer_maker\n", b"PK\x03\x04", b"PAR1", b"\x1f\x8b",
        b"open_time,open,high,low,close,volume,trades,complete\n",
        b'{"id":1,"time":1700000000000,"price":1,"quantity":1}\n',
        b"time;price;size\n", b"date\topen\thigh\tlow\tclose\tvolume\n",
        b'{"ts":"2025-11-01T09:50:00Z","price":1,"size":2}\n',
        b"[[1700000000000,1,2,1,1,1],", b'{"data":[{"time":1}]}', b"ARROW1\x00\x00", b"\xff\xfed\x00",
        b"https://x\nDate,A,B\n", b"1700000000,1,2\n",
        b"id,symbol,time,price,size\n", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd",
        b"1,100.5,0.1,1,1,1700000000000,true\n", b"1,100.5,0.1,10,1700000000000,true\n", b"time,action,state,z,cause\n",
    ]
)  # fmt: skip
BODY = st.one_of(st.binary(max_size=300), st.lists(ROW, max_size=8).map(lambda rows: "\n".join(rows).encode()))


@settings(max_examples=60)
@given(head=HEAD, body=BODY)
def test_any_bytes(head: bytes, body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "BTCUSDT-bars-1m.csv"
        file.write_bytes(head + body)
        with DataDirectory(Path(folder) / "d") as directory, ImportTarget(directory.database) as target:
            try:
                result = import_file(target, file, Options())
            except SpreadscopeError as error:
                said = str(error)
            else:
                said = ""
            assert "\n" not in said
            if said:
                return
            if result.content != "trades" and "made of them" not in " ".join(result.notes):
                assert result.read == result.new + result.repeated + result.left_out + result.bad
