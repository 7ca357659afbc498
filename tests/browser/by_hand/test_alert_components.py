"""The components of alerts in a real Chromium, before an engine that the test moves by hand."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from spreadscope.contract import RuleBody
from tests.browser.alerts_page import AlertsPage
from tests.browser.appearance import looks, settles
from tests.browser.by_hand.fake_engine import FakeEngine
from tests.browser.by_hand.fake_stack import OTHER, PAIR, FakeStack
from tests.browser.live_page import LivePage
from tests.browser.processes import wait_for
from tests.dashboard.fake_alerts import NOW

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def add(engine: FakeEngine, text: str = "z > 2", subject: str = PAIR, **more: Any) -> str:
    rule = engine.alerts.answer("POST", ["rules"], {}, {"text": text, "subject": subject, **more})
    return str(rule["rule_id"])


def saved(engine: FakeEngine) -> RuleBody:
    """The rule that the engine was asked for last."""
    return meant(engine.alerts.bodies[-1])


def meant(body: dict[str, Any]) -> RuleBody:
    return msgspec.convert(body, RuleBody)


# Writing a rule.


def test_a_rule_is_typed_with_completion_previewed_and_saved(alerts: AlertsPage, engine: FakeEngine) -> None:
    alerts.open()
    expect(alerts.page.locator(".rules-view .note")).to_contain_text("No rule yet")
    alerts.type("AB")
    expect(alerts.options).to_have_count(1)
    expect(alerts.options.first).to_contain_text("without its sign")
    alerts.page.keyboard.press("Tab")
    expect(alerts.text).to_have_value("abs(")
    alerts.type("z")
    expect(alerts.options.first).to_contain_text("the spread in standard deviations")
    alerts.page.keyboard.press("Escape")
    expect(alerts.page.locator(".completions")).to_be_hidden()
    alerts.type(") > 2")
    expect(alerts.message).to_have_text(f"Fires when abs(z) > 2 holds for {PAIR}.")
    alerts.button("Preview").click()
    preview = alerts.page.locator(".preview")
    expect(preview.locator(".summary")).to_contain_text("It would have fired 3 times between 2023-08-07 23:45:00")
    expect(preview).to_contain_text("60 of 900 bars without a verdict")
    expect(preview.locator(".firings li")).to_have_count(3)
    expect(preview.locator("svg .mark")).to_have_count(3)
    expect(preview.locator("svg .limit")).to_have_count(2)
    assert engine.alerts.rules == []  # nothing so far has changed anything
    alerts.choose("severity", "critical")
    alerts.page.keyboard.press("Escape")
    expect(alerts.button("Save rule")).to_be_enabled()
    alerts.save()
    (rule,) = engine.alerts.rules
    assert (rule["text"], rule["subject"], rule["severity"]) == ("abs(z) > 2", PAIR, "critical")
    expected = {
        "text": "abs(z) > 2",
        "subject": PAIR,
        "timeframe": "1m",
        "severity": "critical",
        "channels": [],
        "once": False,
        "notify_resolved": True,
        "notify_no_data": False,
    }
    assert saved(engine) == meant(expected)
    alerts.expect_state(rule["rule_id"], "inactive")
    expect(alerts.page.locator('[data-testid="stAlert"]')).to_contain_text("Watching from now on: abs(z) > 2")


def test_arrows_choose_and_inside_parentheses_what_is_watched_is_offered(alerts: AlertsPage) -> None:
    alerts.open()
    alerts.type("pr")
    alerts.page.keyboard.press("Enter")
    expect(alerts.text).to_have_value("price(")  # a price is of a symbol, and this rule is of a pair
    expect(alerts.options.locator("b")).to_have_text(["BTCUSDT", "ETHUSDT", "SOLUSDT", "any symbol"])
    alerts.page.keyboard.press("ArrowDown")
    alerts.page.keyboard.press("ArrowDown")
    alerts.page.keyboard.press("ArrowUp")
    expect(alerts.page.locator('.completions [aria-selected="true"] b')).to_have_text("ETHUSDT")
    alerts.page.keyboard.press("Enter")
    expect(alerts.text).to_have_value("price(ETHUSDT)")
    alerts.type(" > 2000 and z(s")
    alerts.page.keyboard.press("Enter")
    expect(alerts.text).to_have_value(f"price(ETHUSDT) > 2000 and z({OTHER})")
    alerts.text.fill("")
    alerts.page.keyboard.press("Control+Space")
    expect(alerts.options.first).to_be_visible()
    alerts.options.filter(has_text="half_life").click()
    expect(alerts.text).to_have_value("half_life")
    expect(alerts.text).to_be_focused()


WRONG = [
    ("zz > 2", 0, "unknown name 'zz'", "z > 2"),
    ("z > 2 and korr < 0.5", 10, "unknown name 'korr'", "z > 2 and corr < 0.5"),
    ("z == 2", 2, "with > or <", "z >= 2"),
    ("z", 1, "compare it with a number", "z > 2"),
]


def test_what_is_wrong_is_marked_and_the_suggestion_mends_it(alerts: AlertsPage, engine: FakeEngine) -> None:
    alerts.open()
    caret = alerts.page.locator(".caret")
    for wrong, position, said, right in WRONG:
        alerts.write(wrong)
        expect(alerts.message).to_contain_text(re.compile(said, re.IGNORECASE))
        expect(alerts.button("Save rule")).to_be_disabled()
        expect(caret).to_have_text("^")
        expect(caret).to_have_attribute("data-position", str(position))
        assert_below_character(alerts, position)
        alerts.text.press("Enter")
        alerts.page.locator(".fix").click()
        expect(alerts.text).to_have_value(right)
        expect(alerts.page.locator(".rule-text")).to_have_attribute("data-verdict", "right")
        expect(caret).to_be_hidden()
    assert engine.alerts.rules == []


def assert_below_character(alerts: AlertsPage, position: int) -> None:
    """The mark stands where the field draws that character: measured with the field's own font."""
    script = """([position]) => {
        const find = (selector) => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
            .map((host) => host.shadowRoot.querySelector(selector)).find(Boolean);
        const field = find('.rule-text input');
        const style = getComputedStyle(field);
        const pen = document.createElement('canvas').getContext('2d');
        pen.font = `${style.fontSize} ${style.fontFamily}`;
        const before = pen.measureText(field.value.slice(0, position)).width;
        const drawn = field.getBoundingClientRect().left + parseFloat(style.borderLeftWidth)
            + parseFloat(style.paddingLeft) + before;
        return find('.caret').getBoundingClientRect().left - drawn; }"""
    assert abs(alerts.page.evaluate(script, [position])) < 2


MENDED = [
    ("zz > 2", 0, "z", "z > 2"),
    ("z > 2 ad corr < 0.5", 6, "and", "z > 2 and corr < 0.5"),
    ("z = 2", 2, ">=", "z >= 2"),
    ("z >== 2", 4, ">=", "z >= 2"),
    ("!z > 2", 0, "not", "not z > 2"),
    ("1 < z < 2", 6, "and", "1 < z and z < 2"),
    ("1 < price(BTCUSDT) < 2", 19, "and", "1 < price(BTCUSDT) and price(BTCUSDT) < 2"),
    ("mean(z) > 2", 6, ", 5m", "mean(z, 5m) > 2"),
    ("z crosses 2", 10, "above", "z crosses above 2"),
    ("z > 2 on 3m", 9, "1m", "z > 2 on 1m"),
    ("abs > 2", 0, "abs(z)", "abs(z) > 2"),
    ("abs(z > 2", 9, ")", "abs(z > 2)"),
    ("price > 2", 0, "price(BTCUSDT)", "price(BTCUSDT) > 2"),
    ("z > 1 and price(A/B) > 2", 10, "price(A)", "z > 1 and price(A) > 2"),
    ("z > 1 and price(A/B) > 2", 16, "price(A)", "z > 1 and price(A) > 2"),
    ("mean(z, 24h) > 2 on 1s", 0, "on 1m", "mean(z, 24h) > 2 on 1m"),
    ("", 0, "z > 2", "z > 2"),
    ("z", 1, "z > 2", "z > 2"),
    ("z > 2bp", 4, "2", "z > 2"),
    ("spread > 25 min for 30s", 9, "25", "spread > 25 for 30s"),
    ("z > 2 for 3s and corr > 0.5", 6, "z > 2 and corr > 0.5 for 3s", "z > 2 and corr > 0.5 for 3s"),
    ("for 3s z crosses above 2", 0, "z crosses above 2 for 3s", "z crosses above 2 for 3s"),
]


def test_a_suggestion_takes_the_place_that_is_meant(page: Page, stack: FakeStack) -> None:
    page.goto(stack.modules)
    script = """async (cases) => { const folder = '/_stcore/bidi-components/spreadscope.editor/editor';
        const { applySuggestion } = await import(`${folder}/suggestion.js`);
        return cases.map(([text, position, suggestion]) => applySuggestion(text, position, suggestion).text); }"""
    found = page.evaluate(script, [[*case[:3]] for case in MENDED])
    assert found == [case[3] for case in MENDED]


PARTS = [
    ("z > 2", "30s", "z > 2 for 30s"),
    ("z > 2 for 30s", "3 bars", "z > 2 for 3 bars"),
    ("z > 2 for 3 bars on 1m", "", "z > 2 on 1m"),
    ("z > 2 on 1m", "5m", "z > 2 for 5m on 1m"),
]


def test_parts_of_a_text_are_found(page: Page, stack: FakeStack) -> None:
    page.goto(stack.modules)
    script = """async (parts) => { const folder = '/_stcore/bidi-components/spreadscope.editor';
        const { withFor, forPart } = await import(`${folder}/editor/completion.js`);
        return parts.map(([text, part]) => [withFor(text, part), forPart(withFor(text, part))]); }"""
    found = page.evaluate(script, [[*each[:2]] for each in PARTS])
    assert found == [[text, part] for _, part, text in PARTS]


def test_a_doubtful_rule_is_orange_and_may_be_saved(alerts: AlertsPage, engine: FakeEngine) -> None:
    alerts.open()
    alerts.type("spread < -10")
    expect(alerts.page.locator(".rule-text")).to_have_attribute("data-verdict", "doubtful")
    expect(alerts.message).to_contain_text("Spread was never below −10. Fires when")
    alerts.save()
    assert [rule["text"] for rule in engine.alerts.rules] == ["spread < -10"]


def test_what_is_not_watched_is_watched_with_the_rule(alerts: AlertsPage, engine: FakeEngine) -> None:
    alerts.open()
    alerts.type("z(SOLUSDT/BTCUSDT) > 2")
    alerts.page.keyboard.press("Escape")
    expect(alerts.message).to_contain_text("SOLUSDT/BTCUSDT is not watched yet.")
    alerts.button("Watch SOLUSDT/BTCUSDT and add the rule").click()
    wait_for(lambda: engine.alerts.rules, 10, "saving the rule")
    assert "POST /api/pairs" in engine.calls
    assert "SOLUSDT/BTCUSDT" in engine.pairs
    expect(alerts.button("Save rule")).to_be_visible()


def test_the_defaults_of_a_new_rule_are_shown_and_a_stored_one_keeps_what_it_has(
    alerts: AlertsPage, engine: FakeEngine
) -> None:
    add(engine, "z > 2.5")
    alerts.open()
    alerts.type("z > 2")
    alerts.page.locator(".options summary").click()
    expect(alerts.page.get_by_label("Ends when")).to_have_attribute("placeholder", "1.5, unless you write another")
    expect(alerts.page.get_by_label("Cooldown")).to_have_attribute("placeholder", "5m, unless you write another")
    alerts.page.get_by_label("Ends when").fill("none")
    alerts.save()
    assert engine.alerts.bodies[-1]["recover"] is None
    assert "cooldown_seconds" not in engine.alerts.bodies[-1]
    alerts.page.locator(".rules-view").get_by_role("button", name="Edit").first.click()
    expect(alerts.button("Save changes")).to_be_enabled()
    alerts.button("Save changes").click()
    wait_for(lambda: len(engine.alerts.bodies) == 3, 10, "saving the changes")
    assert (engine.alerts.bodies[-1]["recover"], engine.alerts.bodies[-1]["cooldown_seconds"]) == (None, 0)


def test_a_rule_at_its_cap_says_so_in_its_row(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine, "z > 2", cap_per_hour=12, held_back={"count": 30, "until": NOW + 600_000})
    alerts.open()
    expect(alerts.row(rule).locator(".notes")).to_contain_text("cap of 12 an hour reached, 30 held back until ")


def test_the_unit_of_a_number_is_not_completed(alerts: AlertsPage) -> None:
    alerts.open()
    alerts.type("z > 2 for 3")
    alerts.type("m")
    expect(alerts.page.locator(".rule-text")).to_have_attribute("data-verdict", "right")
    expect(alerts.page.locator(".completions")).to_be_hidden()


def test_enter_saves_once_the_engine_has_judged_the_text(alerts: AlertsPage, engine: FakeEngine) -> None:
    alerts.open()
    alerts.type("z > 2.5")
    alerts.page.keyboard.press("Enter")  # before the verdict
    wait_for(lambda: engine.alerts.rules, 10, "saving the rule")
    expect(alerts.text).to_have_value("")
    assert [rule["text"] for rule in engine.alerts.rules] == ["z > 2.5"]


def test_news_that_come_while_a_rule_is_being_made_do_not_lose_it(alerts: AlertsPage, engine: FakeEngine) -> None:
    alerts.open()
    engine.dwell = 2.0  # the page hears of the rule, and asks for a new run, before the script does
    alerts.write("z > 2")
    alerts.save()
    expect(alerts.page.locator('[data-testid="stAlert"]')).to_contain_text("Watching from now on: z > 2")
    assert len(engine.alerts.rules) == 1


def test_every_option_reaches_the_engine_and_comes_back_for_editing(alerts: AlertsPage, engine: FakeEngine) -> None:
    engine.alerts.channels = [channel("desk"), channel("phone")]
    alerts.open()
    page = alerts.page
    alerts.write("abs(z) > 2 on 1m")
    alerts.choose("of", "any pair")
    alerts.choose("on bars of", "1m")
    page.locator(".options > summary").click()
    for label, value in (
        ("Name", "Far out"),
        ("Ends when", "abs(z) < 1.5"),
        ("True for", "30s"),
        ("Keep open for", "2m"),
        ("Cooldown", "90"),
        ("At most an hour", "4"),
    ):
        page.locator(".option", has_text=label).locator("input").fill(value)
    page.get_by_label("Only once, then off").check()
    page.get_by_label("Send its end too").uncheck()
    page.get_by_label("Send a lack of data too").check()
    page.get_by_label("phone", exact=True).check()
    expect(alerts.text).to_have_value("abs(z) > 2 for 30s on 1m")
    expect(alerts.button("Save rule")).to_be_enabled()
    alerts.save()
    expected = {
        "text": "abs(z) > 2 for 30s on 1m",
        "subject": "any pair",
        "timeframe": "1m",
        "severity": "warning",
        "name": "Far out",
        "recover": "abs(z) < 1.5",
        "keep_seconds": 120,
        "cooldown_seconds": 90,
        "cap_per_hour": 4,
        "once": True,
        "notify_resolved": False,
        "notify_no_data": True,
        "channels": ["phone"],
    }
    assert saved(engine) == meant(expected)
    (rule,) = engine.alerts.rules
    alerts.do(rule["rule_id"], "Edit")
    expect(page.locator(".editor h3")).to_have_text("Edit: Far out")
    expect(alerts.text).to_have_value("abs(z) > 2 for 30s on 1m")
    expect(page.locator(".option", has_text="Keep open for").locator("input")).to_have_value("2m")
    page.locator(".option", has_text="Name").locator("input").fill("Farther")
    alerts.button("Save changes").click()
    wait_for(lambda: engine.alerts.rules[0]["name"] == "Farther", 10, "changing the rule")
    assert saved(engine) == meant({**expected, "name": "Farther", "enabled": True})
    assert [each["rule_id"] for each in engine.alerts.rules] == [rule["rule_id"]]
    expect(page.locator(".editor h3")).to_have_text("New rule")


def test_a_channel_that_goes_away_while_a_rule_is_edited_stays_chosen(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule, other = add(engine, name="Far out", channels=["phone"]), add(engine, name="Another")
    engine.alerts.channels = [channel("desk"), channel("phone")]
    alerts.open()
    alerts.do(rule, "Edit")
    page = alerts.page
    page.locator(".options > summary").click()
    phone = page.get_by_label("phone", exact=True)
    expect(phone).to_be_checked()
    engine.alerts.channels = [channel("desk")]
    engine.move(other, "firing", 2.4)  # so that the script runs again
    expect(phone).to_have_count(0, timeout=20_000)
    engine.alerts.channels = [channel("desk"), channel("phone")]
    engine.move(other, "inactive", 0.1)
    expect(phone).to_be_checked(timeout=20_000)
    alerts.button("Save changes").click()
    wait_for(lambda: engine.alerts.bodies[-1].get("channels"), 10, "changing the rule")
    assert saved(engine).channels == ("phone",)


def test_what_cannot_be_is_said_before_it_is_sent(alerts: AlertsPage, engine: FakeEngine) -> None:
    alerts.open()
    alerts.write("z > 2")
    alerts.page.locator(".options > summary").click()
    keep = alerts.page.locator(".option", has_text="Keep open for").locator("input")
    keep.fill("soon")
    expect(alerts.button("Save rule")).to_be_enabled()
    alerts.button("Save rule").click()
    expect(alerts.page.locator(".problem")).to_contain_text("write a length such as 30s")
    keep.fill("")
    ends = alerts.page.locator(".option", has_text="Ends when").locator("input")
    ends.fill("zz < 1")
    expect(alerts.page.locator(".problem")).to_contain_text("Ends when: unknown name 'zz' Did you mean z?")
    expect(alerts.button("Save rule")).to_be_disabled()
    assert engine.alerts.rules == []


def test_an_engines_refusal_keeps_what_is_typed(alerts: AlertsPage, engine: FakeEngine) -> None:
    alerts.open()
    alerts.write("z > 2")
    alerts.page.locator(".options > summary").click()
    name = alerts.page.locator(".option", has_text="Name").locator("input")
    name.fill("taken")
    expect(alerts.button("Save rule")).to_be_enabled()
    alerts.button("Save rule").click()
    expect(alerts.message).to_have_text("There is a rule of this name already: choose another.")
    expect(alerts.text).to_have_value("z > 2")
    name.fill("free")
    expect(alerts.button("Save rule")).to_be_enabled()
    alerts.save()
    assert [rule["name"] for rule in engine.alerts.rules] == ["free"]


def channel(name: str) -> dict[str, Any]:
    told = {"name": name, "kind": "webhook", "address": "…", "enabled": True, "deduplicates": True}
    return {**told, "sent": 0, "failed": 0, "waiting": 0, "last_sent": None, "last_error": ""}


# How a rule lives.


def test_a_rule_pends_fires_recovers_and_ends_without_a_run_of_the_script(
    alerts: AlertsPage, engine: FakeEngine
) -> None:
    first, second = add(engine), add(engine, "corr > 0.9")
    alerts.open()
    calls = len(engine.calls)
    for state, value in (("pending", 2.2), ("firing", 2.4), ("recovering", 1.9)):
        engine.move(second, state, value)
        alerts.expect_state(second, state)
        expect(alerts.row(second)).to_have_attribute("data-value", str(value))
        expect(alerts.page.locator(".row").first).to_have_attribute("data-rule", second)  # the most urgent is on top
    expect(alerts.page.locator(".rules-view h3")).to_have_text("Rules: 2 · 1 recovering")
    engine.move(second, "inactive", 1.2)
    alerts.expect_state(second, "inactive")
    engine.move(first, "no data")
    expect(alerts.row(first).locator(".notes")).to_contain_text("no data: warming up")
    # The script may run for the tables' sake once an alert is new; it is not what moved the rows.
    assert len([call for call in engine.calls[calls:] if call == "GET /api/status"]) <= 2


def test_an_alert_that_lost_its_data_is_still_open(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine, "corr < 0.05")
    alerts.open()
    engine.move(rule, "firing", 6.828e-13)
    alerts.expect_state(rule, "firing")
    expect(alerts.row(rule).locator(".value").first).to_have_text("6.8e−13")  # and not 0.000000
    engine.move(rule, "no data")
    alerts.expect_state(rule, "no data")
    expect(alerts.page.locator(".alarm-bar .summary")).to_have_text("1 alert open, 1 unacknowledged")
    alerts.do(rule, "Acknowledge")
    wait_for(lambda: engine.alerts.rules[0]["instances"][0]["acknowledged"], 10, "acknowledging")
    expect(alerts.page.locator(".alarm-bar .summary")).to_have_text("1 alert open, none unacknowledged")


def test_a_firing_alert_is_told_on_every_page_and_acknowledged(
    alerts: AlertsPage, engine: FakeEngine, context: BrowserContext
) -> None:
    rule = add(engine, name="Far out")
    alerts.open()
    expect(alerts.page).to_have_title("Spreadscope")
    engine.move(rule, "firing", 2.4)
    expect(alerts.toast("Far out")).to_contain_text(f"z of {PAIR} is 2.4")
    expect(alerts.page).to_have_title("(1) Spreadscope")
    expect(alerts.page.locator(".alarm-bar .summary")).to_have_text("1 alert open, 1 unacknowledged")
    alerts.do(rule, "Acknowledge")
    wait_for(lambda: engine.alerts.rules[0]["instances"][0]["acknowledged"], 10, "acknowledging")
    expect(alerts.page).to_have_title("Spreadscope")
    expect(alerts.row(rule).locator(".notes")).to_contain_text("acknowledged")
    expect(alerts.toast("Far out")).to_have_count(0)
    for name, there in (
        ("Live", alerts.page.locator(".kpis")),
        ("Data", alerts.page.get_by_text("Completeness", exact=True).first),
    ):
        alerts.page.get_by_role("link", name=name, exact=True).first.click()
        expect(there).to_be_visible(timeout=30_000)
        alerts.settled()
        engine.move(rule, "inactive", 1.0)
        expect(alerts.page.locator(".alarm-bar .summary")).to_have_text("No alert open, 1 rule")
        engine.move(rule, "firing", 2.6)
        expect(alerts.toast("Far out").last).to_be_visible()
        expect(alerts.page).to_have_title("(1) Spreadscope")
    alerts.toast("Far out").last.get_by_role("button", name="Acknowledge").click()
    wait_for(lambda: engine.alerts.rules[0]["instances"][0]["acknowledged"], 10, "acknowledging in the toast")
    expect(alerts.page).to_have_title("Spreadscope")


def test_a_critical_alert_stays_until_it_is_closed(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine, name="Stop", severity="critical")
    passing = add(engine, name="Passing", severity="info")
    engine.move(rule, "firing", 4.5)
    alerts.open()  # it fired before the page was opened
    expect(alerts.toast("Stop")).to_be_visible()
    engine.move(passing, "firing", 2.1)
    expect(alerts.toast("Passing")).to_be_visible()
    expect(alerts.toast("Passing")).to_have_count(0, timeout=15_000)
    expect(alerts.toast("Stop")).to_be_visible()
    engine.move(rule, "inactive", 1.0)
    expect(alerts.toast("Stop")).to_contain_text("resolved at 00:00:")
    expect(alerts.toast("Stop").get_by_role("button", name="Acknowledge")).to_be_disabled()
    alerts.toast("Stop").get_by_role("button", name="Close").click()
    expect(alerts.toast("Stop")).to_have_count(0)
    engine.move(rule, "firing", 4.6)
    alerts.toast("Stop").get_by_role("button", name="Close").click()
    alerts.open()
    expect(alerts.page.locator(".alarm-bar .summary")).to_have_text("2 alerts open, 2 unacknowledged")
    expect(alerts.toast("Stop")).to_have_count(0)  # this incident was closed by hand


def test_what_is_muted_is_not_told_and_can_be_unmuted(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine, name="Noise")
    alerts.open()
    alerts.mute(rule, "15m")
    wait_for(lambda: engine.alerts.rules[0]["muted_until"] == NOW + 15 * 60_000, 10, "muting")
    expect(alerts.row(rule).locator(".notes")).to_contain_text("muted until 00:15 UTC")
    engine.move(rule, "firing", 2.4)
    alerts.expect_state(rule, "firing")
    expect(alerts.toast("Noise")).to_have_count(0)
    expect(alerts.page).to_have_title("Spreadscope")
    alerts.mute(rule, "tomorrow")
    wait_for(lambda: engine.alerts.rules[0]["muted_until"] == NOW + 24 * 3_600_000, 10, "muting until tomorrow")
    expect(alerts.row(rule).locator(".notes")).to_contain_text("muted until 2023-08-09 00:00 UTC")
    alerts.mute(rule, "unmute")
    wait_for(lambda: engine.alerts.rules[0]["muted_until"] == 0, 10, "unmuting")
    expect(alerts.page).to_have_title("(1) Spreadscope")


def test_a_rule_is_turned_off_and_on_and_deleted_when_one_is_sure(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine)
    alerts.open()
    alerts.do(rule, "Turn off")
    alerts.expect_state(rule, "off")
    alerts.do(rule, "Turn on")
    alerts.expect_state(rule, "inactive")
    alerts.do(rule, "Delete")
    alerts.do(rule, "Keep it")
    expect(alerts.row(rule).get_by_role("button", name="Edit")).to_be_visible()
    alerts.do(rule, "Delete")
    alerts.do(rule, "Delete it")
    expect(alerts.row(rule)).to_have_count(0)
    assert engine.alerts.rules == []
    expect(alerts.page.locator(".rules-view .note")).to_contain_text("No rule yet")


def test_a_rule_of_the_file_is_read_only_and_says_so(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine)
    engine.alerts.rule(rule)["origin"] = "file"
    engine.move(rule, "firing", 2.4)
    alerts.open()
    expect(alerts.row(rule).locator(".notes")).to_contain_text("from alerts.toml: change it there")
    expect(alerts.row(rule).get_by_role("button")).to_have_text(["Acknowledge"])
    expect(alerts.row(rule).get_by_role("combobox", name="Mute")).to_be_visible()


def test_each_subject_of_any_pair_has_a_life_of_its_own(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine, subject="any pair")
    alerts.open()
    expect(alerts.row(rule).locator(".notes")).to_contain_text("no pair to watch yet")
    engine.move(rule, "firing", 2.4, PAIR)
    engine.move(rule, "firing", 3.1, OTHER)
    engine.move(rule, "pending", 2.2, "ETHUSDT/BTCUSDT")
    summary = alerts.row(rule).locator("summary")
    expect(summary).to_have_text("3 subjects: 2 firing, 1 pending")
    expect(alerts.page).to_have_title("(2) Spreadscope")
    summary.click()
    line = alerts.row(rule).locator(".line", has_text=OTHER)
    expect(line).to_contain_text("3.1000")
    line.get_by_role("button", name="Acknowledge").click()
    expect(alerts.page).to_have_title("(1) Spreadscope")
    lives = {each["subject"]: each["acknowledged"] for each in engine.alerts.rules[0]["instances"]}
    assert (lives[OTHER], lives[PAIR]) == (True, False)


# Being told.


NOTES = """(() => { window.shown = []; window.tones = [];
    class Noted extends EventTarget {
        constructor(title, options) { super(); window.shown.push({title, ...options}); } close() {} }
    Noted.permission = 'default'; Noted.requestPermission = async () => (Noted.permission = 'granted');
    window.Notification = Noted;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...rest) {
        window.tones.push(this.frequency.value); return start.apply(this, rest); };
})()"""


def test_sound_and_notifications_are_off_until_asked_for(
    fresh_page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    page = fresh_page
    alerts = AlertsPage(page, stack.url)
    page.add_init_script(NOTES)
    rule = add(engine, name="Far out", severity="critical")
    alerts.open()
    engine.move(rule, "firing", 2.4)
    expect(alerts.toast("Far out")).to_be_visible()
    assert page.evaluate("[window.shown.length, window.tones.length, Notification.permission]") == [0, 0, "default"]
    page.locator(".alarm-bar .opener").click()
    page.get_by_role("button", name="Sound off").click()
    expect(page.get_by_role("button", name="Sound on")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Notifications off").click()
    expect(page.get_by_role("button", name="Notifications on")).to_be_visible()
    page.evaluate("window.tones.length = 0")
    engine.move(rule, "inactive", 1.0)
    engine.move(rule, "firing", 2.6)
    page.wait_for_function("() => window.shown.length === 1 && window.tones.length === 4")
    (note,) = page.evaluate("window.shown")
    incident = engine.alerts.rules[0]["instances"][0]["incident"]
    assert (note["title"], note["tag"], note["requireInteraction"]) == ("critical: Far out", incident, True)
    engine.move(rule, "inactive", 1.0)
    page.wait_for_function("() => window.shown.length === 2")
    assert page.evaluate("window.shown[1].title") == "resolved: Far out"
    assert page.evaluate("window.shown[1].tag") == incident  # so that it takes the other's place
    alerts.page.goto(alerts.url)
    alerts.settled()
    # The choice is kept; the browser wants a click on the page before it lets it sound.
    expect(page.locator('.alarm-bar [data-toggle="sound"]')).to_have_text("Sound waits for a click on this page")
    page.locator(".alarm-bar .opener").click()
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()


def test_what_came_while_the_engine_was_away_is_told_once(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine, name="Far out")
    alerts.open()
    expect(alerts.row(rule)).to_be_visible()
    engine.cut()
    expect(alerts.page.locator(".alarm-bar")).to_have_attribute("data-level", "lost")
    engine.alerts.moved(rule, "firing", 2.4)
    alerts.expect_state(rule, "firing")
    expect(alerts.toast("Far out")).to_have_count(1)


# What is shown of the past, and of delivery.


def test_history_scorecard_and_delivery_fill_by_themselves(alerts: AlertsPage, engine: FakeEngine) -> None:
    rule = add(engine, name="Far out")
    engine.alerts.channels = [channel("desk")]
    alerts.open()
    expect(alerts.page.get_by_text("Nothing has fired yet.")).to_be_visible()
    engine.move(rule, "firing", 2.4)
    expect(alerts.page.locator('[data-testid="stDataFrame"]').first).to_be_visible(timeout=15_000)
    link = alerts.page.get_by_role("link", name="Download as CSV")
    expect(link).to_have_attribute("href", re.compile(r"^/download/alerts\?format=csv"))
    alerts.tab("Delivery")
    alerts.page.get_by_role("button", name="Send test to desk").click()
    expect(alerts.page.locator('[data-testid="stAlert"]')).to_contain_text("Test of desk: accepted (0.2 s).")


def test_lines_of_a_settings_file_are_copied_or_marked_where_a_page_may_not_copy(alerts: AlertsPage) -> None:
    page = alerts.open().page
    alerts.tab("Delivery")
    said = page.locator(".code .said")
    page.evaluate("""() => { window.copied = [];
        navigator.clipboard.writeText = async (text) => void window.copied.push(text); }""")
    page.locator(".code .copy").click()
    expect(said).to_have_text("Copied.")
    (copied,) = page.evaluate("window.copied")
    assert "[[channel]]\nname = " in copied
    page.evaluate("""() => { navigator.clipboard.writeText = async () => {
        throw new DOMException('not allowed', 'NotAllowedError'); }; }""")
    page.locator(".code .copy").click()
    expect(said).to_contain_text("the text is marked")
    assert page.evaluate("getSelection().toString()").strip() == copied.strip()


def test_a_ready_made_rule_is_one_click_away(alerts: AlertsPage, engine: FakeEngine) -> None:
    alerts.open()
    alerts.tab("Ready-made rules")
    alerts.page.get_by_role("button", name="Add", exact=True).first.click()
    wait_for(lambda: engine.alerts.rules, 10, "adding the ready-made rule")
    alerts.expect_state(engine.alerts.rules[0]["rule_id"], "inactive")
    expect(alerts.page.get_by_role("button", name="Watched already")).to_be_disabled()


# The live page.


def test_the_newest_is_in_sight_where_legs_have_seconds_without_a_trade(page: Page, stack: FakeStack) -> None:
    live = LivePage(page, stack.url).open()
    live.until(lambda hooks: hooks["visible"] and hooks["visible"]["to"] == hooks["lastRowTime"] / 1000)


def test_a_quick_rule_below_the_chart_is_drawn_as_a_level(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    live = LivePage(page, stack.url).open()
    field = page.get_by_role("combobox", name="Alert when")
    field.press_sequentially("zz > 2", delay=15)
    expect(page.locator(".rule-text")).to_have_attribute("data-verdict", "wrong")
    before = levels(page)
    field.fill("abs(z) > 3")
    expect(page.locator(".rule-text")).to_have_attribute("data-verdict", "right")
    page.keyboard.press("Enter")
    wait_for(lambda: engine.alerts.rules, 10, "saving the quick rule")
    assert saved(engine) == meant({"text": "abs(z) > 3", "subject": PAIR, "timeframe": "1s"})
    expect(page.locator(".side .rule")).to_contain_text("abs(z) > 3")
    live.until(lambda hooks: levels(page) == before + 2)
    assert live.hooks()["mounts"] == 1
    page.get_by_role("link", name="All about alerts").click()
    expect(page.locator(".row .text")).to_have_text("abs(z) > 3", timeout=20_000)


def levels(page: Page) -> int:
    return int(page.evaluate("window.__spreadscope.alertLevels ?? 0"))


def test_nothing_is_cut_off(alerts: AlertsPage, engine: FakeEngine) -> None:
    engine.alerts.channels = [channel("desk")]
    add(engine, "corr < 0.4 and change(corr, 5m) < -0.1 for 30s", OTHER, name="Decoupling of two that were one")
    rule = add(engine, severity="critical", name="Far out")
    alerts.open()
    engine.move(rule, "firing", 2.4)
    alerts.expect_state(rule, "firing")
    alerts.write("zz > 2")
    alerts.page.locator(".options > summary").click()
    script = """(width) => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
        .flatMap((host) => [...host.shadowRoot
            .querySelectorAll('button, select, .state, .title, .value, .since, .message')])
        .filter((node) => node.offsetParent !== null)
        .filter((node) => node.getBoundingClientRect().right > width || node.getBoundingClientRect().left < 0
            || (node.tagName !== 'SELECT' && node.scrollWidth > node.clientWidth + 1
                && getComputedStyle(node).display !== 'inline'))
        .map((node) => node.outerHTML)"""
    for width, _ in looks(alerts.page, 1440, 390):
        alerts.page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
        settles(alerts.page, script, width)
