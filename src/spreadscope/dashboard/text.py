"""Words and stamps as the pages show them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from spreadscope.contract import Status


def escape(text: str) -> str:
    """``text`` as Markdown that shows it literally: what an engine or an exchange says is not ours to format."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]<>()#+-!|:$~" else sign for sign in text)


def shortened(text: str, most: int = 300) -> str:
    """``text`` with its middle left out where it is too long to be read on a page.

    >>> shortened("a" * 50, 11)
    'aaaaa…aaaaa'
    """
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def typeset(text: str) -> str:
    """The engine's sentence with a real minus before its numbers, as the figures have it.

    >>> typeset("z -2.22 beyond ±2")
    'z −2.22 beyond ±2'
    """
    return re.sub(r"(^|[\s(±:])-(?=\d)", r"\1−", text)


def demo_words(status: Status) -> str:
    """What the data of a demo are: a recording of a market is not made up, and yet it is not the market now."""
    what = "a recording of a market, not the market now" if is_recording(status) else "made up, not market data"
    return f"{what} · {status.source}"


def is_recording(status: Status) -> bool:
    return status.source.startswith("recording ")


def sentence(text: str) -> str:
    """``text`` begun with a capital and ended with a full stop. A symbol or a quotation at its start stays."""
    text = shortened(text.strip())
    if text[:2].islower() and ":" not in text.partition(" ")[0]:
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def utc(milliseconds: int | None) -> str:
    """``1691452800000`` → ``2023-08-08 00:00:00.000``."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def span(seconds: float | None) -> str:
    """``90`` → ``1.5 min``; empty for None."""
    if seconds is None:
        return ""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
