"""The settings of the dashboard from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from spreadscope.guard.forwarded import Network, parse_networks
from spreadscope.guard.origin import LOOPBACK, is_public_name
from spreadscope.guard.secret_files import SecretFileError, read_secret_file

DEFAULT_API = "http://127.0.0.1:8765"
# Only for the dashboard: an engine would read SPREADSCOPE_* as keys of its configuration.
API_KEY, API_KEY_FILE = "SPREADSCOPE_API_KEY", "SPREADSCOPE_API_KEY_FILE"
PUBLIC_ADDRESSES, TRUSTED_PROXIES = "SPREADSCOPE_PUBLIC_ADDRESSES", "SPREADSCOPE_TRUSTED_PROXIES"
DASHBOARD_VARIABLES = (
    "SPREADSCOPE_ENGINE", "SPREADSCOPE_DEMO", "SPREADSCOPE_START_ENGINE", "SPREADSCOPE_ENGINE_NOTES",
    API_KEY, API_KEY_FILE, PUBLIC_ADDRESSES, TRUSTED_PROXIES,
)  # fmt: skip


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
    key: str = field(default="", repr=False)
    """The API key that the dashboard shows the engine; empty where the engine knows it by its account."""
    public_addresses: tuple[str, ...] = ()
    """The names by which the pages may be called from other machines."""
    trusted_proxies: tuple[Network, ...] = ()
    """The reverse proxies that speak for browsers."""

    @property
    def port(self) -> int:
        return urlsplit(self.api).port or (443 if self.api.startswith("https:") else 80)

    @property
    def is_local(self) -> bool:
        """Whether the engine's address is on this machine, so that the dashboard may start one."""
        return urlsplit(self.api).hostname in LOOPBACK


def load() -> Settings:
    """Returns the settings of the environment (``docs/dashboard.md``).

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
        key=_key(),
        public_addresses=_public_addresses(),
        trusted_proxies=_trusted_proxies(),
    )


def _key() -> str:
    if text := os.environ.get(API_KEY, "").strip():
        return text
    path = os.environ.get(API_KEY_FILE, "").strip()
    try:
        return read_secret_file(Path(path)) if path else ""
    except SecretFileError as error:
        raise SettingsError(f"{API_KEY_FILE}: {error}") from None


def _public_addresses() -> tuple[str, ...]:
    names = _listed(PUBLIC_ADDRESSES)
    for name in names:
        if not is_public_name(name):
            raise SettingsError(f"{PUBLIC_ADDRESSES} has {name!r}: write host names without scheme and port")
    return names


def _trusted_proxies() -> tuple[Network, ...]:
    try:
        return parse_networks(_listed(TRUSTED_PROXIES))
    except ValueError as error:
        raise SettingsError(f"{TRUSTED_PROXIES}: {error}: write addresses or networks such as 10.0.0.0/8") from None


def _listed(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def _flag(name: str, *, default: bool) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    if not text:
        return default
    raise SettingsError(f"{name} is {text!r}: write 1 or 0")
