"""The workspace before an engine that the test moves by hand: what fits the screen, and what stays where it was put."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.appearance import SCHEMES, expect_readable, wear
from tests.browser.by_hand.fake_engine import ROWS, FakeEngine
from tests.browser.by_hand.fake_stack import OTHER, PAIR, FakeStack
from tests.browser.live_page import HOST, LivePage
from tests.browser.processes import patience, wait_for
from tests.dashboard.fake_alerts import NOW

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PANES = ["y", "x", "volume", "spread", "z", "correlation"]
BOXES = """(selector) => [...(HOST?.shadowRoot.querySelectorAll(selector) ?? [])].map((node) => {
    const {top, bottom, left, right, width, height} = node.getBoundingClientRect();
    const name = node.dataset.pane ?? node.dataset.key ?? node.className;
    return {name, top, bottom, left, right, width, height}; })"""


def boxes(page: Page, selector: str) -> list[dict[str, Any]]:
    return list(page.evaluate(BOXES.replace("HOST", HOST), selector))


def opened(page: Page, stack: FakeStack, width: int, height: int, query: str = "") -> LivePage:
    page.set_viewport_size({"width": width, "height": height})
    live = LivePage(page, stack.url).open(f"?timeframe=1s{query}")
    expect(page.locator('.kpi[data-key="n"] .note')).to_have_text("of 120")
    return live


def has_heard(told: int, hooks: dict[str, Any]) -> bool:
    return int(hooks["updates"]) >= told


def pane_tops(page: Page) -> list[str]:
    """The panes from top to bottom, once their words are laid."""
    return [each["name"] for each in sorted(boxes(page, ".legend"), key=lambda each: float(each["top"]))]


def test_all_panes_and_figures_are_in_sight_without_scrolling(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    engine.demo = True
    live = opened(page, stack, 1440, 900)
    live.until(lambda hooks: hooks["points"] > 50)
    assert_all_is_in_sight(page, 1440, 900)
    page.set_viewport_size({"width": 1920, "height": 1080})
    wait_for(lambda: boxes(page, ".stage")[0]["height"] > 0.55 * 1080, 10, "taking the larger screen")
    assert_all_is_in_sight(page, 1920, 1080)


def assert_all_is_in_sight(page: Page, width: int, height: int) -> None:
    wait_for(lambda: pane_tops(page) == PANES, 10, "laying the panes")
    chart = boxes(page, ".stage")[0]
    for each in [*boxes(page, ".kpi"), *boxes(page, ".legend"), chart, *boxes(page, ".verdict-line")]:
        assert 0 <= each["top"] < each["bottom"] <= height, each["name"]
    heights = page.evaluate(
        """() => [...HOST.shadowRoot.querySelectorAll('.chart canvas')]
        .filter((canvas) => canvas.clientWidth > 200).map((canvas) => canvas.clientHeight)""".replace("HOST", HOST)
    )
    assert len([each for each in heights if each > 30]) == 2 * len(PANES), "every pane is high enough to be read"
    assert chart["height"] > 0.55 * height, "the chart has most of the screen"
    bar = page.locator(".bar").bounding_box()
    assert bar is not None
    assert (bar["y"], bar["height"]) == (0, 42), "the bar takes the room of Streamlit's header and no more"
    nav = page.locator('[data-testid="stTopNavLink"]').last.bounding_box()
    assert nav is not None
    assert nav["x"] + nav["width"] < bar["x"], "the links and the bar lie beside each other"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in SCHEMES:
        wear(page, scheme)
        expect_readable(page)


def test_a_phone_shows_z_its_state_and_its_chart_on_the_first_screen(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    engine.demo = True
    opened(page, stack, 390, 844)
    wait_for(lambda: pane_tops(page)[0] == "z", 10, "laying z first")
    (card,) = boxes(page, '.kpi[data-key="z"]')
    (note,) = boxes(page, '.kpi[data-key="z"] .note')
    z, spread, *_ = sorted(boxes(page, ".legend"), key=lambda each: float(each["top"]))
    assert card["top"] < note["bottom"] < 844
    assert spread["top"] < 844, "all of the pane of z"
    assert spread["top"] - z["top"] > 90
    expect(page.locator('.kpi[data-key="z"] .note')).to_contain_text("flat")
    expect(page.locator('.kpi[data-key="adf_p"]')).to_be_hidden()
    page.get_by_role("button", name="All figures").click()
    expect(page.locator('.kpi[data-key="adf_p"]')).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    pair = page.locator(".bar .pair").bounding_box()
    opener = page.locator('[data-testid="stExpandSidebarButton"]').bounding_box()
    assert pair is not None
    assert opener is not None
    assert opener["x"] + opener["width"] <= pair["x"] + 1, "the button of the pages is not covered"
    for scheme in SCHEMES:
        wear(page, scheme)
        expect_readable(page)


def test_the_palette_finds_pairs_pages_and_commands_on_every_page(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    live = opened(page, stack, 1440, 900)
    found = page.locator(".palette li")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find")).to_be_focused()
    page.keyboard.type("sol eth")
    expect(found.first).to_have_attribute("data-value", OTHER)
    page.keyboard.press("Enter")
    live.until(lambda hooks: hooks["pair"] == OTHER)
    page.wait_for_url("**pair=SOLUSDT%2FETHUSDT**")
    assert live.hooks()["mounts"] == 1, "the picture stays until the other pair is there"
    page.keyboard.press("Control+k")
    page.keyboard.type("data")
    page.keyboard.press("Enter")
    page.wait_for_url("**/data")
    expect(page.get_by_text("Completeness", exact=True).first).to_be_visible()
    expect(page.locator(".frames")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type(PAIR)
    page.keyboard.press("Enter")
    live.until(lambda hooks: hooks["pair"] == PAIR)
    page.keyboard.press("Control+k")
    page.keyboard.type("bnb/sol")
    expect(page.locator(".palette .none")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("sol/btc")
    expect(found.first).to_have_attribute("data-value", "SOLUSDT/BTCUSDT")
    page.keyboard.press("Enter")
    live.until(lambda hooks: hooks["pair"] == "SOLUSDT/BTCUSDT")
    assert "SOLUSDT/BTCUSDT" in engine.pairs
    page.keyboard.press("?")
    expect(page.locator(".keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".keys")).to_be_hidden()


def test_the_old_picture_stays_greyed_until_the_new_pair_is_there(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    live = opened(page, stack, 1440, 900)
    engine.silent.set()
    page.keyboard.press("Control+k")
    page.keyboard.type(OTHER)
    page.keyboard.press("Enter")
    expect(page.locator(".spreadscope")).to_have_class(re.compile("waiting"))
    expect(page.locator(".verdict-line")).to_contain_text("the next pair is on its way")
    expect(page.locator(".overlay")).to_contain_text("Loading")
    assert min(live.colours_per_pane()[::2]) > 1, "nothing is blank"
    assert live.hooks()["pair"] == PAIR
    engine.silent.clear()
    engine.cut()
    live.until(lambda hooks: hooks["pair"] == OTHER)
    expect(page.locator(".spreadscope")).not_to_have_class(re.compile("waiting"))


def test_panes_and_parts_stay_as_they_were_put_and_a_link_carries_them(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    opened(page, stack, 1440, 900)
    wait_for(lambda: pane_tops(page) == PANES, 10, "laying the panes")
    page.locator(".stage").hover()
    page.get_by_role("button", name="Move up: z-score").click()
    wait_for(lambda: pane_tops(page)[3:5] == ["z", "spread"], 10, "moving z up")
    page.get_by_role("button", name="Fold or open: ETHUSDT 1s").click()
    expect(page.locator('.legend[data-pane="x"]')).to_have_class(re.compile("folded"))
    page.get_by_role("button", name="Layout", exact=True).click()
    page.get_by_label("Place of Tape").select_option("side")
    page.get_by_label("Place of Alerts").select_option("")
    page.get_by_role("button", name="Density: compact").click()
    expect(page.locator('.kpi[data-key="z"] .note')).to_be_hidden()
    page.get_by_label("Name of this layout").fill("Desk")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("Saved as Desk.")
    page.reload()
    wait_for(lambda: pane_tops(page)[3:5] == ["z", "spread"], 20, "keeping the panes")
    expect(page.locator('.legend[data-pane="x"]')).to_have_class(re.compile("folded"))
    expect(page.get_by_role("region", name="Tape")).to_be_visible()
    expect(page.get_by_role("region", name="Alerts")).to_have_count(0)
    layout = str(page.evaluate("localStorage.getItem('spreadscope.layout')"))
    page.get_by_role("button", name="Layout", exact=True).click()
    page.get_by_role("button", name="The usual layout").click()
    wait_for(lambda: pane_tops(page) == PANES, 10, "the usual layout")
    page.locator(".notice").get_by_role("button", name="Undo").click()
    wait_for(lambda: pane_tops(page)[3:5] == ["z", "spread"], 10, "undoing")
    page.evaluate("localStorage.clear()")
    page.goto(f"{stack.url}/?timeframe=1s&layout={layout}")
    wait_for(lambda: pane_tops(page)[3:5] == ["z", "spread"], 20, "the layout of a link")
    expect(page.get_by_role("region", name="Tape")).to_be_visible()
    page.goto(f"{stack.url}/?timeframe=1s&layout=%3Cscript%3E")
    wait_for(lambda: pane_tops(page) == PANES, 20, "the usual layout where a link has none")


def test_older_bars_come_as_one_pans_left_and_the_place_stays(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    engine.older_rows = 1400
    live = opened(page, stack, 1440, 900)
    assert live.hooks()["points"] == ROWS
    page.locator('[data-range="all"]').click()
    hooks = live.until(lambda hooks: hooks["points"] > ROWS)
    first = NOW / 1000 - ROWS
    assert hooks["visible"]["from"] >= first, "what one looks at stays where it is"
    for _ in range(8):
        page.mouse.move(700, 420)
        page.mouse.down()
        page.mouse.move(1050, 420, steps=4)
        page.mouse.up()
    live.until(lambda hooks: hooks["points"] == ROWS + 1400)
    page.locator('[data-range="all"]').click()
    live.until(lambda hooks: hooks["visible"]["from"] == first - 1400)
    expect(page.locator(".older")).to_have_text("Older bars are not stored.")
    assert len(engine.histories) == len(set(engine.histories)), "each stretch is asked for once"


def test_the_place_is_kept_through_thousands_of_updates(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    live = opened(page, stack, 1440, 900)
    page.mouse.move(700, 420)
    page.mouse.down()
    page.mouse.move(1150, 420, steps=4)
    page.mouse.up()
    page.mouse.move(10, 10)
    before = live.until(lambda hooks: hooks["visible"]["to"] < NOW / 1000 - 5)
    after = before
    for batch in range(1, 151):  # a tab that waits for more than 64 messages begins anew from a snapshot
        engine.trade(PAIR, 20)
        told = before["updates"] + 20 * batch
        after = live.until(partial(has_heard, told))
    assert after["visible"] == before["visible"]
    assert after["mounts"] == 1


def test_measuring_by_mouse_and_by_key(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    opened(page, stack, 1440, 900)
    box = page.locator(".chart").bounding_box()
    assert box is not None
    words = page.locator(".measure-words")
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 300, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 600, box["y"] + 30, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(words).to_have_text(re.compile(r"^\d+ bars · .* · Δ \+[\d.,]+ \(\+\d\.\d\d%\) · [+\d.,]+ z$"))
    held = words.bounding_box()
    for _ in range(5):
        engine.trade(PAIR, 20)
        page.wait_for_timeout(100)
    wait_for(lambda: words.bounding_box() != held, 10, "staying on its bars while they move")
    page.locator(".stage").focus()
    page.keyboard.press("Escape")
    expect(words).to_be_hidden()
    page.keyboard.press("m")
    page.keyboard.press("Shift+ArrowLeft")
    expect(words).to_have_text(re.compile(r"^10 bars · 10\.0 s · Δ [+−]\d\.\d\d$"))


def test_a_figure_explains_itself_and_a_signal_tells_its_story(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    told = {"pair": PAIR, "timeframe": "1s", "z": -2.1, "spread": -0.002, "price_y": 1.0, "price_x": 1.0, "beta": 0.85}
    engine.told_signals = [
        {
            **told,
            "time": NOW - 100_000,
            "action": "BUY_SPREAD",
            "state": "LONG",
            "cause": "z -2.10 beyond ±2",
            "kind": "entry",
            "space": "log",
            "legs": "buy BTCUSDT, sell ETHUSDT, 1 : 0.85 by value",
            "cautions": ["move below fees"],
        }
    ]
    live = opened(page, stack, 1440, 900)
    page.locator('.kpi[data-key="z"]').click()
    explain = page.locator(".explain")
    for words in ("60 rows of 1s, 60.0 s (z_window)", "n 899 joint rows of 120", "z in exports, z in rules"):
        expect(explain).to_contain_text(words)
    page.keyboard.press("Escape")
    expect(explain).to_be_hidden()
    expect(page.locator('.kpi[data-key="z"]')).to_be_focused()
    page.locator(".signals li").first.click()
    story = page.locator(".story")
    for words in ("Buy spread", "z −2.10 beyond ±2", "against it: move below fees", "z-score", "Half-life"):
        expect(story).to_contain_text(words)
    page.keyboard.press("Escape")
    expect(story).to_be_hidden()
    page.goto(f"{stack.url}/?timeframe=1s&at={NOW - 100_000}")
    live.drawn()
    expect(story).to_contain_text("Buy spread", timeout=15_000)
    assert "at=" not in page.url
    visible = live.hooks()["visible"]
    assert visible["from"] < NOW / 1000 - 100 < visible["to"]


def test_the_chart_is_copied_as_a_picture_that_says_what_it_is(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    engine.demo = True
    opened(page, stack, 1440, 900)
    page.evaluate("""() => { navigator.clipboard.write = async (items) => {
        const blob = await items[0].getType('image/png');
        const bitmap = await createImageBitmap(blob);
        window.copied = [blob.type, bitmap.width, bitmap.height]; } }""")
    page.get_by_role("button", name="Picture").click()
    expect(page.locator(".notice")).to_contain_text("The chart is copied as a picture.")
    kind, width, height = json.loads(page.evaluate("JSON.stringify(window.copied)"))
    chart = page.locator(".chart").bounding_box()
    assert chart is not None
    assert kind == "image/png"
    assert abs(width - chart["width"]) < 3
    assert 10 < height - chart["height"] < 40, "the line that says pair, time and DEMO"


def test_the_lamp_opens_into_what_each_part_says(page: Page, stack: FakeStack, engine: FakeEngine) -> None:
    opened(page, stack, 1440, 900)
    expect(page.locator(".lamp")).not_to_have_attribute("data-level", "bad")
    expect(page.locator(".chip").first).to_be_hidden()
    page.get_by_role("button", name="Health of the data").click()
    expect(page.locator('.chip[data-chip="engine"]')).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".chip").first).to_be_hidden()
    engine.silent_ms = 20_000
    expect(page.locator(".lamp .word")).to_have_text("Exchange silent", timeout=1000 * patience(10))
    expect(page.locator(".lamp")).to_have_attribute("data-level", "bad")
    engine.silent_ms = None
