"""``python -m tests.fuzz.atheris_blocks``: a payload under a right checksum is trades, or a ``StoreError``.

The error is one sentence.

A checksum keeps what is merely damaged away from the kernel that unpacks a block, which checks no bounds: this is about
what stands behind it.
"""

from __future__ import annotations

import zlib

import atheris
import numpy as np
import zstandard

from spreadscope.model.errors import StoreError
from spreadscope.store.trades import block_codec
from tests.fuzz.guided import changed, fuzz

HEAD = block_codec._HEADER
ROWS = 40
# The rest of the module are kernels, whose bytecode has to stay as it is.
for name in ("decode", "_opened"):
    setattr(block_codec, name, atheris.instrument_func(getattr(block_codec, name)))


def template() -> tuple[int, int, bytes]:
    """A small block: its layout's version, the size of its payload, and the payload."""
    ids, rng = np.arange(5, 5 + ROWS), np.random.default_rng(1)
    prices = np.round(100 + np.cumsum(rng.normal(0, 0.1, ROWS)), 2)
    whole = block_codec.encode(
        (ids, 1_750_000_000_000 + ids * 7, prices, np.round(rng.random(ROWS), 3), rng.random(ROWS) < 0.5)
    )
    version, flags, _, size, _ = HEAD.unpack_from(whole)
    body = whole[HEAD.size :]
    return version, size, zstandard.ZstdDecompressor().decompress(body) if flags else body


VERSION, SIZE, PAYLOAD = template()
PACKED = zstandard.ZstdCompressor().compress(PAYLOAD)


def any_block(raw: bytes) -> None:
    """Two bytes of rows, one for how the rest is meant: a payload, or what is changed in a good or a packed one."""
    if len(raw) < 3:
        return
    rows = int.from_bytes(raw[:2], "little")
    how, rest = raw[2] % 3, raw[3:]
    if how == 0:
        block = sealed(0, rows, len(rest), rest)
    elif how == 1:
        body = changed(PAYLOAD, rest)
        block = sealed(0, ROWS, len(body), body)
    else:
        block = sealed(1, ROWS, SIZE, changed(PACKED, rest))
    try:
        columns = block_codec.decode(block)
    except StoreError as error:
        assert "\n" not in str(error)  # noqa: PT017 - the property is that nothing else comes
        return
    assert {len(column) for column in columns} == {rows if how == 0 else ROWS}


def sealed(flags: int, rows: int, size: int, body: bytes) -> bytes:
    """A block with a checksum that is right."""
    begun = HEAD.pack(VERSION, flags, rows, size, 0)
    return HEAD.pack(VERSION, flags, rows, size, zlib.crc32(body, zlib.crc32(begun))) + body


if __name__ == "__main__":
    seeds = [
        bytes([ROWS, 0, 0]) + PAYLOAD,
        bytes([ROWS, 0, 1]),
        bytes([ROWS, 0, 2]),
        bytes(3),
        bytes([ROWS, 0, 1, *range(6)]),
    ]
    fuzz("blocks", any_block, seeds)
