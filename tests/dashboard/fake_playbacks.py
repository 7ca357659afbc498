"""The playbacks of the fake engine: what can be played, what plays, and where its transport stands."""

from __future__ import annotations

from typing import Any

from spreadscope.contract import RunState
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_answers import RefusalError

START = NOW - 3_600_000
MOST = 2


class FakePlaybacks:
    """Tests set ``sessions``, ``tapes`` and the states of ``runs``, and read ``bodies`` and ``commands``."""

    def __init__(self) -> None:
        self.sessions: list[dict[str, Any]] = []
        self.tapes: list[dict[str, Any]] = []
        self.runs: dict[str, dict[str, Any]] = {}
        self.bodies: list[dict[str, Any]] = []
        self.commands: list[dict[str, Any]] = []
        self.no_session_then = False
        self.inside = False
        """Whether the request is to a playback, not to the live engine."""
        self.transport: dict[str, Any] = {
            "title": "session 1", "session": 1, "state": "paused", "speed": 1.0, "time": START, "start": START,
            "end": NOW, "fraction": None, "progress": "", "marks": 1, "hash": "", "equal": None, "error": None,
        }  # fmt: skip

    def add_session(self, number: int, *, running: bool = False) -> None:
        self.sessions.insert(
            0,
            {
                "session": number, "started": START, "ended": NOW, "version": "0.1.0", "start": START, "end": NOW,
                "facts": 100, "trades": 1_000, "running": running,
            },
        )  # fmt: skip

    def add_tape(self, symbol: str) -> None:
        self.tapes.append({"symbol": symbol, "start": START, "end": NOW, "parts": 1})

    def within(self, address: str) -> str:
        """The address below the path of a playback, which answers as the engine does. Raises ``RefusalError``."""
        self.inside = address.startswith("/playbacks/")
        if not self.inside:
            return address
        _, _, key, *rest = address.split("/")
        if key not in self.runs:
            raise RefusalError(404, f"there is no playback {key!r}")
        return "/" + "/".join(rest)

    def answer(self, method: str, rest: list[str], body: Any) -> Any:
        match (method, rest):
            case ("GET", ["playable"]):
                return {"sessions": self.sessions, "tapes": self.tapes}
            case ("GET", ["playbacks"]):
                return list(reversed(self.runs.values()))
            case ("POST", ["playbacks"]):
                return self._start(body)
            case ("DELETE", ["playbacks", key]):
                if self.runs.pop(key, None) is None:
                    raise RefusalError(404, f"there is no playback {key!r}: it has ended already")
                return None
            case (_, ["playback", *_]) if not self.inside:
                raise RefusalError(404, "this engine is live: a playback is started with POST /api/playbacks")
            case ("GET", ["playback"]):
                return self.transport
            case ("PUT", ["playback"]):
                self.commands.append(body)
                return self.transport
            case ("GET", ["playback", "marks"]):
                return [
                    {
                        "kind": "signal", "time": NOW - 60_000, "at": None, "subject": "BTCUSDT/ETHUSDT",
                        "timeframe": "1m", "text": "BUY_SPREAD: z -2.50 beyond ±2",
                    }
                ]  # fmt: skip
            case _:
                raise RefusalError(404, f"there is no {'/'.join(rest)}")

    def _start(self, body: dict[str, Any]) -> dict[str, Any]:
        self.bodies.append(body)
        if (body.get("session") or 0) > 90:
            raise RefusalError(422, f"there is no session {body['session']}: none is stored")
        if self.no_session_then and not body.get("pairs"):
            raise RefusalError(422, "no stored session was there at that time: choose a session")
        if len(self.runs) >= MOST:
            raise RefusalError(409, f"{MOST} playbacks are open already: end one first")
        key = f"a{len(self.bodies)}"
        self.runs[key] = {
            "id": key, "title": f"session {body.get('session') or 1}", "path": f"/playbacks/{key}",
            "state": RunState.READY, "error": None, "created": NOW, "unused_seconds": 0.0,
            "ends_after_seconds": 900.0,
        }  # fmt: skip
        return self.runs[key]
