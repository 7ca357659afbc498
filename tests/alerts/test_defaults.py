"""What a new rule is given where nothing is said of it."""

from __future__ import annotations

import pytest

from spreadscope.alerts.defaults import with_defaults
from spreadscope.alerts.definition import validate_rule
from spreadscope.model.events import SetRule

PAIR = "BTCUSDT/ETHUSDT"


@pytest.mark.parametrize(
    ("text", "recover"),
    [
        ("z > 2", 1.5),
        ("Z-Score >= 2 for 30s on 1m", 1.5),
        ("abs(z) > 2", 1.5),
        ("z < -2", -1.5),
        ("spread < -25bp", -0.001875),
        ("corr < 0.5 for 5m", 0.625),
        ("corr < 0.9", 0.95),
        ("coint_p > 0.1", 0.075),
        ("half_life > 600", 450),
        ("pnl < -1", -0.75),
        ("price(BTCUSDT) > 90000", 89_910),
        ("breakdown >= 1", 0.75),
        # no simple level, or none that could be left
        ("gap > 0", None),
        ("z > 0", None),
        ("z crosses above 2", None),
        ("z > 2 and corr > 0.5", None),
        ("volume(BTCUSDT) > 5 * mean(volume(BTCUSDT), 1h)", None),
        ("2 < z", None),
    ],
)
def test_a_level_ends_a_quarter_back(text: str, recover: float | None) -> None:
    rule = validate_rule(with_defaults(SetRule("r", text, PAIR), set()))
    assert rule.recover == recover
    assert rule.cooldown_seconds == 300, "twelve messages an hour last for an hour"


def test_what_is_said_stays_and_the_pause_follows_the_cap() -> None:
    assert with_defaults(SetRule("r", "z > 2", PAIR, recover=1.0), {"recover"}).recover == 1.0
    kept = with_defaults(SetRule("r", "z > 2", PAIR), {"recover", "cooldown_seconds"})
    assert (kept.recover, kept.cooldown_seconds) == (None, 0.0)
    assert with_defaults(SetRule("r", "z > 2", PAIR, cap_per_hour=60), set()).cooldown_seconds == 60


def test_a_text_that_is_no_rule_is_left_to_whoever_checks_it() -> None:
    wrong = SetRule("r", "z >", PAIR)
    assert with_defaults(wrong, set()) == wrong


def test_a_stored_rule_keeps_what_it_has() -> None:
    assert (SetRule("r", "z > 2", PAIR).recover, SetRule("r", "z > 2", PAIR).cooldown_seconds) == (None, 0.0)
