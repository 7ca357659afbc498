"""Whether the pages may be served to other machines: not in clear, and by names that are known."""

from __future__ import annotations

from streamlit import config

from spreadscope.dashboard.environment import PUBLIC_ADDRESSES, TRUSTED_PROXIES, Settings, SettingsError
from spreadscope.guard.origin import LOOPBACK


def listens_elsewhere() -> bool:
    """Returns whether Streamlit listens to other machines; without an address it does to all."""
    return config.get_option("server.address") not in LOOPBACK


def check(settings: Settings, *, elsewhere: bool) -> None:
    """Raises ``SettingsError`` where pages for other machines would be in clear, or have no name."""
    if not elsewhere:
        return
    if not (config.get_option("server.sslCertFile") or settings.trusted_proxies):
        raise SettingsError(
            "the pages would be open to other machines in clear: give --server.sslCertFile and --server.sslKeyFile, "
            f"or name the reverse proxy in {TRUSTED_PROXIES} (docs/access.md); for this machine alone give "
            "--server.address=127.0.0.1"
        )
    if not settings.public_addresses:
        raise SettingsError(f"the pages are for other machines: set {PUBLIC_ADDRESSES} to the names they are called by")
