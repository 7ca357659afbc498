"""Secrets of channels, and their masking in every text that leaves the program."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote, urlsplit

MASK = "****"

_SHORTEST_PART = 4  # shorter parts of an address occur in any text
_PORT_DIGITS = 5
_SHORTEST_VALUE = 6  # a query is full of plain words: text, html, high
# Loggers of libraries that write addresses; a filter works only on the logger that gets the line.
_LOGGERS_WITH_ADDRESSES = (
    *("apprise", "httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy"),
    *("urllib3", "urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry", "requests"),
)


_PLAIN = logging.Formatter()


class Secret:
    """A text that is never shown: its ``repr`` and ``str`` are a mask, so that no log, error or trace has it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Returns the text itself, for the call that sends it."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class Masker:
    """A masker that knows every secret that was loaded, and replaces it and its parts in texts."""

    def __init__(self) -> None:
        self._parts: set[str] = set()
        self._public: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, secret: Secret) -> None:
        """Mask the secret from now on."""
        self._parts |= _secret_parts(secret.reveal())
        self._compile()

    def reveal(self, public: Iterable[str]) -> None:
        """Allow parts of addresses to be shown, such as the host of a webhook."""
        self._public |= {part.lower() for part in public}
        self._compile()

    def mask(self, text: str) -> str:
        """Returns the text with every secret replaced."""
        return self._pattern.sub(MASK, text) if self._pattern is not None else text

    def _compile(self) -> None:
        hidden = {part for part in self._parts if part.lower() not in self._public}
        longest_first = sorted(hidden, key=lambda part: (-len(part), part))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None


class MaskingFilter(logging.Filter):
    """A filter that masks the log records of libraries, which may have addresses."""

    def __init__(self, masker: Masker) -> None:
        super().__init__()
        self._masker = masker

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._masker.mask(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = self._masker.mask(_PLAIN.formatException(record.exc_info))
            record.exc_info = None
        return True


class LibraryLogMasking:
    """The filters on the loggers of libraries: added by ``begin``, removed by ``end``."""

    def __init__(self, masker: Masker) -> None:
        self._filter = MaskingFilter(masker)
        self._apprise = logging.getLogger("apprise")
        self._saved_state = (self._apprise.level, self._apprise.propagate)

    def begin(self) -> None:
        for name in _LOGGERS_WITH_ADDRESSES:
            logging.getLogger(name).addFilter(self._filter)
        # The debug lines of apprise tell whether a connection was made. Only our call reads them; they go to no log.
        self._saved_state = (self._apprise.level, self._apprise.propagate)
        self._apprise.setLevel(logging.DEBUG)
        self._apprise.propagate = False

    def end(self) -> None:
        self._apprise.setLevel(self._saved_state[0])
        self._apprise.propagate = self._saved_state[1]
        for name in _LOGGERS_WITH_ADDRESSES:
            logging.getLogger(name).removeFilter(self._filter)


def _secret_parts(text: str) -> set[str]:
    """Returns the secret and, where it is an address, its revealing parts: user, password, path, query."""
    parts = {text, unquote(text)}
    try:
        address = urlsplit(text)
        login = address.netloc.rpartition("@")[0]
    except ValueError:
        return {part for part in parts if len(part) >= _SHORTEST_PART}
    if "://" in text:
        user, _, password = login.partition(":")
        # Some services have a token in the place of the port.
        host_parts = address.netloc.rpartition("@")[2].split(":")
        candidates = [
            user,
            password,
            *(part for part in host_parts if not (part.isdigit() and len(part) <= _PORT_DIGITS)),
        ]
        candidates += re.split(r"[/,:@]", f"{address.path}/{address.fragment}")
        values = [value for _, value in parse_qsl(address.query)]
        candidates += [part for value in values for part in (value, *value.split(",")) if len(part) >= _SHORTEST_VALUE]
        if login:
            parts.add(base64.b64encode(unquote(login).encode()).decode())
        for piece in candidates:
            parts |= {piece, unquote(piece), quote(unquote(piece), safe="")}
    return {part for part in parts if len(part) >= _SHORTEST_PART}
