"""``spreadscope access provider``: asks the provider of sign-ins what it says of itself, before anybody signs in."""

from __future__ import annotations

from rich.table import Table

from spreadscope.app.oidc.make_service import make_oidc
from spreadscope.commands.console import print_json, print_message, table_console
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.oidc_section import OidcConfig


async def run_provider(config: Config, *, as_json: bool) -> None:
    """Print what the provider says. Raises ``ConfigError`` or ``ProviderError`` with what is wrong."""
    oidc = config.access.oidc
    service = make_oidc(oidc)
    if service is None:
        raise ConfigError("no provider is configured: write [access.oidc] into the configuration file (docs/access.md)")
    async with service:
        told = await service.provider.metadata()
    found = {
        "issuer": told.discovery.issuer,
        "authorize": told.discovery.authorization_endpoint,
        "token": told.discovery.token_endpoint,
        "keys": told.keys.names(),
        "register": oidc.redirect_url,
        "audience": oidc.audience,
        "named": _named(oidc),
    }
    if as_json:
        print_json(found)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in found.items():
        text = value if isinstance(value, str) else "\n".join(value)
        table.add_row(name, (text or "-").replace("[", "\\["))  # what others wrote is no markup
    table_console().print(table)
    print_message("The provider answers. Whether it knows the client secret is seen when somebody signs in.")


def _named(oidc: OidcConfig) -> list[str]:
    people = {**oidc.people, **{f"group {name}": scopes for name, scopes in oidc.groups.items()}}
    return [f"{name}: {', '.join(scopes)}" for name, scopes in people.items()]
