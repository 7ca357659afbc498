"""Chromium, the programs it looks at, and what a page must never do.

Scope is the module: Playwright keeps an event loop running, which later tests of other modules could not stand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.browser.chromium import BROWSERS, FLAGS
from tests.browser.page_faults import Faults
from tests.browser.processes import Stack, assert_no_traceback

SIZE: ViewportSize = {"width": 1440, "height": 1400}

# Playwright waits for five seconds, which a browser on a machine with other work may need for one answer of a page. A
# test whose matter is how soon something is seen says so itself.
expect.set_options(timeout=20_000)


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


@pytest.fixture
def faults(stack: Stack) -> Iterator[Faults]:
    found = Faults(stack.url)
    yield found
    assert not found.seen


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Chromium keeps Streamlit's scripts, many megabytes, compiled from one page to the next."""
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def context(playwright: Playwright, installed: str | None, profile: Path) -> Iterator[BrowserContext]:
    """Shared, with a profile on disk, as is a person's browser."""
    made = playwright.chromium.launch_persistent_context(
        profile, executable_path=installed, args=FLAGS,
        viewport=SIZE, color_scheme="dark",
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture(scope="module")
def tab(context: BrowserContext) -> Iterator[Page]:
    """The tab that the tests of a module use one after another: a tab of its own has Chromium start a process and read
    Streamlit's scripts anew, which is a third of what a page costs (3.3 against 2.1 seconds of processor time)."""
    made = context.new_page()
    yield made
    made.close()


@pytest.fixture
def page(tab: Page, faults: Faults) -> Iterator[Page]:
    """An empty tab as each test finds it; what a test adds to it with an init script would stay: see ``fresh_page``."""
    tab.set_viewport_size(SIZE)
    tab.emulate_media(color_scheme="dark")
    stop_watching = faults.watch(tab)
    yield tab
    assert tab.locator('[data-testid="stException"]').count() == 0
    tab.evaluate("localStorage.clear(); sessionStorage.clear()")  # what one test chose is no other's choice
    tab.goto("about:blank")
    stop_watching()


@pytest.fixture
def fresh_page(context: BrowserContext, faults: Faults) -> Iterator[Page]:
    """A tab for one test alone."""
    made = context.new_page()
    faults.watch(made)
    yield made
    assert made.locator('[data-testid="stException"]').count() == 0
    made.evaluate("localStorage.clear()")
    made.close()
