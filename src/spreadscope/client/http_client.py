"""The client of the engine's HTTP interface (``docs/api.md``). Every error is one sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from spreadscope.client.certificates import trusted_certificates
from spreadscope.client.job_requests import JobRequests
from spreadscope.client.operation_requests import OperationRequests
from spreadscope.client.paper_requests import PaperRequests
from spreadscope.contract import (
    AcknowledgeBody,
    Alert,
    Bar,
    Channel,
    CompleteDay,
    Delivery,
    DeliveryState,
    ErrorAnswer,
    Gap,
    Instrument,
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
    RateHistory,
    Rule,
    RuleBody,
    Score,
    Sessions,
    Settings,
    SettingsBody,
    Signal,
    Statistic,
    Status,
    Storage,
    SymbolsBody,
    Tested,
    WrittenRule,
)
from spreadscope.contract.bodies import LATEST

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

TIMEOUT = httpx.Timeout(10.0, connect=2.0)
SENDING_TIMEOUT = httpx.Timeout(60.0, connect=2.0)

NOT_FOUND = 404
CONFLICT = 409  # it exists already, is in use, or is one too many

T = TypeVar("T")
Query = Mapping[str, str | int]


EngineHeaders = dict[str, str]
API_KEY = "SPREADSCOPE_API_KEY"


def engine_headers(api_key: str | None = None, session: str | None = None) -> EngineHeaders:
    """Returns the headers that show an engine who asks: a program by its key, a person by the sign-in."""
    shown = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    return shown | ({"Spreadscope-Session": session} if session else {})


class ApiRequestError(Exception):
    """The error that the engine refused a request, with its sentence and the HTTP ``status``."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class EngineDownError(Exception):
    """The error that no engine answers."""


class Client(OperationRequests, PaperRequests, JobRequests):
    """A blocking client with one method a route. It may be used in a ``with`` statement.

    Raises ``EngineDownError`` where no engine answers, and ``ApiRequestError`` with the engine's sentence where it
    refuses.
    """

    def __init__(
        self, api: str = "http://127.0.0.1:8765", *, api_key: str | None = None, session: str | None = None
    ) -> None:
        """``api_key`` is needed at an engine of another machine or account (``docs/access.md``).

        Without one it is that of ``SPREADSCOPE_API_KEY``. ``session`` is the sign-in of a person, for whom the
        dashboard asks.
        """
        self.api = api
        shown = engine_headers(os.environ.get(API_KEY) if api_key is None else api_key, session)
        # trust_env: a proxy of the environment is not for this machine.
        self._http = httpx.Client(
            base_url=api, timeout=TIMEOUT, trust_env=False, headers=shown, verify=trusted_certificates()
        )

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of {self.api}>"

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

    def pairs(self) -> list[PairName]:
        """Returns the tracked pairs."""
        return self._get("/api/pairs", list[PairName])

    def pair_rows(self) -> list[dict[str, Any]]:
        """Returns the tracked pairs with their newest row of each timeframe, as ``rows`` has them."""
        return self._get("/api/pairs", list[dict[str, Any]])

    def bars(self, symbol: str, timeframe: str, *, start: int = 0, end: int = LATEST, limit: int = 1_000) -> list[Bar]:
        """Returns the newest bars of ``[start, end)`` (ms), ascending."""
        query: Query = {"symbol": symbol, "timeframe": timeframe, "from": start, "to": end, "limit": limit}
        return self._get("/api/bars", list[Bar], query)

    def rows(
        self, pair: str, timeframe: str, *, start: int = 0, end: int = LATEST, limit: int = 1_000
    ) -> list[dict[str, Any]]:
        """Returns the newest rows of ``[start, end)`` (ms), ascending, as they are sent: a statistic is
        ``[number, None]`` or ``[None, reason]``."""
        query: Query = {"pair": pair, "timeframe": timeframe, "from": start, "to": end, "limit": limit}
        return self._get("/api/analytics", list[dict[str, Any]], query)

    def frame(self, kind: str, **query: str | int) -> pl.DataFrame:
        """Returns an export as a Polars frame: ``ticks`` and ``bars`` of a ``symbol``, ``analytics`` and ``signals`` of
        a ``pair``, ``alerts``; ``timeframe``, ``start`` and ``end`` (ms) as for the export.

        A statistic without a number is null; the column ``reasons`` says why. The schema's metadata say whether the
        data are demo data (``table``).
        """
        import polars as pl

        frame = pl.from_arrow(self.table(kind, **query))
        if not isinstance(frame, pl.DataFrame):
            raise ApiRequestError(f"what answers at {self.api} sends no table", httpx.codes.OK)
        return frame

    def table(self, kind: str, **query: str | int) -> pa.Table:
        """Returns an export as an Arrow table, see ``frame``."""
        import pyarrow as pa

        names = {"start": "from", "end": "to"}
        asked = {names.get(name, name): value for name, value in query.items()} | {"format": "arrow"}
        content = self._call("GET", f"/api/export/{quote(kind)}", query=asked, timeout=SENDING_TIMEOUT).content
        try:
            return pa.ipc.open_stream(content).read_all()
        except pa.ArrowInvalid:
            raise ApiRequestError(
                f"what answers at {self.api} is not an engine, or one of another version", httpx.codes.OK
            ) from None

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

    def complete_days(self) -> list[CompleteDay]:
        return self._get("/api/completeness", list[CompleteDay])

    def rates(self) -> RateHistory:
        return self._get("/api/rates", RateHistory)

    def storage(self, trades_days: int | None, analytics_days: int | None) -> Storage:
        asked = {"trades_days": trades_days, "analytics_days": analytics_days}
        query = {name: days for name, days in asked.items() if days is not None}
        return self._read(self._call("GET", "/api/storage", query=query, timeout=SENDING_TIMEOUT), Storage)

    def sessions(self) -> Sessions:
        return self._get("/api/sessions", Sessions)

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

    def _get(self, path: str, kind: type[T], query: Query | None = None, also: int | None = None) -> T:
        return self._read(self._call("GET", path, query=query, also=also), kind)

    def _text(self, path: str) -> str:
        return self._call("GET", path).text

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
        return self._decode(response.content, kind, response.status_code)

    def _decode(self, content: bytes, kind: type[T], status: int = httpx.codes.OK) -> T:
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, RecursionError):
            raise ApiRequestError(
                f"what answers at {self.api} is not an engine, or one of another version", status
            ) from None

    def _send_bytes(self, path: str, kind: type[T], content: bytes, query: Query) -> T:
        response = self._call("POST", path, query=query, raw=content, timeout=SENDING_TIMEOUT)
        return self._read(response, kind)

    def _get_bytes(self, path: str, query: Query | None = None) -> bytes:
        return self._call("GET", path, query=query, timeout=SENDING_TIMEOUT).content

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: msgspec.Struct | None = None,
        raw: bytes | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        also: int | None = None,
    ) -> httpx.Response:
        """``also`` is a status of an error that has an answer of its own."""
        content, headers = raw, {}
        if body is not None:
            content, headers = msgspec.json.encode(body), {"Content-Type": "application/json"}
        try:
            response = self._http.request(method, path, params=query, content=content, headers=headers, timeout=timeout)
        except httpx.TimeoutException:
            raise EngineDownError(f"the engine at {self.api} does not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise EngineDownError(f"no engine answers at {self.api}") from None
        if response.is_error and response.status_code != also:
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
