"""Every known format is read; every damage yields what is good first and then one clear error."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spreadscope.exchange.recording import RawFrame, RecordingWriter, merge_recordings, read_recording
from spreadscope.model.errors import RecordingError

NS = 1_723_161_255_030_314_667
LINES = b"".join(b'%d {"stream":"a@trade","data":{"n":%d}}\n' % (NS + i, i) for i in range(2_000))


def drain(frames: Iterable[RawFrame]) -> tuple[list[RawFrame], str]:
    """Everything that could be read, and the error at its end (or nothing)."""
    got: list[RawFrame] = []
    try:
        got.extend(frames)  # keeps what came before an exception
    except RecordingError as error:
        return got, str(error)
    return got, ""


def prefix_and_error(path: Path) -> tuple[list[RawFrame], str]:
    frames, message = drain(read_recording(path))
    assert message
    return frames, message


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
def test_timed_lines_plain_or_compressed_under_any_name(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "any.name").write_bytes(pack(LINES))
    frames = list(read_recording(tmp_path / "any.name"))
    assert len(frames) == 2_000
    assert frames[1] == RawFrame(NS + 1, b'{"stream":"a@trade","data":{"n":1}}')


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        (b"1680652700423575", 1_680_652_700_423_575_000),
        (b"1680652700423", 1_680_652_700_423_000_000),
        (b"1723161255030314667", 1_723_161_255_030_314_667),
    ],
)
def test_receive_times_scale_by_magnitude(tmp_path: Path, text: bytes, ns: int) -> None:
    (tmp_path / "r").write_bytes(text + b" {}\r\n\n")
    assert [frame.received_ns for frame in read_recording(tmp_path / "r")] == [ns]


def test_cryptofeed_text_skips_headers_and_rest_bodies(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_bytes(
        b'configuration: {"a":1}\nwss://x/stream?streams=a@b\n1617647797.5963788: {"k":1}\n'
        b'https://x/depth -> 1617647797.9: {"lastUpdateId":1}\n1617647798: {"k":2}\n'
    )
    frames = list(read_recording(tmp_path / "c.txt"))
    assert frames == [RawFrame(1_617_647_797_596_378_800, b'{"k":1}'), RawFrame(1_617_647_798_000_000_000, b'{"k":2}')]


def test_cryptofeed_jsonl_keeps_received_messages_only(tmp_path: Path) -> None:
    records = [
        {"t": "header", "format": 2},
        {"t": "http", "ts": 1.5, "url": "u", "data": "{}"},
        {"t": "recv", "conn": "ws.1", "ts": 1626992741.06217, "data": '{"stream":"a","data":{}}'},
    ]
    (tmp_path / "c.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    assert list(read_recording(tmp_path / "c.jsonl")) == [
        RawFrame(1_626_992_741_062_170_000, b'{"stream":"a","data":{}}', connection="ws.1")
    ]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_cut_compressed_file_yields_its_prefix_then_says_so(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    # Incompressible tails force several blocks, so that half of the bytes hold whole lines.
    noise = b"".join(
        b'%d {"x":"%s"}\n' % (NS + i, hash((i, "salt")).to_bytes(8, "big", signed=True).hex().encode() * 4)
        for i in range(20_000)
    )
    packed = pack(noise)
    (tmp_path / "cut").write_bytes(packed[: len(packed) // 2])
    frames, message = prefix_and_error(tmp_path / "cut")
    assert frames
    assert [f.received_ns for f in frames] == [NS + i for i in range(len(frames))]
    assert "cut short" in message


def test_a_torn_last_line_yields_the_lines_before(tmp_path: Path) -> None:
    (tmp_path / "torn").write_bytes(LINES[:-5])
    frames, message = prefix_and_error(tmp_path / "torn")
    assert len(frames) == 1_999
    assert "ends in the middle of line 2000" in message


def test_a_last_line_without_newline_is_whole_when_its_json_is(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(LINES[:-1])
    assert len(list(read_recording(tmp_path / "r"))) == 2_000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"hello\n", "not a recording"),
        (b"\x00" * 100, "not a recording"),
        (b'{"spreadscope":"recording","version":2}\n', "version 2"),
        (b'{"some":"json"}\n', "not a recording"),
        (LINES[:80] + b"\nrubbish\n" + LINES, "line"),
        (gzip.compress(LINES) + b"tail", "damaged"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_naming_the_file(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "bad").write_bytes(content)
    _, message = prefix_and_error(tmp_path / "bad")
    assert says in message
    assert str(tmp_path / "bad") in message


def test_missing_file_and_directory(tmp_path: Path) -> None:
    assert "no recording at" in prefix_and_error(tmp_path / "none")[1]
    assert "cannot be read" in prefix_and_error(tmp_path)[1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 200), st.sampled_from(["plain", "gzip", "zstd", "own"]))
def test_any_bytes_give_frames_or_the_documented_error(tmp_path: Path, noise: bytes, at: int, kind: str) -> None:
    good = (
        LINES[:200]
        if kind != "own"
        else b'{"spreadscope":"recording","version":1,"started_ns":0,"source":""}\n{"r":1,"f":{}}\n'
    )
    if kind == "gzip":
        good = gzip.compress(good)
    elif kind == "zstd":
        good = zstandard.ZstdCompressor().compress(good)
    (tmp_path / "any").write_bytes(good[:at] + noise + good[at + 5 :] if at else noise)
    frames, message = drain(read_recording(tmp_path / "any"))
    assert all(isinstance(frame.payload, bytes) for frame in frames)
    assert "\n" not in message


def test_merge_is_by_receive_time_stable_and_keeps_whole_files_when_one_is_cut(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b'%d {"a":1}\n%d {"a":2}\n%d {"a"' % (NS, NS + 5, NS + 6))
    (tmp_path / "b").write_bytes(b'%d {"b":1}\n%d {"b":2}\n%d {"b":3}\n' % (NS, NS + 1, NS + 9))
    frames, message = drain(merge_recordings([tmp_path / "a", tmp_path / "b"]))
    assert "middle of line 3" in message
    assert [frame.payload for frame in frames] == [b'{"a":1}', b'{"b":1}', b'{"b":2}', b'{"a":2}', b'{"b":3}']


FRAMES = [
    RawFrame(NS, b'{"stream":"x","data":{"p":1.10 , "q":"0.20"}}', connection="m1"),
    RawFrame(NS + 1, b'[{"a":1}]', rest="/fapi/v1/aggTrades?symbol=A&limit=1"),
    RawFrame(NS + 2, b"not json at all \xff\n", connection="m2"),
    RawFrame(NS + 3, b"", rest="/empty"),
    RawFrame(NS + 4, b"null"),
    RawFrame(NS + 5, b'{\n "pretty": 1}'),
    RawFrame(NS + 6, '{"s":"牛来USDT"}'.encode()),
]


@pytest.mark.parametrize("name", ["r.ndjson", "r.ndjson.zst"])
def test_what_is_written_is_read_back_verbatim(tmp_path: Path, name: str) -> None:
    with RecordingWriter(tmp_path / name, started_ns=NS, source="test") as writer:
        for frame in FRAMES:
            writer.append(frame)
    assert writer.frames == len(FRAMES)
    assert list(read_recording(tmp_path / name)) == FRAMES


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.binary(max_size=40), st.text(max_size=8), st.none() | st.text(max_size=8)), max_size=8))
def test_any_payload_survives_the_round_trip(tmp_path: Path, rows: list[tuple[bytes, str, str | None]]) -> None:
    path = tmp_path / "any.ndjson"
    path.unlink(missing_ok=True)
    frames = [RawFrame(i, payload, rest=rest, connection=name) for i, (payload, name, rest) in enumerate(rows)]
    with RecordingWriter(path, started_ns=0) as writer:
        for frame in frames:
            writer.append(frame)
    assert list(read_recording(path)) == frames


@pytest.mark.parametrize("name", ["r.ndjson", "r.ndjson.zst"])
def test_a_killed_writer_leaves_everything_up_to_the_last_flush(tmp_path: Path, name: str) -> None:
    writer = RecordingWriter(tmp_path / name, started_ns=NS)
    for index in range(10):  # a second apart: each flushes the ones before
        writer.append(RawFrame(NS + index * 1_000_000_000, b'{"i":%d}' % index))
    copy = tmp_path / ("killed-" + name)
    copy.write_bytes((tmp_path / name).read_bytes())
    frames, message = drain(read_recording(copy))
    assert not message or "cut short" in message
    assert [frame.payload for frame in frames] == [b'{"i":%d}' % index for index in range(10)]
    writer.close()
    writer.close()


def test_nothing_is_overwritten_and_a_bad_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "here.ndjson").write_text("mine")
    with pytest.raises(RecordingError, match="exists already"):
        RecordingWriter(tmp_path / "here.ndjson", started_ns=0)
    with pytest.raises(RecordingError, match="cannot be written"):
        RecordingWriter(tmp_path / "no" / "r.ndjson", started_ns=0)
