# ruff: noqa: T201 - a script that reports to the terminal, not part of a package
"""Installs a wheel in an environment of its own and sees a demo page come up. Run by ``make dist``.

Takes the packages that ``requirements/runtime.lock`` names. Prints how long each step took. Exit status 1 where one
fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "runtime.lock"


def main(wheel: Path) -> int:
    """Install, start the demo, and read the page of its dashboard and the chart library that it needs."""
    with tempfile.TemporaryDirectory(prefix="spreadscope-wheel-") as made:
        folder = Path(made)
        began = time.monotonic()
        venv.create(folder / "venv", with_pip=True)
        pip = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", LOCK], check=True)
        subprocess.run([*pip, "--no-deps", wheel.resolve()], check=True)
        print(f"installed in {time.monotonic() - began:.0f} s", flush=True)
        began = time.monotonic()
        command = [folder / "venv" / "bin" / "spreadscope", "demo", "--no-browser", "--port", "0", "--json"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as demo:
            try:
                line = demo.stdout.readline() if demo.stdout else ""
                if not line:
                    print("the demo did not start: see its message above")
                    return 1
                addresses = json.loads(line)
                print(f"demo ready after {time.monotonic() - began:.0f} s", flush=True)
                return see(addresses["dashboard"], addresses["api"])
            finally:
                demo.terminate()
                demo.wait()


def see(dashboard: str, api: str) -> int:
    """Read the page, the status, and wait for the first row of statistics."""
    for address in (f"{dashboard}/", f"{api}/api/status"):
        answer = httpx.get(address, timeout=20)
        if answer.status_code != 200:
            print(f"{address} answers {answer.status_code}")
            return 1
    end = time.monotonic() + 60
    while time.monotonic() < end:
        status = httpx.get(f"{api}/api/status", timeout=20).json()
        if status["demo"] and any(symbol["trades"] for symbol in status["symbols"]):
            print("a live demo page, with trades")
            return 0
        time.sleep(0.5)
    print("no trade came within a minute")
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
