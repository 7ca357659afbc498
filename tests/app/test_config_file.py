"""The file of the configuration: what of it holds, and that a change leaves comments, or everything, as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spreadscope.app.config_file import ConfigFile, FileChangedError, default_file
from spreadscope.commands.options import open_settings
from spreadscope.model.config import load_config
from spreadscope.model.errors import ConfigError, SpreadscopeError
from spreadscope.model.states import SettingSource

TEXT = """# my pairs
pairs = ["BTCUSDT/ETHUSDT"]  # the big ones

[signals]
entry = 2.5  # higher than usual
"""


def file_of(tmp_path: Path, text: str = TEXT, **overrides: Any) -> ConfigFile:
    path = tmp_path / "spreadscope.toml"
    path.write_text(text, encoding="utf-8")
    return ConfigFile(path, load_config(path, **overrides), overrides)


def by_key(file: ConfigFile) -> dict[str, tuple[Any, SettingSource, Any]]:
    return {each.key: (each.value, each.source, each.in_file) for each in file.state().settings}


def test_each_value_says_where_it_is_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPREADSCOPE_SIGNALS__EXIT", "0.25")
    settings = by_key(file_of(tmp_path, signals__stop=6.0))
    assert settings["signals.entry"] == (2.5, SettingSource.FILE, 2.5)
    assert settings["signals.exit"] == (0.25, SettingSource.ENVIRONMENT, None)
    assert settings["signals.stop"] == (6.0, SettingSource.COMMAND_LINE, None)
    assert settings["bars.grace_ms"] == (500, SettingSource.DEFAULT, None)
    assert settings["pairs"][0] == ("BTCUSDT/ETHUSDT",)


def test_a_change_keeps_comments_and_the_file_before_it(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    file.write({"signals.entry": 3.0, "retention.trades_days": 30, "analytics.hedge_window": "4h"}, file.state().seen)
    text = file.path.read_text(encoding="utf-8")
    assert "# my pairs" in text
    assert "entry = 3.0  # higher than usual" in text
    config = load_config(file.path)
    assert (config.signals.entry, config.retention.trades_days, config.analytics.hedge_window) == (3.0, 30, "4h")
    assert file.path.with_name("spreadscope.toml.before").read_text(encoding="utf-8") == TEXT
    file.write({"signals.entry": None}, file.state().seen)
    assert load_config(file.path).signals.entry == 2.0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spreadscope.toml", "spreadscope.toml.before"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"signals.entry": 9.0}, "signals need exit < entry < stop"),
        ({"signals.entri": 2.0}, "unknown configuration key 'signals.entri'"),
        ({"signals.entry": "2"}, "signals.entry: '2' is not of its kind, number"),
        ({"pairs": ["BTCUSDT"]}, "malformed pair"),
        ({"pairs": ["BTCUSDT/BTCUSDT"]}, "two different symbols"),
        ({"data": "elsewhere"}, "data is not changed on the page"),
        ({"venues": "{}"}, "venues is not changed on the page"),
        ({"api.host": "example.org"}, "configuration key 'api.host'"),
    ],
)
def test_what_a_start_would_refuse_is_not_written(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    file = file_of(tmp_path)
    with pytest.raises(SpreadscopeError) as raised:
        file.write(changes, file.state().seen)
    assert sentence in str(raised.value)
    assert file.path.read_text(encoding="utf-8") == TEXT


def test_what_somebody_else_wrote_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    seen = file.state().seen
    file.path.write_text(TEXT + "exit = 0.1\n", encoding="utf-8")
    with pytest.raises(FileChangedError, match="was changed by another program"):
        file.write({"signals.entry": 3.0}, seen)
    assert load_config(file.path).signals.exit == 0.1


def test_a_file_that_is_broken_is_said_and_left_alone(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    file.path.write_text("[signals\n", encoding="utf-8")
    state = file.state()
    assert state.problem.startswith("the file is not valid TOML")
    with pytest.raises(ConfigError, match="mend it by hand first"):
        file.write({"signals.entry": 3.0}, state.seen)
    file.path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        file.state()


def test_a_folder_that_takes_nothing_is_said(tmp_path: Path) -> None:
    file = ConfigFile(tmp_path / "missing" / "spreadscope.toml", load_config(None))
    with pytest.raises(ConfigError, match=r"cannot write .*: No such file or directory: nothing was changed"):
        file.write({"signals.entry": 3.0}, file.state().seen)


def test_the_file_of_the_data_directory_is_read_where_no_other_is_named(tmp_path: Path) -> None:
    default_file(tmp_path).write_text("[signals]\nentry = 2.75\n", encoding="utf-8")
    config, file = open_settings(None, data=tmp_path, symbols=["BTCUSDT"])
    assert (config.signals.entry, config.symbols, file.path) == (2.75, ("BTCUSDT",), tmp_path / "spreadscope.toml")
    other = tmp_path / "other.toml"
    other.write_text("", encoding="utf-8")
    config, file = open_settings(other, data=tmp_path)
    assert (config.signals.entry, file.path) == (2.0, other)
    config, file = open_settings(None, data=tmp_path / "new")
    assert (config.signals.entry, file.path) == (2.0, tmp_path / "new" / "spreadscope.toml")
