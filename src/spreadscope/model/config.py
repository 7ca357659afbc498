"""The configuration: frozen, one TOML file and ``SPREADSCOPE_*`` environment variables, unknown keys refused.

Precedence: command line > environment (``SPREADSCOPE_SIGNALS__ENTRY=2.5``) > TOML file > the defaults below.
Every key is described where it stands (``sections.py`` and below); ``docs/configuration.md`` is made of it.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_data_path
from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from spreadscope.model.access_section import AccessConfig
from spreadscope.model.errors import ConfigError, SymbolError
from spreadscope.model.instrument import Pair, parse_pairs, parse_symbols
from spreadscope.model.paper_section import PaperConfig
from spreadscope.model.risk_section import RiskConfig
from spreadscope.model.sections import (
    AlertsConfig,
    AnalyticsConfig,
    AnalyticsSection,
    ApiConfig,
    ArchiveConfig,
    BarsConfig,
    ExchangeConfig,
    HistoryConfig,
    LogConfig,
    RetentionConfig,
    SignalConfig,
    StoreConfig,
    VenueConfig,
)
from spreadscope.model.timeframe import Timeframe


class Config(BaseSettings):
    """The whole configuration. Only the composition root gets all of it."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="SPREADSCOPE_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
        use_attribute_docstrings=True,
    )

    data: Path = Field(default_factory=lambda: user_data_path("spreadscope", appauthor=False))
    """Where the store lives; one engine a directory."""
    symbols: Annotated[tuple[str, ...], NoDecode] = ()
    """Symbols whose tape is kept."""
    pairs: Annotated[tuple[str, ...], NoDecode] = ()
    """Pairs `Y/X` to track; their legs are kept too."""
    timeframe: Timeframe = Timeframe.M1
    """The timeframe a page opens with. The windows of seconds see minutes, in which most of what looks tied is
    chance."""
    exchange: ExchangeConfig = ExchangeConfig()
    venues: dict[str, VenueConfig] = {}
    """Addresses of other venues, as in `[venues.binance-spot]` with `rest_url` and `ws_url`. A venue without one is
    sought where `exchange` points to if that is another exchange than the real one, else at its own address."""
    history: HistoryConfig = HistoryConfig()
    bars: BarsConfig = BarsConfig()
    analytics: AnalyticsSection = AnalyticsSection()
    signals: SignalConfig = SignalConfig()
    api: ApiConfig = ApiConfig()
    access: AccessConfig = AccessConfig()
    store: StoreConfig = StoreConfig()
    alerts: AlertsConfig = AlertsConfig()
    archive: ArchiveConfig = ArchiveConfig()
    retention: RetentionConfig = RetentionConfig()
    log: LogConfig = LogConfig()
    paper: PaperConfig = PaperConfig()
    risk: RiskConfig = RiskConfig()

    @field_validator("symbols", "pairs", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        """Returns a list from one text of an environment variable: with commas, or a JSON list."""
        if isinstance(given, str) and given.lstrip().startswith("["):
            return json.loads(given)
        return tuple(part for part in given.split(",") if part.strip()) if isinstance(given, str) else given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The environment goes above the file, which arrives through the constructor; ``load_config`` lays the
        # command line over both.
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    def alerts_file(self) -> Path:
        """Returns the path of ``alerts.toml``: a relative path is in the data directory."""
        return self.data / self.alerts.file.expanduser()

    def parsed_pairs(self) -> tuple[Pair, ...]:
        return parse_pairs(self.pairs)

    def all_symbols(self) -> tuple[str, ...]:
        """Returns the configured symbols and the legs of the configured pairs, each once, in order of mention."""
        legs = [symbol for pair in self.parsed_pairs() for symbol in pair.symbols]
        return tuple(dict.fromkeys((*self.symbols, *legs)))


def load_config(file: Path | None = None, **overrides: Any) -> Config:
    """Read the TOML ``file`` (if any) and the environment; ``overrides`` (dotted keys with ``__``) win.

    Raises ``ConfigError`` or ``SymbolError`` with one sentence that names the key.
    """
    return config_from(read_values(file) if file is not None else {}, **overrides)


def config_from(values: dict[str, Any], **overrides: Any) -> Config:
    """Returns the configuration of the values of a file, as ``load_config`` does."""
    try:
        config = Config(**values)
        given = {key: value for key, value in overrides.items() if value is not None}
        if given:
            config = _overlay(config, given)
    except ValidationError as error:
        raise ConfigError(explain(error)) from None
    except SettingsError as error:
        raise ConfigError(f"an environment variable SPREADSCOPE_… cannot be read: {error}") from None
    symbols = parse_symbols(config.symbols) if config.symbols else ()
    pairs = tuple(str(pair) for pair in parse_pairs(config.pairs)) if config.pairs else ()
    return config.model_copy(update={"symbols": symbols, "pairs": pairs})


def read_values(file: Path) -> dict[str, Any]:
    """Returns what a file sets, unchecked. Raises ``ConfigError`` where it cannot be read."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"no configuration file {file}: create it or leave --config out") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from None
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None


def _overlay(config: Config, given: dict[str, Any]) -> Config:
    values = config.model_dump()
    for dotted, value in given.items():
        *path, key = dotted.split("__")
        target = values
        for part in path:
            target = target[part]
        target[key] = value
    return _Overlaid(**values)


class _Overlaid(Config):
    """A configuration with all values given: the environment is already in them and must not override them again."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def explain(error: ValidationError) -> str:
    """Returns the first fault of a configuration in one sentence, with the nearest key where one is unknown."""
    first = error.errors()[0]
    location = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        nearest = difflib.get_close_matches(location, config_keys(), n=1, cutoff=0.5)
        hint = f": did you mean {nearest[0]!r}?" if nearest else ": see docs/configuration.md for the keys"
        return f"unknown configuration key {location!r}{hint}"
    message = first["msg"].removeprefix("Value error, ")
    if message.startswith(f"{location}."):  # a section names its own key
        return f"configuration key {message}"
    return f"configuration key {location!r}: {message}" if location else message


def config_keys(model: type[BaseModel] = Config, prefix: str = "") -> list[str]:
    """Returns every dotted key, sections included."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            keys.extend(config_keys(annotation, f"{prefix}{name}."))
    return keys


__all__ = [
    "AlertsConfig",
    "AnalyticsConfig",
    "AnalyticsSection",
    "ArchiveConfig",
    "Config",
    "ConfigError",
    "ExchangeConfig",
    "HistoryConfig",
    "LogConfig",
    "RetentionConfig",
    "SignalConfig",
    "StoreConfig",
    "SymbolError",
    "config_keys",
    "explain",
    "load_config",
]
