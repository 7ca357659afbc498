"""The looks in which a page is tried: both themes at every width, of one page that is loaded once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from tests.browser.processes import patience

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
Scheme = Literal["dark", "light"]
SCHEMES: tuple[Scheme, ...] = ("dark", "light")
HEIGHT = 900
SECONDS = 5.0
# The page follows the system's theme by itself, a moment later.
FOLLOWS = """(scheme) => {
    const [r, g, b] = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor
        .match(/[\\d.]+/g).map(Number);
    return (r + g + b < 384) === (scheme === 'dark'); }"""


def wear(page: Page, scheme: Scheme) -> None:
    """Have an open page in this theme."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(FOLLOWS, arg=scheme)


def looks(page: Page, *widths: int) -> Iterator[tuple[int, Scheme]]:
    """Yields width and theme, each once the open page has it; how it is laid out then is for the caller to wait for."""
    for scheme in SCHEMES:
        wear(page, scheme)
        for width in widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            yield width, scheme


def settles(page: Page, script: str, argument: object = None) -> None:
    """Wait until a script that lists what is wrong lists nothing: what moves and fades has come to its end then."""
    left: list[object] = []

    def right() -> bool:
        left[:] = page.evaluate(script, argument)
        return not left

    end = time.monotonic() + patience(SECONDS)
    while not right():
        assert time.monotonic() < end, left
        page.wait_for_timeout(50)


def expect_readable(page: Page) -> None:
    """All words stand out against what is behind them, as WCAG 2.2 asks for (4.5)."""
    settles(page, CONTRAST)
