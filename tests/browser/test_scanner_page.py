"""The scanner page on the real programs: a scan from the form to its answer, and what is done with a pair."""

from __future__ import annotations

import csv
import io
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.appearance import expect_readable, looks
from tests.browser.live_page import SETTLED
from tests.browser.processes import Stack, wait_for
from tests.support.closes import frame

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ANSWER = "text=/(pairs? pass|No pair passes)/"


class ScannerPage:
    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.stack = stack

    def open(self) -> ScannerPage:
        self.page.goto(f"{self.stack.url}/scanner")
        self.settled()
        expect(self.page.get_by_role("button", name="Scan", exact=True)).to_be_visible(timeout=20_000)
        return self

    def settled(self) -> None:
        self.page.wait_for_selector(SETTLED, timeout=30_000)

    def source(self, title: str) -> None:
        self.page.locator('[data-testid="stButtonGroup"]').get_by_text(title, exact=True).click()
        self.settled()

    def drop(self, name: str, content: bytes) -> None:
        file: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self.page.locator('input[type="file"]').set_input_files([file])
        expect(self.page.get_by_text(name)).to_be_visible(timeout=20_000)
        self.settled()

    def type_symbols(self, text: str) -> None:
        box = self.page.get_by_label("Only these symbols")
        if not box.is_visible():
            self.page.get_by_text("Symbols, tests and fees").click()
        box.fill(text)
        box.press("Control+Enter")
        self.settled()

    def scan(self) -> None:
        self.page.get_by_role("button", name="Scan", exact=True).click()

    def jobs(self) -> list[dict[str, Any]]:
        return [job for job in self.stack.get("/api/jobs") if job["kind"] == "scan"]

    def ended(self, count: int) -> dict[str, Any]:
        """Wait for the end of the newest of so many scans."""
        wait_for(lambda: len(jobs := self.jobs()) == count and jobs[0]["ended"] is not None, 120, "the end of a scan")
        return self.jobs()[0]

    @property
    def canvas(self) -> Locator:
        return self.page.locator(".heatmap > canvas")

    @property
    def words(self) -> Locator:
        return self.page.locator(".heatmap .words")


@pytest.fixture
def scanner(page: Page, stack: Stack) -> ScannerPage:
    return ScannerPage(page, stack)


@pytest.fixture(scope="module")
def closes() -> bytes:
    return frame().write_csv().encode()


def test_a_scan_of_the_exchange_is_answered_and_a_pair_of_it_is_opened(scanner: ScannerPage, stack: Stack) -> None:
    page = scanner.open().page
    expect(page.get_by_text("Nothing is scanned yet")).to_be_visible()
    scanner.scan()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=20_000)
    job = scanner.ended(1)
    assert job["state"] == "done", job["error"]
    page.wait_for_selector(ANSWER, timeout=20_000)
    base = f"/api/jobs/{job['id']}/results"
    report, pairs = stack.get(f"{base}/report.json"), stack.get(f"{base}/pairs.json")
    expect(page.get_by_text(report["answer"])).to_be_visible()
    # By keyboard: what is read out is what the engine says.
    place = {name: index for index, name in enumerate(report["heat_map"]["symbols"])}
    best = pairs[0]
    scanner.canvas.focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")  # of the second row, where one begins
    second, last = report["heat_map"]["symbols"][1], report["heat_map"]["symbols"][-1]
    expect(scanner.words).to_contain_text(f"{second} and {last}: correlation of returns")
    # A click chooses: the two symbols of a cell are one pair.
    box = scanner.canvas.bounding_box()
    assert box is not None
    room = 92
    cell = (box["width"] - room) / len(place)
    row, column = sorted((place[best["y"]], place[best["x"]]), reverse=True)
    scanner.canvas.click(position={"x": room + (column + 0.5) * cell, "y": room + (row + 0.5) * cell})
    pair = f"{best['y']}/{best['x']}"
    expect(scanner.words).to_contain_text(f"p {best['pvalue']:.1e}".replace("e-0", "e−").replace("e-", "e−"))
    expect(page.get_by_role("button", name="Open on Live")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("link", name="Open in Lab")).to_have_attribute(
        "href", f"/lab?pair={pair.replace('/', '%2F')}"
    )
    # The table downloads are the engine's own.
    with page.expect_download() as loading:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert loading.value.suggested_filename == "DEMO-scan-pairs.csv"
    text = Path(str(loading.value.path())).read_text(encoding="utf-8")
    assert text.startswith("# DEMO DATA, not a market")
    rows = list(csv.DictReader(io.StringIO(text.partition("\n")[2])))
    assert [(row["y"], row["x"], float(row["pvalue"])) for row in rows] == [
        (row["y"], row["x"], row["pvalue"]) for row in pairs
    ]
    page.get_by_role("button", name="Open on Live").click()
    page.wait_for_selector(".spreadscope", timeout=30_000)
    assert pair in stack.get("/api/status")["pairs"]
    page.wait_for_function("pair => window.__spreadscope?.pair === pair", arg=pair, timeout=30_000)


def test_files_are_scanned_and_bad_ones_are_refused_in_one_sentence(
    scanner: ScannerPage, stack: Stack, closes: bytes
) -> None:
    page = scanner.open().page
    before, symbols = len(scanner.jobs()), stack.get("/api/symbols")
    scanner.source("Files of mine")
    expect(page.get_by_role("button", name="Scan", exact=True)).to_be_disabled()
    scanner.drop("closes.csv", closes)
    scanner.scan()
    job = scanner.ended(before + 1)
    assert (job["title"], job["state"], job["demo"]) == ("closes.csv", "done", False)
    page.wait_for_selector(ANSWER, timeout=20_000)
    scanner.open()
    scanner.source("Files of mine")
    scanner.drop("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(300))
    scanner.scan()
    job = scanner.ended(before + 2)
    assert job["state"] == "failed"
    expect(page.get_by_text("This scan could not be made.")).to_be_visible(timeout=20_000)
    assert "picture.csv" in job["error"]
    assert stack.get("/api/symbols") == symbols
    assert stack.get("/api/files") == []


def test_what_is_typed_is_checked_in_the_words_of_the_engine(scanner: ScannerPage) -> None:
    page = scanner.open().page
    button = page.get_by_role("button", name="Scan", exact=True)
    for text, said in (
        (" ".join(f"S{number}USDT" for number in range(500)), "500 symbols are named, and at most 300 are scanned"),
        ("🙂🙂!", "Malformed symbol"),
        ("<img src=x onerror=alert(1)>", "Malformed symbol"),
        ("SYN1USDT/SYN2USDT SYN2USDT/SYN1USDT", "is a pair, and a scan makes every pair of its symbols"),
        ("SYN1USDT syn1usdt", "SYN1USDT is given twice"),
        ("SYN1USDT NOUSDT", "The exchange lists no symbol NOUSDT"),
    ):
        scanner.type_symbols(text)
        expect(page.get_by_text(said)).to_be_visible(timeout=20_000)
        expect(button).to_be_disabled()
    scanner.type_symbols("SYN1USDT SYN2USDT")
    expect(button).to_be_enabled(timeout=20_000)


def test_a_scan_is_cancelled(scanner: ScannerPage, stack: Stack) -> None:
    page = scanner.open().page
    before = len(scanner.jobs())
    # An exchange that does not answer keeps the scan from ending before anybody can cancel it.
    stack.exchange.process.send_signal(signal.SIGSTOP)
    try:
        scanner.scan()
        page.get_by_role("button", name="Cancel").click(timeout=20_000)
        expect(page.get_by_text("This scan was cancelled. Nothing was changed.")).to_be_visible(timeout=20_000)
    finally:
        stack.exchange.process.send_signal(signal.SIGCONT)
    assert scanner.ended(before + 1)["state"] == "cancelled"


def test_nothing_is_cut_off(scanner: ScannerPage) -> None:
    page = scanner.page
    done = next(job for job in scanner.jobs() if job["state"] == "done")
    page.goto(f"{scanner.stack.url}/scanner?job={done['id']}")
    page.wait_for_selector(ANSWER, timeout=30_000)
    expect(scanner.canvas).to_be_visible(timeout=20_000)
    for width, _ in looks(page, 1920, 1440, 390):
        scanner.settled()
        page.wait_for_function(
            "(width) => document.documentElement.scrollWidth <= width"
            " && [...document.querySelectorAll('*')].every((host) => {"
            "   const box = host.shadowRoot?.querySelector('.heatmap > canvas')?.getBoundingClientRect();"
            "   return !box || box.right <= width; })",
            arg=width,
        )
        expect_readable(page)
