"""Model and thresholds on the live page: a preview first, and what is applied holds on page, rule and signal."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_page import LivePage
from tests.browser.processes import Stack

pytestmark = pytest.mark.browser


@pytest.fixture
def live(page: Page, stack: Stack) -> LivePage:
    return LivePage(page, stack.url)


def test_a_threshold_is_previewed_applied_and_taken_back(live: LivePage, stack: Stack) -> None:
    live.open()
    live.until(lambda hooks: hooks["points"] > 100)
    page = live.page
    spread = page.locator('.legend[data-pane="spread"]')
    expect(spread).to_contain_text("±2 sd")
    page.get_by_role("button", name="Model and thresholds").click()
    dialog = page.get_by_role("dialog")
    entry = dialog.get_by_role("spinbutton", name="Entry at |z|")
    expect(entry).to_have_value("2", timeout=20_000)
    entry.fill("1.5")
    entry.press("Enter")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog.locator('[data-testid="stVegaLiteChart"]')).to_be_visible(timeout=20_000)
    assert stack.get(f"/api/parameters?pair={stack.pair}&timeframe=1s")["signals"]["entry"] == 2.0
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_be_hidden(timeout=20_000)
    page.mouse.move(3, 3)  # the click left it above the chart, whose legends then tell of the past
    told = stack.get(f"/api/parameters?pair={stack.pair}&timeframe=1s")
    assert {each["key"]: each["layer"] for each in told["parameters"] if each["layer"] is not None} == {
        "signals.entry": 1.5
    }
    expect(spread).to_contain_text("±1.5 sd", timeout=20_000)
    assert live.hooks()["mounts"] == 1
    page.reload()
    live.drawn()
    expect(spread).to_contain_text("±1.5 sd")
    page.get_by_role("button", name="Model and thresholds").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    expect(page.get_by_role("dialog")).to_be_hidden(timeout=20_000)
    page.mouse.move(3, 3)
    expect(spread).to_contain_text("±2 sd", timeout=20_000)
