"""Secrets: they come from the environment or from files of their own, and are masked wherever text leaves us."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote, urlsplit

MASK = "****"

_SHORTEST_PART = 4  # shorter parts of an address are words of any text
_PORT_DIGITS = 5
_SHORTEST_VALUE = 6  # a query is full of plain words: text, html, high
# Libraries that write addresses into their log lines; a filter works on the very logger that a line is given to.
_TALKATIVE = (
    *("apprise", "httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy"),
    *("urllib3", "urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry", "requests"),
)


_PLAIN = logging.Formatter()


class Secret:
    """A text that is never shown: its ``repr`` and ``str`` are a mask, so that no log, error or trace holds it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that sends it."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class Masker:
    """Knows every secret that was ever loaded and replaces each of them, and each telling part of it, in a text."""

    def __init__(self) -> None:
        self._parts: set[str] = set()
        self._public: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, secret: Secret) -> None:
        """Mask the secret from now on."""
        self._parts |= _telling_parts(secret.reveal())
        self._compile()

    def reveal(self, public: Iterable[str]) -> None:
        """These parts of addresses, such as the host of a webhook, may be shown."""
        self._public |= {part.lower() for part in public}
        self._compile()

    def mask(self, text: str) -> str:
        """The text with every secret replaced."""
        return self._pattern.sub(MASK, text) if self._pattern is not None else text

    def _compile(self) -> None:
        hidden = {part for part in self._parts if part.lower() not in self._public}
        longest_first = sorted(hidden, key=lambda part: (-len(part), part))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None


class MaskingFilter(logging.Filter):
    """Masks the log records of libraries that write addresses into them."""

    def __init__(self, masker: Masker) -> None:
        super().__init__()
        self._masker = masker

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._masker.mask(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = self._masker.mask(_PLAIN.formatException(record.exc_info))
            record.exc_info = None
        return True


class QuietLibraries:
    """Puts the filter on the libraries' loggers, and takes it off again."""

    def __init__(self, masker: Masker) -> None:
        self._filter = MaskingFilter(masker)
        self._apprise = logging.getLogger("apprise")
        self._held = (self._apprise.level, self._apprise.propagate)

    def begin(self) -> None:
        for name in _TALKATIVE:
            logging.getLogger(name).addFilter(self._filter)
        # apprise tells in its debug lines whether a connection was ever made. They are caught for the call that asks;
        # nobody else is to see them, and what matters of them is in our own log.
        self._held = (self._apprise.level, self._apprise.propagate)
        self._apprise.setLevel(logging.DEBUG)
        self._apprise.propagate = False

    def end(self) -> None:
        self._apprise.setLevel(self._held[0])
        self._apprise.propagate = self._held[1]
        for name in _TALKATIVE:
            logging.getLogger(name).removeFilter(self._filter)


def _telling_parts(text: str) -> set[str]:
    """The secret, and the parts of it by which it could be told where it is an address: user, password, path, query."""
    found = {text, unquote(text)}
    try:
        address = urlsplit(text)
        login = address.netloc.rpartition("@")[0]
    except ValueError:
        return {part for part in found if len(part) >= _SHORTEST_PART}
    if "://" in text:
        user, _, password = login.partition(":")
        # What stands where a port would is a token in some services' addresses.
        places = address.netloc.rpartition("@")[2].split(":")
        pieces = [user, password, *(place for place in places if not (place.isdigit() and len(place) <= _PORT_DIGITS))]
        pieces += re.split(r"[/,:@]", f"{address.path}/{address.fragment}")
        values = [value for _, value in parse_qsl(address.query)]
        pieces += [part for value in values for part in (value, *value.split(",")) if len(part) >= _SHORTEST_VALUE]
        if login:
            found.add(base64.b64encode(unquote(login).encode()).decode())
        for piece in pieces:
            found |= {piece, unquote(piece), quote(unquote(piece), safe="")}
    return {part for part in found if len(part) >= _SHORTEST_PART}
