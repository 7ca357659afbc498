"""Every ready-made rule is a rule, on the thresholds of the configuration."""

from __future__ import annotations

import msgspec

from spreadscope.alerts.definition import validate_rule
from spreadscope.alerts.presets import Preset, presets
from spreadscope.model.config import SignalConfig
from spreadscope.model.events import SetRule
from tests.alerts.market import PAIR, Market, price_bar, states, z_row


def definition(preset: Preset, subject: str) -> SetRule:
    values = {
        name: getattr(preset, name)
        for name in ("text", "severity", "recover", "keep_seconds", "cooldown_seconds", "notify_resolved")
    }
    return SetRule("r", subject=subject, name=preset.title, **values)


def by_key(**levels: float) -> dict[str, Preset]:
    return {preset.key: preset for preset in presets(SignalConfig(**levels))}


def test_every_preset_is_a_rule_of_its_kind_and_of_any_of_it() -> None:
    found = by_key()
    assert list(found) == [
        "entry", "exit", "stop", "correlation-lost", "cointegration-lost", "data-gap", "stale-leg", "funding-flip",
        "volatility-jump",
    ]  # fmt: skip
    for preset in found.values():
        for subject in ("BTCUSDT/ETHUSDT", "any pair") if preset.of == "pair" else ("BTCUSDT", "any symbol"):
            assert validate_rule(definition(preset, subject)).subject == subject
        assert preset.why.endswith(".")


def test_thresholds_are_those_of_the_signals() -> None:
    found = by_key(entry=2.5, exit=0.3, stop=5.0)
    assert found["entry"].text == "abs(z) >= 2.5 and abs(z) < 5"
    assert (found["entry"].recover, found["stop"].recover) == ("abs(z) <= 0.3", 2.5)


def test_an_excursion_is_one_entry_one_stop_and_one_exit() -> None:
    found = by_key()
    rules = [
        msgspec.structs.replace(definition(found[key], str(PAIR)), rule_id=key) for key in ("entry", "exit", "stop")
    ]
    said = Market(*rules).zs(0, 1.9, 2.1, 3.9, 4.2, 3.5, 1.0, 0.4, 0.2)
    assert [(a.rule_id, a.state.value) for a in said] == [
        ("entry", "firing"), ("stop", "firing"), ("stop", "resolved"), ("entry", "resolved"), ("exit", "firing"),
        ("exit", "resolved"),
    ]  # fmt: skip


def test_a_jump_stands_out_of_the_hour_before() -> None:
    preset = by_key()["volatility-jump"]
    rule = definition(msgspec.structs.replace(preset, text="abs(return) > 4 * sd(return, 60s)"), "BTCUSDT")
    market = Market(rule, pairs=())
    price = 100.0
    for second in range(100):
        price *= 1.0001 if second % 2 else 0.9999
        assert market.hear(price_bar(second, price)) == []
    assert states(market.hear(price_bar(100, price * 1.01))) == ["firing"]
    assert z_row(0, 1.0).pair == PAIR
