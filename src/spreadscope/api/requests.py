"""What a client may say on the socket: any bytes are a request or one sentence."""

from __future__ import annotations

from typing import get_args

import msgspec

from spreadscope.api.topics import STATE_TOPICS
from spreadscope.contract import Ref, Request
from spreadscope.contract.messages import LARGEST_REQUEST as LARGEST_FRAME
from spreadscope.contract.messages import LONGEST_TEXT, Operation
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.instrument import Pair, parse_pair
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe, parse_timeframe

LONGEST_FRAME = 16 * LARGEST_FRAME  # bytes; what is longer ends the socket (1009)
_LARGEST_REF = 2**53  # what JSON can carry everywhere

_OPERATIONS: tuple[Operation, ...] = get_args(Operation)
PLAIN_TOPICS = frozenset({*STATE_TOPICS, "alerts"})


class _Sent(msgspec.Struct):
    """What is looked for in a message, of whatever kind it is."""

    op: object = None
    topic: object = ""
    ref: object = None


class RequestError(SpreadscopeError):
    """A message that is no request. ``topic`` and ``ref`` are what could be read of it."""

    def __init__(self, message: str, topic: str = "", ref: Ref = None) -> None:
        super().__init__(message)
        self.topic = topic
        self.ref = ref


def read(raw: str | None) -> Request:
    """Read a message; None stands for a binary one. Raises ``RequestError``."""
    if raw is None:
        raise RequestError("a binary message is no request: send JSON text")
    if len(raw) > LARGEST_FRAME:
        raise RequestError(f"a message of {len(raw)} characters is no request: at most {LARGEST_FRAME} are read")
    try:
        sent = msgspec.json.decode(raw, type=_Sent)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise RequestError(f"not a JSON object with op and topic: {error}") from None
    except RecursionError:
        raise RequestError("not a JSON object with op and topic: it is nested too deeply") from None
    ref, topic, op = _ref(sent.ref), sent.topic, sent.op
    if not isinstance(topic, str) or len(topic) > LONGEST_TEXT:
        raise RequestError(f"topic is a text of at most {LONGEST_TEXT} characters", ref=ref)
    known = next((each for each in _OPERATIONS if each == op), None)
    if known is None:
        named = f"{op!r:.20}" if isinstance(op, str) else "of another kind than a text"
        raise RequestError(f"unknown op {named}: use subscribe, unsubscribe or snapshot", topic, ref)
    return Request(known, topic, ref)


def pair_topic(topic: str) -> tuple[Pair, Timeframe]:
    """The pair and the timeframe of a topic. Raises ``SpreadscopeError``, also for one that is not spelt as we spell it.

    A topic has one spelling, for a client counts its topics, and matches what it is sent, by their names.
    """
    kind, _, rest = topic.partition(":")
    name, _, frame = rest.rpartition(":")
    if kind != "pair" or not name:
        frames = ", ".join(TIMEFRAMES)
        plain = ", ".join(sorted(PLAIN_TOPICS))
        raise SpreadscopeError(f"unknown topic {topic!r}: use {plain} or pair:Y/X:TIMEFRAME ({frames})")
    pair, timeframe = parse_pair(name), parse_timeframe(frame)
    if topic != name_of(pair, timeframe):
        raise SpreadscopeError(f"unknown topic {topic!r}: write it {name_of(pair, timeframe)}")
    return pair, timeframe


def name_of(pair: Pair, timeframe: Timeframe) -> str:
    """The topic of a pair's timeframe."""
    return f"pair:{pair}:{timeframe}"


def _ref(ref: object) -> Ref:
    if ref is None or (isinstance(ref, str) and len(ref) <= LONGEST_TEXT):
        return ref
    if isinstance(ref, int) and abs(ref) <= _LARGEST_REF:
        return ref
    raise RequestError(f"ref is a text of at most {LONGEST_TEXT} characters")
