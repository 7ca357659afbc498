# ruff: noqa: T201 - a program that reports to the terminal
"""Other people's clients at the local exchange: which stream and route reaches which client.

Run as ``python -m tests.clients PYTHON [NODE_FOLDER]`` (``make clients``): PYTHON is that of the clients' environment,
NODE_FOLDER holds the ``node_modules`` of Binance's JavaScript SDK. Prints a table; the exit status is 1 where something
that was acknowledged was not delivered, or where a client that is rightly silent was not told of on the console.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = (
    "with_ccxt", "with_python_binance", "with_binance_sdk", "with_futures_connector", "with_unicorn", "with_cryptofeed",
)  # fmt: skip
SECONDS = 300
SHORT = {
    "ccxt": "ccxt", "python-binance": "python-binance", "binance-sdk": "SDK (Python)",
    "@binance SDK for JavaScript": "SDK (JS)", "binance-futures-connector": "connector",
    "unicorn-binance-websocket-api": "unicorn", "cryptofeed": "cryptofeed",
}  # fmt: skip


@contextmanager
def exchange(console: TextIO) -> Iterator[dict[str, Any]]:
    """The local exchange as its users start it; what it says on its console goes to a file."""
    process = subprocess.Popen(
        [sys.executable, "-m", "spreadscope", "exchange", "--json", "--rate", "400"],
        stdout=subprocess.PIPE, stderr=console, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def lines_of(name: str, command: list[str]) -> list[dict[str, Any]]:
    """Run one client's program; its lines. A program that broke is one line of its own."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return [_broken(name, f"not done in {SECONDS} s")]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"client"')]
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        lines.append(_broken(name, f"status {done.returncode}: {last}"))
    return lines


def _broken(program: str, error: str) -> dict[str, Any]:
    return {"client": program, "kind": "program", "name": "runs to its end", "silent": "", "got": "", "error": error}


def table(lines: list[dict[str, Any]]) -> str:
    """Streams and routes × clients, in Markdown."""
    clients = list(dict.fromkeys(line["client"] for line in lines))
    cells: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for line in lines:
        row = (line["kind"], re.sub(r" (\(.*\)|on /\w+|and the snapshot.*)$", "", line["name"]))
        word = "yes" if line["got"] else "silent" if line["silent"] else "NO"
        known = cells[row].get(line["client"])
        cells[row][line["client"]] = word if known in {None, word} else f"{known}, {word}"
    order = {"program": 0, "route": 1, "stream": 2}
    head = ["stream or route", *(SHORT.get(client, client) for client in clients)]
    rows = [
        [f"{kind} `{name}`", *(found.get(client, "–") for client in clients)]
        for (kind, name), found in sorted(cells.items(), key=lambda item: order[item[0][0]])
    ]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in [head, ["-" * width for width in widths], *rows]
    )


def main(python: str, node_folder: str | None) -> int:
    with tempfile.TemporaryFile("w+") as console:
        with exchange(console) as market:
            where = [market["rest"], market["ws"]]
            lines = [
                line for name in PROGRAMS for line in lines_of(name, [python, "-m", f"tests.clients.{name}", *where])
            ]
            node = shutil.which("node")
            if node and node_folder:
                program = "with_binance_sdk.mjs"
                lines += lines_of(program, [node, str(HERE / program), *where, node_folder])
            else:
                print("Binance's JavaScript SDK is left out: npm could not install it here.", file=sys.stderr)
        console.seek(0)
        said = console.read()
    print(table(lines))
    silent = [line for line in lines if line["silent"]]
    for line in silent:
        print(f"silent: {line['client']}, {line['name']}: {line['silent']}")
    print("\nThe exchange's console:")
    print(said, end="")
    failures = [line for line in lines if bool(line["got"]) == bool(line["silent"])]
    for line in failures:
        print(f"FAILED: {line['client']}, {line['kind']} {line['name']}: {line['error'] or line['got']}")
    if silent and "stays silent" not in said:
        print("FAILED: streams stayed silent, and the console did not say so")
        return 1
    delivered = sum(bool(line["got"]) for line in lines)
    print(f"{delivered} delivered, {len(silent)} silent as on the exchange, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
