"""Write recordings in our own format, verbatim and safe against a killed process."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import msgspec
import zstandard

from spreadscope.exchange.recording.formats import VERSION
from spreadscope.exchange.recording.frame import RawFrame
from spreadscope.model.errors import RecordingError

_FLUSH_BYTES: Final = 1 << 18
_FLUSH_NS: Final = 1_000_000_000
_check_json = msgspec.json.Decoder(msgspec.Raw).decode
_quote = msgspec.json.encode


class RecordingWriter:
    """Append frames to a new file; ``.zst`` at the end of the name compresses it.

    Lines: a header, then ``{"r": receive ns, "c": connection, "f": frame}`` or ``{"r": …, "q": request, "b": body}``.
    The JSON of a frame is copied byte for byte. Bytes that are no single line of JSON go in base64 under ``x``.

    Everything up to the last flush survives a killed process. A flush happens when frames of a second, or 256 KiB,
    have gathered, and on :meth:`flush`.

    Raises:
        RecordingError: the file exists already (nothing is overwritten) or cannot be written.
    """

    def __init__(self, path: str | Path, *, started_ns: int, source: str = "") -> None:
        self.path = Path(path)
        self.frames = 0
        try:
            self._file: BinaryIO = self.path.open("xb")
        except FileExistsError as error:
            raise RecordingError(f"The file {self.path} exists already; choose another name or remove it.") from error
        except OSError as error:
            raise self._cannot_write(error) from error
        self._zstd = zstandard.ZstdCompressor(level=3).compressobj() if self.path.suffix == ".zst" else None
        self._buffer = bytearray()
        self._flushed_ns = started_ns
        self._write(
            _quote({"spreadscope": "recording", "version": VERSION, "started_ns": started_ns, "source": source})
        )
        self.flush()

    def append(self, frame: RawFrame) -> None:
        """Add one message."""
        payload = frame.payload
        head = b'{"r":%d' % frame.received_ns
        if frame.connection:
            head += b',"c":' + _quote(frame.connection)
        if frame.rest is not None:
            head += b',"q":' + _quote(frame.rest)
        if _is_json_line(payload):
            key = b',"f":' if frame.rest is None else b',"b":'
            self._write(head + key + payload + b"}")
        else:
            self._write(head + b',"x":"' + b64encode(payload) + b'"}')
        self.frames += 1
        if len(self._buffer) >= _FLUSH_BYTES or frame.received_ns - self._flushed_ns >= _FLUSH_NS:
            self._flushed_ns = frame.received_ns
            self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system, so that killing this process cannot lose it."""
        data = bytes(self._buffer)
        self._buffer.clear()
        if self._zstd is not None:
            data = self._zstd.compress(data) + self._zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        self._to_disk(data)

    def close(self) -> None:
        """Finish the file. Closing twice is allowed."""
        if self._file.closed:
            return
        try:
            self.flush()
            if self._zstd is not None:
                self._to_disk(self._zstd.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH))
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: bytes) -> None:
        self._buffer += line
        self._buffer += b"\n"

    def _to_disk(self, data: bytes) -> None:
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise self._cannot_write(error) from error

    def _cannot_write(self, error: OSError) -> RecordingError:
        return RecordingError(
            f"The recording {self.path} cannot be written ({error.strerror}); free some space or choose another place."
        )


def _is_json_line(payload: bytes) -> bool:
    """Say whether the bytes come back unchanged when they stand inside a line of JSON."""
    if not payload or b"\n" in payload or b"\r" in payload or payload != payload.strip():
        return False
    try:
        _check_json(payload)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True
