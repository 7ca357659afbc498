"""Lamps, figures and words at moments of a silence, before an engine whose clock the test sets: no waiting."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.by_hand.fake_stack import FakeStack
from tests.browser.live_page import HOST, LivePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEGS = ("BTCUSDT", "ETHUSDT")
STALE = """() => [...HOST.shadowRoot.querySelectorAll('.kpi')].filter((card) => !card.classList.contains('stale'))
    .map((card) => card.dataset.key)"""
FRESH_MS = 5_000


def seconds(least: int) -> str:
    """An age of so many seconds, or of the few that have passed since the engine said it."""
    return f"({'|'.join(str(number) for number in range(least, least + 5))}) s"


def test_at_ten_twenty_and_forty_seconds_of_silence(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    engine.silent_ms = 40
    LivePage(page, stack.url).open()
    chips = {name: page.locator(f'.chip[data-chip="{name}"]') for name in ("connection-market-1", "market", "engine")}
    legs = [page.locator(f'.chip[data-chip="symbol-{leg}"]') for leg in LEGS]
    overlay = page.locator('.overlay[data-state="feed"]')
    for silence in (10, 20, 40):
        engine.silent_ms = silence * 1_000
        expect(chips["connection-market-1"]).to_contain_text(re.compile(f"connected · nothing for {seconds(silence)}"))
        expect(chips["connection-market-1"]).to_have_attribute("data-level", "bad")
        for leg in legs:
            expect(leg).to_contain_text(re.compile(f"silent · last trade {seconds(silence)} ago"))
            expect(leg).to_have_attribute("data-level", "bad")
        expect(chips["market"]).not_to_have_attribute("data-level", "good")
        expect(chips["engine"]).to_contain_text("hears nothing")
        expect(chips["engine"]).to_have_attribute("data-level", "warn")
        assert page.evaluate(STALE.replace("HOST", HOST)) == []
        for key in ("price_y", "price_x", "z", "spread", "beta"):
            card = page.locator(f'.kpi[data-key="{key}"]')
            expect(card.locator(".note")).to_have_text(re.compile(f"^{seconds(silence)} old$"))
            assert card.get_attribute("data-zone") in {None, ""}
        expect(overlay).to_contain_text("Exchange silent")
        expect(overlay).to_contain_text(re.compile(f"Nothing has come from it for {seconds(silence)}"))
        expect(overlay).to_contain_text("do not act on it. Check this machine's network and the exchange's news.")
        expect(page.locator(".alarm-bar .summary")).to_have_text("Alerts are not live: exchange silent")
    engine.silent_ms = 40
    for chip in (chips["connection-market-1"], *legs):
        expect(chip).to_have_attribute("data-level", "good", timeout=FRESH_MS)
    expect(overlay).to_be_hidden(timeout=FRESH_MS)
    expect(page.locator(".alarm-bar")).not_to_have_attribute("data-level", "lost", timeout=FRESH_MS)
    expect(page.locator('.kpi[data-key="price_y"]')).not_to_have_class(re.compile("stale"), timeout=FRESH_MS)
