"""Figures on the pages, before an engine that the test moves by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.alerts_page import AlertsPage
from tests.browser.by_hand.fake_engine import ROWS, FakeEngine
from tests.browser.by_hand.fake_stack import OTHER, PAIR, FakeStack
from tests.browser.live_page import LivePage, shown
from tests.browser.processes import wait_for
from tests.dashboard.fake_alerts import NOW

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Z = 2.4 * math.sin((ROWS - 1) / 40)  # of the newest row


LABELS = {
    "ols": ("z-score", "Spread", "β (OLS)"),
    "kalman": ("z-score (Kalman)", "Spread (Kalman)", "β (Kalman)"),
    "huber": ("z-score (Huber)", "Spread (Huber)", "β (Huber)"),
}


def test_the_page_shows_the_z_that_signals_act_on_and_the_others_as_comparisons(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    live = LivePage(page, stack.url).open()
    for hedge in LABELS:
        engine.analytics = {**engine.analytics, "hedge": hedge}
        engine.cut()
        assert_shows_z_of(hedge, live)


def assert_shows_z_of(hedge: str, live: LivePage) -> None:
    page = live.page
    cards = page.locator(".kpi")
    for key, label in zip(("z", "spread", "beta"), LABELS[hedge], strict=True):
        expect(page.locator(f'.kpi[data-key="{key}"] .label')).to_have_text(label)
    expect(page.locator('.kpi[data-key="z"] .value')).to_have_text(shown(Z, 2))
    assert live.cards()["spread"]["value"] == str(Z / 1000)
    assert live.legends()["z"].startswith(shown(Z, 2))
    # Of the traded spread: its mean (0.5, as of everything in the fake) and deviation.
    assert "mean +0.500000  ±2 sd −0.500000 … +1.500000" in live.legends()["spread"]
    compared = {"ols_beta": hedge != "ols", "kalman_beta": hedge != "kalman"}
    for key, there in compared.items():
        expect(page.locator(f'.kpi[data-key="{key}"]')).to_have_count(int(there))
    expect(cards.last).to_have_attribute("data-key", "n")


DEFAULT_CARDS = [
    ("price_y", "BTCUSDT"),
    ("price_x", "ETHUSDT"),
    ("z", "z-score"),
    ("spread", "Spread"),
    ("beta", "β (OLS)"),
    ("kalman_beta", "β (Kalman)"),
    ("theil_sen_beta", "β (Theil–Sen)"),
    ("correlation", "Correlation"),
    ("z_tail", "|z| beyond 2"),
    ("half_life_unbiased", "Half-life"),
    ("cointegrated", "Cointegrated"),
    ("look_p", "Last look p"),
    ("eg_p", "Engle–Granger p"),
    ("adf_p", "ADF p"),
    ("breakdown", "Breakdown"),
    ("beta_drift", "β since a day"),
    ("value_ratio", "Volume Y : X"),
    ("n", "Sample n"),
]
DEFAULT_NOTES = {
    "z": "flat",
    "spread": "{bp}",
    "beta": "± 0.5000 s.e.",
    "kalman_beta": "{z} sd 0.50\nLjung–Box p 0.500",
    "correlation": "of returns\nrealised +0.500",
    "eg_p": "this window alone, τ +0.50",
    "adf_p": "τ +0.50",
    "breakdown": "of 1 at most",
    "n": "of 120",
}
DEFAULT_PANES = [
    ("y", "BTCUSDT 1s"),
    ("x", "ETHUSDT 1s"),
    ("volume", "Volume by value"),
    ("spread", "Spread ln Y − β ln X − α"),
    ("z", "z-score"),
    ("correlation", "Correlation of returns"),
]


def test_the_default_strip_and_panes_are_those_one_knows(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    LivePage(page, stack.url).open()
    read = """([root, key, text]) => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
        .flatMap((host) => [...host.shadowRoot.querySelectorAll(root)])
        .map((node) => [node.dataset[key], node.querySelector(text).textContent])"""
    expect(page.locator('.kpi[data-key="n"] .note')).to_have_text("of 120")
    assert [tuple(each) for each in page.evaluate(read, [".kpi", "key", ".label"])] == DEFAULT_CARDS
    notes = {key: note for key, note in page.evaluate(read, [".kpi", "key", ".note"]) if key in DEFAULT_NOTES}
    assert notes["z"].startswith("flat\nfees from ")
    notes["z"] = "flat"
    kalman = DEFAULT_NOTES["kalman_beta"].format(z=f"z {shown(2 * Z, 1)}")
    assert notes == {**DEFAULT_NOTES, "spread": f"{shown(Z * 10, 2)} bp", "kalman_beta": kalman}
    assert [tuple(each) for each in page.evaluate(read, [".legend", "pane", "b"])] == DEFAULT_PANES


def card(**more: Any) -> dict[str, Any]:
    return {"note": "", "order": 45, "alarm": None, "alarm_note": "", "thresholds": False, **more}


def line(pane: str, title: str, **more: Any) -> dict[str, Any]:
    plain = {"low": None, "high": None, "bands": None, "thresholds": False, "chosen": True}
    return {"pane": pane, "title": title, "colour": "green", **plain, **more}


def statistic(key: str, label: str, **more: Any) -> dict[str, Any]:
    plain = {"help": f"{label}: what it is.", "format": "fixed:2", "measure": "plain", "unit": "", "shown": True}
    return {"key": key, "label": label, **plain, "card": None, "line": None, "rule": None, **more}


def test_what_the_catalogue_adds_is_drawn_without_a_word_of_it_in_the_page(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    engine.more_statistics = [
        statistic(
            "volume_ratio",
            "Volume ratio",
            card=card(note="of {drift:fixed:1}[ and {nothing:fixed:1}]", alarm=3.0, alarm_note="too much"),
            line=line("volumes", "Volume of Y to X", low=0.0),
        ),
        statistic("drift", "Drift", format="signed:1", line=line("volumes", "Drift", colour="blue")),
        statistic("calm", "Calm", card=card(order=5, note="of {drift:fixed:1}[ and {nothing:fixed:1}]")),
        statistic("nothing", "Nothing", card=card(order=46), line=line("nothing", "Nothing at all")),
        statistic("hidden", "Hidden", shown=False, card=card(), line=line("hidden", "Hidden")),
    ]
    engine.more_values = {
        "volume_ratio": [3.5, None], "drift": [-1.25, None], "calm": [0.5, None], "nothing": [None, "too few rows"],
    }  # fmt: skip
    rule = {"text": "corr < 0.5", "subject": PAIR}
    engine.alerts.answer("POST", ["rules"], {}, rule)
    live = LivePage(page, stack.url).open()
    keys = [key for key in live.cards() if not key.startswith("price")]
    assert keys[:2] == ["calm", "z"]
    assert keys[keys.index("beta") :][:4] == ["beta", "volume_ratio", "nothing", "kalman_beta"]
    assert "hidden" not in keys
    loud = page.locator('.kpi[data-key="volume_ratio"]')
    expect(loud).to_have_attribute("data-zone", "stop")
    expect(loud.locator(".note")).to_have_text("too much")
    expect(loud).to_have_attribute("title", "Volume ratio: what it is.")
    expect(page.locator('.kpi[data-key="calm"] .note')).to_have_text("of −1.3")
    expect(page.locator('.kpi[data-key="nothing"] .value')).to_have_text("too few rows")
    panes = page.locator(".legend")
    assert panes.evaluate_all("(nodes) => nodes.map((node) => node.dataset.pane)") == [
        "y", "x", "volume", "spread", "z", "correlation", "volumes", "nothing",
    ]  # fmt: skip
    expect(panes.nth(6)).to_have_text("Volume of Y to X3.50Drift−1.3")
    expect(page.locator(".reason").last).to_have_text("too few rows · 899 of 120 rows")
    wait_for(lambda: len(live.colours_per_pane()) == panes_of(8), 10, "drawing the new panes")


def assert_legends_head_their_panes(page: Page) -> None:
    """Each line of words lies at the top of the pane of its number."""
    script = """() => {
        const tops = (selector, least) => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
            .flatMap((host) => [...host.shadowRoot.querySelectorAll(selector)])
            .map((node) => node.getBoundingClientRect()).filter((box) => box.width > least && box.height > 10)
            .map((box) => box.top);
        const panes = [...new Set(tops('.chart canvas', 200))].sort((a, b) => a - b);
        return [tops('.legend', 20), panes]; }"""

    def placed() -> bool:
        legends, panes = page.evaluate(script)
        return all(abs(legend - 4 - pane) < 2 for legend, pane in zip(legends, panes[: len(legends)], strict=True))

    wait_for(placed, 10, "laying the legends")


def test_another_configuration_of_the_engine_is_drawn_in_place(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    engine.alerts.answer("POST", ["rules"], {}, {"text": "abs(z) > 3", "subject": PAIR, "timeframe": "1s"})
    live = LivePage(page, stack.url).open()
    live.until(lambda hooks: hooks["alertLevels"] == 2)
    engine.analytics = {**engine.analytics, "hedge": "kalman"}
    engine.more_statistics = [statistic("drift", "Drift", line=line("drift", "Drift since a day"))]
    engine.more_values = {"drift": [0.5, None]}
    engine.cut()
    expect(page.locator('.kpi[data-key="z"] .label')).to_have_text("z-score (Kalman)")
    expect(page.locator('.legend[data-pane="drift"] .figures')).to_have_text("0.50")
    live.until(lambda hooks: hooks["alertLevels"] == 2)
    hooks = live.hooks()
    assert hooks["mounts"] == 1
    assert hooks["visible"]["to"] == hooks["lastRowTime"] / 1000
    wait_for(lambda: len(live.colours_per_pane()) == panes_of(7), 10, "drawing the new pane")
    assert_legends_head_their_panes(page)
    engine.more_statistics = []
    engine.cut()
    expect(page.locator('.legend[data-pane="drift"]')).to_have_count(0)
    wait_for(lambda: len(live.colours_per_pane()) == panes_of(6), 10, "six panes again")
    assert_legends_head_their_panes(page)


def panes_of(count: int) -> int:
    """Wide canvases that the chart lays for so many panes: two each."""
    return 2 * count


def test_the_strip_keeps_its_height_while_the_first_figures_are_on_their_way(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    engine.silent.set()
    page.goto(stack.url)
    strip = page.locator(".kpis")
    expect(strip).to_be_visible(timeout=30_000)
    expect(page.locator(".overlay")).to_contain_text("Loading")
    expect(page.locator(".chip")).to_have_count(5)
    before = strip.bounding_box()
    stage = page.locator(".stage").bounding_box()
    engine.silent.clear()
    engine.cut()
    expect(page.locator('.kpi[data-key="n"] .note')).to_have_text("of 120")
    assert (strip.bounding_box(), page.locator(".stage").bounding_box()) == (before, stage)


CUT = """() => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .flatMap((host) => [...host.shadowRoot
        .querySelectorAll('.kpi:not([data-key^="price"]) :is(.value, .label, .note)')])
    .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent)"""


def test_no_figure_is_cut_off_however_many_cards_there_are(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    LivePage(page, stack.url).open()
    usual = dict(engine.analytics)
    large = {"spread": [-210.123456, None], "beta": [16.3083, None], "ols_beta": [15.4901, None]}
    for analytics, model in (({"hedge": "ols"}, "OLS"), ({"hedge": "kalman"}, "Kalman"), ({"hedge": "tls"}, "TLS")):
        engine.analytics = {**usual, **analytics, "space": "level" if model == "TLS" else "log"}
        engine.more_values = large if model == "TLS" else {}
        for more in (0, 4):
            engine.more_statistics = [
                statistic(f"more_{number}", f"Another {number}", card=card(), format="signed:6")
                for number in range(more)
            ]
            engine.cut()
            expect(page.locator('.kpi[data-key="beta"] .label')).to_have_text(f"β ({model})")
            expect(page.locator('.kpi[data-key^="more_"]')).to_have_count(more)
            expect(page.locator('.kpi[data-key="n"] .note')).to_have_text("of 120")
            for width in (390, 800, 1100, 1260, 1366, 1440, 1920):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate(CUT) == [], f"{model}, {more} more cards, {width} pixels wide"


@pytest.mark.parametrize("hedge", ["ols", "kalman"])
def test_a_preview_draws_the_z_that_the_rule_means(alerts: AlertsPage, engine: FakeEngine, hedge: str) -> None:
    engine.analytics = {**engine.analytics, "hedge": hedge}
    alerts.open()
    alerts.write("z > 2")
    alerts.button("Preview").click()
    expect(alerts.page.locator(".preview figcaption")).to_contain_text("z from −2.4")
    expect(alerts.page.locator(".preview svg .limit")).to_have_count(1)


FIRST_LEVELS = [
    (f"z({OTHER}) > 2", "z", 1),
    ("corr < 0.4 and change(corr, 5m) < -0.1", "corr", 1),
    ("half_life > 1 or z > 2", "half_life", 1),
    ("change(z, 5m) > 2", "z", 0),
]


def test_a_preview_draws_the_first_level_of_a_rule(alerts: AlertsPage) -> None:
    alerts.open()
    for text, name, limits in FIRST_LEVELS:
        alerts.write(text)
        alerts.button("Preview").click()
        expect(alerts.page.locator(".preview figcaption")).to_contain_text(f"{name} from ")
        expect(alerts.page.locator(".preview svg .limit")).to_have_count(limits)
    # A limit far from the line is told, and not called its end.
    alerts.write("spread < -10")
    alerts.button("Preview").click()
    caption = alerts.page.locator(".preview figcaption")
    expect(caption).to_contain_text("spread from −0.00")
    expect(caption).to_contain_text("the limit −10 is below all of it")
    expect(alerts.page.locator(".preview svg .limit")).to_have_count(0)


def test_an_entry_names_its_legs_and_what_speaks_against_it(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    told = {"pair": PAIR, "timeframe": "1s", "z": -2.1, "spread": -0.002, "price_y": 1.0, "price_x": 1.0, "beta": 0.85}
    entry = {
        **told,
        "action": "BUY_SPREAD",
        "state": "LONG",
        "cause": "z -2.10 beyond ±2",
        "kind": "entry",
        "space": "log",
    }
    engine.told_signals = [
        {**entry, "time": NOW - 300_000, "legs": "buy BTCUSDT, sell ETHUSDT, 1 : 0.85 by value", "cautions": []},
        {
            **told,
            "time": NOW - 200_000,
            "action": "EXIT",
            "state": "FLAT",
            "cause": "time stop",
            "kind": "time stop",
            "space": "log",
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


DEMOS = [
    ("synthetic seed 7", "DEMO · not market data", "made up, not market data"),
    ("recording um_btcusdt.gz", "DEMO · a recording", "a recording of a market, not the market now"),
]


def test_a_demo_is_marked_on_every_page_and_a_recording_is_called_one(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    for source, mark, words in DEMOS:
        engine.demo, engine.source = True, source
        LivePage(page, stack.url).open()
        expect(page.locator(".lamp .demo-words")).to_have_text(f"DEMO · {words} · {source}")
        for place in ("", "alerts", "data"):
            if place:
                page.goto(f"{stack.url}/{place}")
            expect(page.locator(".demo-mark")).to_have_text(mark)
            page.mouse.wheel(0, 3000)
            expect(page.locator(".demo-mark")).to_be_in_viewport()
        expect(page.locator('[data-testid="stAlert"]').first).to_contain_text(words)
    engine.pairs.clear()
    page.goto(stack.url)
    expect(page.get_by_text("No pair yet")).to_be_visible()
    expect(page.locator(".demo-mark")).to_have_text(DEMOS[-1][1])


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


def test_a_figure_draws_its_line_when_it_is_asked_to(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    live = LivePage(page, stack.url).open()
    panes = page.locator(".legend")
    drawn = "(nodes) => nodes.map((node) => node.dataset.pane)"
    expect(page.locator('.kpi[data-key="n"] .note')).to_have_text("of 120")
    assert panes.evaluate_all(drawn) == ["y", "x", "volume", "spread", "z", "correlation"]
    card = page.locator('.kpi[data-key="theil_sen_beta"]')
    expect(card).to_have_attribute("data-drawn", "false")
    card.click()
    page.get_by_role("button", name="Draw its line in the chart").click()
    expect(card).to_have_attribute("data-drawn", "true")
    expect(panes).to_have_count(7)
    assert "β by Theil–Sen" in (panes.nth(6).text_content() or "")
    wait_for(lambda: len(live.colours_per_pane()) == panes_of(7), 10, "drawing the pane that was asked for")
    page.reload()
    expect(panes).to_have_count(7)  # this browser remembers
    card.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Hide its line").press("Enter")
    expect(panes).to_have_count(6)
    # Signals stand on z and on the spread: those lines stay.
    page.locator('.kpi[data-key="z"]').click()
    expect(page.locator(".explain")).to_be_visible()
    expect(page.locator(".explain .line-button")).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator('.kpi[data-key="correlation"]').click()
    page.get_by_role("button", name="Hide its line").click()
    expect(panes).to_have_count(5)
