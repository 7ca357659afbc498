"""The output of commands: results on standard output, messages on standard error."""

from __future__ import annotations

import re
import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from spreadscope import log_setup
from spreadscope.model.sections import LogConfig
from spreadscope.model.states import LogLevel

_BEYOND_ASCII_CONTROLS = re.compile("[\x7f-\x9f]")
"""Characters that a terminal obeys and JSON needs not escape; in JSON they stand within texts only."""


def print_message(text: str) -> None:
    """Print one line for a user, on standard error."""
    log_setup.print_line(text)


def print_result(text: str) -> None:
    """Print one line of a result on standard output; names in it that others gave move no terminal."""
    sys.stdout.write(log_setup.printable(text) + "\n")


def print_json(document: Any) -> None:
    """Print one JSON line for a program, on standard output; a terminal that shows it is not moved either."""
    line = msgspec.json.encode(document).decode()
    sys.stdout.write(_BEYOND_ASCII_CONTROLS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", line) + "\n")
    sys.stdout.flush()


def table_console() -> Console:
    """Returns a console for tables on standard output; in a file or pipe they have a fixed width."""
    return _TableConsole(width=None if sys.stdout.isatty() else 120)


class _TableConsole(Console):
    """A console whose cells are texts of others, the exchange's among them: none of them moves the terminal."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(log_setup.printable(text, lines=True), **options)


def set_up_logging(*, verbose: bool = False, config: LogConfig | None = None) -> None:
    """Log to standard error, by ``config``; with ``verbose`` everything."""
    config = config or LogConfig()
    log_setup.set_up(LogLevel.DEBUG if verbose else config.level, config.format)
