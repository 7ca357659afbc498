"""Secrets in files: only their owner may read them."""

from __future__ import annotations

from pathlib import Path


class SecretFileError(ValueError):
    """The error that a file of a secret cannot be used, with a sentence that says what to do."""


def read_secret_file(path: Path) -> str:
    """Returns what is in a file, without white space around it. Raises ``SecretFileError`` where others may read it."""
    try:
        check_private(path)
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SecretFileError(f"{path} cannot be read ({reason}): a secret is expected in it") from None


def check_private(path: Path) -> None:
    """Raises ``SecretFileError`` where others than the owner may read or write a file, ``OSError`` without one."""
    if path.stat().st_mode & 0o077:
        raise SecretFileError(f"others may read {path}: chmod 600 {path}")
