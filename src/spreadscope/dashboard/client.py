"""The engine's HTTP interface (``docs/api.md``) as the page script uses it. Every failure is one sentence to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

TIMEOUT = httpx.Timeout(10.0, connect=2.0)

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

    def alerts(self, limit: int) -> list[Json]:
        return list(self._call("GET", "/api/alerts", query={"limit": limit}))

    def rules(self) -> list[Json]:
        return list(self._call("GET", "/api/alerts/rules"))

    def add_rule(self, text: str, subject: str, timeframe: str) -> Json:
        body = {"text": text, "subject": subject, "timeframe": timeframe}
        return dict(self._call("POST", "/api/alerts/rules", body=body))

    def remove_rule(self, rule_id: str) -> None:
        self._call("DELETE", f"/api/alerts/rules/{quote(rule_id)}")

    def _call(
        self, method: str, path: str, *, query: Mapping[str, str | int] | None = None, body: Json | None = None
    ) -> Any:
        try:
            response = self._http.request(method, path, params=query, json=body)
        except httpx.TimeoutException:
            raise EngineDownError(f"the engine at {self.api} does not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise EngineDownError(f"no engine answers at {self.api}") from None
        if response.is_error:
            raise ApiError(_sentence(response), response.status_code)
        if response.status_code == httpx.codes.NO_CONTENT:
            return None
        try:
            return response.json()
        except ValueError:
            raise ApiError(f"what answers at {self.api} is not an engine", response.status_code) from None


def _sentence(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the engine answered {response.status_code} to {response.request.method} {response.request.url.path}"
