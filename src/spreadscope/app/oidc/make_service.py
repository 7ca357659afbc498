"""Makes the service of a provider, where one is configured and the packages for it are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spreadscope.model.errors import ConfigError
from spreadscope.model.oidc_section import OidcConfig

if TYPE_CHECKING:
    from spreadscope.app.oidc.oidc_service import OidcService

_EXTRA = frozenset({"joserfc", "cryptography"})


def make_oidc(config: OidcConfig) -> OidcService | None:
    """Returns the service; None where no provider is configured. Raises ``ConfigError``."""
    if not config.is_set:
        return None
    try:
        from spreadscope.app.oidc.oidc_service import OidcService
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise ConfigError(
            "access.oidc is set, and the packages for it are not installed: pip install 'spreadscope[oidc]'"
        ) from None
    return OidcService.of(config)
