"""The machine-readable descriptions: they are complete, and what is sent is as they say."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import websockets

from spreadscope.store.tables import VALUE_COLUMNS
from tests.api.served import PAIR, TOPIC, served, ws
from tests.e2e.line import run, until

READS = (
    "/api/status", "/api/instruments", "/api/symbols", "/api/pairs", "/api/bars?symbol=AAAUSDT&timeframe=1s&limit=50",
    f"/api/analytics?pair={PAIR}&timeframe=1s&limit=200", "/api/signals", "/api/gaps", "/api/alerts",
    "/api/alerts/rules",
    "/api/alerts/vocabulary", "/api/alerts/presets", "/api/alerts/scorecard", "/api/alerts/channels",
    "/api/alerts/deliveries", "/api/socket.json", "/api/bars", "/api/bars?symbol=AAAUSDT&limit=0",
)  # fmt: skip
CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/alerts/rules", {"text": "z > -100", "subject": PAIR}),
    ("/api/alerts/rules", {"text": "zz > 2", "subject": PAIR}),
    ("/api/alerts/check", {"text": "z > 2", "subject": PAIR}),
    ("/api/alerts/check", {"text": "zz > 2", "subject": PAIR}),
    ("/api/alerts/preview", {"text": "z > 2", "subject": PAIR}),
    ("/api/symbols", {"symbols": "CCCUSDT"}),
    ("/api/pairs", {"pair": "AAAUSDT/CCCUSDT"}),
)
CHECKS = ("check", "preview", "what-if", "/test")


def loose(schema: Any, place: str) -> list[str]:
    """Where a description says that something may be anything."""
    if isinstance(schema, list):
        return [found for number, each in enumerate(schema) for found in loose(each, f"{place}[{number}]")]
    if not isinstance(schema, dict):
        return []
    said = {"$ref", "type", "enum", "const", "anyOf", "oneOf"} & schema.keys()
    found = [] if said else [place]
    for name, each in schema.get("properties", {}).items():
        found += loose(each, f"{place}.{name}")
    for key in ("items", "anyOf", "oneOf", "prefixItems", "additionalProperties"):
        found += loose(schema.get(key), f"{place}.{key}")
    return found


def is_valid(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def test_every_answer_is_described_and_given_as_described(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, symbols=()) as (_, live, client):
            await until(lambda: len(live.core.engine.pairs) == 1 and live.core.trades > 0)
            document = (await client.get("/openapi.json")).json()
            for path, item in document["paths"].items():
                for method, operation in item.items():
                    assert {"400", "403", "404", "405", "408", "409", "413", "500", "503"} <= operation[
                        "responses"
                    ].keys()
                    for status, answer in operation["responses"].items():
                        for kind, content in answer.get("content", {}).items():
                            where = f"{method} {path} {status} {kind}"
                            told = loose(content["schema"], where)
                            assert told == [] or path == "/api/socket.json", told
                        assert "content" in answer or status == "204", (method, path, status)
                    # Jobs, playbacks and the log level end with the engine; settings and access are files.
                    durable = not path.startswith(
                        (
                            "/api/jobs",
                            "/api/backtests",
                            "/api/files",
                            "/api/settings",
                            "/api/playback",
                            "/api/log-level",
                            "/api/access",
                        )
                    )
                    if method in {"post", "put", "delete"} and durable and not path.endswith(CHECKS):
                        assert "202" in operation["responses"], (method, path)
                    if method in {"post", "put"} and not path.endswith(("/test", "/retry", "/cancel", "/files")):
                        assert operation["requestBody"]["content"]["application/json"]["schema"]["$ref"], path
            schemas = document["components"]["schemas"]
            assert [found for name, schema in schemas.items() for found in loose(schema, name)] == []
            assert set(VALUE_COLUMNS) < set(schemas["Row"]["required"])
            for path in READS:
                await holds(document, client, "GET", path)
            for path, body in CHANGES:
                await holds(document, client, "POST", path, body)

    run(main())


async def holds(
    document: dict[str, Any], client: httpx.AsyncClient, method: str, path: str, body: object = None
) -> None:
    answer = await client.request(method, path, json=body)
    responses = document["paths"][path.partition("?")[0]][method.lower()]["responses"]
    schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
    is_valid(document, schema, answer.json())


def test_every_message_of_the_socket_is_as_described(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=20.0) as (_, _live, client):
            schema = (await client.get("/api/socket.json")).json()
            jsonschema.Draft202012Validator.check_schema(schema)
            request = jsonschema.Draft202012Validator({**schema, "$ref": "#/$defs/request"})
            message = jsonschema.Draft202012Validator({**schema, "$ref": "#/$defs/message"})
            await client.post("/api/alerts/rules", json={"text": "z > -100", "subject": PAIR})
            seen: set[tuple[str, str]] = set()
            wanted = {(kind, topic) for kind in ("snapshot", "update") for topic in (TOPIC, "status", "alerts")}
            async with websockets.connect(ws(client), proxy=None, max_size=None) as socket:
                for topic in (TOPIC, "status", "alerts", "nothing"):
                    asked = {"op": "subscribe", "topic": topic, "ref": topic[:5]}
                    request.validate(asked)
                    await socket.send(json.dumps(asked))
                async with asyncio.timeout(40):
                    while not {*wanted, ("error", "nothing")} <= seen:
                        told = json.loads(await socket.recv())
                        message.validate(told)
                        seen.add((told["type"], told["topic"]))

    run(main())
