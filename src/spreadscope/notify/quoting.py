"""How the alerts file is quoted in what we say of it. Somebody may have written a secret where none belongs, and nobody can
know: what is a name of ours is quoted, or what is so near to one that it is a slip; everything else is masked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from spreadscope.notify.secret import MASK
from spreadscope.notify.template import one_line

_LONGEST = 60
_SLIP = 0.7  # how alike two words are that differ by a slip of the finger
_TOKEN = re.compile(r"(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{16,}")
_ENVIRONMENT = re.compile(r"[A-Z_][A-Z0-9_]*")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


def looks_secret(text: str) -> bool:
    """Whether a text may be an address or a token, as no name of a thing is."""
    if any(sign in text for sign in ("://", "@", ":", "=", "?", "&")) or _TOKEN.search(text) is not None:
        return True
    return len(text) > _LONGEST and " " not in text


def named(text: str) -> str:
    """The name that somebody gave to something of the file, quoted, or masked where it may be a secret."""
    return repr(MASK if looks_secret(text) else one_line(text)[:_LONGEST])


def slip(text: str, known: Iterable[str]) -> tuple[str, str]:
    """A word that stands where one of ``known`` is expected: how to quote it, and what to say of it."""
    words = list(known)
    near = difflib.get_close_matches(text[:100], words, n=1, cutoff=0.5)
    if near:
        is_slip = bool(difflib.get_close_matches(text[:100], near, cutoff=_SLIP)) and not looks_secret(text)
        return repr(one_line(text)[:_LONGEST] if is_slip else MASK), f": did you mean {near[0]!r}?"
    return repr(MASK), f": use {', '.join(words)}" if words else ": none is defined"


def variable(text: str) -> str:
    """The name of an environment variable, as they are written."""
    return repr(text if _ENVIRONMENT.fullmatch(text) and not looks_secret(text) else MASK)


def without_quotes(sentence: str) -> str:
    """A sentence of somebody else about the file with everything that it quotes masked."""
    return _QUOTED.sub(repr(MASK), sentence)
