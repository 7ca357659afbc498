"""The live page in a real Chromium, on the real engine."""

from __future__ import annotations

import csv
import io
import re
import signal
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.appearance import expect_readable, looks, settles
from tests.browser.live_page import HOST, KEYS, SETTLED, LivePage, shown
from tests.browser.page_faults import Faults
from tests.browser.processes import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def live(page: Page, stack: Stack) -> LivePage:
    return LivePage(page, stack.url)


def engine_row(stack: Stack, timeframe: str, time: int) -> dict[str, Any]:
    rows = stack.get(f"/api/analytics?pair={quote(stack.pair, safe='')}&timeframe={timeframe}&limit=1000")
    return next(row for row in rows if row["time"] == time)


def engine_bar(stack: Stack, symbol: str, timeframe: str, time: int) -> dict[str, Any] | None:
    """The bar at ``time``; None where the symbol did not trade in it."""
    bars = stack.get(f"/api/bars?symbol={symbol}&timeframe={timeframe}&limit=1000")
    return next((bar for bar in bars if bar["open_time"] == time), None)


def assert_equals_engine(live: LivePage, stack: Stack, timeframe: str) -> None:
    wait_for(lambda: live.cards()["z"]["closedTime"] != "", 20, "a closed row in the figures")
    cards = live.cards()
    time = int(cards["z"]["closedTime"])
    row = engine_row(stack, timeframe, time)
    for key in KEYS:
        stored = row[key] if key == "n" else row[key][0]
        drawn = cards[key]["closed"]
        assert (None if drawn == "" else float(drawn)) == stored, f"{key} at {time}"
        if cards[key]["value"] == "":
            assert cards[key]["text"] == cards[key]["reason"] != ""
    z = cards["z"]
    if z["value"]:
        assert z["text"] == shown(float(z["value"]), 2)


def test_the_chart_draws_and_its_figures_equal_the_engines(live: LivePage, stack: Stack) -> None:
    live.open()
    live.until(lambda hooks: hooks["points"] > 100)
    wait_for(lambda: sum(count > 5 for count in live.colours_per_pane()) >= 6, 10, "drawing the panes")
    assert_equals_engine(live, stack, "1s")
    expect(live.page.locator(".demo-mark")).to_contain_text("DEMO")


def test_the_fit_of_the_kalman_filter_is_told_and_called_no_evidence(live: LivePage, stack: Stack) -> None:
    live.open()
    card = live.page.locator('.kpi[data-key="kalman_beta"]')
    figures = re.compile(r"z .* sd \d\.\d\d\s+Ljung–Box p (< 0\.001|\d\.\d{3})")
    expect(card.locator(".note")).to_have_text(figures, timeout=120_000)
    expect(card).to_have_attribute("title", re.compile(r"small p says that z is not white.*Neither is evidence"))
    rows = stack.get(f"/api/analytics?pair={quote(stack.pair, safe='')}&limit=100")
    assert any(row["kalman_ljung_box_p"][0] is not None for row in rows)  # of one row a leg may be stale


def differences(live: LivePage, stack: Stack, seen: dict[str, set[bool]]) -> list[str]:
    """In what the legends differ from the engine at the cross-hair's time; ``seen`` notes who had traded then."""
    words = live.legends()
    time = int(words["time"])
    found: list[str] = []
    for pane, symbol in zip(("y", "x"), stack.symbols[:2], strict=True):
        bar = engine_bar(stack, symbol, "1s", time)
        seen[pane].add(bar is not None)
        for letter, name in (("O", "open"), ("H", "high"), ("L", "low"), ("C", "close")):
            figure = re.search(rf"\b{letter} ([\d.,]+)", words[pane])
            drawn = None if figure is None else float(figure[1].replace(",", ""))
            if drawn != (None if bar is None else bar[name]):
                found.append(f"{symbol} {name} at {time}: {drawn}")
    z = engine_row(stack, "1s", time)["z"]
    expected = z[1] if z[0] is None else shown(z[0], 2)
    return found if words["z"].startswith(expected) else [*found, f"z at {time}: {words['z']}, not {expected}"]


def test_the_figures_under_the_cross_hair_equal_the_engines(live: LivePage, stack: Stack) -> None:
    live.open()
    live.until(lambda hooks: hooks["points"] > 100)
    box = live.page.locator(".chart").bounding_box()
    assert box is not None
    seen: dict[str, set[bool]] = {"y": set(), "x": set()}  # by leg: whether it had traded in the seconds looked at
    for step in range(60):
        if all(True in traded for traded in seen.values()):
            break
        live.page.mouse.move(box["x"] + box["width"] / 2 - 9 * step, box["y"] + 60)
        wait_for(lambda: "UTC" in live.legends()["y"], 5, "the cross-hair's legend")
        # A bar may be revised between the two looks: then the page has it a moment later.
        wait_for(lambda: not differences(live, stack, seen), 5, "equality with the engine")
    assert all(True in traded for traded in seen.values())


def test_updates_never_remount_nor_move_what_one_looks_at(live: LivePage) -> None:
    live.open()
    start = live.until(lambda hooks: hooks["points"] > 100)
    box = live.page.locator(".chart").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + 150)
    live.page.mouse.move(*middle)
    live.page.mouse.down()
    live.page.mouse.move(middle[0] + 500, middle[1], steps=5)
    live.page.mouse.up()
    live.page.mouse.move(10, 10)
    looked_at = live.until(lambda hooks: hooks["visible"]["to"] < hooks["lastRowTime"] / 1000 - 5)["visible"]
    live.add_symbols("NOPEUSDT")  # the script runs again
    expect(live.page.locator('[data-testid="stAlert"]').first).to_be_visible()
    live.page.keyboard.press("Escape")
    later = live.until(lambda hooks: hooks["lastRowTime"] >= start["lastRowTime"] + 3000)
    assert later["mounts"] == 1
    assert later["updates"] > start["updates"] + 10
    assert later["visible"] == looked_at


def test_the_timeframe_is_in_the_address_and_survives_a_reload(live: LivePage, stack: Stack) -> None:
    live.open()
    live.choose("1m")
    live.drawn("1m")
    live.page.wait_for_url("**timeframe=1m**")
    assert_equals_engine(live, stack, "1m")
    live.page.reload()
    live.drawn("1m")
    assert live.hooks()["mounts"] == 1
    assert_equals_engine(live, stack, "1m")
    live.choose("5m")
    live.drawn("5m")
    assert_equals_engine(live, stack, "5m")


def test_back_leaves_the_page_as_it_does_everywhere(live: LivePage, stack: Stack) -> None:
    live.page.goto(f"{stack.url}/data")
    live.page.wait_for_selector(SETTLED)
    live.page.get_by_role("link", name="Live", exact=True).first.click()
    live.drawn()
    for timeframe in ("5m", "1s"):
        live.choose(timeframe)
        live.drawn(timeframe)
        live.page.wait_for_url(f"**timeframe={timeframe}**")
    live.page.go_back()
    live.page.wait_for_url("**/data")
    expect(live.page.get_by_text("Completeness", exact=True).first).to_be_visible()


def test_a_pair_is_added_shown_and_removed(live: LivePage, stack: Stack) -> None:
    live.open()
    live.add_symbols("NOPEUSDT,XUSDT")
    expect(live.page.locator('[data-testid="stAlert"]')).to_contain_text("NOPEUSDT")
    y, x = stack.symbols[2:4]
    live.page.keyboard.press("Escape")
    live.add_symbols(f"{y.lower()}, {x}")
    live.until(lambda hooks: hooks["pair"] == f"{y}/{x}" and hooks["points"] > 0)
    assert stack.get("/api/pairs")[-1]["pair"] == f"{y}/{x}"
    assert quote(f"{y}/{x}", safe="") in live.page.url
    live.page.keyboard.press("Escape")
    live.page.get_by_role("button", name="Remove pair").click()
    live.page.get_by_role("button", name="Stop following").click()
    live.until(lambda hooks: hooks["pair"] == stack.pair and hooks["points"] > 0)
    assert [each["pair"] for each in stack.get("/api/pairs")] == [stack.pair]
    live.page.get_by_role("button", name="Follow it again").click()
    live.until(lambda hooks: hooks["pair"] == f"{y}/{x}" and hooks["points"] > 0)
    stack.delete(f"/api/pairs/{y}/{x}")  # by another hand
    expect(live.page.locator('[data-testid="stAlert"]')).to_contain_text(
        "it was removed in another window", timeout=20_000
    )
    expect(live.page.locator('[data-testid="stAlert"]')).to_contain_text(f"{stack.pair} is shown instead")
    live.page.get_by_role("button", name="Close", exact=True).click()
    expect(live.page.locator('[data-testid="stAlert"]')).to_have_count(0)


def test_a_quick_rule_fires_shows_a_toast_and_stays_in_the_history(live: LivePage, stack: Stack) -> None:
    live.open()
    live.until(lambda hooks: hooks["points"] > 100)
    live.add_rule("z is big")
    expect(live.page.locator(".rule-text")).to_have_attribute("data-verdict", "wrong")
    live.add_rule("z > -50")
    expect(live.page.locator(".toast:not(.more)")).to_contain_text("z > -50", timeout=15_000)
    expect(live.page.locator(".alerts .history li").first).to_contain_text("z > -50")
    expect(live.page.locator(".count")).to_have_text("1 firing")
    (alert, *_) = stack.get("/api/alerts?limit=5")
    assert (alert["text"], alert["state"]) == ("z > -50", "firing")
    # An alert has the time of its bar's end; its mark is on the bar itself, whose z it was.
    assert engine_row(stack, "1s", alert["time"] - 1000)["z"][0] == alert["value"]
    live.until(lambda hooks: hooks["alertMarks"] == [alert["time"] / 1000 - 1])
    live.page.reload()
    live.drawn()
    expect(live.page.locator(".alerts .history li").first).to_contain_text("z > -50")
    (rule,) = stack.get("/api/alerts/rules")
    stack.delete(f"/api/alerts/rules/{rule['rule_id']}")
    expect(live.page.locator(".side .rules")).to_contain_text("No rule yet")


def test_downloads_have_rows(live: LivePage, stack: Stack) -> None:
    live.open("?timeframe=1m")
    live.page.get_by_role("tab", name="Downloads").click()
    for label, column in (("Ticks of", "price"), ("Bars of", "close"), ("Analytics of", "z")):
        link = live.page.get_by_role("link", name=label).first
        expect(link).to_be_visible()
        with live.page.expect_download() as download_info:
            link.click()
        download = download_info.value
        assert "DEMO" in download.suggested_filename
        text = download.path().read_text()
        assert text.startswith("# ")
        rows = list(csv.DictReader(io.StringIO("".join(line for line in text.splitlines(True) if line[0] != "#"))))
        assert len(rows) > 10
        assert any(row[column] for row in rows)  # the newest alone may have no z


def test_a_lost_engine_is_said_and_comes_back_by_itself(live: LivePage, stack: Stack, faults: Faults) -> None:
    live.open()
    before = live.until(lambda hooks: hooks["points"] > 50)
    live.page.wait_for_load_state("networkidle")  # what the page still asks for now would fail
    port = int(stack.api.rsplit(":", 1)[1])
    stack.engine.stop(signal.SIGKILL)
    live.overlay("engine")
    expect(live.page.locator(".overlay")).to_contain_text("No engine answers")
    expect(live.page.locator(".spreadscope")).to_have_class("spreadscope lost")
    other = live.page.context.new_page()
    other.goto(stack.url)
    other.wait_for_selector(SETTLED)
    expect(other.get_by_text("Waiting for the engine")).to_be_visible()
    stack.start_engine(port)
    live.no_overlay()
    after = live.until(lambda hooks: hooks["lastRowTime"] > before["lastRowTime"] and hooks["engine"] == "connected")
    assert after["mounts"] == 1
    newcomer = LivePage(other, stack.url)
    newcomer.drawn()
    live.until(lambda hooks: hooks["updates"] > after["updates"] + 10)
    assert_equals_engine(live, stack, "1s")
    other.close()
    faults.forgive_lost_engine()


def test_nothing_is_cut_off(live: LivePage) -> None:
    live.open()
    live.until(lambda hooks: hooks["points"] > 50)
    script = """() => [...HOST.shadowRoot
        .querySelectorAll('.kpi .value, .kpi .label, .verdict-line b, .chart-tools button')]
        .filter((node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== 'inline')
        .map((node) => node.textContent)"""
    for width, _ in looks(live.page, 1440, 390):
        live.page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
        settles(live.page, script.replace("HOST", HOST))
        expect_readable(live.page)


def test_explanations_and_the_chart_are_reached_by_keyboard(live: LivePage) -> None:
    live.open()
    live.until(lambda hooks: hooks["points"] > 100)
    page = live.page
    card = page.locator('.kpi[data-key="half_life_unbiased"]')
    page.locator('.kpi[data-key="z_tail"]').focus()
    page.keyboard.press("Tab")
    expect(card).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".explain")).to_contain_text("come half-way back")
    page.keyboard.press("Escape")
    expect(page.locator(".explain")).to_be_hidden()
    expect(card).to_be_focused()
    page.locator(".stage").focus()
    newest = int(live.legends()["time"])
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    looked_at = wait_for(lambda: (time := int(live.legends()["time"])) < newest and time, 5, "moving the cross-hair")
    expect(page.locator(".stage .unseen")).to_contain_text("z-score")
    # It stays on its bar while the market moves on.
    frames = live.hooks()["frames"]
    live.until(lambda hooks: hooks["frames"] > frames + 1)
    on_bar = int(live.legends()["time"])
    start = live.hooks()["lastRowTime"]
    live.until(lambda hooks: hooks["lastRowTime"] >= start + 3000)
    assert int(live.legends()["time"]) == on_bar
    page.keyboard.press("Shift+ArrowLeft")
    wait_for(lambda: int(live.legends()["time"]) <= looked_at - 10_000, 5, "moving by ten")
    before = live.hooks()["visible"]
    page.keyboard.press("-")
    live.until(lambda hooks: hooks["visible"]["from"] < before["from"] - 10)
    page.keyboard.press("Escape")
    wait_for(lambda: int(live.legends()["time"]) >= newest, 5, "letting go")


def test_the_data_page_shows_the_tape(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/data?part=now")
    page.wait_for_selector(SETTLED)
    expect(page.get_by_text("Tape", exact=True).first).to_be_visible()
    expect(page.locator('[data-testid="stDataFrame"]').first).to_be_visible()
    expect(page.get_by_text("DEMO").first).to_be_visible()
