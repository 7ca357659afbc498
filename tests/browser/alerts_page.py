"""The alerts page as the tests see and use it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.live_page import SETTLED


class AlertsPage:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self) -> AlertsPage:
        self.page.goto(f"{self.url}/alerts")
        return self.drawn()

    def come(self) -> AlertsPage:
        """From another page of the same session."""
        self.page.get_by_role("link", name="Alerts", exact=True).first.click()
        return self.drawn()

    def drawn(self) -> AlertsPage:
        # What comes from now on is news to the page: before, it would belong to the past that it begins with.
        expect(self.page.locator('.rules-view:is([data-state="live"], [data-state="empty"])')).to_be_visible(
            timeout=60_000
        )
        expect(self.page.locator('.alarm-bar:not([data-level="lost"])')).to_be_visible(timeout=20_000)
        self.settled()
        return self

    def settled(self) -> None:
        self.page.wait_for_selector(SETTLED, timeout=60_000)

    @property
    def text(self) -> Locator:
        return self.page.get_by_role("combobox", name="Alert when")

    @property
    def options(self) -> Locator:
        return self.page.locator(".completions li")

    @property
    def message(self) -> Locator:
        return self.page.locator(".verdict .message")

    def type(self, text: str) -> None:
        self.text.press_sequentially(text, delay=15)

    def write(self, text: str) -> None:
        """Put a whole text in, and wait until the engine has judged it."""
        self.text.fill(text)
        expect(
            self.page.locator(
                '.rule-text:is([data-verdict="right"], [data-verdict="doubtful"], [data-verdict="wrong"])'
            )
        ).to_be_visible()
        self.page.keyboard.press("Escape")

    def choose(self, label: str, value: str) -> None:
        self.page.locator(".picker").filter(has=self.page.get_by_text(label, exact=True)).locator(
            "select"
        ).select_option(value)

    def button(self, name: str) -> Locator:
        return self.page.locator(".editor").get_by_role("button", name=name, exact=True)

    def save(self) -> None:
        self.button("Save rule").click()
        expect(self.text).to_have_value("", timeout=20_000)
        self.settled()

    def row(self, rule_id: str) -> Locator:
        return self.page.locator(f'.row[data-rule="{rule_id}"]')

    def expect_state(self, rule_id: str, state: str, timeout: float = 10_000) -> None:
        expect(self.row(rule_id)).to_have_attribute("data-state", state, timeout=timeout)

    def do(self, rule_id: str, name: str) -> None:
        self.row(rule_id).get_by_role("button", name=name, exact=True).first.click()

    def mute(self, rule_id: str, span: str) -> None:
        self.row(rule_id).get_by_role("combobox", name="Mute").select_option(span)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def toast(self, text: str) -> Locator:
        return self.page.locator(".toast:not(.more)", has_text=text)
