"""Templates of messages, with a fixed list of placeholders. Nothing is looked up, called or evaluated."""

from __future__ import annotations

import difflib
import re
import string
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from spreadscope.model.errors import ConfigError
from spreadscope.model.facts import Alert

PLACEHOLDERS = (
    *("name", "subject", "state", "value", "threshold", "severity", "time", "words", "timeframe", "late"),
)  # fmt: skip
_NUMBERS = frozenset({"value", "threshold"})
_DECIMALS = re.compile(r"\.([0-8])f")
LONGEST_TITLE = 200
LONGEST_BODY = 2_000
_LONGEST_VALUE = 500
_NO_VALUE = "–"
_SHORTEST = 2  # what is no longer is no secret

DEFAULT_TITLE = "{severity}: {name} {state}, {subject}"
DEFAULT_BODY = "{words}\n{subject} {timeframe}, {time}\n{late}"


class Template(msgspec.Struct, frozen=True):
    """A checked template: its text in parts (literal, placeholder, decimals)."""

    parts: tuple[tuple[str, str | None, int | None], ...]

    def render(self, values: Mapping[str, str | float | None]) -> str:
        """Returns the text with the values in place. Each value becomes one line."""
        texts: list[str] = []
        for literal, name, decimals in self.parts:
            texts.append(literal)
            if name is not None:
                texts.append(_value_text(values[name], decimals))
        return "".join(texts)


def parse_template(text: str, where: str, longest: int = LONGEST_BODY) -> Template:
    """Returns a checked template. Raises ``ConfigError`` that names a wrong placeholder and the nearest right one."""
    if len(text) > longest:
        raise ConfigError(f"{where}: a template has at most {longest} characters, this one has {len(text)}")
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ConfigError(f"{where}: {error}: write {{{{ and }}}} for braces that are no placeholder") from None
    return Template(tuple(_part(where, *part) for part in parts))


def _part(
    where: str, literal: str, name: str | None, number_format: str | None, conversion: str | None
) -> tuple[str, str | None, int | None]:
    if name is None:
        return literal, None, None
    if name not in PLACEHOLDERS:
        closest = difflib.get_close_matches(name[:100], PLACEHOLDERS, n=1, cutoff=0.7)
        if closest:
            raise ConfigError(f"{where}: unknown placeholder {{{one_line(name)[:40]}}}: did you mean {{{closest[0]}}}?")
        words = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)  # an unknown word may be a secret
        shown = name if len(name) <= _SHORTEST else "****"
        raise ConfigError(f"{where}: unknown placeholder {{{shown}}}: use {words}")
    if conversion is not None:
        raise ConfigError(f"{where}: {{{name}!{one_line(conversion)}}}: conversions are not possible here")
    if not number_format:
        return literal, name, None
    decimals = _DECIMALS.fullmatch(number_format)
    if decimals is None or name not in _NUMBERS:
        raise ConfigError(
            f"{where}: the format of {{{name}}} is not possible: a format is .0f to .8f, and of {{value}} and "
            f"{{threshold}} only"
        )
    return literal, name, int(decimals[1])


def values_of(alert: Alert, late: str) -> dict[str, str | float | None]:
    """Returns the values of the placeholders for one alert; ``late`` is a note that it is late, or empty."""
    time = datetime.fromtimestamp(alert.time / 1000, UTC)
    return {
        "name": alert.name or alert.text,
        "subject": alert.subject,
        "state": alert.notify or str(alert.state),
        "value": alert.value,
        "threshold": alert.threshold,
        "severity": str(alert.severity),
        "time": f"{time:%Y-%m-%d %H:%M:%S} UTC",
        "words": alert.words or alert.text,
        "timeframe": str(alert.timeframe),
        "late": late,
    }


def title_text(text: str) -> str:
    """Returns one line of bounded length without control characters, so that it cannot begin a header."""
    return _shorten(one_line(text), LONGEST_TITLE)


def body_text(text: str) -> str:
    """Returns lines of bounded length without control characters."""
    lines = [one_line(line) for line in re.split(r"\r\n|\r|\n", text)]
    return _shorten("\n".join(lines).strip("\n"), LONGEST_BODY)


def one_line(text: str) -> str:
    """Returns one line: line breaks, control characters and marks of text direction become spaces."""
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in text).strip()


def _value_text(value: str | float | None, decimals: int | None) -> str:
    if value is None:
        return _NO_VALUE
    if isinstance(value, str):
        return _shorten(one_line(value), _LONGEST_VALUE)
    return f"{value:.6g}" if decimals is None else f"{value:.{decimals}f}"


def _shorten(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
