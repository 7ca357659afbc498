"""``alerts.toml`` while the engine runs: looked at each second; a good file is applied, a bad one changes nothing."""

from __future__ import annotations

import asyncio
import hashlib
import os
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from spreadscope.model.config import AlertsConfig
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import SetRule
from spreadscope.notify.address import Resolver, system_resolver
from spreadscope.notify.channel import Channel, ChannelSpec
from spreadscope.notify.file import LONGEST_FILE, AlertsFile, parse_alerts
from spreadscope.notify.make import make_channel
from spreadscope.notify.secret import Masker

log = structlog.get_logger()

_LOOK_SECONDS = 1.0
_FRESH_NS = 2_000_000_000  # a file may change again within one tick of the disk's clock: fresh ones are read again

Channels = list[tuple[ChannelSpec, Channel | None]]
Stamp = tuple[int, int, int] | None


class AlertFile:
    """Loads the file and puts it in force. ``error`` says why its newest version is not, or is empty."""

    def __init__(
        self,
        path: Path,
        config: AlertsConfig,
        masker: Masker,
        *,
        apply: Callable[[Channels, tuple[SetRule, ...]], Awaitable[None]],
        environment: Mapping[str, str] = os.environ,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``apply`` puts channels and rules in force, both or (raising ``ConfigError``) neither."""
        self.path = path
        self.error = ""
        self.warnings: tuple[str, ...] = ()
        self.rules = 0
        self._apply = apply
        self._load = lambda: load_alerts(path, config, masker, environment=environment, resolver=resolver, tls=tls)
        self._in_force = False
        self._secret_files: tuple[Path, ...] = ()
        self._stamps: tuple[Stamp, ...] = ()
        self._digest = b""

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.path.name

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Load the file if it, or a secret file that it names, is not what it was."""
        if not await asyncio.to_thread(self._changed):
            return
        if self._stamps[0] is None:
            self._say("it is gone" if self._in_force else "")
            return
        try:
            loaded, channels = await asyncio.to_thread(self._load)
            self._secret_files = loaded.secret_files
            await self._apply(channels, loaded.rules)
        except ConfigError as error:
            self._say(str(error))
            return
        self._in_force, self.rules = True, len(loaded.rules)
        self._say("", loaded.warnings)

    def alarms(self) -> list[str]:
        """Sentences for the status: why the newest version is not in force, and what is unwise about its secrets."""
        if not self.error:
            return list(self.warnings)
        held = "what it said before stays in force" if self._in_force else "none of it is in force"
        return [f"{self.path.name}: {self.error}: {held}", *self.warnings]

    def _changed(self) -> bool:
        """Whether there is something new to load. Blocks; remembers what it saw."""
        files = (self.path, *self._secret_files)
        stamps = tuple(map(_stamp, files))
        now = time.time_ns()
        fresh = any(stamp is not None and now - stamp[0] < _FRESH_NS for stamp in stamps)
        if stamps == self._stamps and not fresh:
            return False
        digest = hashlib.sha256(b"".join(map(_digest, files))).digest()
        changed = digest != self._digest or (stamps[0] is None) != (not self._stamps or self._stamps[0] is None)
        self._stamps, self._digest = stamps, digest
        return changed

    def _say(self, error: str, warnings: tuple[str, ...] = ()) -> None:
        """Log what is new."""
        if error and error != self.error:
            log.error("alerts file not applied", file=str(self.path), error=error)
        for warning in warnings:
            if warning not in self.warnings:
                log.warning("alerts file", file=str(self.path), warning=warning)
        self.error = error
        if not error:
            self.warnings = warnings


def load_alerts(
    path: Path,
    config: AlertsConfig,
    masker: Masker,
    *,
    environment: Mapping[str, str] = os.environ,
    resolver: Resolver = system_resolver,
    tls: ssl.SSLContext | None = None,
) -> tuple[AlertsFile, Channels]:
    """Read the file and make its channels. Blocks. Raises ``ConfigError`` with one sentence that holds no secret."""
    try:
        with path.open("rb") as opened:
            text = opened.read(LONGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}") from None
    loaded = parse_alerts(text, folder=path.parent, environment=environment, lan=config.lan)
    channels: Channels = [
        (spec, make_channel(spec, masker, resolver=resolver, tls=tls) if spec.enabled else None)
        for spec in loaded.channels
    ]
    return loaded, channels


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _digest(path: Path) -> bytes:
    """Of the content; a file that cannot be read has one of its own."""
    try:
        with path.open("rb") as opened:
            return hashlib.sha256(opened.read(LONGEST_FILE + 1)).digest()
    except OSError:
        return b"unreadable".ljust(32)
