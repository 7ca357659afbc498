"""The secret by which the provider knows us: from the environment or a private file, and shown nowhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from spreadscope.guard.secret_files import SecretFileError, read_secret_file
from spreadscope.model.errors import ConfigError
from spreadscope.model.oidc_section import OidcConfig
from spreadscope.notify.secret import Secret

_LONGEST = 4_096


def read_client_secret(config: OidcConfig, environment: Mapping[str, str] = os.environ) -> Secret | None:
    """Returns the client secret; None for a public client. Raises ``ConfigError``, which does not hold it."""
    if config.client_secret_env:
        where, text = "client_secret_env", environment.get(config.client_secret_env, "").strip()
        if not text:
            raise ConfigError(
                f"access.oidc.client_secret_env: the environment variable {config.client_secret_env} is not set"
            )
    elif config.client_secret_file:
        where = "client_secret_file"
        try:
            text = read_secret_file(Path(config.client_secret_file).expanduser())
        except (SecretFileError, RuntimeError, ValueError) as error:
            raise ConfigError(f"access.oidc.client_secret_file: {error}") from None
    else:
        return None
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise ConfigError(f"access.oidc.{where}: a secret is one line of at most {_LONGEST} characters")
    return Secret(text)
