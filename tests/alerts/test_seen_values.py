"""A level outside all that was seen is said, in numbers and with the unit."""

from __future__ import annotations

import pytest

from spreadscope.alerts.language.syntax import Subject
from spreadscope.alerts.runtime.plan import plan
from spreadscope.alerts.runtime.seen_values import Range, warnings

PAIR = "BTCUSDT/ETHUSDT"
HOURS = 2 * 3_600_000
SEEN = {
    "spread": Range(-0.0031, 0.0042, HOURS),
    "z": Range(-2.5, 2.7, HOURS),
    "corr": Range(0.2, 0.9, HOURS),
    "price": Range(60_000.0, 61_000.0, HOURS),
    "volume": Range(0.0, 50.0, HOURS),
    "return": Range(-0.2, 0.3, HOURS),
}


def said(text: str) -> list[str]:
    def ranges(subject: Subject) -> Range | None:
        return SEEN.get(subject.name)

    return warnings(plan(text, PAIR).condition, ranges)


def test_the_spread_below_minus_ten() -> None:
    assert said("Spread < -10") == [
        (
            "spread has been between −0.0031 and 0.0042 in the last 2 h: −10 was never reached."
            " The spread is a difference of logarithms: 25bp or 0.25% is 0.0025"
        )
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("z > 3", "z has been between −2.5 and 2.7 in the last 2 h: 3 was never reached"),
        ("abs(z) > 3", "|z| has been between 0 and 2.7"),
        ("z crosses above 3", "3 was never reached"),
        ("3 < z", "3 was never reached"),
        ("z < 5 and spread > 1bp", "5 was always passed"),
        ("corr > 90", "90 was never reached. Here corr is a share: 5% is 0.05"),
        ("price(BTCUSDT) > 90k", "90k was never reached"),
        ("return(BTCUSDT) < -5%", "−5% was never reached. Here return is in percent"),
        ("mean(spread, 1h) > 1", "the mean of spread over 1 h has been between"),
        ("change(price(BTCUSDT), 5m) < -5000", "−5e+03 was never reached"),
        ("spread * 10000 > 60", "60 was never reached"),
        ("volume(BTCUSDT) - 60 > 0", "0 was never reached"),
    ],
)
def test_levels_that_were_never_seen(text: str, part: str) -> None:
    assert part in " ".join(said(text))


@pytest.mark.parametrize(
    "text",
    [
        "spread > 25bp", "z > 2", "z < -2.5", "abs(z) > 2 for 30s", "corr < 0.5", "beta < 0", "z > highest(z, 30m)",
        "volume(BTCUSDT) > 5 * mean(volume(BTCUSDT), 1h)", "1 / z > 100", "price(BTCUSDT) > 60500", "z > 3 - z",
    ],
)  # fmt: skip
def test_levels_that_were_seen_or_of_which_nothing_is_known(text: str) -> None:
    assert said(text) == []


def test_a_level_is_said_once() -> None:
    assert len(said("z > 3 or z > 3")) == 1
