"""The backtest page on the real programs: from the form to the result, and the report that is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_page import SETTLED
from tests.browser.processes import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def jobs(stack: Stack) -> list[dict[str, Any]]:
    return [job for job in stack.get("/api/jobs") if job["kind"] == "backtest"]


def test_a_backtest_is_run_and_its_report_is_downloaded(page: Page, stack: Stack) -> None:
    wait_for(lambda: stack.get("/api/status")["pairs"], 60, "a followed pair")
    page.goto(f"{stack.url}/backtest")
    page.wait_for_selector(SETTLED, timeout=30_000)
    expect(page.get_by_text("Nothing was run yet")).to_be_visible(timeout=20_000)
    box = page.get_by_label("Pairs", exact=True)
    box.fill("NOPE")
    box.press("Enter")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled(timeout=20_000)
    box.fill(stack.pair)
    box.press("Enter")
    page.wait_for_selector(SETTLED, timeout=30_000)
    page.locator('[data-testid="stButtonGroup"]').get_by_text("1s", exact=True).click()
    page.wait_for_selector(SETTLED, timeout=30_000)
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=20_000)
    page.get_by_role("button", name="Run", exact=True).click()
    wait_for(lambda: len(found := jobs(stack)) == 1 and found[0]["ended"] is not None, 120, "the end of a backtest")
    (job,) = jobs(stack)
    assert job["state"] == "done", job["error"]
    report = stack.get(f"/api/jobs/{job['id']}/results/backtest.json")
    expect(page.get_by_text(f"{report['figures']['trades']} trades, net")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Variations", exact=True)).to_be_visible()
    with page.expect_download() as loading:
        page.get_by_role("link", name="report, HTML").click()
    assert loading.value.suggested_filename == "DEMO-backtest-backtest.html"
    text = Path(str(loading.value.path())).read_text(encoding="utf-8")
    assert report["hash"] in text
    asked: list[str] = []
    alone = page.context.new_page()
    alone.on("request", lambda request: asked.append(request.url))
    alone.set_content(text)
    expect(alone.get_by_role("heading", level=1)).to_contain_text(f"Backtest of {stack.pair} at 1s")
    assert asked == []
    alone.close()
