"""The key in the data directory by which programs of the account that runs Spreadscope know each other.

Where the kernel does not say whose program is at the other end of a connection (another system than Linux, a sandbox),
the dashboard shows it to the engine, and the engine to its playbacks. Whoever can read it can read the store too.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from spreadscope.guard.identity import OWNER, Identity
from spreadscope.guard.secret_files import SecretFileError, read_secret_file
from spreadscope.model.errors import ConfigError, StoreError

LOCAL_KEY = "access.key"
_KIND = "ssl"
_SECRET_BYTES = 32
_TOKEN = re.compile(rf"{_KIND}_[A-Za-z0-9_-]{{43}}")


class LocalKey:
    """The key of a data directory. It is what a playback knows programs by: it has no sign-ins and keeps no log."""

    def __init__(self, path: Path, token: str) -> None:
        self.path = path
        self.token = token
        self._digest = hashlib.sha256(token.encode()).digest()

    def identify(self, token: str) -> Identity | None:
        """Returns the owner where it is this key; None otherwise."""
        return OWNER if hmac.compare_digest(hashlib.sha256(token.encode()).digest(), self._digest) else None

    def note(self, identity: Identity | None, peer: str, what: str, status: int) -> None:
        """Keep nothing: a playback changes nothing that is kept."""


def make_local_key(data: Path) -> LocalKey:
    """Returns the key of a data directory, made where there is none. Raises ``StoreError`` or ``ConfigError``."""
    path = data / LOCAL_KEY
    try:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            token = read_secret_file(path)
        else:
            token = f"{_KIND}_{secrets.token_urlsafe(_SECRET_BYTES)}"
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(token + "\n")
    except OSError as error:
        raise StoreError(f"the key {path} cannot be used ({error.strerror}): remove it") from None
    except SecretFileError as error:
        raise ConfigError(str(error)) from None
    if not _TOKEN.fullmatch(token):
        raise StoreError(f"the key {path} is damaged: remove it, a new one is made at the next start")
    return LocalKey(path, token)


def read_local_key(data: Path) -> LocalKey | None:
    """Returns the key of a data directory; None where no engine has made one."""
    return make_local_key(data) if (data / LOCAL_KEY).exists() else None
