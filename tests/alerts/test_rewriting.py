"""What people write instead of a rule, and the rule that is offered for it."""

from __future__ import annotations

import pytest

from spreadscope.alerts import RuleError, parse

MEANT = {
    "z > 2 for 3s and corr > 0.5": "z > 2 and corr > 0.5 for 3s",
    "(z > 2 for 3s) and corr > 0.5": "(z > 2) and corr > 0.5 for 3s",
    "z > 2 and for 30s corr > 0.5": "z > 2 and corr > 0.5 for 30s",
    "for 30s z > 2": "z > 2 for 30s",
    "for 30s: z > 2": "z > 2 for 30s",
    "on 1m z > 2": "z > 2 on 1m",
    "z for 30s > 2": "z > 2 for 30s",
    "z > 2 for 30s and corr > 0.5 for 10s": "z > 2 and corr > 0.5 for 30s",
    "z > 2 for 3s on 1m and corr > 0.5": "z > 2 and corr > 0.5 for 3s on 1m",
    "z > 2 on 1m and corr > 0.5": "z > 2 and corr > 0.5 on 1m",
    "not z > 2 for 5s or corr > .5": "not z > 2 or corr > .5 for 5s",
    "z crosses above 2 for 3s and corr > 0.5": "z crosses above 2 and corr > 0.5 for 3s",
    "if z > 2": "z > 2",
    "when z > 2 for 30s": "z > 2 for 30s",
    "Alert me when z > 2": "z > 2",
    "z is above 2": "z > 2",
    "z is greater than 2": "z > 2",
    "z over 2 for 30s": "z > 2 for 30s",
    "z at least 2": "z >= 2",
    "z below -2": "z < -2",
    "z between 1 and 2": "z > 1 and z < 2",
    "price(BTCUSDT) is between 60000 and 70000": "price(BTCUSDT) > 60000 and price(BTCUSDT) < 70000",
    "z between 1 and 2 and corr between 0.5 and 1": "z > 1 and z < 2 and corr > 0.5 and corr < 1",
    "abs(z) between 1 and 2 for 30s": "abs(z) > 1 and abs(z) < 2 for 30s",
    "z > 2 && corr > 0.5": "z > 2 and corr > 0.5",
    "z > 2 || z < -2": "z > 2 or z < -2",
    "z => 2": "z >= 2",
    "z =< 2": "z <= 2",
    "z >> 2": "z > 2",
    "z > 2,5": "z > 2.5",
    "price(BTCUSDT) > 90,000": "price(BTCUSDT) > 90000",
    "z > 2 for 30": "z > 2 for 30s",
    "z > 2 for at least 30s": "z > 2 for 30s",
    "z > 2 for the last 5m": "z > 2 for 5m",
    "z > 2 during 30s": "z > 2 for 30s",
    "z > 2 within 5m and corr > 0.5": "z > 2 and corr > 0.5 for 5m",
    "z > 2 for 3 candles": "z > 2 for 3 bars",
    "z > 2 every 1m": "z > 2 on 1m",
    "z > 2 for a minute": "z > 2 for 1 minute",
    "z > 2 for half a minute": "z > 2 for 30s",
    "z crosses over 2": "z crosses above 2",
    "z rises above 2": "z crosses above 2",
    "if z is above 2 for 3s and corr is below 0.5": "z > 2 and corr < 0.5 for 3s",
}


@pytest.mark.parametrize(("text", "right"), MEANT.items())
def test_the_rule_that_is_meant_is_offered(text: str, right: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)
    assert caught.value.suggestion == right
    assert str(caught.value).endswith(f": {right}")
    assert 0 <= caught.value.position <= len(text)
    parse(right)


def test_why_for_is_at_the_end() -> None:
    with pytest.raises(RuleError, match="for is of the whole rule, so it stands at the end") as caught:
        parse("z > 2 for 3s and corr > 0.5")
    assert caught.value.position == 6
    with pytest.raises(RuleError, match="a rule waits once, with for at its end, for all of it"):
        parse("z > 2 for 30s and corr > 0.5 for 10s")


def test_for_and_on_may_stand_in_either_order() -> None:
    first, second = parse("z > 2 for 5m on 1m"), parse("z > 2 on 1m for 5m")
    assert (first.hold_ms, first.timeframe) == (second.hold_ms, second.timeframe) == (300_000, "1m")


@pytest.mark.parametrize("text", ["z is 2", "z = 2", "z <> 2", "z equals 2"])
def test_numbers_are_never_equal(text: str) -> None:
    with pytest.raises(RuleError, match="two numbers are never exactly equal: use >= or <="):
        parse(text)


@pytest.mark.parametrize(
    "text", ["z > two", "z >", "quux(3) > 2 for 3s and", "z > 2 and", "for for for", "if", "between 1 and 2"]
)
def test_nothing_is_made_up_where_no_rule_comes_of_it(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)
    suggestion = caught.value.suggestion
    assert suggestion is None or len(suggestion) < 15
