"""Files: paths that lead elsewhere, NUL bytes, links, archives whose members want to lie elsewhere."""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path

import httpx
import pytest

from spreadscope.importing.opening import OpenedFile
from tests.api.served import served
from tests.dashboard.served import dashboard
from tests.e2e.line import run

ELSEWHERE = (
    "..%2f..%2faccess.key", "%2e%2e%2faccess.key", "..%5caccess.key", "access.key%00.csv", "%00", "%2fetc%2fpasswd",
    "....%2f%2faccess.key", "%252e%252e%252faccess.key", "file:%2f%2f%2fetc%2fpasswd", "~%2faccess.key", "a" * 5_000,
)  # fmt: skip


def test_no_path_leads_out_of_where_a_route_looks(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            secret = (live.config.data / "access.key").read_text().strip()
            sent = await client.post("/api/files", params={"name": "../../../x\x00.csv"}, content=b"a")
            assert sent.status_code in {201, 400}
            laid = await asyncio.to_thread(lambda: [path for path in tmp_path.rglob("*x*.csv") if path.is_file()])
            assert [path for path in laid if path.parent.name == "jobs" or "jobs" not in path.parts] == []
            for name in ELSEWHERE:
                for route in ("/api/jobs/0/results/{}", "/api/files/{}", "/api/jobs/{}", "/playbacks/{}/api/status",
                              "/api/export/{}", "/api/access/keys/{}"):  # fmt: skip
                    answer = await client.request("DELETE" if "keys" in route else "GET", route.format(name))
                    assert 400 <= answer.status_code < 500, (route, name, answer.status_code)
                    assert secret not in answer.text
                    assert "root:" not in answer.text

    run(main())


def test_no_path_leads_out_of_what_the_pages_serve() -> None:
    async def main() -> None:
        async with (
            dashboard("http://127.0.0.1:9") as (_, port),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
        ):
            for name in ELSEWHERE:
                for route in ("/assets/x/{}", "/download/{}", "/download/jobs/0/{}", "/playback/{}", "/ask/{}"):
                    answer = await client.get(route.format(name))
                    assert answer.status_code >= 400, (route, name)
                    assert "root:" not in answer.text

    run(main())


def test_a_link_in_a_jobs_folder_gives_nothing_that_is_no_result(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            job = (await client.post("/api/jobs/export", json={"kind": "alerts"})).json()["id"]
            folders = [path for path in (live.config.data / "jobs").rglob(job) if path.is_dir()]
            for folder in folders or [live.config.data / "jobs"]:
                (folder / "stolen.csv").symlink_to(live.config.data / "access.key")
            answer = await client.get(f"/api/jobs/{job}/results/stolen.csv")
            assert answer.status_code == 404
            assert "ssl_" not in answer.text

    run(main())


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "a/../../evil.csv"])
def test_members_of_an_archive_are_read_and_never_laid_anywhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "deep" / "folder"
    folder.mkdir(parents=True)
    path = folder / "trades.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "time,price,quantity\n1700000000000,2,1\n1700000001000,2,1\n")
    before = sorted(tmp_path.rglob("*"))
    rows = list(OpenedFile(path, {}, None).blocks())
    assert sum(block.height for block in rows) == 2
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/etc/evil.csv").exists()
