"""The configuration: frozen, one TOML file and ``SPREADSCOPE_*`` environment variables, unknown keys refused.

Precedence: command line > environment (``SPREADSCOPE_SIGNALS__ENTRY=2.5``) > TOML file > the defaults below.
Every key is described in ``docs/configuration.md``; a test holds that page to this file.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from spreadscope.model.errors import ConfigError, SymbolError
from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.instrument import Pair, parse_pairs, parse_symbols
from spreadscope.model.timeframe import Timeframe


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _address(url: str, info: ValidationInfo) -> str:
    """Returns an address without a slash at its end; empty for a venue's own."""
    schemes = ("http", "https") if info.field_name == "rest_url" else ("ws", "wss")
    try:
        parts = urlsplit(url)
        usable = not url or (parts.scheme in schemes and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{url!r} is no address: write {schemes[1]}://host or {schemes[0]}://host:port")
    return url.rstrip("/")


class ExchangeConfig(_Section):
    """The addresses of the default venue (empty: its own), and the waits and limits for all venues."""

    rest_url: str = ""
    ws_url: str = ""
    streams_per_connection: Annotated[int, Field(ge=1, le=1024)] = 200
    first_data_seconds: Annotated[float, Field(gt=0)] = 10.0
    dead_after_seconds: Annotated[float, Field(gt=0)] = 10.0
    reconnect_max_seconds: Annotated[float, Field(gt=0)] = 30.0
    max_age_seconds: Annotated[float, Field(gt=0)] = 85_800.0
    lag_alarm_seconds: Annotated[float, Field(gt=0)] = 10.0
    quotes: bool = True

    @field_validator("rest_url", "ws_url")
    @classmethod
    def _usable(cls, url: str, info: ValidationInfo) -> str:
        return _address(url, info)


class VenueConfig(_Section):
    """The addresses of a venue that is not the default one."""

    rest_url: str = ""
    ws_url: str = ""

    @field_validator("rest_url", "ws_url")
    @classmethod
    def _usable(cls, url: str, info: ValidationInfo) -> str:
        return _address(url, info)


class HistoryConfig(_Section):
    """The history to fetch before the live tape starts."""

    trade_minutes: Annotated[int, Field(ge=0, le=2880)] = 5
    bars: Annotated[int, Field(ge=0, le=1500)] = 1500


class BarsConfig(_Section):
    """The grace period in which a bar waits for late trades before it is closed."""

    grace_ms: Annotated[int, Field(ge=0, le=60_000)] = 500


_EVIDENCE_ROWS = {1_000: 3_600, 60_000: 1_440, 300_000: 576}  # by the length of a bar, ms
_FEWEST_EVIDENCE = 240


class AnalyticsConfig(_Section):
    """The windows, in rows of the timeframe, and the hedge ratio for signals."""

    hedge: HedgeName = HedgeName.OLS
    space: Space = Space.LOG
    intercept: bool = True
    direction: Literal["both", "y_on_x", "x_on_y"] = "both"
    kalman: Literal["ml", "chan"] = "ml"
    kalman_delta: Annotated[float, Field(gt=0, lt=1)] = 1e-4
    kalman_r: Annotated[float, Field(gt=0)] = 1e-3
    hedge_window: Annotated[int, Field(ge=30, le=10_000)] = 120
    z_window: Annotated[int, Field(ge=10, le=10_000)] = 60
    correlation_window: Annotated[int, Field(ge=10, le=10_000)] = 60
    max_lags: Annotated[int, Field(ge=0, le=24)] = 5
    evidence_window: Annotated[int, Field(ge=0, le=10_000)] = 0
    evidence_level: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    stale_seconds: Annotated[float, Field(gt=0)] = 10.0
    minimum_rows: Annotated[float, Field(gt=0, le=1)] = 0.5

    def evidence_rows(self, length: int) -> int:
        """Returns the rows of the evidence window for bars of ``length`` ms.

        As configured, else an hour of seconds, a day of minutes, two of 5 minutes.
        """
        return self.evidence_window or _EVIDENCE_ROWS.get(length, _EVIDENCE_ROWS[60_000])

    @field_validator("evidence_window")
    @classmethod
    def _long_enough(cls, rows: int) -> int:
        if 0 < rows < _FEWEST_EVIDENCE:
            raise ValueError(
                f"{rows} rows cannot carry evidence: give at least {_FEWEST_EVIDENCE},"
                " or 0 for the default of each timeframe"
            )
        return rows

    @model_validator(mode="after")
    def _z_inside_hedge(self) -> AnalyticsConfig:
        if self.z_window >= self.hedge_window:
            raise ValueError("analytics.z_window must be smaller than analytics.hedge_window")
        return self


class SignalConfig(_Section):
    """Thresholds on z (on the scaled z, where ``scaled``), and the time stop.

    The time stop is in half-lives (0: none) or, where they are given, in seconds.

    ``time_stop_from``: the upper end of the half-life's interval on the long window, or the biased half-life of the
    hedge window, as before there was an interval. ``need_evidence``: entries are refused until the pair's evidence says
    that it is tied.
    """

    entry: Annotated[float, Field(gt=0)] = 2.0
    exit: Annotated[float, Field(ge=0)] = 0.5
    stop: Annotated[float, Field(gt=0)] = 4.0
    time_stop_half_lives: Annotated[float, Field(ge=0)] = 3.0
    time_stop_from: Literal["upper", "window"] = "upper"
    time_stop_seconds: Annotated[float, Field(ge=0)] = 0.0
    scaled: bool = False
    need_evidence: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> SignalConfig:
        if not self.exit < self.entry < self.stop:
            raise ValueError("signals need exit < entry < stop")
        return self


class ApiConfig(_Section):
    """The address of the engine's API. Loopback only: there is no login yet."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8765


class StoreConfig(_Section):
    """The batches of the store's writer. A batch is one transaction."""

    batch_rows: Annotated[int, Field(ge=1)] = 5_000
    flush_seconds: Annotated[float, Field(gt=0)] = 0.25


class AlertsConfig(_Section):
    """The file of channels and rules, and the waits and limits of deliveries."""

    file: Path = Path("alerts.toml")
    lan: tuple[str, ...] = ()
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    retry_seconds: Annotated[float, Field(gt=0)] = 2.0
    retry_max_seconds: Annotated[float, Field(gt=0)] = 900.0
    attempts: Annotated[int, Field(ge=1)] = 100
    late_hours: Annotated[float, Field(gt=0)] = 6.0
    drop_hours: Annotated[float, Field(gt=0)] = 48.0


class ArchiveConfig(_Section):
    """The archive: whether and when (hour of the day, UTC) a running engine moves closed days to it."""

    enabled: bool = True
    hour_utc: Annotated[int, Field(ge=1, le=23)] = 1  # trades are on their way to a day until an hour after midnight


class RetentionConfig(_Section):
    """The retention in whole days of archived files, and of rows that would only grow in number (0: for ever)."""

    trades_days: Annotated[int, Field(ge=0)] = 0
    analytics_days: Annotated[int, Field(ge=0)] = 0
    deliveries_days: Annotated[int, Field(ge=0)] = 90
    sessions_days: Annotated[int, Field(ge=0)] = 90
    quarantine_days: Annotated[int, Field(ge=0)] = 30


class Config(BaseSettings):
    """The whole configuration. Only the composition root gets all of it."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="SPREADSCOPE_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    data: Path = Field(default_factory=lambda: user_data_path("spreadscope", appauthor=False))
    symbols: Annotated[tuple[str, ...], NoDecode] = ()
    pairs: Annotated[tuple[str, ...], NoDecode] = ()
    timeframe: Timeframe = Timeframe.M1
    exchange: ExchangeConfig = ExchangeConfig()
    venues: dict[str, VenueConfig] = {}
    history: HistoryConfig = HistoryConfig()
    bars: BarsConfig = BarsConfig()
    analytics: AnalyticsConfig = AnalyticsConfig()
    signals: SignalConfig = SignalConfig()
    api: ApiConfig = ApiConfig()
    store: StoreConfig = StoreConfig()
    alerts: AlertsConfig = AlertsConfig()
    archive: ArchiveConfig = ArchiveConfig()
    retention: RetentionConfig = RetentionConfig()

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
    try:
        values = _read(file) if file is not None else {}
        config = Config(**values)
        given = {key: value for key, value in overrides.items() if value is not None}
        if given:
            config = _overlay(config, given)
    except ValidationError as error:
        raise ConfigError(_explain(error)) from None
    except SettingsError as error:
        raise ConfigError(f"an environment variable SPREADSCOPE_… cannot be read: {error}") from None
    symbols = parse_symbols(config.symbols) if config.symbols else ()
    pairs = tuple(str(pair) for pair in parse_pairs(config.pairs)) if config.pairs else ()
    return config.model_copy(update={"symbols": symbols, "pairs": pairs})


def _read(file: Path) -> dict[str, Any]:
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


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    location = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        nearest = difflib.get_close_matches(location, config_keys(), n=1, cutoff=0.5)
        hint = f": did you mean {nearest[0]!r}?" if nearest else ": see docs/configuration.md for the keys"
        return f"unknown configuration key {location!r}{hint}"
    message = first["msg"].removeprefix("Value error, ")
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


__all__ = ["Config", "ConfigError", "SymbolError", "config_keys", "load_config"]
