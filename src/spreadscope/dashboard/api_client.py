"""The client of the engine's HTTP interface (``docs/api.md``) for the page script. Every error is one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from spreadscope.contract import (
    AcknowledgeBody,
    Alert,
    Channel,
    Delivery,
    DeliveryState,
    DroppedFile,
    ErrorAnswer,
    FilesBody,
    FilesReport,
    Gap,
    Instrument,
    Job,
    MuteBody,
    NotYet,
    PairBody,
    PairName,
    PairTests,
    ParameterPreview,
    Parameters,
    ParametersBody,
    ParameterTrialBody,
    Playable,
    Playback,
    PlaybackBody,
    PlaybackCommand,
    PlaybackRun,
    Preset,
    Rule,
    RuleBody,
    ScanBody,
    ScanCheck,
    ScanReport,
    Score,
    Settings,
    SettingsBody,
    Signal,
    Statistic,
    Status,
    StudyBody,
    StudyDefaults,
    SymbolsBody,
    Tested,
    WrittenRule,
)

TIMEOUT = httpx.Timeout(10.0, connect=2.0)
SENDING_TIMEOUT = httpx.Timeout(60.0, connect=2.0)

CONFLICT = 409  # it exists already, is in use, or is one too many

T = TypeVar("T")
Query = Mapping[str, str | int]


class ApiRequestError(Exception):
    """The error that the engine refused a request, with its sentence and the HTTP ``status``."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class EngineDownError(Exception):
    """The error that no engine answers."""


class ApiClient:
    """A blocking client with one method a route."""

    def __init__(self, api: str) -> None:
        self.api = api
        # trust_env: a proxy of the environment is not for this machine.
        self._http = httpx.Client(base_url=api, timeout=TIMEOUT, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def status(self) -> Status:
        return self._get("/api/status", Status)

    def playable(self) -> Playable:
        return self._get("/api/playable", Playable)

    def playbacks(self) -> list[PlaybackRun]:
        return self._get("/api/playbacks", list[PlaybackRun])

    def start_playback(self, body: PlaybackBody) -> PlaybackRun:
        return self._change("POST", "/api/playbacks", PlaybackRun, body)

    def stop_playback(self, playback: str) -> None:
        self._remove(f"/api/playbacks/{quote(playback, safe='')}")

    def move_playback(self, command: PlaybackCommand) -> Playback:
        return self._change("PUT", "/api/playback", Playback, command)

    def statistics(self) -> list[Statistic]:
        return self._get("/api/statistics", list[Statistic])

    def instruments(self) -> list[Instrument]:
        return self._get("/api/instruments", list[Instrument])

    def symbols(self) -> list[str]:
        return self._get("/api/symbols", list[str])

    def add_symbols(self, text: str) -> list[str]:
        return self._change("POST", "/api/symbols", list[str], SymbolsBody(text))

    def remove_symbol(self, symbol: str) -> None:
        self._remove(f"/api/symbols/{quote(symbol)}")

    def add_pair(self, pair: str) -> str:
        return self._change("POST", "/api/pairs", PairName, PairBody(pair)).pair

    def remove_pair(self, pair: str) -> None:
        self._remove(f"/api/pairs/{quote(pair)}")

    def signals(self, pair: str, timeframe: str, limit: int) -> list[Signal]:
        return self._get("/api/signals", list[Signal], {"pair": pair, "timeframe": timeframe, "limit": limit})

    def parameters(self, pair: str, timeframe: str) -> Parameters:
        """Returns what holds for a pair (empty: for all) at a timeframe (empty: at all)."""
        query = {name: value for name, value in (("pair", pair), ("timeframe", timeframe)) if value}
        return self._get("/api/parameters", Parameters, query)

    def set_parameters(self, body: ParametersBody) -> Parameters:
        return self._change("PUT", "/api/parameters", Parameters, body)

    def preview_parameters(self, body: ParameterTrialBody) -> ParameterPreview:
        path = "/api/parameters/preview"
        return self._read(self._call("POST", path, body=body, timeout=SENDING_TIMEOUT), ParameterPreview)

    def pair_tests(self, pair: str, timeframe: str, rows: int, lags: str, trend: str) -> PairTests:
        query: Query = {"pair": pair, "timeframe": timeframe, "rows": rows, "lags": lags, "trend": trend}
        return self._get("/api/pair-tests", PairTests, query)

    def settings(self) -> Settings:
        return self._get("/api/settings", Settings)

    def set_settings(self, body: SettingsBody) -> Settings:
        return self._change("PUT", "/api/settings", Settings, body)

    def gaps(self, limit: int) -> list[Gap]:
        return self._get("/api/gaps", list[Gap], {"limit": limit})

    def alerts(self, limit: int, **filters: str | int) -> list[Alert]:
        """Returns alerts, newest first.

        ``filters``: ``rule``, ``subject``, ``state``, ``severity``, ``since`` and ``until`` (ms).
        """
        return self._get("/api/alerts", list[Alert], {"limit": limit, **alert_query(filters)})

    def rules(self) -> list[Rule]:
        return self._get("/api/alerts/rules", list[Rule])

    def add_rule(self, body: RuleBody) -> WrittenRule:
        return self._change("POST", "/api/alerts/rules", WrittenRule, body)

    def replace_rule(self, rule_id: str, body: RuleBody) -> WrittenRule:
        return self._change("PUT", f"/api/alerts/rules/{quote(rule_id)}", WrittenRule, body)

    def remove_rule(self, rule_id: str) -> None:
        self._remove(f"/api/alerts/rules/{quote(rule_id)}")

    def mute_rule(self, rule_id: str, until: int | None) -> Rule:
        """Mute a rule until ``until`` (ms of the market's clock); None ends it. Returns the rule."""
        return self._change("POST", f"/api/alerts/rules/{quote(rule_id)}/mute", Rule, MuteBody(until))

    def acknowledge(self, rule_id: str, subject: str | None) -> Rule:
        """Acknowledge the alert of one subject, or of all that fire. Returns the rule."""
        body = AcknowledgeBody() if subject is None else AcknowledgeBody(subject)
        return self._change("POST", f"/api/alerts/rules/{quote(rule_id)}/acknowledge", Rule, body)

    def presets(self) -> list[Preset]:
        return self._get("/api/alerts/presets", list[Preset])

    def scorecard(self) -> list[Score]:
        return self._get("/api/alerts/scorecard", list[Score])

    def channels(self) -> list[Channel]:
        return self._get("/api/alerts/channels", list[Channel])

    def test_channel(self, name: str) -> Tested:
        # It really sends, and a mail server may take its time.
        path = f"/api/alerts/channels/{quote(name, safe='')}/test"
        return self._read(self._call("POST", path, timeout=SENDING_TIMEOUT), Tested)

    def deliveries(self, limit: int, state: DeliveryState) -> list[Delivery]:
        return self._get("/api/alerts/deliveries", list[Delivery], {"limit": limit, "state": state})

    def retry_delivery(self, delivery: int) -> Delivery:
        return self._change("POST", f"/api/alerts/deliveries/{delivery}/retry", Delivery)

    def jobs(self) -> list[Job]:
        return self._get("/api/jobs", list[Job])

    def job(self, job_id: str) -> Job:
        return self._get(f"/api/jobs/{quote(job_id, safe='')}", Job)

    def cancel_job(self, job_id: str) -> Job:
        return self._change("POST", f"/api/jobs/{quote(job_id, safe='')}/cancel", Job)

    def remove_job(self, job_id: str) -> None:
        self._remove(f"/api/jobs/{quote(job_id, safe='')}")

    def job_result(self, job_id: str, name: str) -> bytes:
        """Returns a file that a job made."""
        path = f"/api/jobs/{quote(job_id, safe='')}/results/{quote(name, safe='')}"
        return self._call("GET", path, timeout=SENDING_TIMEOUT).content

    def check_scan(self, body: ScanBody) -> ScanCheck:
        return self._change("POST", "/api/jobs/scan/check", ScanCheck, body)

    def start_scan(self, body: ScanBody) -> Job:
        return self._change("POST", "/api/jobs/scan", Job, body)

    def scan_report(self, job_id: str) -> ScanReport:
        try:
            return msgspec.json.decode(self.job_result(job_id, "report.json"), type=ScanReport)
        except msgspec.MsgspecError:
            raise ApiRequestError(f"what answers at {self.api} is an engine of another version", 200) from None

    def send_file(self, name: str, content: bytes) -> DroppedFile:
        """Send a file for a job; nothing is imported. Returns what the engine calls it."""
        query = {"name": name}
        response = self._call("POST", "/api/files", query=query, raw=content, timeout=SENDING_TIMEOUT)
        return self._read(response, DroppedFile)

    def remove_file(self, file_id: str) -> None:
        self._remove(f"/api/files/{quote(file_id, safe='')}")

    def study_defaults(self, pair: str, timeframe: str) -> StudyDefaults:
        query = {"pair": pair, "timeframe": timeframe} if pair else {"timeframe": timeframe}
        return self._get("/api/study-defaults", StudyDefaults, query)

    def start_study(self, body: StudyBody) -> Job:
        return self._change("POST", "/api/jobs/study", Job, body)

    def read_files(self, body: FilesBody) -> Job:
        """Start the job that reports what is in dropped files."""
        return self._change("POST", "/api/jobs/dropped-files", Job, body)

    def files_report(self, job_id: str) -> FilesReport:
        return self._get(f"/api/dropped-files/{quote(job_id, safe='')}", FilesReport)

    def _get(self, path: str, kind: type[T], query: Query | None = None) -> T:
        return self._read(self._call("GET", path, query=query), kind)

    def _change(self, method: str, path: str, kind: type[T], body: msgspec.Struct | None = None) -> T:
        """Returns the result of a change, also where it is not on disk yet.

        Raises ``ApiRequestError`` without a result.
        """
        response = self._call(method, path, body=body)
        if response.status_code != httpx.codes.ACCEPTED:
            return self._read(response, kind)
        not_yet: NotYet[T] = self._read(response, NotYet[kind])  # type: ignore[valid-type]  # a type is made of a type
        if not_yet.result is None:
            raise ApiRequestError(not_yet.message, response.status_code)
        return not_yet.result

    def _remove(self, path: str) -> None:
        self._call("DELETE", path)

    def _read(self, response: httpx.Response, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.MsgspecError, RecursionError):
            raise ApiRequestError(
                f"what answers at {self.api} is not an engine, or one of another version", response.status_code
            ) from None

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: msgspec.Struct | None = None,
        raw: bytes | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> httpx.Response:
        content, headers = raw, {}
        if body is not None:
            content, headers = msgspec.json.encode(body), {"Content-Type": "application/json"}
        try:
            response = self._http.request(method, path, params=query, content=content, headers=headers, timeout=timeout)
        except httpx.TimeoutException:
            raise EngineDownError(f"the engine at {self.api} does not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise EngineDownError(f"no engine answers at {self.api}") from None
        if response.is_error:
            raise ApiRequestError(_sentence(response), response.status_code)
        return response


def alert_query(filters: Query) -> dict[str, str | int]:
    """Returns filters of alerts with the names of the engine's interface: ``from`` is a keyword in Python."""
    names = {"since": "from", "until": "to"}
    return {names.get(name, name): value for name, value in filters.items()}


def _sentence(response: httpx.Response) -> str:
    try:
        return msgspec.json.decode(response.content, type=ErrorAnswer).error.message
    except (msgspec.MsgspecError, RecursionError):
        return f"the engine answered {response.status_code} to {response.request.method} {response.request.url.path}"
