"""The section ``[access]`` of the configuration file: where the pages listen, and how long a sign-in lasts."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from spreadscope.guard.origin import LOOPBACK, is_public_name
from spreadscope.model.oidc_section import OidcConfig
from spreadscope.model.sections import ListenHost, Section


def is_loopback(host: str) -> bool:
    """Returns whether a host to listen on is of this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback("localhost"), is_loopback("::")
    (True, False, True, False)
    """
    return host in LOOPBACK


class AccessConfig(Section):
    """Who may come from where (``docs/access.md``)."""

    host: ListenHost = "127.0.0.1"
    """Where the pages of `spreadscope up` listen. Anything but loopback needs a credential, and TLS or a
    trusted proxy ([access](access.md))."""
    public_addresses: tuple[str, ...] = ()
    """Host names under which pages and API may be called from elsewhere, without a port: `scope.example.org`."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of the reverse proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed."""
    certificate: str = ""
    """File of the TLS certificate (PEM, with its chain), for the API where it listens elsewhere, and for the pages."""
    key: str = ""
    """File of the certificate's key (PEM); only its owner may read it (0600)."""
    session_idle_hours: Annotated[float, Field(gt=0)] = 72.0
    """A sign-in that is not used for so long ends."""
    session_days: Annotated[float, Field(gt=0)] = 30.0
    """Every sign-in ends after so long."""
    log_days: Annotated[float, Field(gt=0)] = 365.0
    """How long the log of changes is kept."""
    oidc: OidcConfig = OidcConfig()

    @field_validator("public_addresses")
    @classmethod
    def _names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not is_public_name(name):
                raise ValueError(f"{name!r} is no host name: write it without scheme and port, as in scope.example.org")
        return names

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"{error}: write an address or a network, as in 10.0.0.0/8") from None
        return networks

    @model_validator(mode="after")
    def _callback_is_ours(self) -> Self:
        host = urlsplit(self.oidc.redirect_url).hostname
        known = {name.strip("[]").lower() for name in self.public_addresses}
        if host is not None and host not in LOOPBACK and host not in known:
            raise ValueError(
                f"access.oidc.redirect_url is of {host}, by which the pages are not called: add it to "
                "access.public_addresses"
            )
        return self
