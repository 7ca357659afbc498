"""Words and stamps as the pages show them."""

from __future__ import annotations

from datetime import UTC, datetime


def escape(text: str) -> str:
    """``text`` as Markdown that shows it literally: what an engine or an exchange says is not ours to format."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]<>()#+-!|:$~" else sign for sign in text)


def sentence(text: str) -> str:
    """``text`` begun with a capital and ended with a full stop. A symbol or a quotation at its start stays."""
    text = text.strip()
    if text[:2].islower():
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
