"""The requests of a client on the socket: any text becomes a request or one error sentence."""

from __future__ import annotations

from typing import get_args

import msgspec

from spreadscope.api.paper_topic import PREFIX as PAPER
from spreadscope.api.topics import STATE_TOPICS
from spreadscope.api.watch_topic import WATCH_TOPICS
from spreadscope.contract import Ref, Request
from spreadscope.contract.messages import LARGEST_REQUEST as LARGEST_FRAME
from spreadscope.contract.messages import LONGEST_TEXT, Operation
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.instrument import Pair, parse_pair
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe, parse_timeframe

MAX_FRAME_BYTES = 16 * LARGEST_FRAME  # a longer frame closes the socket (1009)
_LARGEST_REF = 2**53  # the largest integer that every JSON reader keeps exactly

_OPERATIONS: tuple[Operation, ...] = get_args(Operation)
PLAIN_TOPICS = frozenset({*STATE_TOPICS, *WATCH_TOPICS, "alerts"})


class _Fields(msgspec.Struct):
    """The fields of a message, of any type."""

    op: object = None
    topic: object = ""
    ref: object = None


class RequestError(SpreadscopeError):
    """The error of a message that is no request. ``topic`` and ``ref`` are the fields that could be read."""

    def __init__(self, message: str, topic: str = "", ref: Ref = None) -> None:
        super().__init__(message)
        self.topic = topic
        self.ref = ref


def parse_request(raw: str | None) -> Request:
    """Returns the request of a message; None stands for a binary message. Raises ``RequestError``."""
    if raw is None:
        raise RequestError("a binary message is no request: send JSON text")
    if len(raw) > LARGEST_FRAME:
        raise RequestError(f"a message of {len(raw)} characters is no request: at most {LARGEST_FRAME} are read")
    try:
        fields = msgspec.json.decode(raw, type=_Fields)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise RequestError(f"not a JSON object with op and topic: {error}") from None
    except RecursionError:
        raise RequestError("not a JSON object with op and topic: it is nested too deeply") from None
    ref, topic, op = _ref(fields.ref), fields.topic, fields.op
    if not isinstance(topic, str) or len(topic) > LONGEST_TEXT:
        raise RequestError(f"topic is a text of at most {LONGEST_TEXT} characters", ref=ref)
    operation = next((name for name in _OPERATIONS if name == op), None)
    if operation is None:
        op_text = f"{op!r:.20}" if isinstance(op, str) else "of another kind than a text"
        raise RequestError(f"unknown op {op_text}: use subscribe, unsubscribe or snapshot", topic, ref)
    return Request(operation, topic, ref)


def is_of_pair(topic: str) -> bool:
    """Returns whether a topic is that of a pair, or is none at all."""
    return topic not in PLAIN_TOPICS and not is_of_account(topic)


def is_of_account(topic: str) -> bool:
    """Returns whether a topic is that of a paper account."""
    return topic.startswith(PAPER)


def pair_topic(topic: str) -> tuple[Pair, Timeframe]:
    """Returns pair and timeframe of a topic. Raises ``SpreadscopeError``, also for another spelling.

    A topic has one spelling, because clients count topics and match updates by name.
    """
    kind, _, rest = topic.partition(":")
    name, _, frame = rest.rpartition(":")
    if kind != "pair" or not name:
        frames = ", ".join(TIMEFRAMES)
        topics = ", ".join(sorted(PLAIN_TOPICS))
        raise SpreadscopeError(f"unknown topic {topic!r}: use {topics}, paper:ACCOUNT or pair:Y/X:TIMEFRAME ({frames})")
    pair, timeframe = parse_pair(name), parse_timeframe(frame)
    if topic != topic_name(pair, timeframe):
        raise SpreadscopeError(f"unknown topic {topic!r}: write it {topic_name(pair, timeframe)}")
    return pair, timeframe


def topic_name(pair: Pair, timeframe: Timeframe) -> str:
    """Returns the topic of a pair and timeframe."""
    return f"pair:{pair}:{timeframe}"


def _ref(ref: object) -> Ref:
    if ref is None or (isinstance(ref, str) and len(ref) <= LONGEST_TEXT):
        return ref
    if isinstance(ref, int) and abs(ref) <= _LARGEST_REF:
        return ref
    raise RequestError(f"ref is a text of at most {LONGEST_TEXT} characters")
