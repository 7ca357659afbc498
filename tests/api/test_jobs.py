"""The routes of jobs and dropped files as ``docs/api.md`` promises them, over a real engine on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from spreadscope.app.job_service import JobService
from tests.api.served import served
from tests.e2e.line import run, until
from tests.support.job_modules import How

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _jobs_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def with_test_jobs(service: JobService) -> JobService:
    service._modules = {"test": "tests.support.job_modules"}
    return service


def sentence(answer: httpx.Response) -> str:
    message: str = answer.json()["error"]["message"]
    return message


async def parts(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000):
        yield b"0" * 1000


def test_a_job_from_its_files_to_its_results(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, live, client):
            jobs = with_test_jobs(live.jobs)
            sent = await client.post("/api/files", params={"name": "closes.csv"}, content=b"1\n" * 100_000)
            assert sent.status_code == 201
            file = sent.json()
            assert (file["name"], file["size"]) == ("closes.csv", 200_000)
            assert (await client.get("/api/files")).json() == [file]
            job = await jobs.submit("test", "A test", How("well"), files=[file["id"]], demo=True)
            assert (await client.get("/api/jobs")).json()[0]["id"] == job.id
            await until(lambda: jobs.jobs()[0].ended is not None)
            found = (await client.get(f"/api/jobs/{job.id}")).json()
            assert (found["state"], found["error"], found["title"]) == ("done", None, "A test")
            result = await client.get(f"/api/jobs/{job.id}/results/report.json")
            assert result.json()["input"] == ["closes.csv"]
            assert result.headers["content-type"] == "application/json"
            assert 'filename="DEMO-test-report.json"' in result.headers["content-disposition"]
            absent = await client.get(f"/api/jobs/{job.id}/results/..%2Fparameters.json")
            assert absent.status_code == 404
            absent = await client.get(f"/api/jobs/{job.id}/results/parameters.json")
            assert "it has report.json" in sentence(absent)
            assert (await client.delete(f"/api/jobs/{job.id}")).status_code == 204
            gone = await client.get(f"/api/jobs/{job.id}")
            assert (gone.status_code, sentence(gone)[:16]) == (404, "there is no job ")
            assert (await client.delete(f"/api/files/{file['id']}")).status_code == 204
            assert (await client.delete(f"/api/files/{file['id']}")).status_code == 404

    run(main())


def test_a_job_is_cancelled_and_ends_with_a_delete(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, live, client):
            jobs = with_test_jobs(live.jobs)
            first, second = [await jobs.submit("test", "", How("sleep")) for _ in range(2)]
            await until(lambda: "does as it is told" in jobs.jobs()[1].progress)
            cancelled = await client.post(f"/api/jobs/{first.id}/cancel")
            assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
            assert (await client.delete(f"/api/jobs/{second.id}")).status_code == 204
            assert [job.id for job in jobs.jobs()] == [first.id]
            assert (await client.post("/api/jobs/nope/cancel")).status_code == 404

    run(main())


def test_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (_, live, client):
            name = {"name": "a.csv"}
            too_long = await client.post("/api/files", params=name, content=bytes(64 * 2**20 + 1))
            assert (too_long.status_code, sentence(too_long)[:24]) == (413, "what is sent is longer t")
            chunked = await client.post("/api/files", params=name, content=parts(2000))
            assert (chunked.status_code, "Content-Length" in sentence(chunked)) == (411, True)
            empty = await client.post("/api/files", params=name, content=b"")
            assert (empty.status_code, sentence(empty)) == (400, "a.csv is empty")
            unnamed = await client.post("/api/files", content=b"1")
            assert unnamed.status_code == 400
            assert live.jobs.files.listed() == []
            long_body = await client.post("/api/pairs", content=b"0" * 100_000)
            assert long_body.status_code == 413  # what is no file is as short as ever

    run(main())
