"""Figures on the pages, before an engine that the test moves by hand."""

from __future__ import annotations

import math

import pytest
from alerts_page import AlertsPage
from fake_alerts import NOW
from fake_engine import ROWS, FakeEngine
from fake_stack import PAIR, FakeStack
from live_page import LivePage, shown
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Z = 2.4 * math.sin((ROWS - 1) / 40)  # of the newest row


@pytest.mark.parametrize(("hedge", "z", "name"), [("ols", Z, "z-score"), ("kalman", 2 * Z, "z-score (Kalman)")])
def test_the_page_shows_the_z_that_signals_act_on(
    page: Page, stack: FakeStack, engine: FakeEngine, hedge: str, z: float, name: str
) -> None:
    engine.analytics = {**engine.analytics, "hedge": hedge}
    live = LivePage(page, stack.url).open()
    card = page.locator('.kpi[data-key="z"]')
    expect(card.locator(".label")).to_have_text(name)
    expect(card.locator(".value")).to_have_text(shown(z, 2))
    assert live.cards()["spread"]["value"] == str(z / 1000)
    assert live.legends()["z"].startswith(shown(z, 2))
    expect(page.locator('.kpi[data-key="kalman_beta"]')).to_have_attribute(
        "data-traded", "1" if hedge == "kalman" else ""
    )


@pytest.mark.parametrize("hedge", ["ols", "kalman"])
def test_a_preview_draws_the_z_that_the_rule_means(alerts: AlertsPage, engine: FakeEngine, hedge: str) -> None:
    engine.analytics = {**engine.analytics, "hedge": hedge}
    alerts.open()
    alerts.write("z > 2")
    alerts.button("Preview").click()
    reach = "4.8" if hedge == "kalman" else "2.4"
    expect(alerts.page.locator(".preview figcaption")).to_contain_text(f"z from −{reach}")


def test_a_limit_far_from_the_line_is_told_and_not_called_its_end(alerts: AlertsPage) -> None:
    alerts.open()
    alerts.write("spread < -10")
    alerts.button("Preview").click()
    caption = alerts.page.locator(".preview figcaption")
    expect(caption).to_contain_text("spread from −0.00")
    expect(caption).to_contain_text("the limit −10 is below all of it")
    expect(alerts.page.locator(".preview svg .limit")).to_have_count(0)


def test_an_entry_names_its_legs_and_what_speaks_against_it(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    told = {"pair": PAIR, "timeframe": "1s", "z": -2.1, "spread": -0.002, "price_y": 1.0, "price_x": 1.0, "beta": 0.85}
    entry = {**told, "action": "BUY_SPREAD", "state": "LONG", "cause": "z -2.10 beyond ±2"}
    engine.told_signals = [
        {**entry, "time": NOW - 300_000, "legs": "buy BTCUSDT, sell ETHUSDT, 1 : 0.85 by value", "cautions": []},
        {
            **told,
            "time": NOW - 200_000,
            "action": "EXIT",
            "state": "FLAT",
            "cause": "time stop",
            "legs": "",
            "cautions": [],
        },
        {**entry, "time": NOW - 100_000, "legs": "", "cautions": ["no evidence of cointegration", "move below fees"]},
        {**entry, "time": NOW - 50_000, "legs": "", "cautions": None},
    ]
    live = LivePage(page, stack.url).open()
    live.until(lambda hooks: hooks["signalMarks"] == ["Buy", "", "Buy: no evidence", "Buy"])
    lines = page.locator(".signals .history li")
    expect(lines.nth(1).locator(".against")).to_have_text("against it: no evidence of cointegration, move below fees")
    expect(lines.nth(3)).to_contain_text("buy BTCUSDT, sell ETHUSDT, 1 : 0.85 by value")
    expect(lines.nth(3)).to_contain_text("z −2.10 beyond ±2")
    expect(page.locator(".signals .against")).to_have_count(1)


@pytest.mark.parametrize(
    ("source", "mark", "words"),
    [
        ("synthetic seed 7", "DEMO · not market data", "made up, not market data"),
        ("recording um_btcusdt.gz", "DEMO · a recording", "a recording of a market, not the market now"),
    ],
)
def test_a_demo_is_marked_on_every_page_and_a_recording_is_called_one(
    page: Page, stack: FakeStack, engine: FakeEngine, source: str, mark: str, words: str
) -> None:
    engine.demo, engine.source = True, source
    LivePage(page, stack.url).open()
    expect(page.locator(".banner")).to_have_text(f"DEMO · {words} · {source}")
    for place in ("", "alerts", "data"):
        page.goto(f"{stack.url}/{place}")
        expect(page.locator(".demo-mark")).to_have_text(mark)
        page.mouse.wheel(0, 3000)
        expect(page.locator(".demo-mark")).to_be_in_viewport()
    expect(page.locator('[data-testid="stAlert"]').first).to_contain_text(words)
    engine.pairs.clear()
    page.goto(stack.url)
    expect(page.get_by_text("No pair yet")).to_be_visible()
    expect(page.locator(".demo-mark")).to_have_text(mark)


def test_what_is_warming_up_says_how_far_it_is(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    engine.analytics = {**engine.analytics, "hedge_window": 120}
    engine.rows = 15
    LivePage(page, stack.url).open()
    expect(page.locator(".reason").nth(1)).to_have_text("warming up · 14 of 120 rows")


def test_boxes_keep_off_the_button_that_adds_a_rule(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    for number in range(3):
        rule = {"text": f"z > {number}", "subject": PAIR, "severity": "critical"}
        engine.move(str(engine.alerts.answer("POST", ["rules"], {}, rule)["rule_id"]), "firing", 4.0)
    LivePage(page, stack.url).open()
    expect(page.locator(".toast:not(.more)").first).to_be_visible()
    box = page.get_by_role("combobox", name="Alert when")
    box.scroll_into_view_if_needed()
    page.mouse.move(700, 600)
    page.mouse.wheel(0, 3000)
    box.fill("z > 2")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add rule").click(timeout=5_000)  # Playwright waits until nothing lies on it
    expect(page.locator('[data-testid="stAlert"]')).to_contain_text("Watching from now on: z > 2")
