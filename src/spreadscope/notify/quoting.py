"""How messages quote the alerts file.

A user may have written a secret in a wrong place, so only our own names and words that are close to one (a typo) are
quoted; everything else is masked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from spreadscope.notify.secret import MASK
from spreadscope.notify.template import one_line

_LONGEST = 60
_TYPO = 0.7  # how similar two words are that differ by a typo
_NO_SECRET = 3  # letters: nobody has so short a one
_TOKEN = re.compile(r"(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{16,}")
_ENVIRONMENT = re.compile(r"[A-Z_][A-Z0-9_]*")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


def looks_secret(text: str) -> bool:
    """Returns whether a text may be an address or a token."""
    if any(sign in text for sign in ("://", "@", ":", "=", "?", "&")) or _TOKEN.search(text) is not None:
        return True
    return len(text) > _LONGEST and " " not in text


def quoted_name(text: str) -> str:
    """Returns a user's name quoted, or masked where it may be a secret."""
    return repr(MASK if looks_secret(text) else one_line(text)[:_LONGEST])


def quoted_with_hint(text: str, known: Iterable[str]) -> tuple[str, str]:
    """Returns an unexpected word quoted or masked, and a hint at the nearest of the ``known`` words."""
    words = list(known)
    closest = difflib.get_close_matches(text[:100], words, n=1, cutoff=0.5)
    if closest:
        shown = one_line(text)[:_LONGEST] if _is_typo(text, closest[0]) else MASK
        return repr(shown), f": did you mean {closest[0]!r}?"
    return repr(MASK), f": use {', '.join(words)}" if words else ": none is defined"


def quoted_variable(text: str) -> str:
    """Returns the name of an environment variable quoted, or masked where it is no usual name."""
    return repr(text if _ENVIRONMENT.fullmatch(text) and not looks_secret(text) else MASK)


def mask_quotes(sentence: str, meant: str | None = None) -> str:
    """Returns a sentence with everything masked that it quotes, but the word that is ``meant`` and a typo of it."""

    def shown(quoted: re.Match[str]) -> str:
        return quoted[0] if meant is not None and _is_typo(quoted[0][1:-1], meant) else repr(MASK)

    return _QUOTED.sub(shown, sentence)


def _is_typo(text: str, meant: str) -> bool:
    similar = len(text) <= _NO_SECRET or difflib.get_close_matches(text[:100], [meant], cutoff=_TYPO)
    return bool(similar) and not looks_secret(text)
