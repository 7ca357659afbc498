"""A real Prometheus with the rules of ``deploy/``, on a port of its own, and the files that it is given."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.processes import free_ports

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"
BOARD = DEPLOY / "grafana" / "spreadscope.json"
_START_SECONDS = 30.0
_TARGET = "127.0.0.1:8765"

needs_prometheus = pytest.mark.skipif(
    not all(map(shutil.which, ("prometheus", "promtool"))),
    reason="no Prometheus: scripts/ensure_prometheus.py installs it on Debian",
)


def expressions() -> dict[str, str]:
    """The expression of each rule, by the name of its alarm."""
    text = RULES.read_text(encoding="utf-8")
    return dict(re.findall(r"- alert: (\w+)\n +expr: (.+)", text))


def queries() -> list[str]:
    """Every query of the board, its variables filled in."""
    document = json.loads(BOARD.read_text(encoding="utf-8"))
    found = [target["expr"] for panel in document["panels"] for target in panel.get("targets", ())]
    return [query.replace("$instance", ".*") for query in found]


def run(*command: object) -> str:
    """What a program of Prometheus printed; it must end well."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Prometheus:
    """Asks a running Prometheus over its HTTP API."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=10)

    def ready(self) -> bool:
        try:
            return self._http.get("/-/ready").status_code == 200
        except httpx.HTTPError:
            return False

    def query(self, text: str) -> list[dict[str, Any]]:
        """The samples of a query now."""
        answer = self._http.get("/api/v1/query", params={"query": text})
        document = answer.json()
        assert document["status"] == "success", (text, document)
        found: list[dict[str, Any]] = document["data"]["result"]
        return found

    def firing(self) -> set[str]:
        """The names of the alarms that fire."""
        alerts = self._http.get("/api/v1/alerts").json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def targets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._http.get("/api/v1/targets").json()["data"]["activeTargets"]
        return found

    def close(self) -> None:
        self._http.close()


@contextmanager
def prometheus(folder: Path, target: str, key: str) -> Iterator[Prometheus]:
    """A Prometheus that scrapes ``target`` (host and port) every second, by the files of ``deploy/``, with a ``key``.

    Rules fire without their time of waiting, which ``promtool test rules`` checks.
    """
    (folder / "keys").mkdir(parents=True)
    (folder / "keys" / "prometheus.key").write_text(f"{key}\n", encoding="utf-8")
    given = (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    assert _TARGET in given
    (folder / "prometheus.yml").write_text(given.replace(_TARGET, target).replace(": 15s", ": 1s"), encoding="utf-8")
    rules = re.sub(r"^ +for: .+\n", "", RULES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (folder / "alerts.yml").write_text(rules, encoding="utf-8")
    address = f"127.0.0.1:{free_ports(1)}"
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}", "--log.level=warn",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    asked = Prometheus(f"http://{address}")
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not asked.ready():
            assert process.poll() is None, (folder / "log.txt").read_text()
            assert time.monotonic() < deadline, "it is not ready in time"
            time.sleep(0.05)
        yield asked
    finally:
        asked.close()
        process.terminate()
        process.wait(20)
