"""The output of commands: results on standard output, messages on standard error."""

from __future__ import annotations

import logging
import sys
from typing import Any

import msgspec
import structlog
from rich.console import Console


def print_message(text: str) -> None:
    """Print one line for a user, on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def print_json(document: Any) -> None:
    """Print one JSON line for a program, on standard output."""
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    sys.stdout.flush()


def table_console() -> Console:
    """Returns a console for tables on standard output; in a file or pipe they have a fixed width."""
    return Console(width=None if sys.stdout.isatty() else 120)


def set_up_logging(*, verbose: bool = False) -> None:
    """Log to standard error: warnings, and with ``verbose`` everything."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.set_exc_info,
            # A plain trace: the rich one prints the local variables of every frame, and secrets are among them.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.WARNING),
        # The stream is looked up for every line, because tests replace it.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
