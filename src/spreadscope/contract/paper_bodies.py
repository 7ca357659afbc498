"""The bodies of requests of paper trading. Bounds that the engine checks itself are only described here."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from spreadscope.contract.bodies import OF_PAIR
from spreadscope.model.sliced_orders import LONGEST_TWAP_MINUTES, MOST_RUNGS, MOST_SLICES
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import LONGEST_REASON
from spreadscope.model.trading_states import Execution, SpreadMeasure, TradingMode

LONGEST_COMMENT = 2_000
LONGEST_TAG = 30
MOST_TAGS = 20
LARGEST_NOTIONAL = 1e9
MOST_GOOD_MINUTES = 30 * 1_440

_Reason = Annotated[
    str, Meta(extra_json_schema={"minLength": 1, "maxLength": LONGEST_REASON, "pattern": r"[^\s\x1c-\x1f\x85]"})
]
_Pair = Annotated[str, Meta(extra_json_schema=OF_PAIR)]
_Level = Annotated[float, Meta(ge=-1_000, le=1_000)] | None
_SpreadLevel = Annotated[float, Meta(ge=-1e12, le=1e12)]
_Notional = Annotated[float, Meta(gt=0, lt=LARGEST_NOTIONAL)] | None
_Money = Annotated[float, Meta(ge=0, lt=LARGEST_NOTIONAL)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request body, which refuses unknown fields."""


class AccountBody(_Body, frozen=True, kw_only=True):
    """The body that opens an account, or changes its settings. Settings that are not given stay; of a new account they
    are those of ``[paper]``."""

    settings: dict[Annotated[str, Meta(max_length=60)], bool | int | float | Annotated[str, Meta(max_length=60)]] = {}


class TradingModeBody(_Body, frozen=True, kw_only=True):
    """The body that sets what signals of a pair at a timeframe do."""

    pair: _Pair
    timeframe: Timeframe
    mode: TradingMode


class LadderBody(_Body, frozen=True, kw_only=True):
    """Rungs at equal distances between two levels of what the spread can be had for, of z or of the ratio Y/X.

    ``shares`` are the parts of the notional by rung, in any unit (empty: equal ones).
    """

    measure: SpreadMeasure = SpreadMeasure.Z
    first: _SpreadLevel
    last: _SpreadLevel
    rungs: Annotated[int, Meta(ge=2, le=MOST_RUNGS)]
    shares: Annotated[tuple[Annotated[float, Meta(gt=0, le=1e6)], ...], Meta(max_length=MOST_RUNGS)] = ()


class TwapBody(_Body, frozen=True, kw_only=True):
    """Equal slices over a time, each sent at the beginning of its part of it, with a ``limit`` only while the spread
    can be had there or beyond."""

    slices: Annotated[int, Meta(ge=2, le=MOST_SLICES)]
    minutes: Annotated[int, Meta(ge=1, le=LONGEST_TWAP_MINUTES)]
    measure: SpreadMeasure = SpreadMeasure.Z
    limit: _SpreadLevel | None = None


class OpenTradeBody(_Body, frozen=True, kw_only=True):
    """The body that opens a pair trade: ``side`` 1 buys the spread, -1 sells it.

    ``notional`` is the size of leg y in USDT, ``execution`` how the legs are sent (null: as the account's settings
    say). ``take_profit`` and ``stop`` are levels of z towards and against the position, ``stop_loss`` is an amount in
    USDT (0: none). With a ``limit_z`` it waits until z can be had there or beyond, at the best bids and asks and for
    its size, for ``good_minutes`` (0: until it is declined). As a ``ladder``, also for so long, or as a ``twap`` it is
    sent in slices, which enter one trade.
    """

    pair: _Pair
    timeframe: Timeframe
    side: Literal[1, -1]
    notional: _Notional = None
    execution: Execution | None = None
    take_profit: _Level = None
    stop: _Level = None
    stop_loss: _Money = 0.0
    limit_z: _Level = None
    good_minutes: Annotated[int, Meta(ge=0, le=MOST_GOOD_MINUTES)] = 0
    ladder: LadderBody | None = None
    twap: TwapBody | None = None


class CloseTradeBody(_Body, frozen=True, kw_only=True):
    """The body that closes a share of a pair trade."""

    percent: Annotated[int, Meta(ge=1, le=100)] = 100
    reason: _Reason = "closed by hand"


class AnswerBody(_Body, frozen=True):
    """The body that accepts or declines a signal that waits."""

    accept: bool


class ReasonBody(_Body, frozen=True):
    """The body that pulls the kill switch, resets it, or closes all trades: why."""

    reason: _Reason


class CommentBody(_Body, frozen=True, kw_only=True):
    """The body that replaces the comment and the tags of a pair trade."""

    comment: Annotated[str, Meta(max_length=LONGEST_COMMENT)] = ""
    tags: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=LONGEST_TAG)], ...], Meta(max_length=MOST_TAGS)
    ] = ()
