"""A person of another account in a real Chromium: a link, the button, the pages under their policy, and the way out.

The browser comes through a proxy that nobody has named, as far as its headers say, so it is not known as the owner's.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.live_page import SETTLED, LivePage
from tests.browser.processes import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def stranger(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(extra_http_headers={"Via": "1.1 elsewhere"}, viewport={"width": 1440, "height": 1000})
    yield context
    context.close()


def link(stack: Stack, scope: str) -> str:
    command = ["spreadscope", "access", "link", "--name", "Ada", "--scope", scope, "--data", str(stack.folder / "data")]
    command += ["--page", stack.url]
    said = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=True)
    return said.stdout.strip()


def test_a_person_signs_in_sees_the_pages_and_may_not_change_what_the_link_does_not_say(
    stack: Stack, stranger: BrowserContext, faults: Any
) -> None:
    page = stranger.new_page()
    assert (answer := page.goto(stack.url)) is not None
    assert answer.status == 401
    expect(page.get_by_text("You are not signed in")).to_be_visible()
    address = link(stack, "read")
    page.goto(address)
    faults.watch(page)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(SETTLED, timeout=60_000)
    assert page.url.rstrip("/").startswith(stack.url)
    for path, shown in (("/", ".spreadscope"), ("/alerts", ".rules-view"), ("/portfolio", ".portfolio")):
        if path != "/":
            page.goto(f"{stack.url}{path}")
            page.wait_for_selector(SETTLED, timeout=60_000)
        page.locator(shown).first.wait_for(timeout=30_000)
    # What the page script asks the engine for, it asks for this person.
    live = LivePage(page, stack.url).open()
    live.add_symbols(stack.symbols[2])
    said = page.locator('[data-testid="stAlert"]', has_text="it needs the scope admin")
    expect(said).to_be_visible(timeout=20_000)
    assert stack.symbols[2] not in stack.get("/api/symbols")
    assert page.evaluate("document.cookie.includes('spreadscope_session')") is False  # no script can read it
    assert faults.seen == []
    # A script that was smuggled into the page does not run.
    smuggled = page.evaluate(
        """() => new Promise((done) => {
          document.addEventListener('securitypolicyviolation', (event) => done(event.violatedDirective));
          const script = document.createElement('script');
          script.textContent = 'window.smuggled = true';
          document.body.append(script);
          setTimeout(() => done(String(window.smuggled)), 2000);
        })"""
    )
    assert smuggled.startswith("script-src")
    (blocked,) = faults.seen
    assert "Content Security Policy" in blocked
    faults.seen.clear()
    page.close()
    page = stranger.new_page()
    page.goto(f"{stack.url}/sign-out")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()
    assert (answer := page.goto(stack.url)) is not None
    assert answer.status == 401
    page.close()
