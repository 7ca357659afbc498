"""What may be written as a rule, what it means, and what is said of what may not."""

from __future__ import annotations

import time

import pytest

from spreadscope.alerts import RuleError, parse, rule_words
from spreadscope.alerts.language.syntax import (
    Absolute,
    Arithmetic,
    Both,
    Comparison,
    Condition,
    Crossing,
    Either,
    Not,
    Number,
    Over,
    Subject,
)
from spreadscope.alerts.language.vocabulary import VOCABULARY
from spreadscope.alerts.runtime.plan import RuleInput, plan
from spreadscope.model.alerting import LONGEST_TEXT
from spreadscope.model.states import TermKind
from spreadscope.model.timeframe import Timeframe

PAIR = "BTCUSDT/ETHUSDT"
Z = Subject("z")


@pytest.mark.parametrize(
    ("text", "name", "sign", "number"),
    [
        ("Z-Score > 2", "z", ">", 2.0),
        ("Z > 2", "z", ">", 2.0),
        ("z_score>=2", "z", ">=", 2.0),
        ("Spread < -5", "spread", "<", -5.0),
        ("Price > 90000", "price", ">", 90000.0),
        ("  corr\t<=  .7\n", "corr", "<=", 0.7),
        ("Correlation < 1e-1", "corr", "<", 0.1),
        ("ADF p < 0.05", "adf_p", "<", 0.05),
        ("coint_p<5.e-2", "coint_p", "<", 0.05),
        ("Kalman Z > +1", "kalman_z", ">", 1.0),
        ("hedge ratio > 1", "beta", ">", 1.0),
        ("Half-Life < 60", "half_life", "<", 60.0),
        ("R2 ≥ 0.5", "r_squared", ">=", 0.5),
        ("Funding Rate ≤ -0.01", "funding", "<=", -0.01),
        ("RETURN > 1", "return", ">", 1.0),
    ],
)
def test_every_spelling_of_a_subject(text: str, name: str, sign: str, number: float) -> None:
    condition = parse(text).condition
    assert isinstance(condition, Comparison)
    assert isinstance(condition.left, Subject)
    assert (condition.left.name, condition.operator, condition.right) == (name, sign, Number(number))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("abs(z) >= 2.5", Comparison(Absolute(Subject("z", "", 4)), ">=", Number(2.5))),
        ("|z| > 2", Comparison(Absolute(Subject("z", "", 1)), ">", Number(2.0))),
        ("z crosses above 2", Crossing(Z, "above", Number(2.0))),
        ("z CROSS Below 2", Crossing(Z, "below", Number(2.0))),
        ("not z > 2", Not(Comparison(Subject("z", "", 4), ">", Number(2.0)))),
        (
            "z > 1 or z < 2 and z > 3",
            Either(
                (
                    Comparison(Z, ">", Number(1.0)),
                    Both((Comparison(Subject("z", "", 9), "<", Number(2.0)),
                          Comparison(Subject("z", "", 19), ">", Number(3.0)))),
                )
            ),
        ),
        ("z + 1 - 2 > 3", Comparison(Arithmetic(Z, (("+", Number(1.0)), ("-", Number(2.0)))), ">", Number(3.0))),
        (
            "1 < 2 + z * 3",
            Comparison(Number(1.0), "<",
                Arithmetic(Number(2.0), (("+", Arithmetic(Subject("z", "", 8), (("*", Number(3.0)),))),))),
        ),
        (
            "change(price(牛来USDT), 5m) < -5",
            Comparison(Over("change", Subject("price", "牛来USDT", 7), 300_000), "<", Number(-5.0)),
        ),
        ("z(1000pepeusdt / ethusdt) > 2", Comparison(Subject("z", "1000PEPEUSDT/ETHUSDT"), ">", Number(2.0))),
        ("z(Any  Pair) > 2", Comparison(Subject("z", "any pair"), ">", Number(2.0))),
        ("(z > 2)", Comparison(Subject("z", "", 1), ">", Number(2.0))),
        ("(z) > (2)", Comparison(Subject("z", "", 1), ">", Number(2.0))),
    ],
)  # fmt: skip
def test_structure(text: str, condition: Condition) -> None:
    assert parse(text).condition == condition


@pytest.mark.parametrize(
    ("text", "hold_ms", "hold_bars", "timeframe"),
    [
        ("z > 2 for 30s", 30_000, 0, None),
        ("z > 2 FOR 1.5 min on 1M", 90_000, 0, Timeframe.M1),
        ("z > 2 for 3 bars", 0, 3, None),
        ("z > 2 for 1 bar on 5m", 0, 1, Timeframe.M5),
        ("z > 2 for 24 hours", 86_400_000, 0, None),
        ("z > 2 on 1s", 0, 0, Timeframe.S1),
    ],
)
def test_for_and_on(text: str, hold_ms: int, hold_bars: int, timeframe: Timeframe | None) -> None:
    rule = parse(text)
    assert (rule.hold_ms, rule.hold_bars, rule.timeframe) == (hold_ms, hold_bars, timeframe)


@pytest.mark.parametrize(
    ("text", "position", "suggestion"),
    [
        ("", 0, "z > 2"),
        ("z", 1, "z > 2"),
        ("zscor > 2", 0, "z"),
        ("  sprad < 1", 2, "spread"),
        ("abs(sprd) > 2", 4, "spread"),
        ("> 3", 0, None),
        ("z > ", 4, None),
        ("z > two", 4, None),
        ("z > 2 and", 9, None),
        ("z >> 2", 2, "z > 2"),
        ("z = 2", 2, ">="),
        ("z == 2", 2, ">="),
        ("z != 2", 2, "not"),
        ("1 < z < 2", 6, "and"),
        ("z > nan", 4, "mean"),
        ("z > 1e999", 4, None),
        ("z > 0x10", 4, None),
        ("z > 1_000", 4, None),
        ("z > 2;", 5, None),
        ("z > 2 fr 30s", 6, "for"),
        ("z > 2 for", 9, None),
        ("z > 2 for 30", 6, "z > 2 for 30s"),
        ("z > 2 for 48h", 10, None),
        ("z > 2 for 0 bars", 10, None),
        ("z > 2 on 2m", 9, "1m"),
        ("z > 2 on", 8, None),
        ("z > 2 on daily", 9, "1m"),
        ("z crosses abov 2", 10, "above"),
        ("z(BTCUSDT) > 2", 2, None),
        ("z(any symbol) > 2", 2, "z(any pair)"),
        ("price(BTCUSDT/ETHUSDT) > 2", 6, "price(BTCUSDT)"),
        ("z(BTCUSDT/BTCUSDT) > 2", 2, None),
        ("z() > 2", 2, None),
        ("mean(z) > 2", 6, ", 5m"),
        ("mean > 2", 0, "mean(z, 5m)"),
        ("change(z, 5) > 1", 10, None),
        ("((z > 2)", 8, ")"),
        ("z > __import__('os').system('x')", 4, None),
        ("z.__class__ > 2", 1, None),
        ("z > 9**9**9", 6, None),
        ("'a' > 2", 0, None),
        ("quux: 0", 4, None),
        ("z > 2 if z else 0", 6, None),
        ("z[0] > 2", 1, None),
        ("(" * 21 + "z", 20, None),
        ("-" * 40 + "z > 1", 0, None),
        ("not " * 40 + "z > 1", 0, None),
        ("z" * (LONGEST_TEXT + 1), LONGEST_TEXT, None),
    ],
)
def test_what_may_not_be_written_says_where_and_what_instead(text: str, position: int, suggestion: str | None) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.suggestion) == (position, suggestion), str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_example_of_the_vocabulary_is_a_rule() -> None:
    for term in VOCABULARY:
        subject = (
            "BTCUSDT" if term.kind is TermKind.SYMBOL or "funding" in term.example or "return" in term.example else PAIR
        )
        if "volume" in term.example:
            subject = "BTCUSDT"
        assert rule_words(plan(term.example, subject)), term.name


# --- with a subject ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "given", "subject", "inputs"),
    [
        ("z > 2", "btcusdt/ethusdt", PAIR, [("z", "")]),
        ("z > 2", "Any Pair", "any pair", [("z", "")]),
        ("z(any pair) > 2 and corr > 0.5", PAIR, "any pair", [("z", ""), ("corr", "")]),
        ("price(any symbol) > 2", "", "any symbol", [("price", "")]),
        ("z > 2 and price(BTCUSDT) > 5", PAIR, PAIR, [("z", ""), ("price", "BTCUSDT")]),
        ("price(BTCUSDT) > 5", "", "BTCUSDT", [("price", "BTCUSDT")]),
        ("price(BTCUSDT) > 5", "any pair", "BTCUSDT", [("price", "BTCUSDT")]),
        ("age > 5", PAIR, PAIR, [("age", "")]),
        ("age(BTCUSDT) > age(ETHUSDT)", PAIR, PAIR, [("age", "BTCUSDT"), ("age", "ETHUSDT")]),
    ],
)
def test_what_a_rule_is_about(text: str, given: str, subject: str, inputs: list[tuple[str, str]]) -> None:
    meaning = plan(text, given)
    assert meaning.subject == subject
    assert meaning.inputs == tuple(RuleInput(*item) for item in inputs)


@pytest.mark.parametrize(
    ("text", "subject", "part"),
    [
        ("price > 2", PAIR, "say whose, for example price(BTCUSDT)"),
        ("z > 2", "BTCUSDT", "z is of a pair"),
        ("z > 2", "", "say what the rule is about"),
        ("z(any pair) > price(any symbol)", PAIR, "not about both"),
        ("1 > 2", PAIR, "name a subject"),
        ("z > 2", "BTC USDT", "malformed symbol"),
        ("mean(z, 24h) > 1", PAIR, "judge it on 1m"),
        ("mean(z, 1s) > 1 on 1m", PAIR, "less than a bar"),
    ],
)
def test_what_does_not_fit_its_subject_is_refused(text: str, subject: str, part: str) -> None:
    with pytest.raises(RuleError, match=part.replace("(", r"\(").replace(")", r"\)")):
        plan(text, subject)


@pytest.mark.parametrize(
    ("text", "recover", "words"),
    [
        ("z > 2", 1.5, "z is at or below 1.5"),
        ("z < -2", "-1", "z is at or above -1"),
        ("abs(z) crosses above 2", 0.5, "|z| is at or below 0.5"),
        ("z > 2 and corr > 0.5", "abs(z) < 1", "|z| is below 1"),
    ],
)
def test_recoveries(text: str, recover: float | str, words: str) -> None:
    assert rule_words(plan(text, PAIR, recover=recover)).endswith(f"It ends when {words}.")


@pytest.mark.parametrize(
    ("text", "recover", "part"),
    [
        ("z > 2", 3, "recovers below 2"),
        ("z < 2", 1, "recovers above 2"),
        ("z > 2 and corr > 0.5", 1, "no simple comparison"),
        ("z > corr", 1, "no simple comparison"),
        ("z > 2", "z < 1 for 5s", "without for and on"),
        ("z > 2", "zz < 1", "unknown subject"),
        ("z > 2", float("nan"), "not finite"),
        ("z > 2", "inf", "not finite"),
    ],
)
def test_recoveries_that_cannot_be(text: str, recover: float | str, part: str) -> None:
    with pytest.raises(RuleError, match=part):
        plan(text, PAIR, recover=recover)


@pytest.mark.parametrize(
    ("text", "subject", "words"),
    [
        ("z > 2 for 90s", PAIR, f"{PAIR}: z is above 2 for 1 min 30 s, judged at the end of every second."),
        ("half_life >= 60 on 5m", "any pair",
         "Each pair on its own: half-life is at or above 60 s, judged at the end of every five minutes."),
        ("age > 30", "BTCUSDT", "BTCUSDT: age of the last trade is above 30 s, judged every second."),
        ("z > 3 or not (corr > 0.5 and z > 1) for 2 bars", PAIR,
         (f"{PAIR}: z is above 3 or it is not so that (correlation is above 0.5 and z is above 1) for 2 bars,"
         " judged at the end of every second.")),
        ("price(BTCUSDT) / price(ETHUSDT) > 20", PAIR,
         f"{PAIR}: price of BTCUSDT ÷ price of ETHUSDT is above 20, judged at the end of every second."),
        ("abs(return) > 4 * sd(return, 1h) on 1m", "BTCUSDT",
         ("BTCUSDT: |return| is above 4 × the standard deviation of return over 1 h,"
         " judged at the end of every minute.")),
        ("change(z, 5m) crosses below -1", PAIR,
         f"{PAIR}: the change of z over 5 min crosses below -1, judged at the end of every second."),
        ("funding < -0.01", "BTCUSDT", "BTCUSDT: funding is below -0.01%, judged at the end of every second."),
    ],
)  # fmt: skip
def test_plain_words(text: str, subject: str, words: str) -> None:
    assert rule_words(plan(text, subject)) == words


def test_the_parser_is_loaded_with_the_first_rule_only() -> None:
    import subprocess
    import sys

    code = "import sys, spreadscope.alerts; assert 'lark' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    parse("z > 2")
    began = time.thread_time()
    for _ in range(20):
        parse("z > 2")
    assert time.thread_time() - began < 1
