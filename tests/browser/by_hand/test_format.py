"""How numbers are written: the same text for the same number, whatever the locale of whoever looks."""

from __future__ import annotations

import math
import random

import pytest
from playwright.sync_api import Page

from tests.browser.by_hand.fake_stack import FakeStack
from tests.browser.live_page import shown

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


def test_fixed_decimals_are_those_of_the_number_as_it_is_written(page: Page, stack: FakeStack) -> None:
    page.goto(stack.modules)
    rng = random.Random(5)
    values = [*EDGES, *(math.copysign(10 ** rng.uniform(-8, 8), rng.random() - 0.5) for _ in range(400))]
    script = """async ([values, decimals]) => {
        const { fixed } = await import(`${location.origin}/_stcore/bidi-components/spreadscope.live/format.js`);
        return values.map((value) => [fixed(value, decimals), fixed(value, decimals, { sign: true })]);
    }"""
    for decimals in (0, 2, 4, 6, 8):
        written = page.evaluate(script, [values, decimals])
        assert written == [[shown(value, decimals, sign=sign) for sign in (False, True)] for value in values]


ROW = {"z": 1.25, "se": 0.01234, "p": 0.0004, "life": 150.0, "none": None, "also": None}
NOTES = {
    "of the spread": "of the spread",
    "": "",
    "{state}": "long spread",
    "± {se:fixed:4} s.e.": "± 0.0123 s.e.",
    "{z:signed:1} of {life:duration}, {se:bp}, p {p:p}": "+1.3 of 2.5 min, +123.40 bp, p < 0.001",
    # Without its first number there is no note; others are a dash, or go with their brackets.
    "τ {none:signed:2}": "",
    "{none:fixed:1}[ sd {z:fixed:2}] p {p:p}": "",
    "z {z:signed:1}[ sd {none:fixed:2}]\nLjung–Box p {also:p}": "z +1.3\nLjung–Box p –",
    "z {z:signed:1}[ sd {se:fixed:2}][, {none:fixed:1} of {z:fixed:1}]": "z +1.3 sd 0.01",
    "[{none:fixed:1}]{z:fixed:1}": "",
    "a[ and more]": "a and more",
}


def test_a_note_is_filled_from_the_row_and_leaves_out_what_has_no_number(page: Page, stack: FakeStack) -> None:
    page.goto(stack.modules)
    script = """async ([row, notes]) => {
        const { filled } = await import(`${location.origin}/_stcore/bidi-components/spreadscope.live/template.js`);
        return notes.map((note) => filled(note, (key) => row[key], 'LONG'));
    }"""
    assert page.evaluate(script, [ROW, list(NOTES)]) == list(NOTES.values())


WRITTEN = [
    ("signed:6", 0.0012345678, "+0.001235"),
    ("signed:6", -9.1234567, "−9.123457"),
    ("signed:6", 21.0137351, "+21.01374"),
    ("signed:6", -210.123456, "−210.1235"),
    ("signed:6", 12345678.9, "+12,345,679"),
    ("fixed:4", 16.3083, "16.3083"),
    ("fixed:4", 16308.34567, "16,308.35"),
    ("signed:2", 0.0, "0.00"),
    ("p", 0.0123, "0.012"),
    ("p", 0.0001, "< 0.001"),
    ("bp", 0.00123, "+12.30 bp"),
    ("duration", 23.84, "23.8 s"),
]


def test_a_format_of_the_catalogue_is_written_with_seven_digits_at_most(page: Page, stack: FakeStack) -> None:
    page.goto(stack.modules)
    script = """async (cases) => {
        const { written } = await import(`${location.origin}/_stcore/bidi-components/spreadscope.live/format.js`);
        return cases.map(([format, value]) => written(format)(value));
    }"""
    assert page.evaluate(script, [[*case[:2]] for case in WRITTEN]) == [case[2] for case in WRITTEN]
