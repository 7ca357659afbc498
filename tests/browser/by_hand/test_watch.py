"""The watch list in a real browser: every pair in one line, sorted as asked, and a way to its chart."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from spreadscope.pairs.statistics import STATISTICS
from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.by_hand.fake_stack import FakeStack

PAIRS = ("BTCUSDT/ETHUSDT", "SOLUSDT/ETHUSDT", "BNBUSDT/BTCUSDT")


def names(page: Page) -> list[str]:
    return page.locator(".watch tbody a").all_inner_texts()


def test_every_pair_has_a_line_with_every_figure(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    engine.begin_anew(*PAIRS)
    page.goto(f"{stack.url}/watch")
    expect(page.locator(".watch tbody tr")).to_have_count(3)
    assert names(page) == list(PAIRS)
    heads = page.locator(".watch thead th").evaluate_all("(nodes) => nodes.map((node) => node.dataset.key)")
    cards = [key for key, each in STATISTICS.items() if each.card and not each.only_with and key != "ols_beta"]
    assert set(heads) == {"pair", "state", "age", *cards}
    line = page.locator('.watch tr[data-pair="SOLUSDT/ETHUSDT"]')
    expect(line.locator('td[data-key="state"]')).to_have_text("flat")
    expect(line.locator('td[data-key="correlation"]')).to_have_text("+0.500")
    by_z = page.get_by_role("button", name="z-score")
    by_z.click()
    expect(page.locator('.watch th[data-key="z"]')).to_have_attribute("aria-sort", "descending")
    sizes = [
        abs(float(text))
        for text in page.locator('.watch td[data-key="z"]').evaluate_all(
            "(nodes) => nodes.map((node) => node.dataset.value)"
        )
    ]
    assert sizes == sorted(sizes, reverse=True)
    by_z.click()
    expect(page.locator('.watch th[data-key="z"]')).to_have_attribute("aria-sort", "ascending")
    page.locator(".watch tbody a", has_text="BNBUSDT/BTCUSDT").click()
    expect(page.locator('.spreadscope[data-pair="BNBUSDT/BTCUSDT"]')).to_have_count(1)


def test_without_a_pair_it_says_what_to_do(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    engine.begin_anew()
    page.goto(f"{stack.url}/watch")
    expect(page.locator(".watch .note")).to_have_text("No pair is followed yet. Add one on the Live page.")
