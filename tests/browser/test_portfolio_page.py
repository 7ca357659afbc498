"""A paper trade on the real programs: from the ticket to the ledger of money."""

from __future__ import annotations

import csv
import io

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_page import SETTLED
from tests.browser.processes import Stack, wait_for

pytestmark = pytest.mark.browser


def test_a_ticket_is_filled_shown_and_flattened(page: Page, stack: Stack) -> None:
    account = "/api/paper/accounts/paper"
    ticket = f"{account}/ticket?pair={stack.pair}&timeframe=1s&side=1"
    wait_for(
        lambda: stack.get("/api/paper/accounts") and stack.pair in stack.get("/api/status")["pairs"], 60, "a start"
    )
    wait_for(lambda: stack.get(ticket)["z"] is not None and stack.get(ticket)["refusal"] is None, 120, "a hedge ratio")
    page.goto(f"{stack.url}/portfolio")
    page.wait_for_selector(SETTLED, timeout=60_000)
    view = page.locator(".portfolio")
    expect(view).to_have_attribute("data-state", "empty", timeout=20_000)
    page.get_by_test_id("stButton").get_by_role("button", name="Open a ticket").click()
    dialog = page.get_by_role("dialog")
    # Wide levels: the trade is not to end by itself before this test has seen it.
    dialog.get_by_role("spinbutton", name="Take profit at |z|").fill("-100", timeout=20_000)
    dialog.get_by_role("spinbutton", name="Stop at |z|").fill("100")
    dialog.get_by_role("spinbutton", name="Stop at |z|").press("Enter")
    dialog.get_by_role("button", name="Send paper trade …").click(timeout=20_000)
    dialog.get_by_role("button", name="Send now").click(timeout=20_000)
    expect(dialog).to_be_hidden(timeout=20_000)
    card = page.locator(".trade")
    expect(card).to_have_attribute("data-state", "open", timeout=20_000)
    (trade,) = stack.get(f"{account}/trades")
    assert (trade["pair"], trade["timeframe"], trade["origin"]) == (stack.pair, "1s", "ticket")
    expect(card.locator(".legs tbody tr").first).to_contain_text(trade["y"]["symbol"])

    page.get_by_role("button", name="Flatten all").click()
    page.get_by_role("button", name="Close everything").click()
    expect(card).to_have_count(0, timeout=20_000)
    page.get_by_text("Closed trades", exact=True).click()
    expect(page.get_by_text("1 row.", exact=True)).to_be_visible(timeout=20_000)
    with page.expect_download() as download_info:
        page.get_by_role("link", name="Download as CSV").click()
    assert download_info.value.suggested_filename == "DEMO-paper-pair-trades.csv"
    text = download_info.value.path().read_text()
    (row,) = csv.DictReader(io.StringIO("".join(line for line in text.splitlines(True) if line[0] != "#")))
    (closed,) = stack.get(f"{account}/trades/closed")
    assert int(row["id"]) == trade["id"]
    assert float(row["net"]) == pytest.approx(closed["result"])
    ledger = stack.get(f"{account}/ledger")
    assert sum(entry["change"] for entry in ledger) == pytest.approx(stack.get(account)["wallet"])
