"""Alerts from the page to the engine's store and back, on the real programs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.alerts_page import AlertsPage
from tests.browser.processes import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def alerts(page: Page, stack: Stack) -> Iterator[AlertsPage]:
    yield AlertsPage(page, stack.url)
    for rule in stack.get("/api/alerts/rules"):
        stack.delete(f"/api/alerts/rules/{rule['rule_id']}")


def only_rule(stack: Stack) -> dict[str, Any]:
    (rule,) = wait_for(lambda: stack.get("/api/alerts/rules"), 20, "making the rule")
    return dict(rule)


def judged(stack: Stack) -> None:
    """Wait for values of z: before, a rule on it has no data, and of a few nothing is called usual."""

    def values() -> int:
        rows = stack.get(f"/api/analytics?pair={stack.pair}&timeframe=1s&limit=60")
        return sum(row["z"][0] is not None and row["kalman_z"][0] is not None for row in rows)

    wait_for(lambda: values() >= 40, 120, "values of z")


def trades_a_second(stack: Stack, symbol: str) -> list[int]:
    """The numbers of trades of the newest seconds, ascending; the first few are waited for."""
    path = f"/api/bars?symbol={symbol}&timeframe=1s&limit=30"
    wait_for(lambda: len(stack.get(path)) >= 8, 60, "some bars")
    return sorted(bar["trades"] for bar in stack.get(path))


def test_a_rule_lives_from_typing_to_the_history_of_a_restarted_engine(alerts: AlertsPage, stack: Stack) -> None:
    judged(stack)
    alerts.open()
    # True at every bar from now on, so it fires; that it pends before is seen in ``by_hand``.
    alerts.type("kalm")
    expect(alerts.options).to_have_count(1)
    alerts.page.keyboard.press("Enter")
    expect(alerts.text).to_have_value("kalman_z")
    alerts.type(" > -50 for 4s")
    alerts.page.keyboard.press("Escape")
    # A rule like any other, with a doubt beside it: so low a level was always passed.
    expect(alerts.page.locator(".rule-text")).to_have_attribute("data-verdict", "doubtful")
    alerts.page.locator(".options > summary").click()
    alerts.page.locator(".option", has_text="Name").locator("input").fill("Always")
    expect(alerts.button("Save rule")).to_be_enabled()
    alerts.save()
    rule = only_rule(stack)
    assert (rule["text"], rule["subject"], rule["name"]) == ("kalman_z > -50 for 4s", stack.pair, "Always")
    # A second without a trade of a leg begins the four anew.
    alerts.expect_state(rule["rule_id"], "firing", 60_000)
    expect(alerts.toast("Always")).to_be_visible()
    expect(alerts.page).to_have_title("(1) Spreadscope")
    alerts.do(rule["rule_id"], "Acknowledge")
    expect(alerts.page).to_have_title("Spreadscope", timeout=15_000)
    (life,) = only_rule(stack)["instances"]
    assert life["acknowledged"] is True
    (fired,) = stack.get(f"/api/alerts?limit=5&rule={rule['rule_id']}&state=firing")
    assert (fired["incident"], fired["value"]) == (life["incident"], pytest.approx(fired["value"]))

    port = int(stack.api.rsplit(":", 1)[1])
    stack.engine.stop()
    expect(alerts.page.locator(".alarm-bar")).to_have_attribute("data-level", "lost", timeout=20_000)
    stack.start_engine(port)
    alerts.expect_state(rule["rule_id"], "firing", 60_000)
    (after,) = only_rule(stack)["instances"]
    assert (after["incident"], after["acknowledged"]) == (life["incident"], True)
    assert len(stack.get(f"/api/alerts?limit=50&rule={rule['rule_id']}&state=firing")) == 1  # said once, not once more
    expect(alerts.page).to_have_title("Spreadscope")

    alerts.come() if "/alerts" not in alerts.page.url else alerts.open()
    expect(alerts.page.locator('[data-testid="stDataFrame"]').first).to_be_visible(timeout=20_000)
    with alerts.page.expect_download() as download_info:
        alerts.page.get_by_role("link", name="Download as CSV").click()
    text = download_info.value.path().read_text()
    assert "DEMO" in download_info.value.suggested_filename
    rows = list(csv.DictReader(io.StringIO("".join(line for line in text.splitlines(True) if line[0] != "#"))))
    assert [(row["name"], row["state"]) for row in rows if row["rule_id"] == rule["rule_id"]][-1] == (
        "Always",
        "firing",
    )


@pytest.mark.timeout(420)  # the market may be busy for some minutes before a second lies between the two levels
def test_a_rule_recovers_and_ends_where_it_was_told_to(alerts: AlertsPage, stack: Stack) -> None:
    # Trades of a second jump up and down: what z takes a minute for, they have done in a few seconds.
    symbol = stack.symbols[0]
    bars = trades_a_second(stack, symbol)
    high, low = bars[len(bars) // 4], bars[0]  # often above the one, at times between them, seldom below the other
    alerts.open()
    alerts.write(f"trades({symbol}) > {high}")
    alerts.page.locator(".options > summary").click()
    alerts.page.locator(".option", has_text="Ends when").locator("input").fill(str(low))
    expect(alerts.button("Save rule")).to_be_enabled()
    alerts.save()
    rule = only_rule(stack)
    assert rule["recover"] == low
    # Below its limit, and not yet below its end.
    alerts.expect_state(rule["rule_id"], "recovering", 300_000)
    told = f"/api/alerts?limit=50&rule={rule['rule_id']}"
    (end, *_) = wait_for(lambda: stack.get(f"{told}&state=resolved"), 120, "firing and ending")
    assert end["value"] <= low
    (fired,) = [each for each in stack.get(f"{told}&state=firing") if each["incident"] == end["incident"]]
    assert fired["value"] > high
    assert fired["time"] < end["time"]


def test_the_engine_marks_what_is_wrong_and_its_suggestion_is_right(alerts: AlertsPage) -> None:
    alerts.open()
    for wrong, position in (("zscor > 2", 0), ("z > 2 and corelation < 0.5", 10), ("z = 2", 2), ("z crosses 2", 10)):
        alerts.write(wrong)
        expect(alerts.page.locator(".caret")).to_have_attribute("data-position", str(position))
        alerts.page.locator(".fix").click()
        # It can be read; whether its level was ever seen is the market's doing.
        expect(alerts.page.locator(".rule-text")).to_have_attribute("data-verdict", re.compile("right|doubtful"))


def test_a_preview_judges_what_is_stored(alerts: AlertsPage, stack: Stack) -> None:
    judged(stack)
    alerts.open()
    alerts.write("abs(z) > 0.5")
    alerts.button("Preview").click()
    expect(alerts.page.locator(".preview .summary")).to_contain_text("It would have fired", timeout=30_000)
    expect(alerts.page.locator(".preview svg .line")).to_be_visible(timeout=15_000)


def test_every_ready_made_rule_can_be_added(alerts: AlertsPage, stack: Stack) -> None:
    alerts.open()
    presets = stack.get("/api/alerts/presets")
    alerts.tab("Ready-made rules")
    for number in range(1, len(presets) + 1):
        alerts.page.get_by_role("button", name="Add", exact=True).first.click()
        wait_for(lambda: len(stack.get("/api/alerts/rules")) == number, 20, f"adding rule {number}")
        expect(alerts.page.get_by_role("button", name="Watched already")).to_have_count(number, timeout=20_000)
    expect(alerts.page.locator(".row")).to_have_count(len(presets))
