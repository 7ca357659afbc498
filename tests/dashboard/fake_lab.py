"""The lab of the engine's double: studies that are as far as a test says, and no computation."""

from __future__ import annotations

from typing import Any

from spreadscope.model.config import Config
from spreadscope.model.parameter_layers import ParameterLayers
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.lab.study_settings import StudySettings
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_answers import RefusalError

MINUTE = 60_000


class FakeLab:
    """Tests set ``state``, ``error`` and ``report``, and read the ``bodies`` of what was started."""

    def __init__(self) -> None:
        self.state = "running"
        self.fraction: float | None = 0.25
        self.error: str | None = None
        self.refusal = ""
        self.stored = ("BTCUSDT", "ETHUSDT")
        self.known = {"kept"}
        self.bodies: list[dict[str, Any]] = []
        self.report: dict[str, Any] = {"files": [], "spans": []}

    def answer(self, method: str, kind: str, rest: list[str], query: dict[str, list[str]], body: Any) -> Any:
        match (method, kind, rest):
            case ("GET", "study-defaults", []):
                return self._defaults(query)
            case ("GET", "dropped-files", [job_id]) if job_id in self.known:
                return self.report
            case ("POST", "jobs", ["dropped-files"]) if not body["files"]:
                raise RefusalError(422, "name 1 to 8 dropped files, not 0")
            case ("POST", "jobs", [name]):
                if self.refusal:
                    raise RefusalError(422, self.refusal)
                self.bodies.append(body)
                self.known.add("new")
                return self._job("new", name)
            case ("POST", "jobs", [job_id, "cancel"]) if job_id in self.known:
                self.state = "cancelled"
                return self._job(job_id, "study")
            case ("GET", "jobs", [job_id]) if job_id in self.known:
                return self._job(job_id, "study")
            case _:
                raise RefusalError(404, f"there is no job {rest[0]!r}: it is forgotten a while after its end")

    def _defaults(self, query: dict[str, list[str]]) -> dict[str, Any]:
        pair = query.get("pair", [""])[0]
        if pair and "/" not in pair:
            raise RefusalError(400, f"malformed pair {pair!r}: write Y/X, for example BTCUSDT/ETHUSDT")
        return {
            "settings": StudySettings(ParameterLayers(Config()).of("", Timeframe.M1), 0.0).shown(),
            "symbols": list(self.stored),
            "spans": [
                {"symbol": symbol, "timeframe": query["timeframe"][0], "first": NOW - 9_000 * MINUTE, "last": NOW}
                for symbol in pair.split("/")
                if symbol in self.stored
            ],
            "most_rows": 100_000,
        }

    def _job(self, job_id: str, kind: str) -> dict[str, Any]:
        done = self.state == "done"
        return {
            "id": job_id,
            "kind": kind,
            "title": "study of BTCUSDT/ETHUSDT at 1m",
            "state": self.state,
            "demo": False,
            "created": NOW,
            "started": NOW,
            "ended": None if self.state in {"waiting", "running"} else NOW,
            "fraction": self.fraction,
            "progress": "250 of 1,000 rows",
            "error": self.error,
            "results": [{"name": name, "size": 10} for name in ("study.json", "table-a.csv", "table-a.parquet")]
            if done
            else [],
        }
