"""Texts of the exchange and of people, where a terminal shows them: they move nothing and make no lines."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from rich.console import Console
from rich.table import Table

from spreadscope import log_setup
from spreadscope.commands import console, top
from spreadscope.commands.console import print_json, print_message, print_result, table_console
from spreadscope.model.states import LogFormat, LogLevel

CLEARS = "\x1b[2J\x1b]0;mine\x07\x9b31m"
FORGED = "gone\n2026-01-01 [error] forged"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before, handlers = structlog.get_config(), list(logging.getLogger().handlers)
    yield
    structlog.configure(**before)
    logging.getLogger().handlers = handlers


@pytest.mark.parametrize("form", LogFormat)
def test_what_others_wrote_moves_no_terminal_and_makes_no_line_of_the_log(
    capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    log_setup.set_up(LogLevel.INFO, form)
    log = structlog.get_logger()
    log.warning("refused " + CLEARS, said=FORGED, by=CLEARS)  # noqa: G003 - the event may quote a text too
    print_message(f"cannot use {CLEARS}")
    printed = capsys.readouterr().err
    assert len(printed.splitlines()) == 2
    assert not any(sign in printed for sign in "\x1b\x07\x9b")
    try:
        int(CLEARS)
    except ValueError as error:
        log.exception("failed", exc_info=ValueError(CLEARS).with_traceback(error.__traceback__))
    trace = capsys.readouterr().err
    assert "ValueError" in trace
    assert not any(sign in trace for sign in "\x1b\x07\x9b")


def test_nor_in_tables_and_on_the_screen_of_top(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("who", "what")
    table.add_row(CLEARS, "first\nsecond")
    table_console().print(table)
    shown = capsys.readouterr().out
    screen = io.StringIO()
    Console(file=screen, width=80).print(top._line(CLEARS))
    for text in (shown, screen.getvalue()):
        assert "�[2J" in text
        assert not any(sign in text for sign in "\x1b\x07\x9b")
    assert "second" in shown


def test_nor_in_the_results_of_commands(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(f"{CLEARS}: 3 rows\nforged")
    assert capsys.readouterr().out == "�[2J�]0;mine��31m: 3 rows�forged\n"
    print_json({"symbol": CLEARS + "\x7f"})
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert printed.removesuffix("\n").isprintable()
    assert json.loads(printed) == {"symbol": CLEARS + "\x7f"}


def test_commands_write_by_the_console_alone() -> None:
    folder = Path(console.__file__).parent
    writing = {path.name for path in folder.glob("*.py") if "sys.stdout.write" in path.read_text("utf-8")}
    assert writing == {"console.py"}
