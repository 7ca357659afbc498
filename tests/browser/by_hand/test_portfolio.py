"""The portfolio in a real browser: it shows what the engine tells, and what is clicked reaches it, once."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Locator, Page, expect

from spreadscope.contract import KillSwitch
from spreadscope.model.trading_states import Outcome
from tests.browser.appearance import expect_readable, looks
from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.by_hand.fake_stack import PAIR, FakeStack
from tests.browser.live_page import SETTLED
from tests.browser.processes import wait_for
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_paper import busy, decision, fill, trade

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class PortfolioPage:
    def __init__(self, page: Page, stack: FakeStack) -> None:
        self.page = page
        self.url = stack.url

    def open(self) -> PortfolioPage:
        self.page.goto(f"{self.url}/portfolio")
        self.page.wait_for_selector(SETTLED, timeout=60_000)
        expect(self.page.locator(".portfolio .tiles")).to_be_visible(timeout=20_000)
        return self

    def tile(self, key: str) -> Locator:
        return self.page.locator(f'.tile[data-key="{key}"]')

    def card(self, number: int) -> Locator:
        return self.page.locator(f'.trade[data-trade="{number}"]')

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)


@pytest.fixture
def portfolio(page: Page, stack: FakeStack, engine: FakeEngine) -> PortfolioPage:
    busy(engine.paper.first)
    return PortfolioPage(page, stack)


def sent(engine: FakeEngine, count: int = 1) -> list[tuple[str, dict[str, Any]]]:
    """What was asked of the engine, once it is so much."""
    wait_for(lambda: len(engine.paper.bodies) >= count, 20, f"{count} requests")
    return engine.paper.bodies


def test_the_account_and_its_trades_are_what_the_engine_tells(portfolio: PortfolioPage, engine: FakeEngine) -> None:
    portfolio.open()
    expect(portfolio.tile("day")).to_contain_text("+42.17")
    expect(portfolio.tile("residual")).to_have_attribute("data-tone", "warn")
    expect(portfolio.tile("residual")).to_contain_text("SOLUSDT/ETHUSDT: one leg is alone")
    card = portfolio.card(12)
    expect(card.locator('[data-key="z"] .value')).to_have_text("−2.31 → −0.85")
    expect(card.locator(".side")).to_have_text("long spread: buy BTCUSDT, sell ETHUSDT")
    expect(card.locator(".legs tbody tr")).to_have_count(2)
    expect(portfolio.page.locator(".orders tbody tr")).to_have_count(2)
    engine.paper.first.day_result = -3.5
    engine.paper.first.trades = [trade(12, z_now=0.31)]
    engine.tell_paper()
    expect(portfolio.tile("day").locator("b")).to_have_text("−3.50")
    expect(card.locator('[data-key="z"] .value')).to_have_text("−2.31 → +0.31")
    expect(portfolio.card(15)).to_have_count(0)
    expect(portfolio.tile("residual")).to_have_attribute("data-tone", "")


def test_closing_asks_once_more_and_its_button_stays_while_prices_move(
    portfolio: PortfolioPage, engine: FakeEngine
) -> None:
    portfolio.open()
    card = portfolio.card(12)
    card.get_by_role("button", name="Close half").click()
    sure = card.get_by_role("button", name="Close half of it")
    there = sure.element_handle()
    for z in range(10):
        engine.paper.first.trades[0] = trade(12, z_now=z / 10)
        engine.tell_paper()
    assert engine.paper.bodies == []
    assert there is not None
    there.click()  # the very same element
    assert sent(engine) == [("trades/12/close", {"percent": 50, "reason": "closed by hand"})]
    expect(card).to_have_attribute("data-state", "exiting")
    expect(card.get_by_role("button", name="Details")).to_be_visible()
    expect(card.get_by_role("button", name="Close", exact=True)).to_be_hidden()


def test_the_kill_switch_asks_for_a_reason_once_and_is_reset_with_one(
    portfolio: PortfolioPage, engine: FakeEngine
) -> None:
    portfolio.open()
    portfolio.button("Kill switch").click()
    box = portfolio.page.locator(".body > .ask")
    expect(box).to_contain_text("nothing new is opened until you reset it")
    box.get_by_label("Reason").fill("news")
    box.get_by_label("Reason").press("Enter")
    assert sent(engine) == [("kill", {"reason": "news"})]
    band = portfolio.page.locator(".kill-band")
    expect(band).to_contain_text("Stopped by a person at")
    expect(band).to_contain_text("because: news.")
    expect(portfolio.button("Kill switch")).to_be_hidden()
    band.get_by_role("button", name="Reset", exact=True).click()
    reset = band.get_by_role("button", name="Reset the kill switch")
    expect(reset).to_be_disabled()
    band.get_by_label("Reason").fill("it is over")
    reset.click()
    assert sent(engine, 2)[1] == ("reset", {"reason": "it is over"})
    expect(band).to_be_hidden()


def test_a_signal_that_waits_counts_down_and_is_answered(portfolio: PortfolioPage, engine: FakeEngine) -> None:
    portfolio.open()
    line = portfolio.page.locator('.pending li[data-decision="41"]')
    expect(line).to_contain_text("short spread: sell SOLUSDT, buy ETHUSDT at z +2.14")
    expect(line.locator(".left")).to_have_text("48 s left")
    engine.alerts.market_time += 10_000
    expect(line.locator(".left")).to_have_text("38 s left")
    line.get_by_role("button", name="Accept").click()
    assert sent(engine) == [("decisions/41", {"accept": True})]
    expect(portfolio.page.locator(".pending")).to_be_hidden()


def test_a_mode_that_was_clicked_holds_when_the_dialog_is_closed_by_a_key(
    portfolio: PortfolioPage, engine: FakeEngine
) -> None:
    portfolio.open()
    page = portfolio.page
    page.get_by_role("button", name="Modes").click()
    dialog = page.get_by_role("dialog")
    line = dialog.get_by_role("radiogroup", name=f"Mode of {PAIR}").or_(dialog.get_by_label(f"Mode of {PAIR}")).first
    line.get_by_text("ask me").click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert sent(engine)[0] == ("mode", {"pair": PAIR, "timeframe": "1m", "mode": "ask me"})
    page.get_by_role("button", name="New account").click()
    expect(dialog.get_by_label("Name")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("encountered an error")).to_have_count(0)


def test_tables_follow_what_is_new_but_an_open_dialog_stays(portfolio: PortfolioPage, engine: FakeEngine) -> None:
    portfolio.open()
    page = portfolio.page
    page.get_by_role("radio", name="Decisions").or_(page.get_by_role("button", name="Decisions")).first.click()
    expect(page.get_by_text("4 rows, newest first.")).to_be_visible(timeout=20_000)
    portfolio.card(12).get_by_role("button", name="Details").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("BTCUSDT/ETHUSDT")
    new = decision(50, Outcome.TAKEN, trade=50)
    engine.paper.first.decisions.insert(0, new)
    engine.tell_paper(decisions=[new], fills=[fill(50, 50)])
    page.wait_for_timeout(1_500)  # by then the page would have run
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("5 rows, newest first.")).to_be_visible(timeout=20_000)


def test_a_ticket_from_the_live_page_is_sent_by_two_clicks_and_shown(
    portfolio: PortfolioPage, engine: FakeEngine
) -> None:
    page = portfolio.page
    page.goto(portfolio.url)
    page.wait_for_selector(SETTLED, timeout=60_000)
    page.get_by_role("button", name="Paper ticket").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".ticket")).to_contain_text("buys 0.034 BTCUSDT", timeout=20_000)
    for way in ("As a ladder", "As a TWAP", "At once"):  # other fields above it move nothing, and leave nothing behind
        dialog.get_by_role("radio", name=way).click()
        expect(dialog.get_by_role("radio", name=way)).to_be_checked(timeout=20_000)
        expect(dialog.get_by_role("button", name="Send paper trade")).to_have_count(1, timeout=20_000)
        expect(dialog.locator(".ticket")).to_have_count(1)
    expect(dialog.get_by_text("Rungs", exact=True)).to_have_count(0)
    expect(dialog.get_by_text("Slices", exact=True)).to_have_count(0)
    expect(dialog.locator(".ticket")).to_contain_text("20.5 bps")
    dialog.get_by_role("button", name="Send paper trade …").dblclick()
    page.wait_for_timeout(1_500)  # the figures were drawn anew at least once
    assert engine.paper.bodies == []
    if dialog.get_by_role("button", name="Send paper trade …").is_visible():
        dialog.get_by_role("button", name="Send paper trade …").click()
    dialog.get_by_role("button", name="Send now").click()
    ((path, body),) = sent(engine)
    assert (path, body["pair"], body["side"]) == ("trades", "BTCUSDT/ETHUSDT", 1)
    expect(portfolio.card(77)).to_be_visible(timeout=20_000)
    expect(portfolio.card(77)).to_have_attribute("data-state", "entering")


def test_a_lost_engine_takes_the_colours_away_until_it_is_back(portfolio: PortfolioPage, engine: FakeEngine) -> None:
    portfolio.open()
    view = portfolio.page.locator(".portfolio")
    view.evaluate(
        "(view) => { const seen = (window.statesSeen = []);"
        " new MutationObserver(() => seen.push([view.dataset.state, view.classList.contains('lost'),"
        " view.querySelector('.note').textContent])).observe(view, { attributes: true, subtree: true }); }"
    )
    engine.cut()
    portfolio.page.wait_for_function("() => window.statesSeen.some(([state]) => state === 'engine')")
    state, lost, words = portfolio.page.evaluate("window.statesSeen.findLast(([state]) => state === 'engine')")
    assert (state, lost) == ("engine", True)
    assert words.startswith("Engine lost.")
    expect(view).to_have_attribute("data-state", "live", timeout=20_000)
    expect(portfolio.tile("day")).to_contain_text("+42.17")


def test_it_reads_at_every_width(portfolio: PortfolioPage, engine: FakeEngine) -> None:
    page, account = portfolio.page, engine.paper.first
    account.kill = KillSwitch(time=NOW, by="daily loss", reason="the loss of the day is 5.1%, allowed is 5%")
    account.trades.append(trade(18, note="could not be closed", state=replace(account.trades[0]).state))
    portfolio.open()
    for width, _ in looks(page, 1920, 1440, 390):
        page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
        expect(portfolio.card(12)).to_be_visible()
        outside = page.locator(".portfolio .body").evaluate(
            "(body) => [...body.querySelectorAll('.tile, .trade, .trade td, .trade button, .kill-band')]"
            ".filter((each) => { const box = each.getBoundingClientRect();"
            " return box.width && (box.left < 0 || box.right > window.innerWidth); }).length"
        )
        assert outside == 0, f"something is out of sight at {width}"
        page.evaluate("document.activeElement?.blur()")
        expect_readable(page)
