"""The file of the configuration: what of it holds and where each value is from, and how it is changed."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from spreadscope.model.config import Config, config_from
from spreadscope.model.errors import ConfigError
from spreadscope.model.setting_descriptions import setting_descriptions
from spreadscope.model.states import SettingKind, SettingSource

FILE_NAME = "spreadscope.toml"
_LARGEST = 256 * 1024
_BACKUP = ".before"


def default_file(data: Path) -> Path:
    """Returns the file that is read where no other is given."""
    return data / FILE_NAME


@dataclass(frozen=True, slots=True)
class FileSetting:
    """A key: the value at work, where it is from, and what the file says (None: nothing)."""

    key: str
    value: Any
    source: SettingSource
    in_file: Any


@dataclass(frozen=True, slots=True)
class FileState:
    """The settings, the hash of the file as it was read, and why it cannot be read (empty: it can)."""

    settings: list[FileSetting]
    seen: str
    problem: str


class FileChangedError(ConfigError):
    """The error that the file was changed by somebody else since it was read."""


class ConfigFile:
    """The file that ``config`` was read from. ``overrides`` are the command line's, which win over it."""

    def __init__(self, path: Path, config: Config, overrides: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self._config = config
        self._overrides = {key: value for key, value in (overrides or {}).items() if value is not None}

    def state(self) -> FileState:
        """Returns every setting. Reads the file."""
        text = self._read()
        values, problem = _parsed(text)
        settings = [
            FileSetting(key, _at(self._config, key), self._source(key, values), _lookup(values, key))
            for key in setting_descriptions()
        ]
        return FileState(settings, _hash(text), problem)

    def write(self, changes: Mapping[str, Any], seen: str) -> None:
        """Set keys in the file (None: remove the key); comments stay. Raises ``ConfigError`` and writes nothing.

        ``seen`` is the hash of the file that the user was shown. What is written holds from the next start on.
        """
        text = self._read()
        if seen != _hash(text):
            raise FileChangedError(f"{self.path} was changed by another program since you opened the page: look again")
        changed = self._changed(text, changes)
        config_from(tomllib.loads(changed), **self._overrides)
        self._replace(changed)

    def _changed(self, text: str, changes: Mapping[str, Any]) -> str:
        known = setting_descriptions()
        try:
            document = tomlkit.parse(text)
        except TOMLKitError as error:
            raise ConfigError(f"{self.path} is not valid TOML ({error}): mend it by hand first") from None
        for key, value in changes.items():
            if key not in known:
                raise ConfigError(f"unknown configuration key {key[:60]!r}: see the settings page for the keys")
            if known[key].kind is SettingKind.TABLE or key == "data":
                raise ConfigError(f"{key} is not changed on the page: write it into {self.path}")
            if value is not None and not known[key].takes(value):
                raise ConfigError(f"{key}: {value!r:.60} is not of its kind, {known[key].kind.value}")
            _set(document, key, value)
        return tomlkit.dumps(document)

    def _read(self) -> str:
        try:
            if self.path.stat().st_size > _LARGEST:
                raise ConfigError(f"{self.path} is longer than {_LARGEST // 1024} KB: it is no configuration file")
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError:
            raise ConfigError(f"{self.path} is not UTF-8 text") from None
        except OSError as error:
            raise ConfigError(f"cannot read {self.path}: {error.strerror}") from None

    def _replace(self, text: str) -> None:
        """Write a file beside it and put it in its place, so that a crash leaves the old one or the new one."""
        beside = self.path.with_name(self.path.name + ".new")
        try:
            with suppress(FileNotFoundError):
                before = self.path.read_bytes()
                self.path.with_name(self.path.name + _BACKUP).write_bytes(before)
            with beside.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError as error:
            raise ConfigError(f"cannot write {self.path}: {error.strerror}: nothing was changed") from None

    def _source(self, key: str, values: Mapping[str, Any]) -> SettingSource:
        if key.replace(".", "__") in self._overrides:
            return SettingSource.COMMAND_LINE
        if "SPREADSCOPE_" + key.upper().replace(".", "__") in os.environ:
            return SettingSource.ENVIRONMENT
        return SettingSource.DEFAULT if _lookup(values, key) is None else SettingSource.FILE


def _parsed(text: str) -> tuple[dict[str, Any], str]:
    try:
        return tomllib.loads(text), ""
    except tomllib.TOMLDecodeError as error:
        return {}, f"the file is not valid TOML: {error}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _at(config: Config, key: str) -> Any:
    value: Any = config
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _lookup(values: Mapping[str, Any], key: str) -> Any:
    found: Any = values
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def _set(document: Any, key: str, value: Any) -> None:
    *path, name = key.split(".")
    table = document
    for part in path:
        if part not in table:
            if value is None:
                return
            table[part] = tomlkit.table()
        table = table[part]
    if value is None:
        table.pop(name, None)
    else:
        table[name] = value
