"""Parameters by pair and timeframe: which layer wins, windows in rows and in time, and one sentence for a mistake."""

from __future__ import annotations

import pytest

from spreadscope.model.config import Config, load_config
from spreadscope.model.errors import ConfigError
from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import ParameterLayers, Scope, parameter_descriptions
from spreadscope.model.states import SettingKind
from spreadscope.model.timeframe import Timeframe

PAIR, OTHER = Pair("BTCUSDT", "ETHUSDT"), Pair("SOLUSDT", "ETHUSDT")
S1, M1, M5 = Timeframe


def entry(layers: ParameterLayers, pair: Pair, timeframe: Timeframe) -> float:
    return layers.of(pair, timeframe).signals.entry


def test_the_narrower_layer_wins_key_by_key() -> None:
    layers = ParameterLayers(Config())
    layers.set(Scope(), {"signals.entry": 1.1, "analytics.hedge": "tls"})
    layers.set(Scope("", "1m"), {"signals.entry": 1.2})
    layers.set(Scope(str(PAIR)), {"signals.entry": 1.3})
    layers.set(Scope(str(PAIR), "1m"), {"signals.entry": 1.4})
    assert [entry(layers, PAIR, each) for each in Timeframe] == [1.3, 1.4, 1.3]
    assert [entry(layers, OTHER, each) for each in Timeframe] == [1.1, 1.2, 1.1]
    assert {layers.of(pair, M1).analytics.hedge for pair in (PAIR, OTHER)} == {HedgeName.TLS}
    assert layers.sources(PAIR, M1) == {"signals.entry": Scope(str(PAIR), "1m"), "analytics.hedge": Scope()}
    layers.set(Scope(str(PAIR), "1m"), {})
    assert entry(layers, PAIR, M1) == 1.3
    assert layers.layer(Scope(str(PAIR), "1m")) == {}


def test_windows_are_rows_or_time_and_have_defaults_by_time() -> None:
    layers = ParameterLayers(Config())

    def windows() -> list[tuple[int, int]]:
        settings = [layers.of(PAIR, each).analytics for each in Timeframe]
        return [(each.hedge_window, each.z_window) for each in settings]

    assert windows() == [(300, 150), (240, 120), (288, 144)]
    layers.set(Scope(), {"analytics.hedge_window": "2h", "analytics.z_window": "30m"})
    assert windows() == [(7_200, 1_800), (120, 30), (30, 10)]  # never fewer rows than a window may have
    layers.set(Scope(str(PAIR), "1s"), {"analytics.hedge_window": 200, "analytics.z_window": 60})
    assert windows()[0] == (200, 60)
    # What is set for seconds alone has to be right for seconds alone.
    layers.set(Scope("", "1s"), {"analytics.hedge_window": 0, "analytics.z_window": 290})
    assert layers.of(OTHER, S1).analytics.z_window == 290


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"signals.entri": 2}, "unknown parameter 'signals.entri': did you mean 'signals.entry'?"),
        ({"exchange.quotes": False}, "unknown parameter 'exchange.quotes'"),
        ({"signals.entry": "2"}, "signals.entry: '2' is not of its kind, number"),
        ({"signals.entry": True}, "signals.entry: True is not of its kind, number"),
        ({"signals.scaled": 1}, "signals.scaled: 1 is not of its kind, switch"),
        ({"signals.entry": 0.4}, "BTCUSDT/ETHUSDT at 1m: signals need exit < entry < stop"),
        ({"signals.entry": -1}, "BTCUSDT/ETHUSDT at 1m: signals.entry: Input should be greater than 0"),
        ({"analytics.hedge": "magic"}, "analytics.hedge: Input should be 'ols', 'rolling_ols'"),
        ({"analytics.hedge_window": "2 apples"}, "'2 apples' is no window: give rows such as 120, or a time"),
        ({"analytics.hedge_window": -5}, "-5 is no window"),
        ({"analytics.hedge_window": 5}, "analytics.hedge_window: Input should be greater than or equal to 30"),
        ({"analytics.hedge_window": 20_000}, "less than or equal to 10000"),
        ({"analytics.z_window": 240}, "analytics.z_window must be smaller than analytics.hedge_window"),
        ({"analytics.evidence_window": 100}, "100 rows cannot carry evidence"),
    ],
)
def test_a_mistake_is_one_sentence_and_changes_nothing(values: dict[str, float | str], sentence: str) -> None:
    layers = ParameterLayers(Config())
    scope = Scope(str(PAIR), "1m")
    layers.set(scope, {"signals.entry": 2.5})
    with pytest.raises(ConfigError) as raised:
        layers.set(scope, values)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)
    assert layers.layer(scope) == {"signals.entry": 2.5}
    assert entry(layers, PAIR, M1) == 2.5


def test_a_wide_layer_may_not_break_a_narrow_one() -> None:
    layers = ParameterLayers(Config())
    layers.set(Scope(str(PAIR)), {"signals.exit": 1.8})
    with pytest.raises(ConfigError, match="BTCUSDT/ETHUSDT at 1s: signals need exit < entry < stop"):
        layers.set(Scope(), {"signals.entry": 1.5})
    assert entry(layers, OTHER, M1) == 2.0


def test_the_configuration_takes_windows_in_time_too() -> None:
    config = load_config(None, analytics__hedge_window="1h", analytics__z_window="20m")
    assert config.analytics.at(M1).hedge_window == 60
    with pytest.raises(ConfigError, match=r"configuration key 'analytics.hedge_window': 'soon' is no window"):
        load_config(None, analytics__hedge_window="soon")
    with pytest.raises(ConfigError, match=r"configuration key analytics.hedge_window: .* 30 \(at 1s\)"):
        load_config(None, analytics__hedge_window=7)


def test_a_rule_about_any_pair_has_the_units_that_all_pairs_have() -> None:
    layers = ParameterLayers(Config())
    layers.set(Scope(str(OTHER)), {"analytics.space": "level"})
    assert layers.space_of(str(PAIR), M1, [PAIR, OTHER]) is Space.LOG
    assert layers.space_of(str(OTHER), M1, [PAIR, OTHER]) is Space.LEVEL
    assert layers.space_of("any pair", M1, [PAIR, OTHER]) is Space.LEVEL
    assert layers.space_of("any pair", M1, [PAIR]) is Space.LOG


def test_each_parameter_is_described_for_a_form() -> None:
    described = parameter_descriptions()
    assert described["analytics.hedge"].choices == tuple(HedgeName)
    assert described["analytics.hedge_window"].kind is SettingKind.WINDOW
    assert (described["signals.entry"].low, described["signals.entry"].above) == (0, True)
    assert described["signals.scaled"].kind is SettingKind.SWITCH
    assert {each.kind for each in described.values()} == {
        SettingKind.CHOICE, SettingKind.NUMBER, SettingKind.WHOLE, SettingKind.SWITCH, SettingKind.WINDOW,
    }  # fmt: skip
