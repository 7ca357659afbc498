"""Foreign pages in a real Chromium, at a rebound name and at another port of this machine, are refused everywhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.chromium import BROWSERS, FLAGS
from tests.browser.processes import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REBOUND = "rebound.example"  # the browser's resolver says 127.0.0.1, as an attacker's own name server would
HTML = "<!doctype html><title>foreign</title><body>"

# Fetches what it can and opens what it can; what it could do is what it says.
ATTACK = """
async ({dashboard, engine, rule}) => {
  const sockets = [`${dashboard}/_stcore/stream`, `${dashboard}/live`, `${engine}/ws`];
  const pages = ['/', '/alerts', '/_stcore/health', '/_stcore/host-config', '/download/bars?symbol=A',
                 '/ask/vocabulary'];
  const asked = pages.map((path) => dashboard + path)
      .concat(['/api/status', '/api/alerts/rules', '/docs', '/openapi.json'].map((path) => engine + path));
  const open = (url) => new Promise((done) => {
    const socket = url.includes('stream') ? new WebSocket(url.replace('http', 'ws'), ['streamlit'])
                                          : new WebSocket(url.replace('http', 'ws'));
    socket.onopen = () => done('opened');
    socket.onerror = () => done('refused');
  });
  const read = async (url, options) => {
    try {
      const answer = await fetch(url, options);
      return answer.type === 'opaque' ? 'opaque' : answer.status;
    } catch {
      return 'blocked';
    }
  };
  const post = {method: 'POST', body: JSON.stringify(rule), headers: {'Content-Type': 'application/json'}};
  const simple = {method: 'POST', mode: 'no-cors', body: JSON.stringify(rule), headers: {'Content-Type': 'text/plain'}};
  const said = {sockets: {}, reads: {}, writes: []};
  for (const url of sockets) said.sockets[url] = await open(url);
  for (const url of asked) said.reads[url] = await read(url, {});
  for (const options of [post, simple]) {
    said.writes.push(await read(`${engine}/api/alerts/rules`, options));
    said.writes.push(await read(`${dashboard}/ask/check`, options));
  }
  return said;
}
"""


@pytest.fixture(scope="module")
def rebinding(playwright: Playwright, browser: Browser) -> Iterator[Browser]:
    """A browser in which the name is rebound already.

    What new ones forbid by themselves is off: not every one is new.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    rebound = f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"
    old = "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"
    started = playwright.chromium.launch(executable_path=found, args=[*FLAGS, rebound, old])
    yield started
    started.close()


def foreign(browser: Browser, origin: str) -> Page:
    """A page of an attacker's server, at ``origin``: its own document is the only thing that does not come from us."""
    page = browser.new_page()
    page.route(f"{origin}/attack", lambda route: route.fulfill(body=HTML, content_type="text/html"))
    page.goto(f"{origin}/attack")
    assert page.evaluate("location.origin") == origin
    return page


def at(url: str, host: str) -> str:
    return f"http://{host}:{urlsplit(url).port}"


def rule(stack: Stack) -> dict[str, str]:
    return {"text": "z > 2", "subject": stack.pair}


def test_a_page_at_a_rebound_name_is_refused_everywhere(stack: Stack, rebinding: Browser) -> None:
    for url in (stack.url, stack.api):
        page = foreign(
            rebinding, at(url, REBOUND)
        )  # same origin as what it asks: the browser itself forbids it nothing
        targets = {"dashboard": at(stack.url, REBOUND), "engine": at(stack.api, REBOUND)}
        said = page.evaluate(ATTACK, {**targets, "rule": rule(stack)})
        assert set(said["sockets"].values()) == {"refused"}
        own = {status for address, status in said["reads"].items() if address.startswith(at(url, REBOUND))}
        assert own == {403}
        assert set(said["reads"].values()) <= {403, "blocked"}
        assert set(said["writes"]) <= {403, "blocked", "opaque"}
        page.close()
    page = rebinding.new_page()
    for path in ("/", "/alerts", "/data"):
        answer = page.goto(at(stack.url, REBOUND) + path)
        assert answer is not None
        assert answer.status == 403
        assert "this server answers on this machine only" in page.inner_text("body")
    page.close()
    assert stack.get("/api/alerts/rules") == []


def test_a_page_at_another_port_of_this_machine_is_refused_everywhere(stack: Stack, rebinding: Browser) -> None:
    for origin in ("http://127.0.0.1:1025", "http://localhost:1025"):
        page = foreign(rebinding, origin)
        said = page.evaluate(ATTACK, {"dashboard": stack.url, "engine": stack.api, "rule": rule(stack)})
        assert set(said["sockets"].values()) == {"refused"}
        assert set(said["reads"].values()) == {"blocked"}  # it is refused, and not told by whom
        assert set(said["writes"]) <= {"blocked", "opaque"}
        page.close()
    assert stack.get("/api/alerts/rules") == []


def test_no_foreign_page_holds_ours_in_a_frame(stack: Stack, rebinding: Browser) -> None:
    page = foreign(rebinding, "http://127.0.0.1:1025")
    page.evaluate("(url) => { document.body.innerHTML = `<iframe src='${url}/'></iframe>`; }", stack.url)
    refused = page.frame_locator("iframe").locator("body")
    expect(refused).to_contain_text("pages of another address may not use this server: open its own page")
    assert page.evaluate("document.querySelector('iframe').contentWindow.length") == 0
    page.close()


def test_a_link_on_a_foreign_page_still_opens_ours(stack: Stack, rebinding: Browser) -> None:
    page = foreign(rebinding, "http://127.0.0.1:1025")
    page.evaluate("(url) => { document.body.innerHTML = `<a href='${url}/'>open</a>`; }", stack.url)
    page.click("a")
    expect(page.locator("[data-testid=stApp]")).to_be_visible(timeout=30_000)
    assert page.url == f"{stack.url}/"
    page.close()
