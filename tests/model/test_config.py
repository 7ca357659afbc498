"""The configuration: what wins over what, and one sentence for every mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spreadscope.model.config import Config, config_keys, load_config
from spreadscope.model.errors import ConfigError, SpreadscopeError, SymbolError
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("SPREADSCOPE_")]:
        monkeypatch.delenv(name)


Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "spreadscope.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_options_beat_the_environment_which_beats_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write('symbols = ["SOLUSDT"]\n[signals]\nentry = 2.2\nexit = 0.1\nstop = 5.0\n')
    assert load_config(file).signals.entry == 2.2
    monkeypatch.setenv("SPREADSCOPE_SIGNALS__ENTRY", "2.5")
    monkeypatch.setenv("SPREADSCOPE_SYMBOLS", "btcusdt, ETHUSDT")
    config = load_config(file)
    assert (config.signals.entry, config.signals.exit, config.signals.stop) == (2.5, 0.1, 5.0)
    assert config.symbols == ("BTCUSDT", "ETHUSDT")
    config = load_config(file, signals__entry=3.0, symbols=("XRPUSDT",), timeframe=None)
    assert (config.signals.entry, config.signals.exit, config.symbols) == (3.0, 0.1, ("XRPUSDT",))
    assert config.timeframe is Timeframe.M1
    assert load_config().signals.stop == 4.0


def test_lists_may_be_written_as_text_or_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPREADSCOPE_SYMBOLS", '["BTCUSDT"]')
    monkeypatch.setenv("SPREADSCOPE_PAIRS", "BTCUSDT/ETHUSDT,SOLUSDT/ETHUSDT")
    config = load_config()
    assert config.symbols == ("BTCUSDT",)
    assert config.parsed_pairs() == (Pair("BTCUSDT", "ETHUSDT"), Pair("SOLUSDT", "ETHUSDT"))
    assert config.all_symbols() == ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    monkeypatch.setenv("SPREADSCOPE_SYMBOLS", "")
    assert load_config().symbols == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("signal = 1", "unknown configuration key 'signal': did you mean 'signals'?"),
        ("[signals]\nentri = 2", "unknown configuration key 'signals.entri': did you mean 'signals.entry'?"),
        ("[exchange]\nresturl = 'x'", "did you mean 'exchange.rest_url'?"),
        ("qqqq = 1", "docs/configuration.md"),
        ("[signals]\nentry = 'high'", "'signals.entry'"),
        ("[signals]\nentry = nan", "'signals.entry'"),
        ("[signals]\nexit = 3.0", "signals need exit < entry < stop"),
        ("[analytics]\nz_window = 500", "z_window must be smaller"),
        ("[analytics]\nhedge = 'magic'", "'analytics.hedge'"),
        ("signals = 3", "'signals'"),
        ("timeframe = '2h'", "'timeframe'"),
        ("symbols = 5", "'symbols'"),
        ("[api]\nhost = 'nowhere'", "'api.host'"),
        ("[api]\nport = 70000", "'api.port'"),
        ("[exchange]\nrest_url = 'fapi.binance.com'", "write https://host"),
        ("[exchange]\nrest_url = 'https://[::1'", "write https://host"),
        ("[exchange]\nws_url = 'https://fstream.binance.com'", "write wss://host"),
        ("[exchange]\nws_url = 'ws://host:port'", "write wss://host"),
        ("symbols = [", "not valid TOML"),
    ],
)
def test_every_mistake_is_one_sentence(write: Write, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(text))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [("SIGNALS__ENTRI", "2"), ("SIGNALS", "2"), ("SYMBOLS", "[1"), ("HISTORY__BARS", "many"), ("TIMEFRAME", "9m")],
)
def test_the_environments_mistakes_too(monkeypatch: pytest.MonkeyPatch, key: str, value: str) -> None:
    monkeypatch.setenv(f"SPREADSCOPE_{key}", value)
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"symbols": ("BTCUSDT", "btcusdt")}, "BTCUSDT is given twice"),
        ({"symbols": ("BTC/USDT",)}, "malformed symbol 'BTC/USDT'"),
        ({"pairs": ("BTCUSDT",)}, "malformed pair 'BTCUSDT'"),
        ({"pairs": ("BTCUSDT/BTCUSDT",)}, "same symbol on both legs"),
        ({"pairs": ("A/B", "a/b")}, "given twice"),
        ({"signals__entry": -1}, "'signals.entry'"),
    ],
)
def test_the_command_lines_mistakes_too(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SpreadscopeError, match=said):
        load_config(**options)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no configuration file"):
        load_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot read"):
        load_config(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_config(tmp_path / "latin.toml")


def test_a_configuration_is_frozen_and_knows_its_keys() -> None:
    config = load_config(exchange__rest_url="http://127.0.0.1:5/")
    assert config.exchange.rest_url == "http://127.0.0.1:5"
    with pytest.raises(Exception, match="frozen"):
        config.timeframe = Timeframe.M1  # type: ignore[misc]
    assert isinstance(config, Config)
    assert {"signals", "signals.entry", "exchange.ws_url", "data"} <= set(config_keys())
    assert issubclass(SymbolError, SpreadscopeError)
