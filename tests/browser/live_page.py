"""The live page as the tests see it: what is drawn, read from the page itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from playwright.sync_api import Page, expect

SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# The live view's host, and the bar's: each is a component.
HOST = """[...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .find((host) => host.shadowRoot?.querySelector('.spreadscope'))"""
BAR = """[...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .find((host) => host.shadowRoot?.querySelector('.bar'))"""
KEYS = (
    "z",
    "spread",
    "beta",
    "kalman_beta",
    "correlation",
    "half_life_unbiased",
    "cointegrated",
    "eg_p",
    "adf_p",
    "breakdown",
    "n",
)


def shown(value: float, decimals: int, *, sign: bool = True) -> str:
    """A number as the pages write it.

    Rounded as it is written in decimals, half away from zero, and no sign before a zero.

    >>> [shown(value, 2) for value in (-0.004, 0.004, 1.005, -1234.5)]
    ['0.00', '0.00', '+1.01', '−1,234.50']
    """
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}"
    return text if not rounded else f"−{text}" if rounded < 0 else f"+{text}" if sign else text


class LivePage:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, query: str = "?timeframe=1s") -> LivePage:
        self.page.goto(f"{self.url}/{query}")
        return self.drawn()

    def settled(self) -> None:
        self.page.wait_for_selector(SETTLED, timeout=30_000)

    def drawn(self, timeframe: str | None = None) -> LivePage:
        """Wait for the script's end and the first drawing of a pair."""
        self.settled()
        self.until(lambda hooks: hooks["points"] > 0 and timeframe in {None, hooks["timeframe"]})
        return self

    def hooks(self) -> dict[str, Any]:
        return dict(
            json.loads(self.page.evaluate("JSON.stringify(window.__spreadscope ?? {points: 0, timeframe: null})"))
        )

    def until(self, condition: Callable[[dict[str, Any]], object], seconds: float = 30) -> dict[str, Any]:
        """Wait until the page's own counters fulfil ``condition``."""
        for _ in range(int(seconds * 20)):
            hooks = self.hooks()
            if condition(hooks):
                return hooks
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the page never came that far: {self.hooks()}")

    def cards(self) -> dict[str, dict[str, str]]:
        """Every figure at one instant: its text and its raw data."""
        script = """() => Object.fromEntries([...HOST
            .shadowRoot.querySelectorAll('.kpi')].map((card) => [card.dataset.key,
                {...card.dataset, text: card.querySelector('.value').textContent}]))"""
        return dict(self.page.evaluate(script.replace("HOST", HOST)))

    def legends(self) -> dict[str, Any]:
        script = """() => { const root = HOST.shadowRoot
            .querySelector('.legends'); return {time: root.dataset.time, ...Object.fromEntries(
            [...root.querySelectorAll('.legend')]
                .map((line) => [line.dataset.pane, line.querySelector('.figures').textContent]))}; }"""
        return dict(self.page.evaluate(script.replace("HOST", HOST)))

    def colours_per_pane(self) -> list[int]:
        """How many colours each wide canvas of the chart holds: an empty one has very few."""
        script = """() => [...HOST.shadowRoot
            .querySelectorAll('.chart canvas')].filter((canvas) => canvas.clientWidth > 200 && canvas.clientHeight > 30)
            .map((canvas) => {
                const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                const seen = new Set();
                for (let at = 0; at < pixels.length; at += 4)
                    seen.add(pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2]);
                return seen.size; })"""
        return [int(count) for count in self.page.evaluate(script.replace("HOST", HOST))]

    def choose(self, timeframe: str) -> None:
        self.page.locator(f'.frames button[data-timeframe="{timeframe}"]').click()

    def add_symbols(self, text: str) -> None:
        self.page.get_by_role("button", name="Add symbols or pair").click()
        box = self.page.get_by_label("Symbols", exact=True)
        box.fill(text)
        box.press("Enter")
        self.settled()

    def add_rule(self, text: str) -> None:
        box = self.page.get_by_role("combobox", name="Alert when")
        box.fill(text)
        box.press("Escape")
        box.press("Enter")

    def overlay(self, state: str) -> None:
        """Wait for the words over the chart."""
        expect(self.page.locator(f'.overlay[data-state="{state}"]')).to_be_visible(timeout=20_000)

    def no_overlay(self) -> None:
        expect(self.page.locator(".overlay")).to_be_hidden(timeout=30_000)
