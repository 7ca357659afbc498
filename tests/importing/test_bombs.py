"""A few kilobytes that stand for gigabytes: bounded memory and one sentence."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import zstandard

from spreadscope.exchange.recording import read_recording
from spreadscope.exchange.recording.compression import decompressor
from spreadscope.importing.kinds import Content
from spreadscope.importing.opening import OpenedFile
from spreadscope.model.errors import RecordingError, StoreError

BLOCK = 1 << 20


def packed(kind: str, path: Path, block: bytes, times: int) -> Path:
    if kind == "zip":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("a.csv", "w", force_zip64=True) as member,
        ):
            for _ in range(times):
                member.write(block)
        return path
    whole = block * times
    pack = {
        "gzip": gzip.compress,
        "xz": lambda data: lzma.compress(data, preset=1),
        "bzip2": bz2.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }[kind]
    path.write_bytes(pack(whole))
    return path


@pytest.mark.parametrize(
    ("kind", "byte"),
    [(kind, b"\0") for kind in ("gzip", "xz", "zstd", "zip", "bzip2")] + [("gzip", b"\n"), ("zip", b"\n")],
)
def test_a_bomb_is_refused_in_bounded_memory(tmp_path: Path, kind: str, byte: bytes) -> None:
    file = packed(kind, tmp_path / "bomb", byte * BLOCK, 40)
    assert file.stat().st_size < BLOCK
    tracemalloc.start()
    try:
        with pytest.raises(StoreError) as caught:
            list(OpenedFile(file, {}, Content.TICKS).blocks())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)
    assert peak < 160 << 20
    if kind == "zip":
        return
    with pytest.raises(RecordingError):
        list(read_recording(file))


@pytest.mark.parametrize("kind", ["gzip", "xz", "zstd", "bzip2"])
def test_what_is_packed_and_sound_comes_out_whole(tmp_path: Path, kind: str) -> None:
    rows = "".join(f"{i},{1_700_000_000_000 + i * 7},{100 + i % 13}.5,0.{i % 7 + 1}\n" for i in range(30_000)).encode()
    file = packed(kind, tmp_path / "rows", b"id,time,price,quantity\n" + rows, 1)
    assert sum(block.height for block in OpenedFile(file, {}, None).blocks()) == 30_000
    data = file.read_bytes()
    twice = decompressor(data)
    out = b"".join(
        piece for place in range(0, 2 * len(data), 977) for piece in twice.feed((data + data)[place : place + 977])
    )
    assert out == 2 * (b"id,time,price,quantity\n" + rows)
    assert twice.complete()
    cut = decompressor(data)
    assert b"".join(cut.feed(data[:-20])) in out
    assert not cut.complete()


def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_bytes(b"id,time,price,quantity\n" + b"1" * (17 << 20))
    with pytest.raises(StoreError, match="a line of over 16 MiB"):
        list(OpenedFile(file, {}, None).blocks())


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_a_bomb_of_rows_ends_soon(tmp_path: Path, kind: str) -> None:
    rows = b"id,time,price,quantity\n" + b"1,1700000000000,1,1\n" * 3_000_000
    file = packed(kind, tmp_path / "rows", rows, 1)
    read: list[int] = []

    with pytest.raises(StoreError, match="no market data do"):
        read.extend(block.height for block in OpenedFile(file, {}, None).blocks())
    assert sum(read) < 2_000_000
