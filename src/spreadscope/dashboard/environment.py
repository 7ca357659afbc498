"""The settings of the dashboard from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from spreadscope.guard.origin import LOOPBACK

DEFAULT_API = "http://127.0.0.1:8765"
# Only for the dashboard: an engine would read SPREADSCOPE_* as keys of its configuration.
DASHBOARD_VARIABLES = ("SPREADSCOPE_ENGINE", "SPREADSCOPE_DEMO", "SPREADSCOPE_START_ENGINE", "SPREADSCOPE_ENGINE_NOTES")


class SettingsError(ValueError):
    """The error that a setting cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Settings:
    """The settings.

    ``api``: address of the engine; ``start_engine``: start one where none answers; ``demo``: the demo's.
    """

    api: str = DEFAULT_API
    demo: bool = False
    start_engine: bool = True
    notes: str = ""
    """A file in which the program that runs the engine writes why it does not run."""

    @property
    def port(self) -> int:
        return urlsplit(self.api).port or (443 if self.api.startswith("https:") else 80)

    @property
    def is_local(self) -> bool:
        """Whether the engine's address is on this machine, so that the dashboard may start one."""
        return urlsplit(self.api).hostname in LOOPBACK


def load() -> Settings:
    """Returns the settings of ``SPREADSCOPE_ENGINE``, ``SPREADSCOPE_DEMO`` and ``SPREADSCOPE_START_ENGINE``.

    Raises ``SettingsError``.
    """
    api = os.environ.get("SPREADSCOPE_ENGINE", "").strip().rstrip("/") or DEFAULT_API
    try:
        parts = urlsplit(api)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"SPREADSCOPE_ENGINE is {api!r}: write an address such as {DEFAULT_API}")
    return Settings(
        api=api,
        demo=_flag("SPREADSCOPE_DEMO", default=False),
        start_engine=_flag("SPREADSCOPE_START_ENGINE", default=True),
        notes=os.environ.get("SPREADSCOPE_ENGINE_NOTES", ""),
    )


def _flag(name: str, *, default: bool) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    if not text:
        return default
    raise SettingsError(f"{name} is {text!r}: write 1 or 0")
