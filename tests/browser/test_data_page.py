"""The data page on the real programs: what it shows is what the engine says, at every width and in both themes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.appearance import expect_readable, looks
from tests.browser.live_page import SETTLED
from tests.browser.processes import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PARTS = ("completeness", "now", "integrity", "storage", "sessions", "import-and-export")
# Nothing is wider than the window, also within the components.
FITS = """(width) => document.documentElement.scrollWidth <= width
    && [...document.querySelectorAll('*')].every((host) => [...(host.shadowRoot?.querySelectorAll('svg, table') ?? [])]
        .every((each) => each.getBoundingClientRect().right <= width + 1))"""


class DataPage:
    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.stack = stack

    def open(self, part: str = "completeness") -> DataPage:
        self.page.goto(f"{self.stack.url}/data?part={part}")
        self.settled()
        return self

    def settled(self) -> None:
        self.page.wait_for_selector(SETTLED, timeout=30_000)

    @property
    def calendar(self) -> Locator:
        return self.page.locator(".calendar")

    @property
    def said(self) -> Locator:
        return self.calendar.locator(".words")


@pytest.fixture
def data(page: Page, stack: Stack) -> DataPage:
    return DataPage(page, stack)


def test_the_calendar_says_what_the_engine_says_by_pointer_and_keyboard(data: DataPage, stack: Stack) -> None:
    page = data.open().page
    expect(data.calendar).to_be_visible(timeout=20_000)
    day = stack.get("/api/completeness")[0]["day"]
    cell = data.calendar.locator(f'td[data-day="{day}"]')

    def is_whole() -> bool:
        cell.hover()
        return "100% complete, no id is missing" in data.said.inner_text()

    wait_for(is_whole, 30, "filling the day")  # the engine has just started, and fills what came before it
    expect(data.said).to_contain_text(f"{day}: ")
    expect(data.said).to_contain_text("the day is not over")
    # One symbol: the trades are its own, as many as the engine had between two questions.
    symbol = stack.symbols[0]
    page.get_by_role("combobox", name="Symbol").click()
    page.get_by_role("option", name=symbol, exact=True).click()
    data.settled()

    def told() -> bool:
        low = int(stack.get(f"/api/completeness?symbol={symbol}")[0]["trades"])
        cell.hover()
        text = data.said.inner_text()
        if ": " not in text:
            return False
        return abs(int(text.split(": ")[1].split(" ")[0].replace(",", "")) - low) < 4_000

    wait_for(told, 30, "the trades of the symbol")
    cell.focus()
    page.keyboard.press("Home")
    expect(data.said).to_contain_text(f"{day[:8]}01: ")
    page.keyboard.press("ArrowRight")
    expect(data.said).to_contain_text(f"{day[:8]}02: ")
    cell.focus()
    page.keyboard.press("Enter")
    expect(cell).to_have_attribute("aria-selected", "true")
    assert page.locator(".timeline rect.span").count() == len(stack.get(f"/api/completeness?symbol={symbol}"))


def test_the_last_hour_is_drawn(data: DataPage, stack: Stack) -> None:
    page = data.open("now").page
    expect(page.locator(".rates figure")).to_have_count(3, timeout=30_000)
    wait_for(lambda: len(stack.get("/api/rates")["times"]) > 2, 40, "some samples")
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some((host) =>"
        " (host.shadowRoot?.querySelector('path.rate')?.getAttribute('d') ?? '').includes('L'))",
        timeout=30_000,
    )
    limit = stack.get("/api/rates")["venues"][0]["limit"]
    expect(page.get_by_text(f"{limit:,} a minute are allowed")).to_be_visible()


def test_a_report_is_made_and_downloaded(data: DataPage, stack: Stack) -> None:
    page = data.open("integrity").page
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("link", name="Report, JSON")).to_be_visible(timeout=90_000)
    with page.expect_download() as loading:
        page.get_by_role("link", name="Report, JSON").click()
    report = json.loads(Path(str(loading.value.path())).read_text())
    assert loading.value.suggested_filename == "DEMO-integrity-integrity.json"
    job = next(job for job in stack.get("/api/jobs") if job["kind"] == "integrity")
    assert report == stack.get(f"/api/jobs/{job['id']}/results/integrity.json")
    assert {row["symbol"] for row in report["days"]} == {row["symbol"] for row in stack.get("/api/completeness")}


def test_an_export_is_made_and_downloaded(data: DataPage, stack: Stack) -> None:
    page = data.open("import-and-export").page
    page.get_by_role("button", name="Export", exact=True).click()
    symbol = min(stack.get("/api/symbols"))
    link = page.get_by_role("link", name=f"DEMO-{symbol}-ticks.csv")
    expect(link).to_be_visible(timeout=90_000)
    with page.expect_download() as loading:
        link.click()
    text = Path(str(loading.value.path())).read_text()
    assert text.startswith("# DEMO DATA, not a market")
    assert loading.value.suggested_filename == f"DEMO-{symbol}-ticks.csv"


def test_retention_is_tried_without_deleting(data: DataPage, stack: Stack) -> None:
    page = data.open("storage").page
    days = page.get_by_role("spinbutton", name="What if: days of trades")
    days.fill("30")
    days.press("Enter")
    expect(page.get_by_text("With 30 days of trades and analytics for ever:")).to_be_visible(timeout=20_000)
    assert stack.get("/api/storage")["configured"]["trades_days"] == 0


def test_nothing_is_cut_off(data: DataPage) -> None:
    page = data.page
    for part in PARTS:
        data.open(part)
        for width, _ in looks(page, 1920, 1440, 390):
            data.settled()
            page.wait_for_function(FITS, arg=width)
            expect_readable(page)
