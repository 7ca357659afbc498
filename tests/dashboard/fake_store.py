"""What the store of the engine's double holds: days, sizes, sessions, rates, and the jobs about them."""

from __future__ import annotations

from typing import Any

from tests.dashboard.fake_answers import RefusalError
from tests.dashboard.fake_jobs import FakeJobs

NOW = 1_760_000_000_000
DAY = 1_759_968_000_000  # 2025-10-09
MISSING = {"open": 0, "refetched": 0, "upstream": 0, "permanent": 0}


def complete_day(symbol: str, day: str = "2025-10-08", **other: Any) -> dict[str, Any]:
    base = {
        "symbol": symbol, "day": day, "trades": 1_000, "retired": 0, "first_id": 1, "last_id": 1_000,
        "first_time": DAY - 86_400_000, "last_time": DAY - 1, "missing": MISSING, "share": 1.0, "unprovable": None,
        "closed": True, "reported": True,
    }  # fmt: skip
    return base | other


def session(number: int, **other: Any) -> dict[str, Any]:
    base = {
        "id": number, "started": NOW - 3_600_000, "ended": NOW, "running": False, "version": "0.1.0", "facts": 50,
        "trades": 40, "hash": "ab" * 32, "check": None,
    }  # fmt: skip
    return base | other


def retained(trades: int, analytics: int, freed: int) -> dict[str, Any]:
    return {
        "trades_days": trades, "analytics_days": analytics, "freed_files": 3 if freed else 0, "freed_bytes": freed,
        "left_bytes": 12_400_000_000,
    }  # fmt: skip


class FakeStore:
    """Tests set the fields; bodies of jobs are kept."""

    def __init__(self, jobs: FakeJobs) -> None:
        self.days: list[dict[str, Any]] = []
        self.sessions: list[dict[str, Any]] = []
        self.recordings: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self._jobs = jobs

    def answer(self, parts: list[str], query: dict[str, list[str]], body: Any) -> Any:
        match parts:
            case ["completeness"]:
                return self.days
            case ["rates"]:
                return self._rates()
            case ["storage"]:
                return self._storage(query)
            case ["sessions"]:
                return {
                    "sessions": self.sessions, "recordings": self.recordings,
                    "recordings_folder": "/var/lib/spreadscope/recordings",
                }  # fmt: skip
            case ["jobs", kind]:
                self.bodies.append(body)
                titles = {"export": "BTCUSDT-ticks.csv", "integrity": "integrity of BTCUSDT"}
                job = self._jobs.begin(titles.get(kind, f"replay of session {body.get('session')}"), kind)
                for each in self.sessions:
                    if kind == "replay-check" and each["id"] == body["session"]:
                        check = {"job": job.id, "state": "running", "progress": "", "equal": None, "words": ""}
                        each["check"] = check
                return self._jobs.answer("GET", [job.id], None)
        raise RefusalError(404, f"there is no {'/'.join(parts)}")

    def _rates(self) -> dict[str, Any]:
        venue = {"venue": "binance-futures", "title": "Binance USD-M futures", "limit": 2400, "used": [20, 21]}
        return {
            "step_seconds": 5, "times": [NOW - 5_000, NOW], "messages": [10.0, 12.5], "trades": [5.0, 6.0],
            "lag_ms": [None, 42.0], "loop_lag_ms": [0.1, 0.2], "waiting": [0, 0], "venues": [venue],
        }  # fmt: skip

    def _storage(self, query: dict[str, list[str]]) -> dict[str, Any]:
        sizes = {"trades": (1_500_000, 9_000_000_000), "bars": (700, 2_000_000_000)}
        asked = {name: int(values[0]) for name, values in query.items()}
        kinds = [
            {
                "kind": kind, "database": database, "archive": archive, "files": 60, "days": 30,
                "first_day": "2025-09-09", "last_day": "2025-10-08", "a_day": archive // 30,
            }
            for kind, (database, archive) in sizes.items()
        ]  # fmt: skip
        return {
            "data": "/var/lib/spreadscope", "measured": NOW, "database": 2_000_000, "free": 4_000,
            "disk_free": 50_000_000_000, "kinds": kinds, "total": 11_002_000_000, "configured": retained(0, 0, 0),
            "asked": retained(asked.get("trades_days", 0), asked.get("analytics_days", 0), 3_100_000_000)
            if any(asked.values())
            else None,
            "next_run": NOW,
        }  # fmt: skip
