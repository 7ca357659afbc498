"""Every page by axe: names, roles and structure for those who do not see it, or have no mouse.

What stands out against what is measured by ``expect_readable`` where the pages are tried.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from spreadscope.dashboard.pages import PAGES
from tests.browser.appearance import HEIGHT, wear
from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.by_hand.fake_stack import FakeStack
from tests.browser.live_page import SETTLED
from tests.browser.processes import patience
from tests.dashboard.fake_paper import busy

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).resolve().parents[3] / "frontend" / "checks" / "node_modules" / "axe-core" / "axe.min.js"
# Streamlit's own link to its main part stands outside of every landmark on narrow screens.
FOUND = """async () => {
    const rest = { include: document, exclude: '[data-testid="stSkipToContent"]' };
    // Colours fade from one theme to the other, and are measured elsewhere once they have.
    const rules = { "color-contrast": { enabled: false } };
    const { violations } = await axe.run(rest, { resultTypes: ["violations"], rules });
    const words = ({ nodes }) => nodes.map(({ html }) => html.slice(0, 160));
    return violations.map((each) => `${each.impact}: ${each.id}: ${words(each)}`);
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        pytest.skip("axe is not installed: make .venv/.checks")
    return AXE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: Page, stack: FakeStack, engine: FakeEngine, axe: str, name: str) -> None:
    busy(engine.paper.first)
    page.set_viewport_size({"width": 1920, "height": HEIGHT})
    page.goto(f"{stack.url}/{'' if name == PAGES[0] else name}")
    page.wait_for_selector(SETTLED, timeout=1000 * patience(30))
    expect(page.locator('.alarm-bar:not([data-level="lost"])')).to_be_visible(timeout=1000 * patience(20))
    page.evaluate(f"() => {{{axe}}}")
    found: dict[str, Any] = {}
    for width, scheme in ((1920, "dark"), (390, "light")):
        wear(page, scheme)  # type: ignore[arg-type]  # one of its two words
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found[f"{width} {scheme}"] = page.evaluate(FOUND)
    assert found == {"1920 dark": [], "390 light": []}
