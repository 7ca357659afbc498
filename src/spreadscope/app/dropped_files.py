"""The files that are sent for jobs: kept for a while beside the store, never imported by themselves."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spreadscope import contract
from spreadscope.model.clock import Clock
from spreadscope.model.errors import BusyError, ConfigError, UnknownSymbolError

_HOUR_MS = 3_600_000
_MEBIBYTE = 2**20
_LONGEST_NAME = 120
_UNSAFE = re.compile(r"[^\w.\-+()]", re.UNICODE)
_PART = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedFileLimits:
    """The most files at a time, the most bytes of one and of all, and the hours that one is kept."""

    files: int = 40
    file_bytes: int = 64 * _MEBIBYTE
    all_bytes: int = 512 * _MEBIBYTE
    hours: float = 6.0


def safe_name(name: str) -> str:
    """Returns a name for a file of ours: no folder, nothing that a shell or a file system reads otherwise.

    >>> safe_name("../../etc/BTC USDT.csv"), safe_name("C:\\\\ticks\\\\a.csv"), safe_name("...")
    ('BTC_USDT.csv', 'a.csv', 'file')
    """
    last = re.split(r"[/\\]", name)[-1]
    cleaned = _UNSAFE.sub("_", last).lstrip(".-")
    stem, dot, suffix = cleaned.rpartition(".")
    if not dot:
        stem, suffix = cleaned, ""
    suffix = suffix[:20]
    stem = stem[: _LONGEST_NAME - len(suffix)]
    shortened = f"{stem}{dot}{suffix}"
    while len(shortened.encode()) > 2 * _LONGEST_NAME:  # a file system counts bytes
        stem = stem[:-1]
        shortened = f"{stem}{dot}{suffix}"
    return shortened or "file"


class DroppedFiles:
    """Files in a folder, which is empty at the start. ``clock`` says how old one is."""

    def __init__(self, folder: Path, clock: Clock, limits: DroppedFileLimits | None = None) -> None:
        self.limits = limits or DroppedFileLimits()
        self._folder = folder
        self._clock = clock
        self._files: dict[str, contract.DroppedFile] = {}
        self._arriving: dict[str, int] = {}  # the bytes that are reserved for each

    async def receive(self, name: str, size: int, chunks: AsyncIterator[bytes]) -> contract.DroppedFile:
        """Keep a file of ``size`` bytes. Raises ``ConfigError`` where it is too long, ``BusyError`` without room."""
        limits = self.limits
        if size > limits.file_bytes:
            raise ConfigError(
                f"{safe_name(name)} has {_size_text(size)}: at most {_size_text(limits.file_bytes)} of one file are "
                "taken here; import it with spreadscope import"
            )
        if size == 0:
            raise ConfigError(f"{safe_name(name)} is empty")
        await self.forget_old()
        kept_bytes = sum(file.size for file in self._files.values()) + sum(self._arriving.values())
        kept_files = len(self._files) + len(self._arriving)
        if kept_files >= limits.files or kept_bytes + size > limits.all_bytes:
            raise BusyError(
                f"{kept_files} dropped files with {_size_text(kept_bytes)} are kept already: remove some, or wait "
                f"until they are forgotten after {limits.hours:g} hours"
            )
        key = secrets.token_hex(8)
        self._arriving[key] = size
        try:
            await self._write(key, name, size, chunks)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, self._folder / key, ignore_errors=True)
            raise
        finally:
            del self._arriving[key]
        until = self._now() + int(limits.hours * _HOUR_MS)
        self._files[key] = contract.DroppedFile(id=key, name=safe_name(name), size=size, until=until)
        return self._files[key]

    async def _write(self, key: str, name: str, size: int, chunks: AsyncIterator[bytes]) -> None:
        path = self._folder / key / safe_name(name)
        await asyncio.to_thread(path.parent.mkdir, mode=0o700, parents=True)
        part = path.with_name(path.name + _PART)
        written = 0
        file = await asyncio.to_thread(part.open, "xb")
        try:
            async for chunk in chunks:
                written += len(chunk)
                if written > size:
                    raise ConfigError(f"{safe_name(name)} is longer than it was said to be: send it again")
                await asyncio.to_thread(file.write, chunk)
        finally:
            await asyncio.to_thread(file.close)
        if written != size:
            raise ConfigError(f"{safe_name(name)} did not arrive whole ({written} of {size} bytes): send it again")
        await asyncio.to_thread(part.rename, path)

    def listed(self) -> list[contract.DroppedFile]:
        return list(self._files.values())

    async def remove(self, key: str) -> bool:
        """Forget a file. Returns whether it was there."""
        if self._files.pop(key, None) is None:
            return False
        await asyncio.to_thread(shutil.rmtree, self._folder / key, ignore_errors=True)
        return True

    def link_into(self, folder: Path, keys: Sequence[str]) -> None:
        """Give a job files of its own, each in a folder named by its place; they stay when ours are forgotten.

        Blocks. Raises ``UnknownSymbolError`` for one that is not there.
        """
        for place, key in enumerate(keys):
            file = self.require(key)
            target = folder / f"{place:03}"
            target.mkdir(mode=0o700, parents=True)
            try:
                os.link(self._folder / key / file.name, target / file.name)
            except FileNotFoundError:
                raise UnknownSymbolError(_gone(key)) from None

    def require(self, key: str) -> contract.DroppedFile:
        """Returns a file. Raises ``UnknownSymbolError``."""
        if key not in self._files:
            raise UnknownSymbolError(_gone(key))
        return self._files[key]

    async def forget_old(self) -> None:
        """Remove the files whose time is over."""
        now = self._now()
        for key in [key for key, file in self._files.items() if file.until <= now]:
            await self.remove(key)

    def _now(self) -> int:
        return self._clock.now_ns() // 1_000_000


def _gone(key: str) -> str:
    return f"there is no dropped file {key[:20]!r}: drop it again"


def _size_text(size: int) -> str:
    if size < _MEBIBYTE:
        return f"{size} bytes"
    return f"{size / _MEBIBYTE:.1f} MiB" if size < 10 * _MEBIBYTE else f"{size / _MEBIBYTE:.0f} MiB"
