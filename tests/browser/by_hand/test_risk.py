"""The risk page in a real browser: its parts, the kill switch, a copy of the account, and a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.by_hand.fake_stack import FakeStack
from tests.browser.live_page import SETTLED
from tests.browser.processes import wait_for
from tests.dashboard.fake_paper import busy

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def risk(page: Page, stack: FakeStack, engine: FakeEngine) -> Page:
    busy(engine.paper.first)
    page.goto(f"{stack.url}/risk")
    page.wait_for_selector(SETTLED, timeout=60_000)
    expect(page.get_by_text("What is not included")).to_be_visible(timeout=20_000)
    return page


def test_the_switch_is_pulled_and_a_copy_is_worked_out(risk: Page, engine: FakeEngine) -> None:
    risk.get_by_role("button", name="Pull", exact=False).click()
    risk.get_by_label("Why").fill("news at noon")
    risk.get_by_label("Why").press("Enter")
    risk.get_by_role("button", name="Pull the kill switch").click()
    wait_for(lambda: engine.paper.first.kill is not None, 20, "the kill switch")
    expect(risk.get_by_text("News at noon. Nothing is entered until it is reset.")).to_be_visible()
    risk.keyboard.press("Escape")
    risk.get_by_role("button", name="What if …").click()
    risk.get_by_label("BTCUSDT/ETHUSDT, trade 12").fill("300")
    risk.get_by_label("BTCUSDT/ETHUSDT, trade 12").press("Tab")
    risk.get_by_role("button", name="Work it out").click()
    expect(risk.get_by_text("Its worst scenario:")).to_be_visible(timeout=20_000)
    assert engine.paper.bodies[-1] == ("risk/what-if", {"scaled": [{"trade": 12, "percent": 300.0}], "added": []})


def test_on_a_phone_nothing_is_wider_than_the_screen(risk: Page) -> None:
    risk.set_viewport_size({"width": 390, "height": 844})
    expect(risk.get_by_text("Kill switch armed.")).to_be_visible()
    assert risk.evaluate("document.documentElement.scrollWidth") <= 390
