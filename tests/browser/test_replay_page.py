"""The replay page on the real programs: a short session plays, steps, jumps to a signal, and the way back to live."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_page import SETTLED
from tests.browser.processes import Stack, patience, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEXT = "On to the next signal or alert"


def transport(stack: Stack) -> dict[str, Any]:
    """Where the one playback stands, as its API says."""
    (run,) = stack.get("/api/playbacks")
    return dict(stack.get(f"{run['path']}/api/playback"))


def rested(stack: Stack, after: int = 0) -> dict[str, Any]:
    """Where it stands, once it rests at a later time than ``after``."""

    def status() -> dict[str, Any] | None:
        found = transport(stack)
        return None if found["state"] in {"playing", "seeking"} or found["time"] <= after else found

    return dict(wait_for(status, patience(20), "a rest of the playback"))


def shown_time(page: Page) -> str:
    return page.locator(".replay-banner b").inner_text()


def test_a_session_plays_steps_and_jumps_and_the_way_is_back_to_live(page: Page, stack: Stack) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    wait_for(lambda: stack.get("/api/playable")["sessions"], patience(30), "a session")
    wait_for(
        lambda: any(each["end"] - each["start"] > 15_000 for each in stack.get("/api/playable")["sessions"]),
        patience(60), "a session of some seconds",
    )  # fmt: skip
    page.goto(f"{stack.url}/replay")
    page.wait_for_selector(SETTLED, timeout=30_000)
    page.get_by_role("button", name="Play session").click()
    banner = page.locator(".replay-banner")
    expect(banner).to_contain_text("REPLAY", timeout=patience(60) * 1000)
    expect(banner).to_contain_text("DEMO")
    page.get_by_role("button", name="Pause").click(timeout=patience(20) * 1000)
    paused = rested(stack)
    expect(banner).to_contain_text("paused")
    # A bar on: the picture and the API say the same time.
    page.get_by_role("radio", name="1s").click()
    page.wait_for_selector(SETTLED, timeout=30_000)
    page.get_by_role("button", name="One bar on").click()
    stepped = rested(stack, paused["time"])
    assert paused["time"] < stepped["time"] < paused["time"] + 10_000
    wait_for(lambda: _utc(stepped["time"]) in shown_time(page), patience(10), "the time of the step on the screen")
    _same_row_as_the_api(page, stack)
    # To the next signal, or the end where none comes any more.
    page.get_by_role("button", name=NEXT).click()
    jumped = rested(stack, stepped["time"])
    (run,) = stack.get("/api/playbacks")
    marks = stack.get(f"{run['path']}/api/playback/marks")
    assert jumped["state"] == "ended" or any(mark["at"] == jumped["time"] for mark in marks)
    wait_for(lambda: _utc(jumped["time"]) in shown_time(page), patience(10), "the time of the jump on the screen")
    # Nothing of it reached the live engine, and the live page is live.
    assert all(alert["time"] <= stack.get("/api/status")["market_time"] for alert in stack.get("/api/alerts"))
    page.get_by_role("button", name="End replay").click()
    expect(page.get_by_role("button", name="Play session")).to_be_visible(timeout=patience(20) * 1000)
    assert stack.get("/api/playbacks") == []
    page.goto(stack.url)
    page.wait_for_selector(SETTLED, timeout=30_000)
    expect(page.locator(".replay-banner")).to_have_count(0)


def _same_row_as_the_api(page: Page, stack: Stack) -> None:
    (run,) = stack.get("/api/playbacks")
    pair = page.evaluate("() => window.__spreadscope.pair")

    def same() -> bool:
        (row,) = stack.get(f"{run['path']}/api/analytics?pair={pair}&timeframe=1s&limit=1")
        return bool(row["time"] == page.evaluate("() => window.__spreadscope.lastRowTime"))

    wait_for(same, patience(15), "the row of the API on the screen")


def _utc(milliseconds: int) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}"
