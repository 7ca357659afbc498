"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import logging
import sys
from typing import Any

import msgspec
import structlog


def say(text: str) -> None:
    """One line for a person, on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def give(document: Any) -> None:
    """One JSON line for a program, on standard output."""
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    sys.stdout.flush()


def set_up_logging(*, verbose: bool = False) -> None:
    """Structured log lines on standard error: warnings, and with ``verbose`` everything."""
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
        # The stream is looked up at every line: a logger that keeps one would outlive a stream that was replaced.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
