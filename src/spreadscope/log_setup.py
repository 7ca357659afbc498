"""How this process writes its log: from which level on, and as text for people or as JSON for programs.

All of it goes to standard error. In JSON every line there is one object, those of libraries too; what a request, a
connection, a job or a channel is about stands in each of its lines.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from io import StringIO
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from spreadscope.children import COMMAND
from spreadscope.model.states import LogFormat, LogLevel

_NUMBERS = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}
# structlog makes each of these classes once, so the one in use tells the level.
_LEVELS = {structlog.make_filtering_bound_logger(number): level for level, number in _NUMBERS.items()}
_CONTEXT: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def set_up(level: LogLevel, form: LogFormat) -> None:
    """Log from ``level`` on, in this format."""
    structlog.configure(
        processors=[*_CONTEXT, structlog.dev.set_exc_info, *_renderers(form)],
        wrapper_class=structlog.make_filtering_bound_logger(_NUMBERS[level]),
        # The stream is looked up for every line, because tests replace it.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _LibraryLines)]:
        root.removeHandler(handler)
    if form is LogFormat.JSON:
        root.addHandler(_LibraryLines())


def set_level(level: LogLevel) -> None:
    """Log from another level on; the format stays."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(_NUMBERS[level]))


def current_level() -> LogLevel:
    return _LEVELS.get(structlog.get_config()["wrapper_class"], LogLevel.DEBUG)


def is_json() -> bool:
    return any(isinstance(each, structlog.processors.JSONRenderer) for each in structlog.get_config()["processors"])


def server_log_config() -> dict[str, Any] | None:
    """Returns what uvicorn is to log by: its own lines, or None where they go the way of all libraries, as JSON."""
    from uvicorn.config import LOGGING_CONFIG

    return None if is_json() else LOGGING_CONFIG


def print_line(text: str) -> None:
    """Print a sentence for whoever runs the command on standard error, in the format of the log."""
    line = (
        structlog.processors.JSONRenderer()(None, "info", _stamped(text)) if is_json() else printable(text, lines=True)
    )
    sys.stderr.write(f"{line!s}\n")
    sys.stderr.flush()


def printable(text: str, *, lines: bool = False) -> str:
    """Returns a text that moves no terminal: characters that are not to be seen are replaced; ``lines`` may stay apart.

    >>> printable("BTC\\x1b[2J\\nUSDT")
    'BTC�[2J�USDT'
    """
    kept = {"\n", "\t"} if lines else set[str]()
    return "".join(sign if sign.isprintable() or sign in kept else "�" for sign in text)


def _stamped(text: str) -> dict[str, Any]:
    found: Any = {"event": text, "level": "info", "logger": COMMAND}
    return dict(structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "info", found))


def _renderers(form: LogFormat) -> tuple[Processor, ...]:
    # A plain trace: the rich one prints the local variables of every frame, and secrets are among them.
    if form is LogFormat.JSON:
        return structlog.processors.format_exc_info, structlog.processors.JSONRenderer()
    return (
        _printable_values,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_printable_trace),
    )


def _printable_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep what others wrote (an exchange, a client) in one line, and from moving the terminal."""
    return {name: printable(value) if isinstance(value, str) else value for name, value in event.items()}


def _printable_trace(out: TextIO, exc_info: Any) -> None:
    written = StringIO()
    structlog.dev.plain_traceback(written, exc_info)
    out.write(printable(written.getvalue(), lines=True))


class _LibraryLines(logging.Handler):
    """Warnings of libraries, as JSON among our own lines."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_renderers(LogFormat.JSON),
                ],
                foreign_pre_chain=[*_CONTEXT, structlog.stdlib.add_logger_name],
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:  # noqa: BLE001 - the standard library's way: a line that cannot be written ends nothing
            self.handleError(record)
