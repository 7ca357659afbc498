"""The lab from the page to the worker process and back, in Chromium on the real programs."""

from __future__ import annotations

import json
import urllib.error
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.appearance import expect_readable, looks
from tests.browser.live_page import SETTLED, shown
from tests.browser.processes import Stack, opener, patience, wait_for
from tests.research.lab.pairs_of_bars import START, tied

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SMALL = "a.hedge_window=60&a.z_window=30&a.correlation_window=30"
FRAMES = """() => new Promise((done) => {
  let left = 5;
  const next = () => (left-- ? requestAnimationFrame(next) : done(null));
  next();
})"""
LEGENDS = """() => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .flatMap((host) => [...(host.shadowRoot?.querySelectorAll('.lines .legend') ?? [])])
    .map((legend) => legend.textContent)"""


WIDE = """(width) => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .map((host) => host.shadowRoot?.querySelector('.lines .stage')?.getBoundingClientRect().width ?? 0)
    .some((wide) => wide > 0.85 * width - 60)"""


class LabPage:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, query: str) -> LabPage:
        self.page.goto(f"{self.url}/lab?{query}")
        expect(self.run).to_be_visible(timeout=60_000)
        self.page.wait_for_selector(SETTLED, timeout=60_000)
        return self

    @property
    def run(self) -> Locator:
        return self.page.get_by_role("button", name="Study", exact=True)

    @property
    def lab(self) -> Locator:
        return self.page.locator(".lab")

    def study(self) -> LabPage:
        self.run.click()
        return self.drawn()

    def drawn(self) -> LabPage:
        expect(self.page.locator('.lab[data-state="shown"]')).to_be_visible(timeout=1000 * patience(90))
        self.page.wait_for_selector(SETTLED, timeout=60_000)
        return self

    def figure(self, key: str, place: int = 0) -> str:
        return self.lab.locator(f'tr[data-key="{key}"] td').nth(place).inner_text()

    def frames(self) -> None:
        """Wait for some frames: the chart draws in the next one, and its legends follow what it shows then."""
        self.page.evaluate(FRAMES)

    def legends(self) -> list[str]:
        found: list[str] = self.page.evaluate(LEGENDS)
        return found


def stored(stack: Stack) -> None:
    """Wait until the history of both legs is there."""

    def is_there(symbol: str) -> bool:
        return len(stack.get(f"/api/bars?symbol={symbol}&timeframe=1m&limit=200")) > 150

    wait_for(lambda: all(map(is_there, stack.symbols[:2])), patience(90), "the history of both legs")


def job_of(page: Page) -> str:
    return page.url.partition("study=")[2].partition("&")[0]


def write_files(folder: Path) -> list[Path]:
    """What somebody has: a collector's trades of both legs, and something that is no table."""
    y, x = tied(500)
    lines = [
        json.dumps({"symbol": symbol, "ts": START + 1000 * place + 300, "price": price, "size": 0.1})
        for place, prices in enumerate(zip(np.exp(y).tolist(), np.exp(x).tolist(), strict=True))
        for symbol, price in zip(("OLDUSDT", "NEWUSDT"), prices, strict=True)
    ]
    trades, other = folder / "ticks_2023-11-14.ndjson", folder / "report.csv"
    trades.write_text("\n".join([*lines, '{"symbol": "OLDUSDT", "ts": "never", "price": 1, "size": 1}']))
    other.write_bytes(b"%PDF-1.7 no table")
    return [trades, other]


def test_a_study_of_what_is_stored_says_what_the_engine_says(page: Page, stack: Stack) -> None:
    stored(stack)
    lab = LabPage(page, stack.url).open(f"pair={stack.pair}&timeframe=1m&range=all&{SMALL}").study()
    study: dict[str, Any] = stack.get(f"/api/studies/{job_of(page)}")
    expect(lab.lab.locator(".verdict h3")).to_have_text(study["sets"][0]["verdict"]["text"])
    assert lab.lab.locator(".verdict li").all_inner_texts() == study["sets"][0]["verdict"]["reasons"]
    figures = {figure["key"]: figure["value"] for figure in study["sets"][0]["figures"]}
    assert lab.figure("range_beta") == shown(figures["range_beta"][0], 4, sign=False)
    traded = next(path for path in study["sets"][0]["paths"] if path["traded"])
    last = traded["z"]["values"][-1]
    expected = shown(last, 2) if last is not None else traded["z"]["missing"][-1][2]
    assert f"zOLS {expected}" in lab.legends()
    # The newest rows of the table are the rows that the engine stored live.
    with opener.open(f"{stack.url}/download/jobs/{job_of(page)}/table-a.csv", timeout=30) as answer:
        assert answer.status == 200
        head = next(line for line in answer.read().decode().splitlines() if not line.startswith("#"))
    assert head.startswith("time,price_y,price_x")
    # By keyboard, and with another model beside: what is in sight stays.
    lab.lab.locator(".stage").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    lab.frames()
    before = lab.legends()[0]
    lab.lab.get_by_label("Kalman").check()
    lab.frames()
    assert lab.legends()[0] == before
    assert any("Kalman" in legend for legend in lab.legends())
    expect_readable(page)


def test_a_link_holds_the_study_and_a_second_set_stands_beside_the_first(page: Page, stack: Stack) -> None:
    stored(stack)
    lab = LabPage(page, stack.url).open(f"pair={stack.pair}&timeframe=1m&range=all&{SMALL}&b.entry=1.5&b.fee=1").study()
    expect(lab.lab.locator(".verdict")).to_have_count(2)
    link, figure = page.url, lab.figure("net", 1)
    page.goto("about:blank")
    page.goto(link)
    lab.drawn()
    assert page.url == link
    assert lab.figure("net", 1) == figure


def test_dropped_trades_are_studied_and_what_is_no_table_is_said(page: Page, stack: Stack, tmp_path: Path) -> None:
    lab = LabPage(page, stack.url).open(f"pair=OLDUSDT/NEWUSDT&timeframe=1s&range=all&{SMALL}")
    page.get_by_text("Drop files").click()
    page.locator('input[type="file"]').set_input_files(write_files(tmp_path))
    expect(page.get_by_text("report.csv is a PDF, and no table")).to_be_visible(timeout=1000 * patience(60))
    expect(page.get_by_text("notes of the importer")).to_be_visible()
    lab.study()
    expect(lab.lab.locator("h2")).to_contain_text("OLDUSDT/NEWUSDT · 1s")
    assert "500 rows" in lab.lab.locator("header").inner_text()
    assert "OLDUSDT" not in stack.get("/api/symbols")
    assert stack.get("/api/bars?symbol=OLDUSDT&timeframe=1s&limit=5") == []


def test_a_study_is_cancelled_and_one_without_bars_says_why(page: Page, stack: Stack) -> None:
    stored(stack)
    lab = LabPage(page, stack.url).open(f"pair={stack.pair}&timeframe=1m&range=all")
    lab.run.click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The study was cancelled")).to_be_visible(timeout=1000 * patience(20))
    lab.open(f"pair={stack.pair}&timeframe=1m&from=2001-01-01&to=2001-01-02").run.click()
    expect(page.get_by_text("they reach from")).to_be_visible(timeout=1000 * patience(60))


def test_it_reads_at_every_width_in_both_themes(page: Page, stack: Stack) -> None:
    stored(stack)
    job = next((job for job in stack.get("/api/jobs") if job["kind"] == "study" and job["state"] == "done"), None)
    lab = LabPage(page, stack.url)
    if job is None:
        lab.open(f"pair={stack.pair}&timeframe=1m&range=all&{SMALL}").study()
    else:
        lab.open(f"pair={stack.pair}&timeframe=1m&study={job['id']}").drawn()
    for width, _ in looks(page, 1920, 390):
        page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
        page.wait_for_function(WIDE, arg=width)
        expect_readable(page)


def test_a_result_that_is_gone_is_said_in_one_sentence(stack: Stack) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(f"{stack.url}/download/jobs/nothing/study.json", timeout=20)
    assert caught.value.code == 404
    assert "it is forgotten a while after its end" in caught.value.read().decode()
