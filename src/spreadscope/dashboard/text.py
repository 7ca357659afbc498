"""Texts and times as the pages show them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from spreadscope.contract import Status


def escape(text: str) -> str:
    """Returns ``text`` as Markdown that shows it literally: texts of the engine must not be formatted."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]<>()#+-!|:$~" else sign for sign in text)


def shorten(text: str, limit: int = 300) -> str:
    """Returns ``text`` without its middle where it is too long for a page.

    >>> shorten("a" * 50, 11)
    'aaaaa…aaaaa'
    """
    half = (limit - 1) // 2
    return text if len(text) <= limit else f"{text[:half]}…{text[-half:]}"


def with_minus_signs(text: str) -> str:
    """Returns a sentence of the engine with a real minus sign before its numbers, as in tables.

    >>> with_minus_signs("z -2.22 beyond ±2")
    'z −2.22 beyond ±2'
    """
    return re.sub(r"(^|[\s(±:])-(?=\d)", r"\1−", text)


def demo_text(status: Status) -> str:
    """Returns a description of demo data: a recording, or made up."""
    kind = "a recording of a market, not the market now" if is_recording(status) else "made up, not market data"
    return f"{kind} · {status.source}"


def is_recording(status: Status) -> bool:
    return status.source.startswith("recording ")


def sentence(text: str) -> str:
    """Returns ``text`` with a capital at its start and a full stop. A symbol, file or quotation at the start stays.

    >>> sentence("nothing is named"), sentence("closes.csv is empty")
    ('Nothing is named.', 'closes.csv is empty.')
    """
    text = shorten(text.strip())
    if text[:2].islower() and not {":", "."} & set(text.partition(" ")[0]):
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def utc(milliseconds: int | None) -> str:
    """Returns ``2023-08-08 00:00:00.000`` for ``1691452800000``; empty for None."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def duration_text(seconds: float | None) -> str:
    """Returns ``1.5 min`` for ``90``; empty for None."""
    if seconds is None:
        return ""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
