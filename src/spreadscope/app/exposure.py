"""Whether a server may listen to other machines: only with somebody who can sign in, and nothing in clear."""

from __future__ import annotations

from pathlib import Path

from spreadscope.app.access_service import AccessService
from spreadscope.guard.secret_files import SecretFileError, check_private
from spreadscope.model.access_section import AccessConfig, is_loopback
from spreadscope.model.errors import ConfigError

CertificateFiles = tuple[Path, Path]


def certificate_files(access: AccessConfig) -> CertificateFiles | None:
    """Returns the files of certificate and key; None where none are set. Raises ``ConfigError``."""
    if not access.certificate and not access.key:
        return None
    if not access.certificate or not access.key:
        raise ConfigError("TLS needs both access.certificate and access.key: set the one that is missing")
    certificate, key = Path(access.certificate).expanduser(), Path(access.key).expanduser()
    for path in (certificate, key):
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise ConfigError(f"{path} cannot be read ({error.strerror}): it is named for TLS") from None
    try:
        check_private(key)
    except SecretFileError as error:
        raise ConfigError(str(error)) from None
    return certificate, key


def check_exposure(host: str, access: AccessConfig, data: Path) -> CertificateFiles | None:
    """Returns the files for TLS of a server at ``host``; None for none. Raises ``ConfigError`` where it may not
    listen there."""
    if is_loopback(host):
        return None
    files = certificate_files(access)
    if files is None and not access.trusted_proxies:
        raise ConfigError(
            f"{host} can be reached from other machines, where passwords and keys would go in clear: set "
            "access.certificate and access.key, or name the reverse proxy in access.trusted_proxies (docs/access.md)"
        )
    if not access.public_addresses:
        raise ConfigError(
            f"{host} can be reached from other machines: set access.public_addresses to the names by which it is called"
        )
    if access.oidc.is_set:
        return files
    if not data.is_dir():
        raise ConfigError(_NOBODY.format(host))
    with AccessService(data, access) as service:
        if not service.has_credentials():
            raise ConfigError(_NOBODY.format(host))
    return files


_NOBODY = (
    "{} can be reached from other machines, and nobody could sign in: make a link for a person (spreadscope access "
    "link) or a key for a program (spreadscope access key create) first, or name a provider (access.oidc)"
)
