"""Before an engine that the test moves by hand, in place of the real programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.alerts_page import AlertsPage
from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.by_hand.fake_stack import OTHER, PAIR, FakeStack
from tests.browser.processes import assert_no_traceback


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeStack]:
    """The other fixtures of the browser tests look at whatever ``stack`` serves."""
    running = FakeStack(tmp_path_factory.mktemp("stack"))
    try:
        yield running
    finally:
        running.stop()
    assert_no_traceback(running.dashboard)


@pytest.fixture
def engine(stack: FakeStack) -> FakeEngine:
    stack.engine.begin_anew(PAIR, OTHER)
    return stack.engine


@pytest.fixture
def alerts(page: Page, stack: FakeStack, engine: FakeEngine) -> AlertsPage:
    return AlertsPage(page, stack.url)
