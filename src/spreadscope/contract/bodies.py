"""The bodies of requests. Bounds that the engine checks itself are only described here."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from spreadscope.model.alerting import (
    ANY_PAIR,
    DAY_SECONDS,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_AN_HOUR,
    MOST_CHANNELS,
    Severity,
)
from spreadscope.model.instrument import LONGEST_SYMBOL
from spreadscope.model.states import ScanSource
from spreadscope.model.timeframe import CandleLength, Timeframe

LATEST = 2**53 - 1  # ms; the largest integer that every reader of JSON can carry

# Our own parsers accept these; they refuse others with their own sentences.
_BLANK = r"[ \t\r\n\x0b\x0c]*"
_VENUE = rf"({_BLANK}[A-Za-z][A-Za-z0-9-]{{0,23}}{_BLANK}:)?"
_SYMBOL = rf"""{_VENUE}{_BLANK}[^\x00-\x20\x7f/@,;:'"<>&?#%\\|!*(){{}}\[\]=+$\^~`]{{1,{LONGEST_SYMBOL}}}{_BLANK}"""
OF_SYMBOL = {"pattern": f"^{_SYMBOL}$", "examples": ["BTCUSDT"]}
OF_SYMBOLS = {"pattern": f"^{_SYMBOL}(,{_SYMBOL})*$", "examples": ["BTCUSDT,ETHUSDT"]}
PAIR_FORM = f"^{_SYMBOL}/{_SYMBOL}$"
OF_PAIR = {"pattern": PAIR_FORM, "examples": ["BTCUSDT/ETHUSDT"]}
OF_SYMBOL_OR_NONE = {"pattern": f"^({_SYMBOL})?$", "examples": ["", "BTCUSDT"]}
OF_PAIR_OR_NONE = {"pattern": f"^({_SYMBOL}/{_SYMBOL})?$", "examples": ["", "BTCUSDT/ETHUSDT"]}

_RuleText = Annotated[
    str,
    Meta(extra_json_schema={"minLength": 1, "maxLength": LONGEST_TEXT, "examples": ["abs(z) > 2", "z > 2 for 3s"]}),
]
_Subject = Annotated[str, Meta(max_length=200, examples=["BTCUSDT/ETHUSDT", ANY_PAIR])]
_Recover = float | Annotated[str, Meta(max_length=LONGEST_TEXT)] | None
_Seconds = Annotated[float, Meta(extra_json_schema={"minimum": 0, "maximum": DAY_SECONDS})]
_ChannelName = Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": LONGEST_NAME})]


# Bounds of a scan.
MOST_SCAN_SYMBOLS = 300
MOST_SCAN_BARS = 20_000
MOST_CANDLES = 1_500  # an exchange gives so many in one answer
FEWEST_SCAN_BARS = 200
MOST_SURROGATES = 1_000
MOST_SCAN_FILES = 40
_ScanSymbols = Annotated[str, Meta(max_length=20_000, examples=["BTCUSDT, ETHUSDT"])]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request body, which refuses unknown fields."""


class SymbolsBody(_Body, frozen=True):
    """The body that watches symbols, comma separated."""

    symbols: Annotated[str, Meta(extra_json_schema=OF_SYMBOLS)]


class PairBody(_Body, frozen=True):
    """The body that adds a pair, ``Y/X``."""

    pair: Annotated[str, Meta(extra_json_schema=OF_PAIR)]


class RuleBody(_Body, frozen=True, kw_only=True):
    """The body of an alert rule. ``recover`` and ``cooldown_seconds`` have defaults of the engine."""

    text: _RuleText
    subject: _Subject = ""
    timeframe: Timeframe = Timeframe.S1
    name: Annotated[str, Meta(extra_json_schema={"maxLength": LONGEST_NAME})] = ""
    severity: Severity = Severity.WARNING
    recover: _Recover | UnsetType = UNSET
    keep_seconds: _Seconds = 0.0
    cooldown_seconds: _Seconds | UnsetType = UNSET
    cap_per_hour: Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": MOST_AN_HOUR})] = 12
    once: bool = False
    notify_resolved: bool = True
    notify_no_data: bool = False
    channels: Annotated[tuple[_ChannelName, ...], Meta(extra_json_schema={"maxItems": MOST_CHANNELS})] = ()
    enabled: bool = True


class CheckBody(_Body, frozen=True, kw_only=True):
    """The body of a rule's text to check."""

    text: Annotated[str, Meta(max_length=4 * LONGEST_TEXT)]
    subject: _Subject = ""
    timeframe: Timeframe = Timeframe.S1
    recover: _Recover = None


class MuteBody(_Body, frozen=True):
    """The body that mutes a rule until a time (ms, the market's clock); null ends it."""

    until: Annotated[int, Meta(ge=0, le=LATEST)] | None


class AcknowledgeBody(_Body, frozen=True):
    """The body that acknowledges the alert of a subject; without one, all alerts of the rule."""

    subject: _Subject = ""


class ScanBody(_Body, frozen=True, kw_only=True):
    """The body that begins a scan for pairs.

    ``source`` "stored": the newest ``bars`` bars of ``timeframe``, of ``symbols`` (empty: of all). "files": dropped
    files, by their ids. "exchange": the newest ``bars`` candles of length ``candle`` of the ``top`` perpetuals in
    ``quote_asset`` by what was traded of them in the last 24 hours, each of at least ``min_volume``; of ``symbols``
    alone, where some are named. ``keep`` are tested whatever their own tests say; ``fee`` is of one fill.
    """

    source: ScanSource
    symbols: _ScanSymbols = ""
    files: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=MOST_SCAN_FILES)] = ()
    timeframe: Timeframe = Timeframe.M5
    candle: CandleLength = CandleLength.H1
    bars: Annotated[int, Meta(ge=FEWEST_SCAN_BARS, le=MOST_SCAN_BARS)] = 1_000
    top: Annotated[int, Meta(ge=2, le=MOST_SCAN_SYMBOLS)] = 50
    min_volume: Annotated[float, Meta(ge=0, le=1e15)] = 0.0
    quote_asset: Annotated[str, Meta(min_length=1, max_length=20)] = "USDT"
    surrogates: Annotated[int, Meta(ge=0, le=MOST_SURROGATES)] = 100
    max_lags: Annotated[int, Meta(ge=0, le=24)] = 10
    keep: _ScanSymbols = ""
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    fee: Annotated[float, Meta(ge=0, le=0.05)] = 0.0005
