"""Who may do what over the API: the gate, each route with each scope, both protocols, and the log of changes.

Requests with a ``Via`` come through a proxy that nobody has named, so they are not known as the owner's.
"""

from __future__ import annotations

import asyncio
import csv
import re
from pathlib import Path

import httpx
import pytest
import websockets
from starlette.responses import PlainTextResponse

from spreadscope.api import access_gate
from spreadscope.api.access_table import AccessTable
from spreadscope.api.limits import ApiLimits
from spreadscope.app.access_service import AccessService, parse_scopes
from spreadscope.app.live_engine import LiveEngine
from spreadscope.guard.identity import (
    ADMIN,
    ALERTS,
    NOTHING,
    OWNER,
    READ,
    TRADE,
    WORK,
    AccessScope,
    Identity,
    IdentityKind,
)
from spreadscope.guard.peer import OwnPrograms
from spreadscope.model.errors import StoreError
from tests.api.served import served, ws
from tests.e2e.line import run

STRANGE = {"Via": "1.1 elsewhere"}
ROLES = ("nobody", *AccessScope)
SIGNING_IN = {
    "/api/access/sign-in", "/api/access/person", "/api/access/provider/begin", "/api/access/provider/complete",
}  # fmt: skip
RULE = {"text": "z > 2", "subject": "AAAUSDT/BBBUSDT", "name": "Far"}


def bearer(token: str) -> dict[str, str]:
    return {**STRANGE, "Authorization": f"Bearer {token}"}


def credentials(live: LiveEngine) -> AccessService:
    """The credentials of an engine, as ``spreadscope access`` opens them beside it."""
    return AccessService(live.config.data, live.config.access, live.clock)


async def handshake(address: str, headers: dict[str, str]) -> int:
    """The status of a WebSocket's handshake."""
    try:
        async with websockets.connect(address, additional_headers=headers, proxy=None):
            return 101
    except websockets.InvalidStatus as refused:
        return refused.response.status_code


async def to_the_end(socket: websockets.ClientConnection) -> None:
    while True:
        await socket.recv()


def test_every_route_and_socket_asks_for_the_scope_that_the_table_says(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            with credentials(live) as access:
                keys = {role: access.create_key(role, parse_scopes([role]))[0] for role in AccessScope}
            document = (await client.get("/openapi.json")).json()
            asked = [(m.upper(), path) for path, item in document["paths"].items() for m in item]
            assert len(asked) > 90
            asked += [("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/api/export/moon"), ("PATCH", "/api/status"),
                      ("POST", "/nowhere"), ("PUT", "/api/settings/"), ("GET", "/playbacks/0/api/status"),
                      ("PUT", "/playbacks/0/api/playback"), ("PUT", "/playbacks/0/api/settings")]  # fmt: skip
            wrong = []
            for method, path in asked:
                address = re.sub(r"\{[^}]*\}", "0", path)
                needed = EXPECTED(method, path)
                for role in ROLES:
                    headers = STRANGE if role == "nobody" else bearer(keys[AccessScope(role)])
                    answer = await client.request(method, address, headers=headers, content=b"{", timeout=30)
                    if needed == NOTHING:
                        as_due = answer.status_code in {200, 503}
                    elif role == "nobody":
                        as_due = answer.status_code == 401 and "sign in" in answer.json()["error"]["message"]
                    elif Identity(kind=IdentityKind.KEY, name="", scopes=frozenset({AccessScope(role)})).may(needed):
                        as_due = answer.status_code not in {401, 403, 500}
                    else:
                        as_due = answer.status_code == 403 and "needs the scope" in answer.text
                    if not as_due:
                        wrong.append((method, path, role, answer.status_code, answer.text[:80]))
            assert not wrong
            for address in (ws(client), ws(client).replace("/ws", "/playbacks/0/ws")):
                assert await handshake(address, STRANGE) == 401
                for role in AccessScope:
                    assert await handshake(address, bearer(keys[role])) == 101

    run(main())


def EXPECTED(method: str, path: str) -> frozenset[AccessScope]:
    """What this test, and not the code, says that a request needs."""
    path = path.removeprefix("/playbacks/0")
    if path in {"/health", "/ready"}:
        return NOTHING
    if method == "GET":
        return ADMIN if re.match(r"/api/access/(sessions|keys|log)", path) else READ
    if path.endswith(("/check", "/preview", "/what-if")) or path in SIGNING_IN:
        return READ
    if path.startswith("/api/alerts/"):
        return ALERTS
    if path.startswith("/api/paper/"):
        return TRADE
    if path.startswith(("/api/jobs", "/api/files", "/api/backtests", "/api/playback")):
        return WORK
    return ADMIN


def test_the_owner_on_this_machine_needs_nothing_and_a_wrong_key_is_refused_all_the_same(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            assert (await client.get("/api/access/person")).json() == {
                "kind": "owner", "name": "owner on this machine", "scopes": ["admin"], "id": "",
            }  # fmt: skip
            assert await handshake(ws(client), {}) == 101
            for headers in (bearer("ssk_00000000_" + "a" * 43), {"Authorization": "Basic YTpi"}, bearer("-")):
                answer = await client.get("/api/status", headers=headers)
                assert answer.status_code == 401
            # What is shown counts, also where the connection would be enough.
            answer = await client.get("/api/status", headers={"Authorization": "Bearer nonsense"})
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            answer = await client.get("/api/status", headers={access_gate.SESSION_HEADER: "nonsense"})
            assert answer.status_code == 401
            local = (live.config.data / "access.key").read_text().strip()
            assert (await client.get("/api/access/person", headers=bearer(local))).json()["kind"] == "owner"

    run(main())


def test_a_person_may_what_the_sign_in_says_whoever_carries_the_request(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            with credentials(live) as access:
                code = access.make_code("Ada", parse_scopes(["read"]), 5)
            body = {"code": code, "peer": "192.0.2.9", "program": "Firefox"}
            signed_in = (await client.post("/api/access/sign-in", json=body)).json()
            assert signed_in["person"]["scopes"] == ["read"]
            again = await client.post("/api/access/sign-in", json=body)
            assert (again.status_code, "used up" in again.text) == (403, True)
            for carrier in ({}, STRANGE):  # the dashboard of this account, or one of elsewhere
                person = {**carrier, access_gate.SESSION_HEADER: signed_in["token"]}
                assert (await client.get("/api/access/person", headers=person)).json()["name"] == "Ada"
                refused = await client.post("/api/alerts/rules", json=RULE, headers=person)
                assert refused.status_code == 403
                assert "needs the scope alerts" in refused.text
            assert (await client.get("/api/status", headers=bearer(signed_in["token"]))).status_code == 401
            assert (await client.request("DELETE", "/api/access/person")).status_code == 409
            ended = await client.request("DELETE", "/api/access/person", headers=person)
            assert ended.status_code == 204
            assert (await client.get("/api/status", headers=person)).status_code == 401
            log = (await client.get("/api/access/log")).json()
            assert [(entry["who"], entry["peer"], entry["what"], entry["status"]) for entry in log] == [
                ("Ada", "192.0.2.9", "sign out", 204),
                ("Ada", "192.0.2.9", "POST /api/alerts/rules", 403),
                ("Ada", "192.0.2.9", "POST /api/alerts/rules", 403),
                ("", "192.0.2.9", "sign in", 403),
                ("Ada", "192.0.2.9", "sign in", 201),
            ]

    run(main())


def test_every_change_is_in_the_log_before_it_is_answered(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            with credentials(live) as access:
                key, _ = access.create_key("bot", parse_scopes(["alerts"]))
                made = await client.post("/api/alerts/rules", json=RULE)
                assert [(each.who, each.what, each.status) for each in access.log(1)] == [
                    ("owner on this machine", "POST /api/alerts/rules", 201)
                ]
                path = f"/api/alerts/rules/{made.json()['rule_id']}"
                await client.request("DELETE", path, headers=bearer(key))
                assert access.log(1)[0].kind == "key"
                assert (access.log(1)[0].who, access.log(1)[0].what, access.log(1)[0].status) == (
                    "bot", f"DELETE {path}", 204
                )  # fmt: skip
                await client.post("/api/alerts/check", json={"text": "z > 2", "subject": RULE["subject"]})
                await client.get("/api/status")
                assert len(access.log(10)) == 2  # questions change nothing

    run(main())


def test_the_log_is_filtered_and_downloaded_as_csv_by_administrators(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            with credentials(live) as access:
                reader, _ = access.create_key("reader", parse_scopes(["read", "alerts", "trade"]))
                for number in range(3):
                    access.note(None, '=HYPERLINK("http://evil.example")', f'sign in, "{number}"', 403)
                access.note(OWNER, "127.0.0.1", "PUT /api/settings", 200)
                newest, *others = access.log(10)
            found = (await client.get("/api/access/log", params={"who": "NOBODY", "limit": 2})).json()
            assert [entry["id"] for entry in found] == [others[0].id, others[1].id]
            whole = await client.get("/api/access/log/export")
            assert whole.headers["content-type"] == "text/csv; charset=utf-8"
            assert 'filename="changes.csv"' in whole.headers["content-disposition"]
            head, *rows = csv.reader(whole.text.splitlines())
            assert head == ["id", "time", "kind", "who", "peer", "what", "status"]
            assert [int(row[0]) for row in rows] == [newest.id, *(entry.id for entry in others)]
            assert rows[1][4:] == ['\'=HYPERLINK("http://evil.example")', 'sign in, "2"', "403"]  # no formula
            part = await client.get("/api/access/log/export", params={"who": "owner", "what": "settings"})
            assert len(part.text.splitlines()) == 2
            nothing = await client.get("/api/access/log/export", params={"who": "somebody else"})
            assert nothing.text == "id,time,kind,who,peer,what,status\n"
            for path in ("/api/access/log", "/api/access/log/export"):
                refused = await client.get(path, headers=bearer(reader))
                assert (refused.status_code, "needs the scope admin" in refused.text) == (403, True)
                assert (await client.get(path, params={"who": "x" * 101})).status_code == 400

    run(main())


def test_who_fails_too_often_has_to_wait_and_the_owner_does_not(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            with credentials(live) as access:
                key, _ = access.create_key("bot", parse_scopes(["read"]))
            wrong = bearer("ssk_00000000_" + "a" * 43)
            answers = [(await client.get("/api/status", headers=wrong)) for _ in range(12)]
            assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
            assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
            assert (await client.get("/api/status", headers=bearer(key))).status_code == 429
            assert await handshake(ws(client), bearer(key)) == 429
            assert (await client.get("/api/status")).status_code == 200  # the same address

    run(main())


def test_a_dashboard_is_not_locked_out_by_what_browsers_send_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            with credentials(live) as access:
                key, _ = access.create_key("dashboard", parse_scopes(["read"]))
            for number in range(15):
                headers = {**bearer(key), access_gate.SESSION_HEADER: f"sss_{number:043d}"}
                assert (await client.get("/api/status", headers=headers)).status_code == 401
            assert (await client.get("/api/status", headers=bearer(key))).status_code == 200

    run(main())


def test_a_socket_ends_when_its_key_is_revoked(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0, limits=ApiLimits(recheck_seconds=0.1)) as (_, live, client):
            with credentials(live) as access:
                key, _ = access.create_key("bot", parse_scopes(["read"]))
                async with websockets.connect(ws(client), additional_headers=bearer(key), proxy=None) as socket:
                    await socket.send('{"op": "subscribe", "topic": "status"}')
                    assert "status" in str(await socket.recv())
                    for _ in range(12):  # that others at this address fail ends nothing
                        await client.get("/api/status", headers=bearer("ssk_00000000_" + "a" * 43))
                    with pytest.raises(TimeoutError):
                        await asyncio.wait_for(to_the_end(socket), 1)
                    access.revoke_key("bot")
                    with pytest.raises(websockets.ConnectionClosed) as closed:
                        await asyncio.wait_for(to_the_end(socket), 20)
                    assert closed.value.rcvd is not None
                    assert (closed.value.rcvd.code, "signed out" in closed.value.rcvd.reason) == (1008, True)

    run(main())


def test_what_is_not_declared_needs_the_most() -> None:
    table = AccessTable()
    table.declare("PUT", "/api/things/{thing}", ALERTS)
    assert table.needed("PUT", "/api/things/1") == ALERTS
    assert table.needed("PUT", "/playbacks/ab/api/things/1") == ALERTS
    undeclared = (
        ("POST", "/api/things/1"),
        ("PUT", "/api/things/1/"),
        ("PUT", "/playbacks/api/things/1"),
        ("FOO", "/"),
    )
    for method, path in undeclared:
        assert table.needed(method, path) == ADMIN
    assert table.needed("HEAD", "/x") == READ


def test_an_address_has_the_methods_of_the_route_that_names_it_most_closely() -> None:
    table = AccessTable()
    for method, path in (("GET", "/a/{b}"), ("DELETE", "/a/{b}"), ("POST", "/a/c"), ("PUT", "/a/{b}/{d}")):
        table.declare(method, path, READ)
    assert table.methods("/a/x") == {"GET", "DELETE"}
    assert table.methods("/a/c") == {"POST"}
    assert table.methods("/a/x/y") == {"PUT"}
    assert table.methods("/a") == table.methods("/a/x/y/z") == set()


def test_a_change_is_answered_though_the_log_cannot_be_written_and_that_is_told() -> None:
    class Broken:
        def identify(self, _: str) -> Identity | None:
            return Identity(kind=IdentityKind.KEY, name="bot", scopes=frozenset({AccessScope.ADMIN}))

        def note(self, *_: object) -> None:
            raise StoreError("the disk is full")

    async def main() -> None:
        told: list[Exception] = []
        gate = access_gate.AccessGate(
            PlainTextResponse("done"), table=AccessTable(), own=OwnPrograms(enabled=False), credentials=Broken(),
            failed=told.append,
        )  # fmt: skip
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://test") as client:
            assert (await client.put("/x", headers=bearer("any"))).text == "done"
            assert [str(each) for each in told] == ["the disk is full"]

    asyncio.run(main())
