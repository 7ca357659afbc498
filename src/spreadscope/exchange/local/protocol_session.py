"""One WebSocket connection's protocol state: what came in goes in, what to send comes out. No sockets, no clock."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple

import msgspec

from spreadscope.exchange.local.stream_names import SocketAddress, serves, stream_on

UNKNOWN_PROPERTY: Final = 0
INVALID_VALUE: Final = 1
INVALID_REQUEST: Final = 2
INVALID_JSON: Final = 3
TOO_MANY: Final = 4
POLICY_VIOLATION: Final = 1008
GOING_AWAY: Final = 1001
_METHODS: Final = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_LONGEST_ID: Final = 36  # characters of a text id: a UUID
_LARGEST_ID: Final = (1 << 64) - 1

# What a client may number its requests with; it is sent back as it came.
RequestId = int | str | None


class SessionLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange's limits for a connection; times in seconds.

    ``burst`` messages at once pass, then ``messages_per_s``: documented are 10 a second, measured 15 answers to 40 at
    once. ``pongs_count``: a pong is a message too. The first ping comes after ``first_ping_s``, the next every
    ``ping_every_s`` (measured 140 and 180).
    """

    streams: int = 1024
    messages_per_s: float = 10
    burst: int = 15
    first_ping_s: float = 140
    ping_every_s: float = 180
    pong_timeout_s: float = 600
    lifetime_s: float = 24 * 3600
    pongs_count: bool = False


#: Spot's: five messages a second, pongs among them, and a ping every 20 s that is to be answered within a minute.
SPOT_LIMITS: Final = SessionLimits(
    messages_per_s=5, burst=5, first_ping_s=20, ping_every_s=20, pong_timeout_s=60, pongs_count=True
)


class Close(NamedTuple):
    """A close frame."""

    code: int
    reason: str


class Output(NamedTuple):
    """What the connection must do, in this order: send, change what it delivers, close.

    ``requested`` are the names that were newly acknowledged, ``subscribed`` the streams of those that this route
    delivers, and ``wrapped`` whether payloads go out in the combined form from now on (None: as before).
    """

    send: tuple[tuple[Literal["text", "ping", "pong"], bytes], ...] = ()
    subscribed: tuple[str, ...] = ()
    unsubscribed: tuple[str, ...] = ()
    close: Close | None = None
    requested: tuple[str, ...] = ()
    wrapped: bool | None = None


class ProtocolSession:
    """The protocol of one connection. ``now`` is any monotonic clock in seconds, ``wall_ms`` the time in a ping."""

    def __init__(self, target: SocketAddress, limits: SessionLimits, now: float) -> None:
        self.target = target
        self.limits = limits
        self.wrapped = target.wrapped
        self._streams: dict[str, None] = {}  # an ordered set
        self._tokens = float(limits.burst)
        self._refilled = now
        self._opened = now
        self._next_ping = now + limits.first_ping_s
        self._unanswered: dict[bytes, float] = {}

    @property
    def streams(self) -> tuple[str, ...]:
        """Everything subscribed, silent names included."""
        return tuple(self._streams)

    def open(self) -> Output:
        """Subscribe to what the address names."""
        return self._subscribe(self.target.streams, (), None)

    def text(self, data: bytes, now: float) -> Output:
        """A text message from the client."""
        if not self._admitted(now):
            return Output(close=Close(POLICY_VIOLATION, "Too many requests"))
        try:
            request = _parse(data)
        except _RefusedError as refusal:
            return refusal.output
        if request.method == "SUBSCRIBE":
            return self._subscribe(request.names, _texts(_result(None, request.id)), request)
        if request.method == "UNSUBSCRIBE":
            return self._unsubscribe(request)
        if request.method == "SET_PROPERTY":
            self.wrapped = request.value
            return Output(send=_texts(_result(None, request.id)), wrapped=request.value)
        said = self.wrapped if request.method == "GET_PROPERTY" else list(self._streams)
        return Output(send=_texts(_result(said, request.id)))

    def ping(self, payload: bytes, now: float) -> Output:
        """A ping from the client: it counts as a message and its payload is echoed."""
        if not self._admitted(now):
            return Output(close=Close(POLICY_VIOLATION, "Too many requests"))
        return Output(send=(("pong", payload),))

    def pong(self, payload: bytes, now: float) -> Output:
        """A pong: only an echo of one of our pings proves that the client is there."""
        if self.limits.pongs_count and not self._admitted(now):
            return Output(close=Close(POLICY_VIOLATION, "Too many requests"))
        if payload in self._unanswered:
            self._unanswered.clear()
        return Output()

    def tick(self, now: float, wall_ms: int) -> Output:
        """Do what is due by the clock: ping, give up on a silent client, end a connection that is too old."""
        if now - self._opened >= self.limits.lifetime_s:
            return Output(close=Close(GOING_AWAY, "24 hours limit reached"))
        if self._unanswered and now - next(iter(self._unanswered.values())) >= self.limits.pong_timeout_s:
            return Output(close=Close(POLICY_VIOLATION, "Pong timeout"))
        if now >= self._next_ping:
            self._next_ping += self.limits.ping_every_s
            payload = b"%d" % wall_ms
            self._unanswered[payload] = now
            return Output(send=(("ping", payload),))
        return Output()

    def next_deadline(self) -> float:
        """When :meth:`tick` has something to do."""
        due = min(self._opened + self.limits.lifetime_s, self._next_ping)
        if self._unanswered:
            due = min(due, next(iter(self._unanswered.values())) + self.limits.pong_timeout_s)
        return due

    def _admitted(self, now: float) -> bool:
        limits = self.limits
        self._tokens = min(float(limits.burst), self._tokens + (now - self._refilled) * limits.messages_per_s)
        self._refilled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _subscribe(self, names: Iterable[str], answer: _Sent, request: _Request | None) -> Output:
        fresh = tuple(name for name in dict.fromkeys(names) if name not in self._streams)
        if len(self._streams) + len(fresh) > self.limits.streams:
            text = f"Too many streams: at most {self.limits.streams}"
            refusal = _refusal(TOO_MANY, text, () if request is None else (request.id,))
            return refusal._replace(close=Close(POLICY_VIOLATION, "Too many streams"))
        self._streams.update(dict.fromkeys(fresh))
        return Output(send=answer, subscribed=self._delivered(fresh), requested=fresh)

    def _unsubscribe(self, request: _Request) -> Output:
        gone = tuple(name for name in dict.fromkeys(request.names) if name in self._streams)
        for name in gone:
            del self._streams[name]
        return Output(send=_texts(_result(None, request.id)), unsubscribed=self._delivered(gone))

    def _delivered(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Only these ever get data: on the wrong route or misspelt, a stream is acknowledged and stays silent."""
        route = self.target.route
        return tuple(stream for name in names if serves(route, stream := stream_on(route, name)))


_Sent = tuple[tuple[Literal["text"], bytes], ...]


class _Request(NamedTuple):
    id: RequestId
    method: str
    names: tuple[str, ...] = ()
    value: bool = False


class _RefusedError(Exception):
    """A control message that is answered with an error."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self.output = output


def _parse(data: bytes) -> _Request:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        # Here the exchange sends the bare form: it cannot know an id.
        answer = _dump({"code": INVALID_JSON, "msg": f"Invalid JSON: {error}"})
        raise _RefusedError(Output(send=_texts(answer))) from error
    if not isinstance(message, dict):
        raise _refused("expected an object")
    identifier, method, params = message.get("id"), message.get("method"), message.get("params")
    if not _is_id(identifier):
        raise _refused("request ID must be an unsigned integer, a text of 1 to 36 characters, or null")
    if method not in _METHODS:
        raise _refused(f"unknown variant `{method}`, expected one of " + ", ".join(_METHODS), identifier)
    if method == "LIST_SUBSCRIPTIONS":
        return _Request(identifier, method)
    if method in {"SET_PROPERTY", "GET_PROPERTY"}:
        return _property(identifier, method, params)
    if not isinstance(params, list) or not all(isinstance(name, str) for name in params):
        raise _refused("params must be an array of strings", identifier)
    return _Request(identifier, method, tuple(params))


def _property(identifier: RequestId, method: str, params: Any) -> _Request:
    """``["combined", true]`` to set, ``["combined"]`` to get: the exchange has no other property."""
    if not isinstance(params, list) or len(params) != (2 if method == "SET_PROPERTY" else 1):
        raise _refused("params must be an array of the property's name and, to set it, its value", identifier)
    if not isinstance(params[0], str):
        raise _refused("property name must be a string", identifier)
    if params[0] != "combined":
        raise _RefusedError(_refusal(UNKNOWN_PROPERTY, "Unknown property", (identifier,)))
    if method == "GET_PROPERTY":
        return _Request(identifier, method)
    if not isinstance(params[1], bool):
        raise _RefusedError(_refusal(INVALID_VALUE, "Invalid value type: expected Boolean", (identifier,)))
    return _Request(identifier, method, value=params[1])


def _is_id(identifier: Any) -> bool:
    """An unsigned integer, as the documents say, a short text, as Binance's own clients send, or null."""
    if isinstance(identifier, str):
        return 0 < len(identifier) <= _LONGEST_ID
    if isinstance(identifier, bool):
        return False
    return identifier is None or (isinstance(identifier, int) and 0 <= identifier <= _LARGEST_ID)


def _refused(text: str, *identifier: RequestId) -> _RefusedError:
    return _RefusedError(_refusal(INVALID_REQUEST, f"Invalid request: {text}", identifier))


def _dump(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _texts(message: bytes) -> _Sent:
    return (("text", message),)


def _result(result: Any, identifier: RequestId) -> bytes:
    return _dump({"result": result, "id": identifier})


def _refusal(code: int, text: str, identifier: tuple[RequestId, ...]) -> Output:
    """An error; ``identifier`` is empty where the request's own could not be read."""
    message: dict[str, Any] = {"error": {"code": code, "msg": text}}
    if identifier:
        message["id"] = identifier[0]
    return Output(send=_texts(_dump(message)))
