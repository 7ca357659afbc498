"""Chromium, the programs it looks at, and what a page must never do.

Scope is the module: Playwright keeps an event loop running, which later tests of other modules could not stand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Response, sync_playwright

from tests.browser.chromium import BROWSERS, FLAGS
from tests.browser.processes import Stack, assert_no_traceback


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("stack"))
    try:
        yield running
    finally:
        running.stop()
    assert_no_traceback(running.dashboard)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """Returns the path of the system's Chromium; None where Playwright has one of its own."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def installed(playwright: Playwright, chromium: str | None) -> str | None:
    if chromium is None and not Path(playwright.chromium.executable_path).exists():
        pytest.skip("no Chromium or Chrome on this machine: install one to run the browser tests")
    return chromium


@pytest.fixture(scope="module")
def browser(playwright: Playwright, installed: str | None) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=installed, args=FLAGS)
    yield started
    started.close()


class Faults:
    """Everything a page must not do, as it is seen."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.seen.append(f"page error: {error}"))
        page.on("console", self._said)
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        page.on("request", lambda request: self._request(request.url))
        page.on("websocket", lambda socket: self._request(socket.url.replace("ws:", "http:", 1)))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self.seen.append(f"{answer.status} {answer.url}")

    def _failed(self, request: Any) -> None:
        # A reload gives up the requests that are under way.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.seen.append(f"failed: {request.url} {request.failure}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.seen.append(f"a request to elsewhere: {url}")


@pytest.fixture
def faults(stack: Stack) -> Iterator[Faults]:
    found = Faults(stack.url)
    yield found
    assert not found.seen


@pytest.fixture(scope="module")
def context(
    playwright: Playwright, installed: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """Shared, with a profile on disk, as is a person's browser: only so does Chromium keep Streamlit's scripts, many
    megabytes, compiled from one page to the next."""
    made = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"), executable_path=installed, args=FLAGS,
        viewport={"width": 1440, "height": 1400}, color_scheme="dark",
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, faults: Faults) -> Iterator[Page]:
    made = context.new_page()
    faults.watch(made)
    yield made
    assert made.locator('[data-testid="stException"]').count() == 0
    made.evaluate("localStorage.clear()")  # what one test chose is no other's choice
    made.close()
