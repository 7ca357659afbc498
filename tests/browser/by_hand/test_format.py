"""How numbers are written: the same text for the same number, whatever the locale of whoever looks."""

from __future__ import annotations

import math
import random

import pytest
from fake_engine import FakeEngine
from fake_stack import FakeStack
from live_page import LivePage, shown
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EDGES = (
    0.0,
    -0.0,
    0.004,
    -0.004,
    0.005,
    -0.005,
    1.005,
    2.675,
    -0.995,
    9.995,
    999.995,
    1234.5,
    -1e6,
    1e-12,
    123456789.125,
)


def test_fixed_decimals_are_those_of_the_number_as_it_is_written(
    page: Page, stack: FakeStack, engine: FakeEngine
) -> None:
    assert engine.pairs
    LivePage(page, stack.url).open()
    rng = random.Random(5)
    values = [*EDGES, *(math.copysign(10 ** rng.uniform(-8, 8), rng.random() - 0.5) for _ in range(400))]
    script = """async ([values, decimals]) => {
        const { fixed } = await import(`${location.origin}/_stcore/bidi-components/spreadscope.live/format.js`);
        return values.map((value) => [fixed(value, decimals), fixed(value, decimals, { sign: true })]);
    }"""
    for decimals in (0, 2, 4, 6, 8):
        written = page.evaluate(script, [values, decimals])
        assert written == [[shown(value, decimals, sign=sign) for sign in (False, True)] for value in values]
