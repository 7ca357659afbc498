"""What a message says: templates with a fixed list of placeholders. Nothing is looked up, called or evaluated."""

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
_NOTHING = "–"
_SHORTEST = 2  # what is no longer is no secret

DEFAULT_TITLE = "{severity}: {name} {state}, {subject}"
DEFAULT_BODY = "{words}\n{subject} {timeframe}, {time}\n{late}"


class Template(msgspec.Struct, frozen=True):
    """A checked template: its text in parts (literal, placeholder, decimals)."""

    parts: tuple[tuple[str, str | None, int | None], ...]

    def render(self, values: Mapping[str, str | float | None]) -> str:
        """The text with the values in place. A value is one line whatever it holds."""
        said: list[str] = []
        for literal, name, decimals in self.parts:
            said.append(literal)
            if name is not None:
                said.append(_shown(values[name], decimals))
        return "".join(said)


def parse_template(text: str, where: str, longest: int = LONGEST_BODY) -> Template:
    """Read a template. Raises ``ConfigError`` that names the placeholder that is wrong and the nearest right one."""
    if len(text) > longest:
        raise ConfigError(f"{where}: a template has at most {longest} characters, this one has {len(text)}")
    try:
        found = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ConfigError(f"{where}: {error}: write {{{{ and }}}} for braces that are no placeholder") from None
    return Template(tuple(_part(where, *part) for part in found))


def _part(
    where: str, literal: str, name: str | None, form: str | None, conversion: str | None
) -> tuple[str, str | None, int | None]:
    if name is None:
        return literal, None, None
    if name not in PLACEHOLDERS:
        near = difflib.get_close_matches(name[:100], PLACEHOLDERS, n=1, cutoff=0.7)
        if near:
            raise ConfigError(f"{where}: unknown placeholder {{{one_line(name)[:40]}}}: did you mean {{{near[0]}}}?")
        words = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)  # what is no slip may be anything, a secret too
        shown = name if len(name) <= _SHORTEST else "****"
        raise ConfigError(f"{where}: unknown placeholder {{{shown}}}: use {words}")
    if conversion is not None:
        raise ConfigError(f"{where}: {{{name}!{one_line(conversion)}}}: conversions are not possible here")
    if not form:
        return literal, name, None
    decimals = _DECIMALS.fullmatch(form)
    if decimals is None or name not in _NUMBERS:
        raise ConfigError(
            f"{where}: the format of {{{name}}} is not possible: a format is .0f to .8f, and of {{value}} and {{threshold}} only"
        )
    return literal, name, int(decimals[1])


def values_of(alert: Alert, late: str) -> dict[str, str | float | None]:
    """The values of the placeholders for one alert; ``late`` says how late it is, or is empty."""
    moment = datetime.fromtimestamp(alert.time / 1000, UTC)
    return {
        "name": alert.name or alert.text,
        "subject": alert.subject,
        "state": alert.notify or str(alert.state),
        "value": alert.value,
        "threshold": alert.threshold,
        "severity": str(alert.severity),
        "time": f"{moment:%Y-%m-%d %H:%M:%S} UTC",
        "words": alert.words or alert.text,
        "timeframe": str(alert.timeframe),
        "late": late,
    }


def as_title(text: str) -> str:
    """One line of bounded length without control characters: nothing in it can begin a header."""
    return _cut(one_line(text), LONGEST_TITLE)


def as_body(text: str) -> str:
    """Lines without control characters, of bounded length."""
    lines = [one_line(line) for line in re.split(r"\r\n|\r|\n", text)]
    return _cut("\n".join(lines).strip("\n"), LONGEST_BODY)


def one_line(text: str) -> str:
    """Line breaks, control characters and what turns the direction of text become spaces."""
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in text).strip()


def _shown(value: str | float | None, decimals: int | None) -> str:
    if value is None:
        return _NOTHING
    if isinstance(value, str):
        return _cut(one_line(value), _LONGEST_VALUE)
    return f"{value:.6g}" if decimals is None else f"{value:.{decimals}f}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
