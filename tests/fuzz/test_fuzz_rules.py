"""Any text is a rule or a RuleError; what is a rule has words and a verdict."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.alerts import RuleError, parse, rule_words
from spreadscope.alerts.language.grammar import KEYWORDS
from spreadscope.alerts.language.vocabulary import SUBJECTS
from spreadscope.alerts.runtime.evaluation import Evaluator
from spreadscope.alerts.runtime.plan import plan
from spreadscope.model.alerting import LONGEST_TEXT

PAIR = "BTCUSDT/ETHUSDT"

words = st.sampled_from(
    [
        *KEYWORDS, *SUBJECTS, "abs(", "(", ")", "|", " ", "<", ">", "=", "<=", ">=", "≥", "2", "-5", "1e99", "0.", ".5",
        ",", "5m", "30s", "3 bars", "1s", "24h", "BTCUSDT", "/", "*", "+", "-", "**", "\n", "²", "__import__", "'", "[",
        "{", "\x00", "牛", "any pair",
    ]
)  # fmt: skip
numbers = st.floats(-1e6, 1e6).map(lambda number: f"{number:.6f}") | st.integers(0, 999).map(str)
durations = st.sampled_from(["1s", "30s", "5m", "1h", "90 sec"])
subjects = st.sampled_from(
    ["z", "corr", "Z-Score", "ADF p", "half_life", "price(BTCUSDT)", "z(ETHUSDT/BTCUSDT)", "age"]
)
expressions = st.recursive(
    subjects | numbers,
    lambda inner: st.one_of(
        inner.map(lambda e: f"abs({e})"),
        inner.map(lambda e: f"|{e}|"),
        inner.map(lambda e: f"-({e})"),
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["change", "mean", "sd", "highest", "lowest"]), inner, durations).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
    ),
    max_leaves=6,
)
comparisons = st.tuples(
    expressions, st.sampled_from([">", ">=", "<", "<=", "crosses above", "crosses below"]), expressions
)
conditions = st.recursive(
    comparisons.map(" ".join),
    lambda inner: st.one_of(
        inner.map(lambda c: f"not ({c})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
    ),
    max_leaves=4,
)
rules = st.tuples(
    conditions, st.sampled_from(["", " for 30s", " for 3 bars"]), st.sampled_from(["", " on 1m", " ON 5M"])
).map("".join)
readings = st.floats(allow_nan=False, allow_infinity=False) | st.just("stale leg")


def read(text: str) -> None:
    try:
        rule = parse(text)
    except RuleError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017 - the property is that nothing else comes
        assert str(error)  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017
        return
    assert parse(rule.text) is not None


@given(st.text(max_size=LONGEST_TEXT + 20))
@settings(max_examples=400)
def test_any_text(text: str) -> None:
    read(text)


@given(st.binary(max_size=LONGEST_TEXT))
def test_any_bytes(raw: bytes) -> None:
    read(raw.decode("utf-8", "replace"))
    read(raw.decode("latin-1"))


@given(st.lists(words, max_size=40).map("".join) | st.lists(words, max_size=40).map(" ".join))
@settings(max_examples=600)
def test_any_words(text: str) -> None:
    read(text)


@given(rules, st.lists(st.lists(readings, min_size=8, max_size=8), min_size=1, max_size=4))
@settings(max_examples=300)
def test_whatever_the_grammar_gives_is_read_said_and_judged(text: str, values: list[list[float | str]]) -> None:
    try:
        meaning = plan(text, PAIR)
    except RuleError as error:
        # Too long, too deep, looks back too far, or says nothing of the market: the grammar itself gives no other.
        assert any(  # noqa: PT017
            part in str(error) for part in ("at most", "nested", "looks back", "numbers only")
        ), str(error)
        return
    assert rule_words(meaning).endswith(".")
    evaluator = Evaluator(meaning)
    for place, row in enumerate(values):
        verdict = evaluator.evaluate(1_000 * (place + 1), row[: len(meaning.inputs)])
        assert isinstance(verdict.truth, bool | str)
        assert isinstance(verdict.value, float | str)


@pytest.mark.parametrize(
    "unit", [" ", "\t ", "<", "abs(", "|", "z ", "9", "- ", "a " * 3, "(" * 5, ">=", "\n", "not ", "z>1 or ", "z+",
        "mean(z,", "z(", "for ", "1e", "牛"]
)  # fmt: skip
@pytest.mark.parametrize("tail", ["", "> 2", "!", " > "])
def test_hostile_repetition_takes_bounded_work(unit: str, tail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lexer is asked once a token, and there are no more tokens than characters."""
    from lark.lexer import BasicLexer

    asked = 0
    original = BasicLexer.next_token

    def counted(*arguments: object, **named: object) -> object:
        nonlocal asked
        asked += 1
        return original(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(BasicLexer, "next_token", counted)
    text = (unit * LONGEST_TEXT)[: LONGEST_TEXT - len(tail)] + tail
    with contextlib.suppress(RuleError):
        parse(text)
    # Once, and twice more to see whether what is offered in its place is a rule.
    assert asked <= 3 * (len(text) + 2)
