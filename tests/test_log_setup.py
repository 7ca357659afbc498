"""The log: text for people, JSON for programs, with what each line is about; its level changes while it runs."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from spreadscope import children, log_setup
from spreadscope.app.log_control import LogLevelControl
from spreadscope.commands.console import print_message
from spreadscope.model.clock import SystemClock
from spreadscope.model.states import LogFormat, LogLevel
from spreadscope.tasks import Tasks
from tests.e2e.line import until

log = structlog.get_logger()


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    handlers = list(logging.getLogger().handlers)
    yield
    structlog.configure(**before)
    logging.getLogger().handlers = handlers


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_every_line_in_json_is_one_object_with_its_context(capsys: pytest.CaptureFixture[str]) -> None:
    log_setup.set_up(LogLevel.INFO, LogFormat.JSON)
    with structlog.contextvars.bound_contextvars(request="r1"):
        log.info("hello", symbol="AAAUSDT")
        log.debug("not told")
        logging.getLogger("a.library").warning("it said %s", "so")
        print_message("Spreadscope engine on http://127.0.0.1:1")
    try:
        int("a")
    except ValueError:
        log.exception("failed")
    first, library, printed, failed = lines(capsys)
    assert first.pop("timestamp").endswith("Z")
    assert first == {"event": "hello", "level": "info", "symbol": "AAAUSDT", "request": "r1"}
    assert (library["event"], library["level"], library["logger"], library["request"]) == (
        "it said so", "warning", "a.library", "r1",
    )  # fmt: skip
    assert (printed["event"], printed["level"]) == ("Spreadscope engine on http://127.0.0.1:1", "info")
    assert children.sentence(json.dumps(printed)) == "Spreadscope engine on http://127.0.0.1:1"
    assert children.sentence(json.dumps(library)) is None
    assert "ValueError: invalid literal" in failed["exception"]
    assert log_setup.server_log_config() is None


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    log_setup.set_up(LogLevel.WARNING, LogFormat.JSON)
    log_setup.set_up(LogLevel.WARNING, LogFormat.TEXT)
    log.warning("careful", connection="market-0")
    print_message("a sentence")
    told, sentence = capsys.readouterr().err.splitlines()
    assert told.split()[1:] == ["[warning", "]", "careful", "connection=market-0"]
    assert sentence == "a sentence"
    assert log_setup.server_log_config() is not None


def test_the_level_changes_for_a_while_and_every_change_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    log_setup.set_up(LogLevel.WARNING, LogFormat.JSON)

    async def main() -> None:
        async with Tasks() as tasks:
            control = LogLevelControl(SystemClock(), tasks, minute_seconds=0.02)
            assert control.set(LogLevel.DEBUG, 1).level is LogLevel.DEBUG
            assert control.setting().until is not None
            log.debug("seen")
            await until(lambda: control.setting().level is LogLevel.WARNING)
            log.debug("unseen")
            assert control.setting().until is None
            # The way back of an earlier change does not end a later one.
            control.set(LogLevel.INFO, 1)
            control.set(LogLevel.ERROR, None)
            await asyncio.sleep(0.06)
            assert control.setting().level is LogLevel.ERROR
            # What was changed for a while is as it was when the engine ends.
            control.set(LogLevel.DEBUG, 1_000)
            await asyncio.sleep(0)

    asyncio.run(main())
    told = [
        (line["event"], line.get("before"), line.get("level") if line["event"] == "seen" else line.get("to"))
        for line in lines(capsys)
    ]
    assert told == [
        ("log level changed", "warning", "debug"), ("seen", None, "debug"), ("log level changed", "debug", "warning"),
        ("log level changed", "warning", "info"), ("log level changed", "info", "error"),
        ("log level changed", "error", "debug"), ("log level changed", "debug", "warning"),
    ]  # fmt: skip
    assert log_setup.current_level() is LogLevel.WARNING
