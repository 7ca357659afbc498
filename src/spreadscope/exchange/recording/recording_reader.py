"""Read recordings from disk: any known format, compressed or not, whole or cut short."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Final

from spreadscope.exchange.recording.compression import DamagedDataError, decompressor
from spreadscope.exchange.recording.formats import BadLineError, LineParser, detect
from spreadscope.exchange.recording.frame import RawFrame
from spreadscope.model.errors import RecordingError

_CHUNK: Final = 1 << 18
_LONGEST_LINE: Final = 64 << 20  # an exchangeInfo of thousands of symbols stays far below


def read_recording(path: str | Path) -> Iterator[RawFrame]:
    """Yield the frames of one recording in the order in which they were received.

    Formats, told apart by content: ``<receive time> <json>`` lines (ns, µs or ms), both of cryptofeed's, and our own
    NDJSON; each plain, gzip or zstd.

    Raises:
        RecordingError: the file is missing, unknown, damaged or cut short. Whatever is readable before the damage is
            yielded first, so a caller may keep that part.
    """
    path = Path(path)
    parse: LineParser | None = None
    number = 0
    for number, (line, whole) in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            if parse is None:
                parse, is_header = detect(line)
                if is_header:
                    continue
            frame = parse(line)
        except BadLineError as error:
            raise _bad_line(path, number, error, whole=whole, known=parse is not None) from error
        if frame is not None:
            yield frame
    if parse is None:
        raise RecordingError(f"The recording {path} is empty; choose another file or record it again.")


def _bad_line(path: Path, number: int, error: BadLineError, *, whole: bool, known: bool) -> RecordingError:
    if not known:
        return RecordingError(
            f"The file {path} is not a recording that can be read: {error}; choose a file written by "
            "'spreadscope record', lines of '<receive time> <json>', or a cryptofeed recording."
        )
    if not whole:
        return RecordingError(
            f"The recording {path} ends in the middle of line {number}; the lines before it are good: "
            "delete that last line, or record it again."
        )
    return RecordingError(f"The recording {path} is damaged at line {number} ({error}); correct or remove that line.")


def require_recording(path: Path) -> None:
    """Raise ``RecordingError`` where there is no file that can be read."""
    next(_chunks(path), None)


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except FileNotFoundError as error:
        raise RecordingError(f"There is no recording at {path}; check the path.") from error
    except OSError as error:
        raise RecordingError(f"The recording {path} cannot be read ({error.strerror}); check the path.") from error


def _lines(path: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield lines without their end, and whether the end was there. Damage is raised after the last good line."""
    chunks = _chunks(path)
    head = next(chunks, b"")
    if not head:
        return
    expand = decompressor(head)
    rest = b""
    damage: str | None = None
    chunk: bytes | None = head
    while chunk is not None and damage is None:
        try:
            for text in expand.feed(chunk):
                *lines, rest = (rest + text).split(b"\n")
                for line in lines:
                    yield line.removesuffix(b"\r"), True
                if len(rest) > _LONGEST_LINE:
                    raise RecordingError(
                        f"The file {path} holds a line of over {_LONGEST_LINE >> 20} MiB; it is no recording."
                    )
        except DamagedDataError as error:
            damage = f"is damaged ({error})"
            break
        chunk = next(chunks, None)
    if damage is None and not expand.complete():
        damage = "is cut short"
    if damage is None:
        if rest:
            yield rest.removesuffix(b"\r"), False
        return
    raise RecordingError(
        f"The recording {path} {damage}; what could be read before that point is good: copy the file again,"
        " or use that part."
    )


def merge_recordings(paths: Iterable[str | Path]) -> Iterator[RawFrame]:
    """Yield the frames of several recordings as one, by receive time; equal times keep the order of ``paths``.

    Raises:
        RecordingError: as :func:`read_recording`; when one file is cut short, the others are first yielded to the end.
    """
    errors: list[RecordingError] = []

    def held(path: str | Path) -> Iterator[RawFrame]:
        try:
            yield from read_recording(path)
        except RecordingError as error:
            errors.append(error)

    yield from heapq.merge(*(held(path) for path in paths), key=attrgetter("received_ns"))
    if errors:
        raise errors[0]
