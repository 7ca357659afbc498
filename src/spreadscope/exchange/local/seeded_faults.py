"""Faults at random moments, drawn from a seed.

Every fault draws from a generator of its own, so that asking for one more leaves the others where they were. The draws
repeat with the seed; which frame or request they meet depends on the pace of both sides, as it does on a network.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from spreadscope.exchange.binance_spot.spot_names import is_spot
from spreadscope.exchange.local import fault_payloads as payloads
from spreadscope.exchange.local.fault_spec import BY_NAME, FaultRate, parse_faults
from spreadscope.exchange.local.faults import Announcement, RestFault, Verdict

_FRAME_FAULTS = (
    "drop", "burst", "stall", "duplicate", "conflict", "reorder", "new-keys", "new-event", "missing-key", "coin-m",
)  # fmt: skip
_LATEST = 20  # frames by which a reordered one is late at most
_VERDICTS: dict[str, Verdict] = {
    "reset": "reset", "half-open": "mute", "pings-only": "pings-only", "expire": "expired",
}  # fmt: skip
_LASTING: frozenset[Verdict] = frozenset({"mute", "pings-only"})


class FaultSeverity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How bad a fault is when it happens; seconds, unless a name says otherwise. Bounds are drawn from evenly."""

    retry_after: tuple[int, int] = (1, 3)
    ban: tuple[int, int] = (120, 240)
    slow: tuple[float, float] = (0.05, 0.5)
    rest: tuple[float, float] = (0.3, 1.0)
    halt: tuple[float, float] = (0.3, 1.0)
    lag_frames: tuple[int, int] = (20, 200)
    skew_ms: int = 5_000
    weight: tuple[int, int] = (1, 40)


class _Dice:
    """When one fault happens: how many opportunities pass before the next time."""

    def __init__(self, rng: random.Random, rate: FaultRate) -> None:
        self._rng = rng
        self._rate = rate.rate
        self._left = rate.most
        self._wait = self._draw()

    def roll(self) -> bool:
        self._wait -= 1
        if self._wait > 0 or self._left == 0:
            return False
        if self._left is not None:
            self._left -= 1
        self._wait = self._draw()
        return True

    def _draw(self) -> int:
        return 1 + int(math.log(1.0 - self._rng.random()) / math.log(1.0 - self._rate))


class SeededFaults:
    """The faults of a specification (``fault_spec``), at moments drawn from ``seed``. ``fired`` counts by name.

    A frame meets one fault at most. A fault of a connection ends with it: a client that connects anew is well again.
    """

    active = True

    def __init__(
        self,
        spec: str,
        seed: int,
        *,
        severity: FaultSeverity | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.spec = spec
        self.seed = seed
        self.fired: Counter[str] = Counter()
        self._now = now
        self._bad = severity or FaultSeverity()
        self._rng = random.Random(f"{seed}")  # noqa: S311 - a test's dice, not a secret
        self._dice: dict[str, _Dice] = {}
        self._on_frames: list[str] = []
        self._streams: dict[tuple[int, str], _Stream] = {}
        self._verdicts: dict[int, Verdict] = {}
        self._lags: dict[int, int] = {}
        self._halted: dict[str, float] = {}
        if spec:
            self.ask(spec)

    @property
    def fired_rows(self) -> Counter[int]:
        """How often each row of the table of faults really happened."""
        rows: Counter[int] = Counter()
        for name, count in self.fired.items():
            rows[BY_NAME[name].row] += count
        return rows

    def ask(self, spec: str) -> None:
        """Ask for more, or for other rates, from now on."""
        for name, rate in parse_faults(spec).items():
            self._dice[name] = _Dice(random.Random(f"{self.seed} {name}"), rate)  # noqa: S311 - as above
        self._on_frames = [name for name in _FRAME_FAULTS if name in self._dice]

    def end(self) -> None:
        """Nothing more goes wrong from now on; what is wrong already stays so until its connection ends."""
        self._dice.clear()
        self._on_frames.clear()

    # --- frames -----------------------------------------------------------------------------------------------------

    def frame(self, connection: int, stream: str, payload: bytes) -> tuple[bytes, ...]:
        """The payloads that go out in place of this one."""
        if not stream.endswith("@aggTrade"):
            return (payload,)
        state = self._streams.get((connection, stream))
        if state is None:
            state = self._streams[connection, stream] = _Stream(silent=self._happens("silent"))
        if state.silent:
            return ()
        out = state.released()
        out[:0] = self._spoiled(state, payload, spot=is_spot(stream))
        depth = self._lags.get(connection, 0)
        return tuple(state.late(out, depth) if depth else out)

    def _spoiled(self, state: _Stream, payload: bytes, *, spot: bool) -> list[bytes]:
        """What becomes of the payload of a trade: at most one fault happens to it."""
        if state.losing is not None:
            if payloads.time_of(payload) == state.losing:
                return []
            state.losing = None
        for name in self._on_frames:
            if spot and name == "coin-m":
                continue  # there is one market on Spot's sockets
            if self._happens(name):
                return self._spoil(name, state, payload)
        return [payload]

    def _spoil(self, name: str, state: _Stream, payload: bytes) -> list[bytes]:
        if name == "stall":
            state.silent = True
        elif name == "burst":
            state.losing = payloads.time_of(payload)
        elif name == "reorder":
            state.hold(payload, self._rng.randint(1, _LATEST))
        elif name != "drop":
            return _COPIES[name](payload)
        return []

    # --- requests ---------------------------------------------------------------------------------------------------

    def request(self, path: str, now_ms: int) -> RestFault | None:
        """What happens to a REST request: one fault at most."""
        for name, (route, make) in _ANSWERS.items():
            if path.endswith(route) and not (name == "too-old" and path.startswith(_KEEPS_ALL)) and self._happens(name):
                return make(self._rng, self._bad, now_ms)
        return None

    # --- connections and the market ---------------------------------------------------------------------------------

    def connection(self, connection: int, age_s: float) -> Verdict:
        """What happens to a connection; a half-open one, or one that only answers pings, stays so."""
        held = self._verdicts.get(connection)
        if held is not None:
            return held
        if age_s == 0:  # it has just been opened: a fault before the first byte would be a refused connection
            return "open"
        for name, verdict in _VERDICTS.items():
            if self._happens(name):
                if verdict in _LASTING:
                    self._verdicts[connection] = verdict
                return verdict
        if connection not in self._lags and self._happens("lag"):
            self._lags[connection] = self._rng.randint(*self._bad.lag_frames)
        return "open"

    def market(self, symbols: Sequence[str]) -> tuple[Announcement, ...]:
        """Which symbols are halted or trade again; asked four times a second."""
        now = self._now()
        over = [symbol for symbol, until in self._halted.items() if until <= now]
        for symbol in over:
            del self._halted[symbol]
        news = [Announcement(symbol, "TRADING") for symbol in over]
        trading = [symbol for symbol in symbols if symbol not in self._halted]
        if trading and self._happens("halt"):
            symbol = self._rng.choice(trading)
            self._halted[symbol] = now + self._rng.uniform(*self._bad.halt)
            news.append(Announcement(symbol, "SETTLING"))
        return tuple(news)

    def rest_s(self) -> float:
        """For how long the whole market rests from now on."""
        return self._rng.uniform(*self._bad.rest) if self._happens("maintenance") else 0.0

    def _happens(self, name: str) -> bool:
        dice = self._dice.get(name)
        if dice is None or not dice.roll():
            return False
        self.fired[name] += 1
        return True


class _Stream:
    """One stream on one connection."""

    __slots__ = ("_held", "_late", "losing", "silent")

    def __init__(self, *, silent: bool) -> None:
        self.silent = silent
        self.losing: int | None = None  # the millisecond whose trades are being lost
        self._held: list[tuple[int, bytes]] = []
        self._late: list[bytes] = []

    def hold(self, payload: bytes, frames: int) -> None:
        """Keep a payload back for so many frames."""
        self._held.append((frames, payload))

    def released(self) -> list[bytes]:
        """One more frame has come: the payloads that were held back until now."""
        if not self._held:
            return []
        out = [payload for frames, payload in self._held if frames <= 1]
        self._held = [(frames - 1, payload) for frames, payload in self._held if frames > 1]
        return out

    def late(self, out: list[bytes], depth: int) -> list[bytes]:
        """Put payloads into a queue of ``depth``: what comes out is that much behind."""
        self._late += out
        excess = max(len(self._late) - depth, 0)
        ready, self._late = self._late[:excess], self._late[excess:]
        return ready


def _refused(status: int, seconds: int, text: str) -> RestFault:
    body = msgspec.json.encode({"code": -1003, "msg": text})
    return RestFault(status=status, body=body, headers=(("Retry-After", str(seconds)),))


def _server_error(rng: random.Random) -> RestFault:
    body = rng.choice((b"", b'{"code":-1000,"msg":"An unknown error occurred"}'))
    return RestFault(status=rng.choice((500, 502, 503, 504)), body=body)


def _page(rng: random.Random) -> RestFault:
    body = b"<html><body><h1>Bad gateway</h1></body></html>"
    return RestFault(status=rng.choice((200, 502)), body=body, content_type="text/html")


def _cut_short(rng: random.Random) -> RestFault:
    if rng.random() < 0.5:
        return RestFault(cut_after=rng.randint(0, 40))
    return RestFault(status=200, body=b'[{"a":5,"p":"1.0","q":"2.0","f":')


def _skewed(rng: random.Random, bad: FaultSeverity, now_ms: int) -> RestFault:
    off = rng.randint(-bad.skew_ms, bad.skew_ms)
    return RestFault(status=200, body=b'{"serverTime":%d}' % (now_ms + off))


_KEEPS_ALL = "/api/"  # Spot keeps every trade, and never says that one is too old
_TOO_OLD = RestFault(status=400, body=b'{"code":-4166,"msg":"Search window is restricted to recent 48 hours."}')

# What a trade's payload becomes; the original stands before a copy of the same id with other content.
_COPIES: dict[str, Callable[[bytes], list[bytes]]] = {
    "duplicate": lambda payload: [payload, payload],
    "conflict": lambda payload: [payload, payloads.with_another_price(payload)],
    "new-keys": lambda payload: [payloads.with_new_keys(payload)],
    "new-event": lambda payload: [payloads.NEW_EVENT, payload],
    "missing-key": lambda payload: [payloads.without_price(payload)],
    "coin-m": lambda payload: [payloads.coin_margined(payload), payload],
}

# What a request gets: the route it can happen to (as its end), and the answer.
_ANSWERS: dict[str, tuple[str, Callable[[random.Random, FaultSeverity, int], RestFault]]] = {
    "429": ("", lambda rng, bad, _: _refused(429, rng.randint(*bad.retry_after), "Too many requests")),
    "418": ("", lambda rng, bad, _: _refused(418, rng.randint(*bad.ban), "Way too many requests; IP banned")),
    "too-old": ("/aggTrades", lambda *_: _TOO_OLD),
    "skew": ("/time", _skewed),
    "5xx": ("", lambda rng, *_: _server_error(rng)),
    "html": ("", lambda rng, *_: _page(rng)),
    "truncated": ("", lambda rng, *_: _cut_short(rng)),
    "slow": ("", lambda rng, bad, _: RestFault(delay_s=rng.uniform(*bad.slow))),
    "weight": ("", lambda rng, bad, _: RestFault(extra_weight=rng.randint(*bad.weight))),
}
