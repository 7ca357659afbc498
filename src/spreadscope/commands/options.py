"""The conversion of options (configuration, speeds, times), and the running of a command's coroutine."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spreadscope.app.config_file import ConfigFile, default_file
from spreadscope.commands import interruption
from spreadscope.model.config import Config, load_config
from spreadscope.model.errors import ConfigError

_LATEST_MS = 253_402_300_800_000


def load_settings(file: Path | None, **options: Any) -> Config:
    """Returns the configuration of a file, overridden by options; lists become tuples.

    Without a file that of the data directory is read, where there is one.
    """
    return open_settings(file, **options)[0]


def open_settings(file: Path | None, **options: Any) -> tuple[Config, ConfigFile]:
    """Returns the configuration, and the file that the settings page changes."""
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    if file is not None:
        config = load_config(file, **values)
        return config, ConfigFile(file, config, values)
    path = default_file(load_config(None, **values).data)
    config = load_config(path if path.is_file() else None, **values)
    return config, ConfigFile(path, config, values)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a command's coroutine on uvloop where there is one."""
    # ``closing``: a coroutine that was interrupted before its start must be closed.
    with interruption.handled_by_loop(), contextlib.closing(main):
        if sys.platform == "win32":
            asyncio.run(main)
            return
        import uvloop

        uvloop.run(main)


def speed_factor(text: str) -> float | None:
    """Returns the factor of a speed; None for ``max``."""
    if text.strip().lower() == "max":
        return None
    try:
        factor = float(text.lower().removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not 0 < factor < 1e6:
        raise ConfigError(f"speed {text!r} is neither a factor such as 20 nor max")
    return factor


def milliseconds(text: str | None, default: int) -> int:
    """Returns milliseconds since 1970 of a number or an ISO time (UTC without a zone)."""
    if text is None:
        return default
    if text.isascii() and text.isdigit():
        if len(text) > 15 or int(text) > _LATEST_MS:
            raise ConfigError(
                f"time {text[:40]} is beyond the year 9999: give ISO (2026-11-22T15:00) or milliseconds since 1970"
            )
        return int(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"time {text[:40]!r} is neither ISO (2026-11-22T15:00) nor milliseconds since 1970") from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)


def repeat_option(option: str, values: Iterable[object] | None) -> list[str]:
    """Returns a repeatable option as arguments for a child."""
    return [part for value in values or () for part in (option, str(value))]
