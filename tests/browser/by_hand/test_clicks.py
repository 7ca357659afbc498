"""No click is lost, whatever the page asks of its script at the same time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.alerts_page import AlertsPage
from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.by_hand.fake_stack import PAIR, FakeStack
from tests.browser.live_page import LivePage
from tests.browser.processes import patience, wait_for
from tests.dashboard.fake_alerts import PRESETS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEWS = b'"event":"stale"'
ACTION = b'"event":"action"'


@pytest.fixture
def page(fresh_page: Page) -> Page:
    """A tab for each test, as what listens to its socket stays."""
    return fresh_page


def listen(page: Page, told: Callable[[WebSocketRoute, bytes], None]) -> None:
    """Have ``told`` pass on, to the server's side, whatever the page tells its script from the next opening on."""

    def connect(browser_side: WebSocketRoute) -> None:
        server = browser_side.connect_to_server()
        browser_side.on_message(lambda frame: told(server, frame if isinstance(frame, bytes) else frame.encode()))

    page.route_web_socket(lambda url: "_stcore/stream" in url, connect)


def add(engine: FakeEngine, text: str) -> str:
    return str(engine.alerts.answer("POST", ["rules"], {}, {"text": text, "subject": PAIR})["rule_id"])


def wait(page: Page, condition: Callable[[], object], seconds: float, what: str) -> None:
    """As ``wait_for``, while the page's frames go on being passed on."""

    def looked() -> object:
        page.wait_for_timeout(20)
        return condition()

    wait_for(looked, seconds, what)


def test_a_click_outlives_a_run_that_is_asked_for_right_after_it(alerts: AlertsPage, engine: FakeEngine) -> None:
    """Streamlit let go of the run that was to see the click: of 15 clicks it lost 11."""
    keys = [f"ready-{number}" for number in range(5)]
    engine.alerts.presets = [
        {**PRESETS[0], "key": key, "title": key, "text": f"abs(z) > {number}"} for number, key in enumerate(keys, 2)
    ]
    rule = add(engine, "corr < 0.5")
    news: list[bytes] = []

    def told(server: WebSocketRoute, frame: bytes) -> None:
        server.send(frame)
        if NEWS in frame:
            news.append(frame)
        elif news:
            server.send(news[-1])  # as if an alert had become new in the moment of the click

    listen(alerts.page, told)
    alerts.open()
    engine.move(rule, "firing", 2.4)
    wait(alerts.page, lambda: news, 20, "asking for a run because of the alert")
    alerts.tab("Ready-made rules")
    for number in range(1, len(keys) + 1):
        alerts.page.get_by_role("button", name="Add", exact=True).first.click()
        wait(alerts.page, lambda: len(engine.alerts.rules) == number + 1, 8, f"adding rule {number}")
        expect(alerts.page.get_by_role("button", name="Watched already")).to_have_count(number)
    assert [each["name"] for each in engine.alerts.rules[1:]] == keys


def test_what_is_asked_for_while_the_script_is_busy_is_all_done_and_once(
    alerts: AlertsPage, engine: FakeEngine
) -> None:
    rules = [add(engine, f"z > {number}") for number in range(2, 7)]
    alerts.open()
    engine.dwell = 0.4  # the script is busy with the first while the others are clicked
    for rule in rules:
        alerts.do(rule, "Turn off")
    wait_for(lambda: not any(each["enabled"] for each in engine.alerts.rules), 10, "turning every rule off")
    expect(alerts.page.locator('.row[data-asked="true"]')).to_have_count(0)
    assert [call.rsplit("/", 1)[1] for call in engine.calls if call.startswith("PUT")] == rules


def lose_the_first_click(page: Page) -> list[bytes]:
    """Have what the first click tells the script get lost; returns what was lost, once it is."""
    lost: list[bytes] = []

    def told(server: WebSocketRoute, frame: bytes) -> None:
        if ACTION in frame and not lost:
            lost.append(frame)
        else:
            server.send(frame)

    listen(page, told)
    return lost


def test_what_never_reached_the_script_is_told_again(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine, "z > 2")
    lost = lose_the_first_click(alerts.page)
    alerts.open()
    alerts.do(rule, "Turn off")
    expect(alerts.row(rule)).to_have_attribute("data-asked", "true")
    alerts.expect_state(rule, "off")
    expect(alerts.row(rule)).to_have_attribute("data-asked", "false")
    assert lost


def test_a_click_outlives_a_change_of_pages(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine, "z > 2")
    alerts.open()
    engine.dwell = 0.4
    alerts.do(rule, "Turn off")
    alerts.page.get_by_role("link", name="Live", exact=True).first.click()
    wait_for(lambda: not engine.alerts.rules[0]["enabled"], 20, "turning the rule off")
    expect(alerts.page.locator(".kpis")).to_be_visible(timeout=30_000)


def test_what_never_reached_the_script_of_a_page_that_is_left_is_told_by_the_bar(
    alerts: AlertsPage, engine: FakeEngine
) -> None:
    rule = add(engine, "z > 2")
    lost = lose_the_first_click(alerts.page)
    alerts.open()
    alerts.do(rule, "Turn off")
    alerts.page.get_by_role("link", name="Live", exact=True).first.click()
    wait(alerts.page, lambda: not engine.alerts.rules[0]["enabled"], 20, "turning the rule off")
    assert lost
    expect(alerts.page.locator(".kpis")).to_be_visible(timeout=30_000)
    assert [call.rsplit("/", 1)[1] for call in engine.calls if call.startswith("PUT")] == [rule]


def test_a_click_does_not_wait_for_the_test_of_a_channel(alerts: AlertsPage, engine: FakeEngine) -> None:
    told = {"kind": "email", "address": "…", "enabled": True, "deduplicates": True, "sent": 0, "failed": 0}
    engine.alerts.channels = [{**told, "name": "mail", "waiting": 0, "last_sent": None, "last_error": ""}]
    rule = add(engine, "z > 2")
    alerts.open()
    alerts.tab("Delivery")
    engine.dwell = patience(4.0)
    alerts.page.get_by_role("button", name="Send test to mail").click()
    expect(alerts.page.get_by_text("Test of mail: under way.")).to_be_visible(timeout=1000 * engine.dwell)
    alerts.do(rule, "Turn off")
    wait_for(lambda: not engine.alerts.rules[0]["enabled"], engine.dwell / 2, "turning the rule off meanwhile")
    answered = alerts.page.get_by_text("Test of mail: accepted (0.2 s).")
    expect(answered).to_be_visible(timeout=1000 * (engine.dwell + patience(20)))


LEAVES = """() => {
    const links = [...document.querySelectorAll('[data-testid="stTopNavLink"]')];
    links.find((link) => link.textContent.trim() === 'Alerts').click();
    [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
        .map((host) => host.shadowRoot.querySelector('.frames button[data-timeframe="1m"]')).find(Boolean).click(); }"""


def test_a_page_is_left_though_the_old_one_tells_its_script_something(page: Page, stack: FakeStack) -> None:
    """Streamlit ran the fragment of the old page last, and threw the new one away: it stayed empty in 6 of 7 cases."""
    live = LivePage(page, stack.url)
    for _ in range(2):
        live.open()
        page.evaluate(LEAVES)
        expect(page.locator(".rules-view")).to_be_visible(timeout=1000 * patience(20))
        assert page.url.endswith("/alerts")
