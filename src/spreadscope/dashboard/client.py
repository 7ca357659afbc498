"""The engine's HTTP interface (``docs/api.md``) as the page script uses it. Every failure is one sentence to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

TIMEOUT = httpx.Timeout(10.0, connect=2.0)
SENDING_TIMEOUT = httpx.Timeout(60.0, connect=2.0)

Json = dict[str, Any]


class ApiError(Exception):
    """The engine refused; the message is its own sentence. ``status`` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class EngineDownError(Exception):
    """No engine answers."""


class Client:
    """Blocking calls, one a method, named after the routes."""

    def __init__(self, api: str) -> None:
        self.api = api
        # trust_env: a proxy of the environment is for the world outside, not for this machine.
        self._http = httpx.Client(base_url=api, timeout=TIMEOUT, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def status(self) -> Json:
        return dict(self._call("GET", "/api/status"))

    def instruments(self) -> list[Json]:
        return list(self._call("GET", "/api/instruments"))

    def symbols(self) -> list[str]:
        return list(self._call("GET", "/api/symbols"))

    def add_symbols(self, text: str) -> list[str]:
        return list(self._call("POST", "/api/symbols", body={"symbols": text}))

    def remove_symbol(self, symbol: str) -> None:
        self._call("DELETE", f"/api/symbols/{quote(symbol)}")

    def add_pair(self, pair: str) -> str:
        return str(self._call("POST", "/api/pairs", body={"pair": pair})["pair"])

    def remove_pair(self, pair: str) -> None:
        self._call("DELETE", f"/api/pairs/{quote(pair)}")

    def signals(self, pair: str, timeframe: str, limit: int) -> list[Json]:
        return list(self._call("GET", "/api/signals", query={"pair": pair, "timeframe": timeframe, "limit": limit}))

    def gaps(self, limit: int) -> list[Json]:
        return list(self._call("GET", "/api/gaps", query={"limit": limit}))

    def alerts(self, limit: int, **filters: str | int) -> list[Json]:
        """Newest first. ``filters``: ``rule``, ``subject``, ``state``, ``severity``, ``since`` and ``until`` (ms)."""
        return list(self._call("GET", "/api/alerts", query={"limit": limit, **alert_query(filters)}))

    def rules(self) -> list[Json]:
        return list(self._call("GET", "/api/alerts/rules"))

    def add_rule(self, body: Json) -> Json:
        return dict(self._call("POST", "/api/alerts/rules", body=body))

    def replace_rule(self, rule_id: str, body: Json) -> Json:
        return dict(self._call("PUT", f"/api/alerts/rules/{quote(rule_id)}", body=body))

    def remove_rule(self, rule_id: str) -> None:
        self._call("DELETE", f"/api/alerts/rules/{quote(rule_id)}")

    def mute_rule(self, rule_id: str, until: int | None) -> Json:
        """Silent until ``until`` (ms of the market's clock); None ends it."""
        return dict(self._call("POST", f"/api/alerts/rules/{quote(rule_id)}/mute", body={"until": until}))

    def acknowledge(self, rule_id: str, subject: str | None) -> Json:
        """Of one subject, or of every one that fires."""
        body = {} if subject is None else {"subject": subject}
        return dict(self._call("POST", f"/api/alerts/rules/{quote(rule_id)}/acknowledge", body=body))

    def presets(self) -> list[Json]:
        return list(self._call("GET", "/api/alerts/presets"))

    def scorecard(self) -> list[Json]:
        return list(self._call("GET", "/api/alerts/scorecard"))

    def channels(self) -> list[Json]:
        return list(self._call("GET", "/api/alerts/channels"))

    def test_channel(self, name: str) -> Json:
        # It really sends, and a mail server may take its time.
        path = f"/api/alerts/channels/{quote(name, safe='')}/test"
        return dict(self._call("POST", path, timeout=SENDING_TIMEOUT))

    def deliveries(self, limit: int, state: str) -> list[Json]:
        return list(self._call("GET", "/api/alerts/deliveries", query={"limit": limit, "state": state}))

    def retry_delivery(self, delivery: int | str) -> Json:
        return dict(self._call("POST", f"/api/alerts/deliveries/{quote(str(delivery))}/retry"))

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Json | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> Any:
        try:
            response = self._http.request(method, path, params=query, json=body, timeout=timeout)
        except httpx.TimeoutException:
            raise EngineDownError(f"the engine at {self.api} does not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise EngineDownError(f"no engine answers at {self.api}") from None
        if response.is_error:
            raise ApiError(_sentence(response), response.status_code)
        if response.status_code == httpx.codes.NO_CONTENT:
            return None
        try:
            answer = response.json()
        except ValueError:
            raise ApiError(f"what answers at {self.api} is not an engine", response.status_code) from None
        return _made(answer, method) if response.status_code == httpx.codes.ACCEPTED else answer


def alert_query(filters: Mapping[str, str | int]) -> dict[str, str | int]:
    """Filters of alerts as the engine's interface spells them: ``from`` is no name in Python."""
    names = {"since": "from", "until": "to"}
    return {names.get(name, name): value for name, value in filters.items()}


def _made(answer: Json, method: str) -> Any:
    """What a change made that is not on disk yet, which the engine's alarms say too. Raises ``ApiError`` where it is not told."""
    result = answer.get("result")
    if result is None and method != "DELETE":
        raise ApiError(str(answer.get("message", "")), httpx.codes.ACCEPTED)
    return result


def _sentence(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the engine answered {response.status_code} to {response.request.method} {response.request.url.path}"
