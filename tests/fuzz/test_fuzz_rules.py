"""Any text is a rule or a RuleError, and soon."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.alerts import Rule, RuleError, parse

words = st.sampled_from(
    ["z", "Z-Score", "spread", "abs(", ")", "|", " ", "<", ">", "=", "<=", ">=", "2", "-5", "1e99", "0.", ".5", "price", "\n", "²"]
)  # fmt: skip


@given(st.text(max_size=220) | st.lists(words, max_size=12).map("".join))
@settings(max_examples=400)
def test_any_text(text: str) -> None:
    try:
        rule = parse(text)
    except RuleError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017
        assert str(error)  # noqa: PT017 - the property is that nothing else comes
        return
    assert isinstance(rule, Rule)
    assert rule.holds(1.0) in {True, False}


@pytest.mark.parametrize("unit", [" ", "\t ", "<", "abs(", "|", "z ", "9", "- ", "a " * 3, "(" * 5, ">=", "\n"])
@pytest.mark.parametrize("tail", ["", "> 2", "!", " > "])
def test_hostile_repetition_takes_no_time(unit: str, tail: str) -> None:
    text = (unit * 200)[: 200 - len(tail)] + tail
    began = time.perf_counter()
    with contextlib.suppress(RuleError):
        parse(text)
    assert time.perf_counter() - began < 0.2
