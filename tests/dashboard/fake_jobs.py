"""The jobs of the engine's double: a scan runs until a test ends it."""

from __future__ import annotations

from typing import Any

import msgspec

from spreadscope import contract
from spreadscope.app.scan_service import parse_scan_symbols
from spreadscope.contract import Job, JobState
from spreadscope.model.config import Config
from spreadscope.model.errors import SpreadscopeError, SymbolError
from spreadscope.replay.backtest_plan import plan_of
from tests.dashboard.fake_answers import RefusalError

NOW = 1_760_000_000_000


class FakeJobs:
    """Jobs by id, oldest first, and the files that they made."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.results: dict[str, dict[str, bytes]] = {}
        self.bodies: list[dict[str, Any]] = []
        self.set_parameters: dict[str, float] = {}

    def begin(self, title: str = "Top 30 perpetuals in USDT", kind: str = "scan") -> Job:
        job = Job(
            id=f"job{len(self.jobs)}", kind=kind, title=title, state=JobState.RUNNING, demo=False, created=NOW,
            started=NOW, ended=None, fraction=0.25, progress="candles of BTCUSDT, 3 of 30", error=None, results=(),
        )  # fmt: skip
        self.jobs[job.id] = job
        return job

    def end(self, job: Job, state: JobState, error: str | None = None, **results: bytes) -> None:
        self.results[job.id] = {name.replace("_", "."): content for name, content in results.items()}
        made = tuple(contract.JobResult(name, len(content)) for name, content in self.results[job.id].items())
        self.jobs[job.id] = msgspec.structs.replace(job, state=state, ended=NOW, error=error, progress="", results=made)

    def answer(self, method: str, rest: list[str], body: Any) -> Any:
        match (method, rest):
            case ("GET", []):
                return [msgspec.to_builtins(job) for job in reversed(self.jobs.values())]
            case ("POST", ["scan", "check"]):
                problem = self._problem(body)
                return {"title": "" if problem else "Top 30 perpetuals in USDT", "problem": problem}
            case ("POST", ["scan"]):
                if problem := self._problem(body):
                    raise RefusalError(422, problem)
                self.bodies.append(body)
                return msgspec.to_builtins(self.begin())
            case ("POST", [job_id, "cancel"]):
                job = self._require(job_id)
                if job.ended is None:
                    self.end(job, JobState.CANCELLED)
                return msgspec.to_builtins(self.jobs[job_id])
            case ("DELETE", [job_id]):
                self._require(job_id)
                del self.jobs[job_id]
                return None
            case _:
                return msgspec.to_builtins(self._require(rest[0]))

    def backtest(self, rest: list[str], body: dict[str, Any]) -> Any:
        """A backtest that is checked or begun; of its data the double knows nothing."""
        try:
            plan = plan_of(msgspec.convert(body, contract.BacktestBody), Config())
        except SpreadscopeError as error:
            if type(error) is SymbolError:  # no pair at all
                raise RefusalError(400, str(error)) from None
            if rest == ["check"]:
                return {"title": "", "runs": 0, "problem": str(error), "parameters": {}}
            raise RefusalError(422, str(error)) from None
        title = f"Backtest of {plan.settings.pairs[0]} at {plan.settings.timeframe}"
        if rest == ["check"]:
            return {"title": title, "runs": plan.runs, "problem": None, "parameters": self.set_parameters}
        self.bodies.append(body)
        return msgspec.to_builtins(self.begin(title, "backtest"))

    def result(self, method: str, address: str) -> bytes | None:
        """A file of a job; None for another address."""
        match (method, address.split("/")):
            case ("GET", ["", "api", "jobs", job_id, "results", name]):
                return self.results[job_id][name]
        return None

    def _problem(self, body: dict[str, Any]) -> str | None:
        try:
            parse_scan_symbols(body.get("symbols", ""))
        except SpreadscopeError as error:
            return str(error)
        return None

    def _require(self, job_id: str) -> Job:
        if job_id not in self.jobs:
            raise RefusalError(404, f"there is no job {job_id!r}: it is forgotten a while after its end")
        return self.jobs[job_id]
