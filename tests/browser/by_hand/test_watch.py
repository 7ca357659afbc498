"""The watch list in a real browser: what it shows is what the engine tells, and all that can be done with it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from spreadscope.contract import Timeframe
from tests.browser.appearance import expect_readable, looks
from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.by_hand.fake_stack import FakeStack
from tests.browser.live_page import SETTLED, shown
from tests.dashboard.fake_paper import trade

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAIRS = ("BTCUSDT/ETHUSDT", "SOLUSDT/ETHUSDT", "BNBUSDT/BTCUSDT", "binance-spot:BTCUSDT/BTCUSDT")
BTC, SOL, BNB, SPOT = PAIRS


class WatchPage:
    def __init__(self, page: Page, stack: FakeStack) -> None:
        self.page = page
        self.stack = stack

    def open(self, query: str = "") -> WatchPage:
        self.page.goto(f"{self.stack.url}/watch{query}")
        self.page.wait_for_selector(SETTLED, timeout=30_000)
        expect(self.page.locator(".watch .toolbar")).to_be_visible(timeout=20_000)
        return self

    @property
    def grid(self) -> Locator:
        return self.page.locator(".watch .grid")

    def line(self, pair: str) -> Locator:
        return self.page.locator(f'.watch .line[data-pair="{pair}"]')

    def cell(self, pair: str, key: str) -> Locator:
        return self.line(pair).locator(f'.cell[data-key="{key}"]')

    def names(self) -> list[str]:
        """The pairs that can be seen, from top to bottom; heads of groups in brackets."""
        script = """(lines) => lines.filter((line) => !line.hidden)
            .map((line) => [Number(line.ariaRowIndex ?? line.getAttribute('aria-rowindex')),
                line.classList.contains('heading') ? `[${line.querySelector('.group').textContent}]`
                    : line.querySelector('a').textContent])
            .sort((a, b) => a[0] - b[0]).map(([, name]) => name)"""
        return list(self.page.locator(".watch .line").evaluate_all(script))

    def shows(self, *names: str) -> None:
        self.until(lambda: self.names() == list(names), f"{names}")

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for it, and let the page go on meanwhile."""
        for _ in range(600):
            if condition():
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"{what} did not come: {self.names()}")

    def hooks(self) -> dict[str, Any]:
        return dict(self.page.evaluate("({...window.__spreadscopeWatch})"))

    def active(self) -> str | None:
        found = self.page.locator('.watch .line[aria-selected="true"]')
        return found.get_attribute("data-pair") if found.count() else None

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(40)


@pytest.fixture
def watch(page: Page, stack: FakeStack, engine: FakeEngine) -> WatchPage:
    engine.begin_anew(*PAIRS)
    return WatchPage(page, stack)


def test_every_pair_has_a_line_with_what_the_engine_tells(watch: WatchPage, engine: FakeEngine) -> None:
    watch.open()
    watch.shows(*PAIRS)
    heads = watch.page.locator(".watch .head [data-key]").evaluate_all(
        "(nodes) => nodes.map((node) => node.dataset.key)"
    )
    assert heads == [
        "pair", "z", "state", "paper", "trail", "spread", "beta", "half_life_unbiased", "coint_p", "correlation",
        "break_even", "age",
    ]  # fmt: skip
    expect(watch.cell(SOL, "state")).to_have_text("flat")
    expect(watch.cell(SOL, "correlation")).to_have_text("+0.500")
    expect(watch.cell(SOL, "break_even")).to_have_text("1.25")
    for place, pair in enumerate(PAIRS):
        expect(watch.cell(pair, "z")).to_have_text(shown(2.4 * math.sin((100 + 40 * place) / 40), 2))
    before = watch.hooks()
    engine.move_pairs("1m", {BTC: -4.2, SOL: 2.25})
    expect(watch.cell(BTC, "z")).to_have_text("−4.20")
    expect(watch.cell(BTC, "z")).to_have_attribute("data-zone", "stop")
    expect(watch.cell(BTC, "z")).to_have_attribute("data-heat", "5")
    expect(watch.cell(BTC, "spread")).to_have_text("−0.004200")
    expect(watch.cell(SOL, "z")).to_have_attribute("data-zone", "entry")
    assert watch.hooks()["cells"] - before["cells"] == 4, "only what changed is written"


def test_paper_trades_stand_in_the_line_of_their_pair(watch: WatchPage, engine: FakeEngine) -> None:
    engine.paper.first.trades = [trade(1, BTC), trade(2, SOL, -1, timeframe=Timeframe.S1)]
    watch.open()
    expect(watch.cell(BTC, "paper")).to_have_text("long +5.07")
    expect(watch.cell(SOL, "paper")).to_have_text("")  # it is of another timeframe
    engine.paper.first.trades = [trade(3, SOL, -1, -2.0)]
    engine.tell_paper()
    expect(watch.cell(SOL, "paper")).to_have_text("short −3.33")
    expect(watch.cell(BTC, "paper")).to_have_text("")


def test_a_row_that_closes_comes_to_the_trail(watch: WatchPage, engine: FakeEngine) -> None:
    watch.open()
    canvas = watch.cell(BTC, "trail").locator("canvas")
    drawn = "(canvas) => canvas.toDataURL()"
    before, other = canvas.evaluate(drawn), watch.cell(SOL, "trail").locator("canvas").evaluate(drawn)
    engine.move_pairs("1m", {BTC: 3.0})
    expect(watch.cell(BTC, "z")).to_have_text("+3.00")
    assert canvas.evaluate(drawn) == before, "a price that moves draws no line anew"
    engine.move_pairs("1m", {BTC: 3.5}, closed=engine.alerts.market_time + 60_000)
    expect(watch.cell(BTC, "z")).to_have_text("+3.50")
    assert canvas.evaluate(drawn) != before
    assert watch.cell(SOL, "trail").locator("canvas").evaluate(drawn) == other


def test_sorting_by_size_follows_the_market(watch: WatchPage, engine: FakeEngine) -> None:
    engine.moved_z = {BTC: 1.0, SOL: -3.0, BNB: 2.0, SPOT: 0.5}
    watch.open()
    head = watch.page.get_by_role("button", name="z-score")
    head.click()
    watch.shows(SOL, BNB, BTC, SPOT)
    expect(watch.page.locator('.watch .head [data-key="z"]')).to_have_attribute("aria-sort", "descending")
    engine.move_pairs("1m", {SPOT: 9.0})
    watch.shows(SPOT, SOL, BNB, BTC)
    head.click()
    watch.shows(BTC, BNB, SOL, SPOT)


def test_filters_by_name_state_size_and_evidence(watch: WatchPage, engine: FakeEngine) -> None:
    engine.moved_z = {BTC: 1.0, SOL: -3.0, BNB: 2.0, SPOT: 0.5}
    watch.open()
    watch.press("/")
    watch.page.keyboard.type("usdt/btc")
    watch.shows(BNB, SPOT)
    expect(watch.page.locator(".watch .count")).to_have_text("2 of 4 pairs")
    watch.press("Escape")
    watch.shows(*PAIRS)
    watch.page.get_by_label("Least size of z").fill("2")
    watch.shows(SOL, BNB)
    engine.move_pairs("1m", {BTC: -2.5})
    watch.shows(BTC, SOL, BNB)
    watch.page.get_by_role("combobox", name="State").select_option("open")
    watch.shows()
    expect(watch.page.locator(".watch .note")).to_contain_text("No pair matches the filter")
    watch.page.get_by_role("combobox", name="State").select_option("")
    watch.page.get_by_label("with evidence").check()
    watch.shows()


def test_groups_are_made_kept_and_sent_in_a_link(watch: WatchPage, engine: FakeEngine) -> None:
    watch.open()
    watch.grid.focus()
    watch.press("g")  # mine: there is none yet
    watch.shows("[In no group (4)]", *PAIRS)
    watch.press("g")
    watch.shows("[binance-futures (3)]", BTC, SOL, BNB, "[binance-spot and binance-futures (1)]", SPOT)
    watch.press("g")
    watch.shows("[BNB (1)]", BNB, "[BTC (2)]", BTC, SPOT, "[SOL (1)]", SOL)
    watch.line(SOL).get_by_role("button").click()
    watch.page.get_by_label("Group of this pair").fill("Layer one")
    watch.page.get_by_role("button", name="Set").click()
    grouped = ("[Layer one (1)]", SOL, "[In no group (3)]", BTC, BNB, SPOT)
    watch.shows(*grouped)
    watch.page.get_by_role("button", name="Copy link").click()
    expect(watch.page.locator(".watch .note")).to_contain_text("link")
    address = watch.page.url
    assert quote("Layer one", safe="") in address or "Layer+one" in address
    watch.open()
    watch.shows(*grouped)  # kept in this browser
    watch.page.evaluate("localStorage.clear()")
    watch.open()
    watch.shows(*PAIRS)
    watch.page.goto(address)
    watch.shows(*grouped)


def test_columns_are_chosen_moved_and_kept(watch: WatchPage, engine: FakeEngine) -> None:
    watch.open()
    watch.page.get_by_role("button", name="Columns").click()
    for name in (
        "State",
        "Paper, USDT",
        "z, last rows",
        "Half-life",
        "Evidence p",
        "Correlation",
        "Break-even z",
        "Age",
    ):
        watch.page.get_by_role("checkbox", name=name, exact=True).uncheck()
    watch.page.get_by_label("ADF p", exact=True).check()
    watch.page.get_by_label("ADF p further left").click()
    heads = watch.page.locator(".watch .head .cell:not(.last)")
    expected = ["Pair", "z-score", "Spread", "ADF p", "β (OLS)"]
    expect(heads).to_have_text(expected)
    watch.press("Escape")
    expect(watch.page.get_by_label("ADF p", exact=True)).to_be_hidden()
    watch.open()
    expect(heads).to_have_text(expected)
    watch.page.get_by_role("button", name="Columns").click()
    watch.page.get_by_role("button", name="As at first").click()
    expect(heads).to_have_count(12)


def test_by_keyboard_alone(watch: WatchPage, engine: FakeEngine) -> None:
    watch.open()
    watch.grid.focus()
    watch.press("ArrowDown", "ArrowDown")
    assert watch.active() == SOL
    expect(watch.grid).to_have_attribute("aria-activedescendant", str(watch.line(SOL).get_attribute("id")))
    watch.press("End")
    assert watch.active() == SPOT
    watch.press("Home", "ArrowUp")
    assert watch.active() == BTC
    watch.press("m")
    expect(watch.page.get_by_role("menu", name=BTC)).to_be_visible()
    expect(watch.page.get_by_role("menuitem", name="Open on Live")).to_be_focused()
    watch.press("ArrowDown")
    lab = watch.page.get_by_role("menuitem", name="Open in Lab")
    expect(lab).to_be_focused()
    expect(lab).to_have_attribute("href", f"/lab?pair={quote(BTC, safe='')}")
    watch.press("Escape")
    expect(watch.page.get_by_role("menu")).to_be_hidden()
    expect(watch.grid).to_be_focused()
    watch.press("ArrowDown", "Enter")
    expect(watch.page.locator(f'.spreadscope[data-pair="{SOL}"]')).to_have_count(1, timeout=20_000)


def test_a_click_opens_the_pair(watch: WatchPage, engine: FakeEngine) -> None:
    watch.open()
    watch.cell(BNB, "beta").click()
    expect(watch.page.locator(f'.spreadscope[data-pair="{BNB}"]')).to_have_count(1, timeout=20_000)


def test_pairs_are_added_several_at_once_and_removed_with_a_way_back(watch: WatchPage, engine: FakeEngine) -> None:
    watch.open()
    watch.page.get_by_role("button", name="Add pairs").click()
    watch.page.get_by_label("Pairs to add").fill("ethusdt/solusdt, SOLUSDT/BTCUSDT, NOPE/ETHUSDT")
    watch.press("Enter")
    expect(watch.page.get_by_text("ETHUSDT/SOLUSDT, SOLUSDT/BTCUSDT: followed from now on.")).to_be_visible(
        timeout=20_000
    )
    expect(watch.page.get_by_text("unknown symbol 'NOPE'")).to_be_visible()
    assert engine.pairs == [*PAIRS, "ETHUSDT/SOLUSDT", "SOLUSDT/BTCUSDT"]
    watch.line(SOL).get_by_role("button").click()
    watch.page.get_by_role("menuitem", name="Remove").click()
    expect(watch.page.locator(".watch .leaving")).to_contain_text(f"{SOL} is about to be removed")
    watch.page.get_by_role("button", name="Undo").click()
    expect(watch.page.locator(".watch .leaving")).to_be_hidden()
    assert SOL in engine.pairs
    watch.grid.focus()
    watch.press("Delete")
    watch.page.get_by_role("button", name="Remove now").click()
    watch.until(lambda: SOL not in engine.pairs, "the removal")


def test_a_rule_and_the_model_are_opened_from_a_line(watch: WatchPage, engine: FakeEngine) -> None:
    watch.open()
    watch.line(SOL).get_by_role("button").click()
    watch.page.get_by_role("menuitem", name="Make a rule").click()
    dialog = watch.page.get_by_role("dialog")
    expect(dialog).to_contain_text(SOL, timeout=20_000)
    expect(dialog.get_by_role("combobox", name="Alert when")).to_be_visible(timeout=20_000)
    watch.press("Escape")
    expect(dialog).to_be_hidden()
    watch.line(BNB).get_by_role("button").click()
    watch.page.get_by_role("menuitem", name="Model and thresholds").click()
    expect(dialog.get_by_role("combobox", name="For")).to_have_value(f"{BNB} at 1m", timeout=20_000)


def test_a_silent_exchange_greys_the_list_and_it_comes_back(watch: WatchPage, engine: FakeEngine) -> None:
    engine.silent_ms = 40
    watch.open()
    watch.shows(*PAIRS)
    lost = watch.page.locator(".watch.lost")
    expect(lost).to_have_count(0)
    engine.silent_ms = 60_000
    expect(lost).to_have_count(1, timeout=20_000)
    engine.silent_ms = 40
    expect(lost).to_have_count(0, timeout=20_000)


def test_pairs_that_come_and_go_are_shown_and_leave(watch: WatchPage, engine: FakeEngine) -> None:
    watch.open()
    engine.begin_anew(*PAIRS, "SOLUSDT/BTCUSDT")
    watch.shows(*PAIRS, "SOLUSDT/BTCUSDT")
    engine.tell_watch("1m", engine.gone_pairs(SOL))
    watch.shows(BTC, BNB, SPOT, "SOLUSDT/BTCUSDT")


def test_without_a_pair_it_says_what_to_do_and_an_example_is_one_click(watch: WatchPage, engine: FakeEngine) -> None:
    engine.begin_anew()
    watch.open()
    expect(watch.page.locator(".watch .empty")).to_contain_text("No pair is followed yet")
    expect(watch.grid).to_be_hidden()
    watch.page.get_by_role("button", name=BTC).click()
    watch.until(lambda: engine.pairs == [BTC], "the pair")


def test_it_reads_at_every_width(watch: WatchPage, engine: FakeEngine) -> None:
    page = watch.page
    engine.moved_z = {BTC: 1.0, SOL: -3.0, BNB: 4.5, SPOT: 2.2}
    watch.open()
    for width, _ in looks(page, 1920, 1440, 390):
        page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
        narrow = width == 390
        expect(page.locator(".watch .grid.narrow")).to_have_count(int(narrow))
        expect(watch.cell(BNB, "z")).to_have_text("+4.50")
        expect(watch.cell(BNB, "state")).to_be_visible()
        expect(watch.cell(BNB, "age")).to_have_count(0 if narrow else 1)
        inside = watch.line(BNB).evaluate(
            "(line) => [...line.querySelectorAll('.cell')].every((cell) => {"
            " const box = cell.getBoundingClientRect(); return box.left >= 0 && box.right <= window.innerWidth; })"
        )
        assert inside, f"a figure is out of sight at {width}"
        page.evaluate("document.activeElement?.blur()")
        expect_readable(page)


MANY = tuple(f"{y}USDT/{x}USDT" for y in "ABCDEFGHIJKLMNO" for x in "ABCDEFGHIJKLMNO" if y != x)[:200]
UPDATES = 100


def test_two_hundred_pairs_at_ten_updates_a_second(watch: WatchPage, engine: FakeEngine, capsys: Any) -> None:
    """No update is left out, no frame is blank. Times are printed: the machine that tests run on has other work."""
    engine.begin_anew(*MANY)
    watch.open()
    watch.page.wait_for_function("() => window.__spreadscopeWatch.lines === 200")
    assert watch.page.locator(".watch .line").count() < 120, "lines out of sight are not there"
    watch.page.evaluate("""() => {
      const seen = window.__seen = {frames: 0, blank: 0, work: [], last: []};
      const host = [...document.querySelectorAll('*')].find((each) => each.shadowRoot?.querySelector('.watch'));
      const grid = host.shadowRoot.querySelector('.grid');
      const channel = new MessageChannel();
      let began = 0;
      let top = 0;
      // After the frame: what lies in view is what was painted, unless it was scrolled since.
      channel.port1.onmessage = () => {
        seen.work.push(performance.now() - began);
        if (grid.scrollTop !== top) return;
        const lines = [...grid.querySelectorAll('.line')].filter((line) => !line.hidden);
        const box = grid.getBoundingClientRect();
        const inView = lines.filter((line) => {
          const {top, bottom} = line.getBoundingClientRect(); return bottom > box.top && top < box.bottom; });
        const full = inView.length * lines[0].offsetHeight >= box.height - 2 * lines[0].offsetHeight;
        if (!full || inView.some((line) => !line.querySelector('[data-key="z"]').textContent)) seen.blank += 1;
      };
      const frame = (now) => {
        seen.frames += 1;
        requestAnimationFrame(frame);
        began = now;
        top = grid.scrollTop;
        channel.port2.postMessage(null);
      };
      requestAnimationFrame(frame);
    }""")
    before = watch.hooks()
    for number in range(UPDATES):
        z = {pair: 4 * math.sin(number / 9 + place) for place, pair in enumerate(MANY)}
        closed = engine.alerts.market_time + 60_000 * (1 + number // 10) if number % 10 == 9 else None
        engine.move_pairs("1m", z, closed)
        if number == UPDATES // 2:
            watch.grid.evaluate("(grid) => { grid.scrollTop = 2000; }")
        watch.page.wait_for_timeout(100)
    hooks = watch.hooks()
    assert hooks["updates"] - before["updates"] == UPDATES
    assert hooks["snapshots"] == before["snapshots"], "nothing was dropped and begun anew"
    seen = json.loads(watch.page.evaluate("JSON.stringify(window.__seen)"))
    assert seen["blank"] == 0
    for pair in (MANY[70], MANY[80]):
        expect(watch.cell(pair, "z")).to_have_text(shown(4 * math.sin((UPDATES - 1) / 9 + MANY.index(pair)), 2))
    work = sorted(seen["work"])
    with capsys.disabled():
        p50, p95 = work[len(work) // 2], work[int(len(work) * 0.95)]
        sys.stdout.write(f"\n200 pairs: {seen['frames']} frames, {p50:.1f} ms p50, {p95:.1f} p95 on the main thread\n")
