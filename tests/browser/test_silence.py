"""A feed that stopped does not look alive: lamps, figures and words at each moment, and all is fresh after it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.live_page import BAR, HOST, SETTLED, LivePage
from tests.browser.processes import Stack, patience, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RED_WITHIN = 10.0
FRESH_WITHIN = 5.0
LAMPS = """() => Object.fromEntries([...BAR.shadowRoot.querySelectorAll('.chip')]
    .map((chip) => [chip.dataset.chip, {level: chip.dataset.level, words: chip.textContent}]))"""
LINKS = """() => [...BAR.shadowRoot.querySelectorAll('.chip > .runbook:not([hidden])')]
    .map((link) => link.getAttribute('href'))"""
STALE = """() => Object.fromEntries([...(HOST?.shadowRoot.querySelectorAll('.kpi') ?? [])]
    .map((card) => [card.dataset.key, {stale: card.classList.contains('stale'),
        note: card.querySelector('.note').textContent, zone: card.dataset.zone ?? ''}]))"""


@dataclass
class Pages:
    """The three pages, open at once as at a desk."""

    live: LivePage
    alerts: Page
    data: Page
    stack: Stack

    @property
    def watched(self) -> list[str]:
        """The lamps of what the engine listens to."""
        return [
            "market",
            *(f"symbol-{name}" for name in self.stack.symbols[:2]),
            "connection-market-0",
            "connection-public-0",
        ]

    def lamps(self) -> dict[str, dict[str, str]]:
        return dict(self.live.page.evaluate(LAMPS.replace("BAR", BAR)))

    def figures(self) -> dict[str, dict[str, Any]]:
        return dict(self.live.page.evaluate(STALE.replace("HOST", HOST)))

    def levels(self) -> set[str]:
        """The colours of the lamps of what is listened to."""
        lamps = self.lamps()
        return {lamps[name]["level"] for name in self.watched if name in lamps}

    def fresh(self) -> bool:
        """Whether every lamp is green and no figure is grey."""
        figures = self.figures()  # none for a moment, while the page puts its parts in place
        return self.levels() == {"good"} and bool(figures) and not any(each["stale"] for each in figures.values())

    def is_fresh_again(self) -> None:
        began = time.monotonic()
        limit = patience(FRESH_WITHIN)
        wait_for(self.fresh, limit, lambda: f"being fresh again ({self.lamps()}, {self.figures()})")
        left = 1000 * max(0.5, limit - (time.monotonic() - began))
        expect(self.live.page.locator(".overlay")).to_be_hidden(timeout=left)
        expect(self.live.page.locator(".alarm[data-level=error]")).to_have_count(0, timeout=left)
        for page in (self.live.page, self.alerts, self.data):
            expect(page.locator(".alarm-bar")).not_to_have_attribute("data-level", "lost", timeout=left)
            banners = page.locator('[data-testid="stAlert"]', has_text="engine")
            expect(banners, page.url).to_have_count(0, timeout=left)
        expect(self.alerts.locator(".rules-view")).not_to_have_class("rules-view lost", timeout=left)

    def are_grey(self) -> None:
        """Lamps are the bar's and figures the page's own: each draws by itself, at most half a second apart."""
        wait_for(lambda: all(figure["stale"] for figure in self.figures().values()), patience(1), "greying the figures")

    def is_red(self, since: float) -> None:
        """Within ten seconds of the last word: every lamp red, every figure grey, and what to do."""
        wait_for(lambda: self.levels() == {"bad"}, patience(RED_WITHIN) - (time.monotonic() - since), "going red")
        self.are_grey()
        figures = self.figures()
        assert "old" in figures["z"]["note"]
        assert {figure["zone"] for figure in figures.values()} == {""}
        expect(self.live.page.locator('.overlay[data-state="feed"]')).to_contain_text("do not act on it")
        alarm = self.live.page.locator(
            ".spreadscope .alarm[data-level=error]", has_text="Nothing has come from the exchange"
        )
        expect(alarm).to_contain_text("see whether the local exchange still runs")
        for page in (self.live.page, self.alerts, self.data):
            expect(page.locator(".alarm-bar .summary")).to_have_text("Alerts are not live: exchange silent")
        expect(self.alerts.locator(".rules-view .note")).to_contain_text("Nothing has come from it")
        expect(self.alerts.locator(".rules-view")).to_have_class("rules-view lost")
        expect(
            self.data.locator('[data-testid="stAlert"]', has_text="Nothing has come from the exchange")
        ).to_be_visible()

    def say_what_to_do(self, name: str) -> None:
        """The alarm and the red lamps lead to the page that says what to do, which is served."""
        page = self.live.page
        link = page.locator(".spreadscope .alarm[data-level=error] a.runbook").first
        expect(link).to_have_attribute("href", f"/runbook/{name}")
        hrefs = page.evaluate(LINKS.replace("BAR", BAR))
        assert f"/runbook/{name}" in hrefs
        assert len(hrefs) >= len(self.watched), "each red lamp has a link"
        answer = page.request.get(f"{self.stack.url}/runbook/{name}")
        assert answer.ok
        assert "<h2>What to do</h2>" in answer.text()


@pytest.fixture(scope="module")
def pages(context: BrowserContext, stack: Stack) -> Iterator[Pages]:
    live, alerts, data = (context.new_page() for _ in range(3))
    found = Pages(LivePage(live, stack.url).open("?timeframe=1s"), alerts, data, stack)
    alerts.goto(f"{stack.url}/alerts")
    data.goto(f"{stack.url}/data")
    wait_for(found.fresh, 60, "a fresh page")
    for page in (alerts, data):
        page.wait_for_selector(SETTLED, timeout=30_000)
        expect(page.locator('.alarm-bar:not([data-level="lost"])')).to_be_visible()
    yield found
    for page in (live, alerts, data):
        page.close()


def test_an_exchange_that_stops_speaking_goes_red_and_comes_back(pages: Pages) -> None:
    process = pages.stack.exchange.process
    process.send_signal(signal.SIGSTOP)  # what a network that drops everything looks like: nobody closes anything
    began = time.monotonic()
    try:
        pages.is_red(began)
        pages.say_what_to_do("exchange-silent")
        ages = pages.figures()["price_y"]["note"]
        wait_for(lambda: pages.figures()["price_y"]["note"] != ages, patience(3), "growing older")
        # The sockets are dead by now, and made anew in vain: that hears nothing either.
        wait_for(
            lambda: "reconnecting" in pages.lamps()["connection-market-0"]["words"], patience(8), "giving the socket up"
        )
        assert pages.levels() == {"bad"}
    finally:
        process.send_signal(signal.SIGCONT)
    pages.is_fresh_again()


def test_an_engine_that_is_killed_leaves_nothing_green_and_no_banner_behind(pages: Pages) -> None:
    stack, page = pages.stack, pages.live.page
    port = int(stack.api.rsplit(":", 1)[1])
    stack.engine.stop(signal.SIGKILL)
    wait_for(lambda: pages.levels() == {"old"}, patience(3), "going grey")
    assert pages.lamps()["engine"]["level"] == "bad"
    pages.are_grey()
    expect(page.locator('.overlay[data-state="engine"]')).to_contain_text("start it again")
    for each in (page, pages.alerts, pages.data):
        expect(each.locator(".alarm-bar .summary")).to_have_text("Alerts are not live: engine lost")
    # What is asked of an engine that is not there is said not to have been done, and that is not said for ever.
    pages.live.add_symbols(stack.symbols[2])
    said = page.locator('[data-testid="stAlert"]', has_text="nothing was changed")
    expect(said).to_be_visible(timeout=1_000 * patience(5))
    page.keyboard.press("Escape")
    pages.live.choose("1m")
    expect(page.locator('[data-testid="stAlert"]', has_text="last known state")).to_be_visible(timeout=10_000)
    expect(pages.data.get_by_text("last known state")).to_be_visible(timeout=10_000)
    stack.start_engine(port)
    pages.is_fresh_again()
    pages.live.choose("1s")
    pages.live.drawn("1s")


def test_an_exchange_that_is_killed_goes_red_and_its_successor_is_heard_at_once(pages: Pages) -> None:
    stack = pages.stack
    stack.exchange.stop(signal.SIGKILL)
    pages.is_red(time.monotonic())
    stack.start_exchange()
    pages.is_fresh_again()


def test_a_page_without_its_server_says_so_itself(pages: Pages) -> None:
    pages.stack.dashboard.stop(signal.SIGKILL)
    for page in (pages.live.page, pages.alerts, pages.data):
        expect(page.locator(".alarm-bar .summary")).to_contain_text(
            "The dashboard's server does not answer", timeout=10_000
        )
    wait_for(lambda: pages.levels() == {"old"}, patience(5), "going grey")
    expect(pages.live.page.locator('.overlay[data-state="server"]')).to_be_visible()
    dimmed = pages.data.locator('[data-testid="stDataFrame"]').first
    expect(dimmed).to_have_css("opacity", "0.6")
    # Streamlit's own guess comes some seconds later, and would lie over all of it.
    dialog = pages.live.page.locator("h2", has_text="Connection error")
    dialog.wait_for(state="attached", timeout=30_000)
    expect(dialog).to_be_hidden()
    wait_for(lambda: not pages.live.page.evaluate("document.querySelector('#root').inert"), 5, "being usable")
