"""Numbers with a unit become numbers in the unit of what they are compared with."""

from __future__ import annotations

import pytest

from spreadscope.alerts import RuleError, parse, rule_words
from spreadscope.alerts.language.vocabulary import MEASURES, SUBJECTS
from spreadscope.alerts.runtime.plan import plan

PAIR = "BTCUSDT/ETHUSDT"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("spread > 25bp", 0.0025),
        ("spread > 25 bps", 0.0025),
        ("Spread < -25bp", -0.0025),
        ("-25bp > spread", -0.0025),
        ("spread > 0.25%", 0.0025),
        ("abs(spread) >= 10bp for 30s", 0.001),
        ("spread_sd > 7bp", 0.0007),
        ("return(BTCUSDT) < -0.5%", -0.5),
        ("abs(return(BTCUSDT)) > 50bp on 1m", 0.5),
        ("pnl < -1%", -1.0),
        ("funding(BTCUSDT) > 1bp", 0.01),
        ("corr < 50%", 0.5),
        ("coint_p > 5%", 0.05),
        ("z > 2sd", 2.0),
        ("age > 30s", 30.0),
        ("age > 2m for 30s", 120.0),
        ("half_life > 10 min", 600.0),
        ("half_life > 1h", 3_600.0),
        ("lag > 2s for 10s", 2_000.0),
        ("lag > 500ms", 500.0),
        ("price(BTCUSDT) > 90k", 90_000.0),
        ("spread crosses above 25bp", 0.0025),
        ("change(spread, 5m) > 5bp", 0.0005),
        ("volume(BTCUSDT) / mean(volume(BTCUSDT), 1h) > 300%", 3.0),
        ("change(price(BTCUSDT), 5m) / price(BTCUSDT) > 1%", 0.01),
        ("2 * spread > 30bp", 0.003),
    ],
)
def test_the_level_is_in_the_subjects_own_unit(text: str, level: float) -> None:
    assert plan(text, PAIR).threshold == pytest.approx(level, rel=1e-12)


def test_what_is_said_keeps_the_unit_and_the_text() -> None:
    meaning = plan("spread > 25bp for 3 bars", PAIR)
    assert meaning.text == "spread > 25bp for 3 bars"
    assert rule_words(meaning) == (
        "BTCUSDT/ETHUSDT: spread is above 25 bp for 3 bars, judged at the end of every second."
    )
    assert "below −0.5%," in rule_words(plan("return(BTCUSDT) < -0.5%", PAIR))


def test_a_quantity_among_others() -> None:
    plain, units = (
        plan(text, PAIR) for text in ("spread > mean(spread, 1h) + 0.0005", "spread > mean(spread, 1h) + 5bp")
    )
    assert str(plain.condition).replace("written=''", "") == str(units.condition).replace("written='5 bp'", "")
    fraction = parse("change(price(A), 5m) > 1% * price(A)").condition
    assert fraction == parse("change(price(A), 5m) > 0.01 * price(A)").condition or "value=0.01" in str(fraction)


def test_a_recovery_may_have_a_unit() -> None:
    assert (
        plan("spread > 25bp", PAIR, recover="15bp").recovery == plan("spread > 0.0025", PAIR, recover=0.0015).recovery
    )


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("z > 2bp", 4, "bp cannot stand here, for this is in standard deviations: use sd, or a plain number"),
        ("z > 2%", 4, "% cannot stand here"),
        ("beta < 50%", 7, "for this is a plain number"),
        ("price(BTCUSDT) > 1%", 17, "for this is an amount"),
        ("age > 25bp", 6, "in seconds: use s or ms or m or h"),
        ("spread > 3s", 9, "a difference of logarithms: 25bp or 0.25% is 0.0025"),
        ("z * spread > 2bp", 13, "it is not clear what bp is of here"),
        ("5bp > 3bp", 0, "it is not clear what bp is of here"),
        ("spread > 25pips", 9, "25bp, 0.5%, 30s"),
        ("spread > 25 pips", 12, "'pips' is no unit"),
    ],
)
def test_a_unit_that_does_not_fit_says_what_does(text: str, position: int, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        plan(text, PAIR)
    assert said in str(caught.value)
    assert caught.value.position == position


def test_every_subject_has_a_measure() -> None:
    assert set(MEASURES) == set(SUBJECTS)
