"""Parameters: settings of statistics and signals by pair and timeframe, and the preview of a change."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from spreadscope.contract.bodies import OF_PAIR, OF_PAIR_OR_NONE
from spreadscope.contract.market import Signal
from spreadscope.contract.status import AnalyticsSettings, SignalSettings
from spreadscope.model.states import SettingKind
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.model.validity import Value

ParameterValue = bool | int | float | str
_MAX_TEXT = 60
_Values = dict[
    Annotated[str, Meta(max_length=_MAX_TEXT)], bool | int | float | Annotated[str, Meta(max_length=_MAX_TEXT)]
]
_PairOrAll = Annotated[str, Meta(max_length=200, extra_json_schema=dict(OF_PAIR_OR_NONE))]
_TimeframeOrAll = Annotated[str, Meta(max_length=2, examples=["", "1m"], extra_json_schema={"enum": ["", *TIMEFRAMES]})]


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter with its value for one pair and timeframe.

    ``layer`` is the value of the requested scope's own layer (null: it has none), ``source`` says in words which layer
    the value is from. ``low`` and ``high`` bound a number.
    """

    key: str
    kind: SettingKind
    value: ParameterValue
    layer: ParameterValue | None
    source: str
    default: ParameterValue
    help: str
    choices: tuple[str, ...]
    low: float | None
    high: float | None


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a pair (empty: one without its own) at a timeframe, with the windows in rows, and where each value
    is from."""

    pair: str
    timeframe: Timeframe
    analytics: AnalyticsSettings
    signals: SignalSettings
    parameters: list[Parameter]


class ParametersBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body that replaces the layer of a pair (empty: of all) at a timeframe (empty: at all); without values it is
    removed."""

    pair: _PairOrAll = ""
    timeframe: _TimeframeOrAll = ""
    values: _Values


class ParameterTrialBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body of a preview: the values that the layer of a pair at a timeframe would have."""

    pair: Annotated[str, Meta(max_length=200, extra_json_schema=dict(OF_PAIR))]
    timeframe: Timeframe
    values: _Values


class ParameterTrial(msgspec.Struct, frozen=True, kw_only=True):
    """The stored bars under one set of parameters, as a run with them would have had them: spread and z by time (ms),
    the signals among them, and every statistic of the newest row by its key."""

    analytics: AnalyticsSettings
    signals: SignalSettings
    times: list[int]
    spread: list[float | None]
    z: list[float | None]
    newest: dict[str, Value]
    trades: list[Signal]


class ParameterPreview(msgspec.Struct, frozen=True, kw_only=True):
    """The same bars with the parameters that hold now, and with those of a change."""

    pair: str
    timeframe: Timeframe
    now: ParameterTrial
    then: ParameterTrial
    problem: str
