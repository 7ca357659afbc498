"""Figures on the pages, before an engine that the test moves by hand."""

from __future__ import annotations

import math

import pytest
from alerts_page import AlertsPage
from fake_engine import ROWS, FakeEngine
from fake_stack import FakeStack
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
