"""The sections of the configuration file: each key with its bounds, its default and what it means.

The text below a key is its description in ``docs/configuration.md`` and on the settings page.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.states import LogFormat, LogLevel
from spreadscope.model.timeframe import MINUTE, SECOND, TIMEFRAMES, Timeframe


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


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


class ExchangeConfig(Section):
    """The addresses of the default venue (empty: its own), and the waits and limits for all venues."""

    rest_url: str = ""
    """REST address of the default venue, Binance USD-M futures; empty: its own, `https://fapi.binance.com`."""
    ws_url: str = ""
    """WebSocket address of the default venue, without a route; empty: its own, `wss://fstream.binance.com`."""
    streams_per_connection: Annotated[int, Field(ge=1, le=1024)] = 200
    """Streams a connection carries before another one is opened."""
    first_data_seconds: Annotated[float, Field(gt=0)] = 10.0
    """Silence after which a stream is probed over REST: quiet, or stalled."""
    dead_after_seconds: Annotated[float, Field(gt=0)] = 10.0
    """A socket on which nothing has come for so long, not even the answer to a ping, is dead. The ping goes out after
    half of it, 5 s at most."""
    reconnect_max_seconds: Annotated[float, Field(gt=0)] = 30.0
    """Longest pause between two attempts to connect."""
    max_age_seconds: Annotated[float, Field(gt=0)] = 85_800.0
    """Age (23 h 50 min) at which a fresh socket takes over from a connection that the exchange would end after 24
    hours."""
    lag_alarm_seconds: Annotated[float, Field(gt=0)] = 10.0
    """Trades that stay so far behind the exchange's clock raise an alarm and a reconnect."""
    quotes: bool = True
    """Subscribe to best bid and ask: rows then use mid prices."""

    @field_validator("rest_url", "ws_url")
    @classmethod
    def _usable(cls, url: str, info: ValidationInfo) -> str:
        return _address(url, info)


class VenueConfig(Section):
    """The addresses of a venue that is not the default one."""

    rest_url: str = ""
    ws_url: str = ""

    @field_validator("rest_url", "ws_url")
    @classmethod
    def _usable(cls, url: str, info: ValidationInfo) -> str:
        return _address(url, info)


class HistoryConfig(Section):
    """The history to fetch before the live tape starts."""

    trade_minutes: Annotated[int, Field(ge=0, le=2880)] = 6
    """Minutes of trades fetched before the live tape starts (60,000 trades of all symbols at most): as long as the
    windows of 1 s bars, and a little more."""
    bars: Annotated[int, Field(ge=0, le=1500)] = 1500
    """Candles of 1 m and 5 m fetched as flagged substitutes for bars before the tape."""


class BarsConfig(Section):
    """The grace period in which a bar waits for late trades before it is closed."""

    grace_ms: Annotated[int, Field(ge=0, le=60_000)] = 500
    """How long a bar waits for late trades before it is closed; later ones revise it."""


_FEWEST_EVIDENCE = 240
_LONGEST_WINDOW = 10_000
# Rows of a window where none is given: minutes of seconds, hours of minutes, a day of 5 minutes. The others are half of
# the hedge window then.
_DEFAULT_ROWS: dict[str, dict[Timeframe, int]] = {
    "hedge_window": {Timeframe.S1: 300, Timeframe.M1: 240, Timeframe.M5: 288},
    "evidence_window": {Timeframe.S1: 3_600, Timeframe.M1: 1_440, Timeframe.M5: 576},
}
_FEWEST_ROWS = {"hedge_window": 30, "z_window": 10, "correlation_window": 10, "evidence_window": _FEWEST_EVIDENCE}
_UNITS = {"s": SECOND, "m": MINUTE, "h": 60 * MINUTE, "d": 1440 * MINUTE}
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")


def parse_window(given: object) -> object:
    """Returns a window as a number of rows or as a time such as ``30m``. Raises ``ValueError``.

    >>> parse_window("120"), parse_window(" 2 H"), parse_window("")
    (120, '2h', 0)
    """
    if isinstance(given, bool) or (isinstance(given, int) and given < 0):
        raise ValueError(f"{given} is no window: give rows such as 120, a time such as 30m, or 0 for the default")
    if not isinstance(given, str):
        return given
    text = given.strip().lower()
    if not text or text.isdecimal():
        return int(text or 0)
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{given[:20]!r} is no window: give rows such as 120, or a time such as 30m, 2h or 1d")
    return f"{match[1]}{match[2]}"


def rows_of(key: str, window: int | str, timeframe: Timeframe) -> int:
    """Returns the rows of a window at a timeframe.

    A time is cut off at the fewest rows that the window may have, and at 10,000.

    >>> rows_of("hedge_window", "2h", Timeframe.M1), rows_of("hedge_window", 0, Timeframe.M5)
    (120, 288)
    """
    if isinstance(window, int):
        return window or _DEFAULT_ROWS.get(key, {}).get(timeframe, 0)
    count, unit = float(window[:-1]), window[-1]
    rows = round(count * _UNITS[unit] / timeframe.milliseconds)
    return max(_FEWEST_ROWS[key], min(_LONGEST_WINDOW, rows))


# Rows, or a time; 0 for the default of the timeframe.
Window = Annotated[int | str, Field(union_mode="left_to_right"), BeforeValidator(parse_window)]


class _AnalyticsKeys(Section):
    """The keys of the statistics that are the same at every timeframe."""

    hedge: HedgeName = HedgeName.OLS
    """The hedge model that is traded (`docs/statistics-table.md`): `ols`, `rolling_ols`, `tls`, `ew`, `kalman`,
    `huber`, `theil_sen`."""
    space: Space = Space.LOG
    """What it is fitted on: `log` prices (β is a ratio of values) or prices (`level`; β is a ratio of units, the spread
    is Y − βX − α)."""
    intercept: bool = True
    """Whether the fit has an α; without it the spread is Y − βX."""
    direction: Literal["both", "y_on_x", "x_on_y"] = "both"
    """Engle–Granger of `both` regressions at 2·min p, or of the one fixed here: `y_on_x`, `x_on_y`; the traded hedge is
    fitted y on x unless it says `x_on_y`."""
    kalman: Literal["ml", "chan"] = "ml"
    """The filter's variances: `ml` (maximum likelihood on the first window) or `chan`, the preset."""
    kalman_delta: Annotated[float, Field(gt=0, lt=1)] = 1e-4
    """The δ of the preset."""
    kalman_r: Annotated[float, Field(gt=0)] = 1e-3
    """The R of the preset."""
    max_lags: Annotated[int, Field(ge=0, le=24)] = 5
    """Most lagged differences AIC may choose in ADF and Engle–Granger."""
    evidence_level: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """Share of unrelated pairs that may ever be called cointegrated, however long one watches."""
    stale_seconds: Annotated[float, Field(gt=0)] = 10.0
    """Age of a leg beyond which its row is stale and emits no entry."""
    minimum_rows: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of a window that must have both legs."""


class AnalyticsConfig(_AnalyticsKeys):
    """The settings of a pair's statistics at one timeframe, with the windows in rows (``AnalyticsSection.at``)."""

    hedge_window: Annotated[int, Field(ge=30, le=_LONGEST_WINDOW)] = 120
    z_window: Annotated[int, Field(ge=10, le=_LONGEST_WINDOW)] = 60
    correlation_window: Annotated[int, Field(ge=10, le=_LONGEST_WINDOW)] = 60
    evidence_window: Annotated[int, Field(ge=0, le=_LONGEST_WINDOW)] = 0

    def evidence_rows(self, length: int) -> int:
        """Returns the rows of the evidence window for bars of ``length`` ms: as set, else an hour of seconds, a day of
        minutes, two of 5 minutes."""
        timeframe = next((each for each in TIMEFRAMES if each.milliseconds == length), Timeframe.M1)
        return self.evidence_window or _DEFAULT_ROWS["evidence_window"][timeframe]

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


class AnalyticsSection(_AnalyticsKeys):
    """The statistics and the hedge ratio for signals. A window is a number of rows, or a time, for each timeframe."""

    hedge_window: Window = 0
    """Window of the regression, of Engle–Granger and of the half-life: rows (`240`) or a time (`4h`); 0: 5 minutes of
    1 s bars, 4 hours of 1 m, a day of 5 m. A time is at least 30 rows."""
    z_window: Window = 0
    """Window of the mean and deviation that z is measured against, shorter than `hedge_window`: rows or a time; 0: half
    of `hedge_window`. A time is at least 10 rows."""
    correlation_window: Window = 0
    """Returns in the correlation: rows or a time; 0: half of `hedge_window`."""
    evidence_window: Window = 0
    """The evidence's own window, at least 240 rows: rows or a time; 0: an hour of 1 s bars, a day of 1 m, two days of
    5 m."""

    def at(self, timeframe: Timeframe) -> AnalyticsConfig:
        """Returns the settings at a timeframe, with the windows in rows."""
        return analytics_at(dict(self), timeframe)

    @model_validator(mode="after")
    def _usable_at_each_timeframe(self) -> AnalyticsSection:
        for timeframe in TIMEFRAMES:
            try:
                self.at(timeframe)
            except ValidationError as error:
                first = error.errors()[0]
                key = "".join(f"analytics.{part}: " for part in first["loc"])
                raise ValueError(f"{key}{first['msg'].removeprefix('Value error, ')} (at {timeframe})") from None
        return self


def analytics_at(values: dict[str, Any], timeframe: Timeframe) -> AnalyticsConfig:
    """Returns the settings of the keys of the section at one timeframe. Raises ``ValidationError``."""
    rows = {key: rows_of(key, values[key], timeframe) for key in _FEWEST_ROWS}
    for key in ("z_window", "correlation_window"):
        rows[key] = rows[key] or max(_FEWEST_ROWS[key], rows["hedge_window"] // 2)
    return AnalyticsConfig(**values | rows)


class SignalConfig(Section):
    """Thresholds on z (on the scaled z, where ``scaled``), and the time stop."""

    entry: Annotated[float, Field(gt=0)] = 2.0
    """Enter at this distance of z."""
    exit: Annotated[float, Field(ge=0)] = 0.5
    """Exit inside it."""
    stop: Annotated[float, Field(gt=0)] = 4.0
    """Stop against the position, then locked out until inside `entry`."""
    time_stop_half_lives: Annotated[float, Field(ge=0)] = 3.0
    """Leave after so many half-lives, as the half-life was at the entry (0: never); a restart does not begin it
    anew."""
    time_stop_from: Literal["upper", "window"] = "upper"
    """Half-life that the time stop counts: the upper end of its interval, or (`window`) the biased one of the hedge
    window."""
    time_stop_seconds: Annotated[float, Field(ge=0)] = 0.0
    """Leave after so many seconds instead (0: by half-lives)."""
    scaled: bool = False
    """Trade z on its own out-of-sample scale (`z_scaled`)."""
    need_evidence: bool = False
    """Refuse entries until the evidence says that the pair is tied."""

    @model_validator(mode="after")
    def _ordered(self) -> SignalConfig:
        if not self.exit < self.entry < self.stop:
            raise ValueError("signals need exit < entry < stop")
        return self


def _listen_host(host: str) -> str:
    """Returns a host to listen on: an address, because a name may be of several."""
    try:
        return host if host == "localhost" else str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        raise ValueError(f"{host!r} is no address to listen on: write 127.0.0.1, 0.0.0.0, :: or one of yours") from None


ListenHost = Annotated[str, AfterValidator(_listen_host)]


class ApiConfig(Section):
    """The address of the engine's API."""

    host: ListenHost = "127.0.0.1"
    """Where the API listens. Anything but loopback needs a credential, and TLS or a trusted proxy
    ([access](access.md))."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8765
    """Its port; 0 picks a free one."""


class StoreConfig(Section):
    """The batches of the store's writer. A batch is one transaction."""

    batch_rows: Annotated[int, Field(ge=1)] = 5_000
    """Rows a transaction gathers."""
    flush_seconds: Annotated[float, Field(gt=0)] = 0.25
    """Longest wait of a row before it is written."""


class AlertsConfig(Section):
    """The file of channels and rules, and the waits and limits of deliveries."""

    file: Path = Path("alerts.toml")
    """Channels and rules ([delivery](delivery.md)); a relative path is in the data directory."""
    lan: tuple[str, ...] = ()
    """Hosts to which any webhook or e-mail may go over plain http, in clear and at private addresses."""
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    """Longest wait for a channel's answer."""
    retry_seconds: Annotated[float, Field(gt=0)] = 2.0
    """Pause after the first failed attempt; it doubles with each."""
    retry_max_seconds: Annotated[float, Field(gt=0)] = 900.0
    """Longest pause between two attempts."""
    attempts: Annotated[int, Field(ge=1)] = 100
    """Attempts after which a message is given up."""
    late_hours: Annotated[float, Field(gt=0)] = 6.0
    """A message older than that says that it is late."""
    drop_hours: Annotated[float, Field(gt=0)] = 48.0
    """A message older than that is given up."""


class ArchiveConfig(Section):
    """The archive: whether and when (hour of the day, UTC) a running engine moves closed days to it."""

    enabled: bool = True
    """A running engine moves closed days to the archive, once a day and at its start where that is overdue; what
    `retention` lets go goes in the same run, so with `false` everything is kept."""
    hour_utc: Annotated[int, Field(ge=1, le=23)] = 1  # trades are on their way to a day until an hour after midnight
    """The hour (UTC) at which it does, 1 to 23."""


class RetentionConfig(Section):
    """The retention in whole days of archived files, and of rows that would only grow in number (0: for ever)."""

    trades_days: Annotated[int, Field(ge=0)] = 0
    """Whole days for which archived trades are kept (0: for ever); the ledger goes on vouching for them."""
    analytics_days: Annotated[int, Field(ge=0)] = 0
    """Whole days for which archived analytics rows are kept (0: for ever)."""
    deliveries_days: Annotated[int, Field(ge=0)] = 90
    """Days for which messages that were sent or given up are kept (0: for ever); those still to be sent always are."""
    sessions_days: Annotated[int, Field(ge=0)] = 90
    """Days for which a session that has ended can be replayed (0: for ever); its signals, alerts and bars stay."""
    quarantine_days: Annotated[int, Field(ge=0)] = 30
    """Days for which malformed frames and bad rows of imports are kept (0: for ever)."""


class LogConfig(Section):
    """The log of the engine, on standard error."""

    level: LogLevel = LogLevel.WARNING
    """From which level on the engine logs: `debug`, `info`, `warning` or `error`; `--verbose` is `debug`. It can be
    changed while the engine runs, with `spreadscope log-level`."""
    format: LogFormat = LogFormat.TEXT
    """`text` for people; `json` for programs: every line is one object."""
