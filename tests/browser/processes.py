"""The real thing for browser tests: a synthetic exchange, the engine and the dashboard as processes."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
_DRAWN = random.SystemRandom()
RATE = ["--rate", "220"]
"""A quiet market, of some twenty trades a second and symbol: seconds have bars, and the machine time for tests."""


def wait_for(condition: Callable[[], Any], seconds: float, what: str | Callable[[], str]) -> Any:
    """Wait until ``condition`` gives something true, and give it back; else fail, and tell what is there instead."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"{what() if callable(what) else what} did not happen within {seconds:.0f} s")


def patience(seconds: float) -> float:
    """So long on a machine that has time; longer, where it has more to do than processors to do it with."""
    return seconds * min(6.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))


class Program:
    """One of our commands as a process of its own, with its output in files."""

    def __init__(
        self, name: str, folder: Path, arguments: list[str], environment: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.out, self.log = folder / f"{name}.out", folder / f"{name}.log"
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("SPREADSCOPE_")}
        with self.out.open("wb") as out, self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                stdout=out,
                stderr=log,
                env={**inherited, "HOME": str(folder), **(environment or {})},
                start_new_session=True,
            )

    def ready(self) -> dict[str, Any]:
        """The line of JSON that it prints once it serves."""
        wait_for(lambda: b"\n" in self.out.read_bytes() or self.process.poll() is not None, START_SECONDS, self.name)
        line = self.out.read_text().split("\n")[0]
        assert line, f"{self.name} ended: {self.log.read_text()[-2000:]}"
        return dict(json.loads(line))

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(10)


def assert_no_traceback(program: Program) -> None:
    """No run of the page script, and nothing else, ended by an exception."""
    said = program.log.read_text()
    assert "Uncaught app execution" not in said
    assert "Traceback" not in said


class Stack:
    """Exchange, engine and dashboard. ``url`` is the page, ``api`` the engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs: list[Program] = []
        self._exchange_port = free_ports(2)
        self.exchange = self.start_exchange()
        self.symbols: list[str] = self.market["symbols"]
        self.pair = "/".join(self.symbols[:2])
        self.api = ""
        self.engine = self.start_engine(port=0)
        self.dashboard, self.url = start_dashboard(folder, self.api)
        self.programs.append(self.dashboard)

    def start_exchange(self) -> Program:
        """The local exchange, at the addresses it had before."""
        port = ["--port", str(self._exchange_port)]
        self.exchange = self._start(
            "exchange", ["spreadscope", "exchange", "--json", "--seed", "7", "--symbols", "4", *RATE, *port]
        )
        self.market: dict[str, Any] = self.exchange.ready()
        return self.exchange

    def start_engine(self, port: int) -> Program:
        data = str(self.folder / "data")
        arguments = ["spreadscope", "engine", "--json", "--port", str(port), "--data", data, "--pair", self.pair]
        arguments += ["--rest-url", self.market["rest"], "--ws-url", self.market["ws"]]
        # Pages open on seconds here: of minutes a test would see one change. So much history gives every statistic of
        # seconds its value at once.
        settings = {"SPREADSCOPE_TIMEFRAME": "1s", "SPREADSCOPE_HISTORY__TRADE_MINUTES": "15"}
        self.engine = self._start("engine", arguments, settings)
        self.api = self.engine.ready()["api"]
        return self.engine

    def _start(self, name: str, arguments: list[str], environment: dict[str, str] | None = None) -> Program:
        program = Program(name, self.folder, arguments, environment)
        self.programs.append(program)
        return program

    def get(self, path: str) -> Any:
        with opener.open(f"{self.api}{path}", timeout=10) as answer:
            return json.loads(answer.read())

    def delete(self, path: str) -> None:
        httpx.delete(f"{self.api}{path}", trust_env=False, timeout=10).raise_for_status()

    def stop(self) -> None:
        for program in reversed(self.programs):
            program.stop()


def start_dashboard(folder: Path, api: str) -> tuple[Program, str]:
    """The dashboard of the engine at ``api``, once it serves, and its address."""
    port = free_ports(1)
    arguments = ["streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    program = Program("dashboard", folder, arguments, {"SPREADSCOPE_ENGINE": api, "SPREADSCOPE_START_ENGINE": "0"})
    url = f"http://127.0.0.1:{port}"
    wait_for(lambda: answers(f"{url}/_stcore/health"), START_SECONDS, "the dashboard's start")
    return program, url


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on.

    They lie below those that the system gives to outgoing connections, which could take one before a program of ours
    does; and they are drawn at random, so that tests beside each other do not find the same.
    """
    while True:
        port = _DRAWN.randrange(10_000, 32_000)
        with ExitStack() as probes:
            try:
                for more in range(count):
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port + more))
            except OSError:
                continue
            return port


opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str) -> bool:
    try:
        with opener.open(url, timeout=2):
            return True
    except OSError:
        return False
