"""A tutorial as a newcomer follows it: its commands and its Python, in their order, and what they print.

A block ``sh`` holds commands, a block ``python`` lines that share their names with the others of the page. A block
``text`` that follows one of them is what it prints, from the first line to the last; ``…`` in a line stands for any
characters, and a line that is ``…`` alone for any lines. A command that begins with ``make demo`` starts the demo with
the arguments that are named; the pages that name the same share it.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from tests.docs.guide import ROOT, Step, steps
from tests.support.command import command

TUTORIALS = ROOT / "docs" / "tutorials"
#: Where the pages ask the engine; in a test it is at a port of its own.
ADDRESS = "http://127.0.0.1:8765"


def agrees(shown: str, printed: str) -> bool:
    """Whether ``printed`` is what a page shows, its ``…`` left open."""
    lines = [
        r"(?:[^\n]*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r" *\n"
        for line in shown.strip("\n").splitlines()
    ]
    return re.fullmatch("".join(lines) + r"\s*", printed.lstrip("\n").rstrip() + "\n") is not None


class Follower:
    """Who follows tutorials in one folder. Use it as a context: the demo that was started ends with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.api = ADDRESS
        self._demo: subprocess.Popen[str] | None = None
        self._demo_words: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._demo is not None:
            self._demo.send_signal(signal.SIGTERM)
            self._demo.communicate(timeout=30)

    def follow(self, page: Path) -> int:
        """Run every block of a page. Returns how many were run.

        Raises ``AssertionError`` where a command fails or prints something else than the page shows.
        """
        blocks = steps(page.read_text(encoding="utf-8"))
        if unknown := {step.kind for step in blocks} - {"sh", "python", "text"}:
            raise ValueError(f"{page.name} has blocks that nobody runs: {unknown}")
        names: dict[str, Any] = {"__name__": "tutorial"}
        ran = 0
        for step, after in pairwise([*blocks, Step("", "end", "")]):
            if step.kind == "text":
                continue
            where = f"{page.name}:\n{step.text}"
            printed = self._shell(step.text, where) if step.kind == "sh" else self._python(step.text, names, where)
            ran += 1
            if after.kind == "text" and printed is not None:
                assert agrees(after.text, printed), f"{where}\nprinted\n{printed}\nand the page shows\n{after.text}"
        return ran

    def _shell(self, text: str, where: str) -> str | None:
        """Returns what the commands print; None for the demo, which says how it is where a program reads it."""
        printed = ""
        for line in text.splitlines():
            words = shlex.split(line.replace(ADDRESS, self.api))
            if words[:2] == ["make", "demo"]:
                self._start_demo(shlex.split(words[2].removeprefix("ARGS=")))
                return None
            assert words[0] == "spreadscope", f"{where}\n{line!r} is no command of the environment"
            done = command(*words[1:], cwd=self.folder, as_on_terminal=True)
            assert done.returncode == 0, f"{where}\n{done.stdout}"
            printed += done.stdout
        return printed

    def _python(self, text: str, names: dict[str, Any], where: str) -> str:
        printed = io.StringIO()
        code = compile(text.replace(ADDRESS, self.api), where, "exec")
        with contextlib.redirect_stdout(printed), contextlib.chdir(self.folder):
            exec(code, names)  # noqa: S102 - the page's own lines, which are what is tested
        return printed.getvalue()

    def _start_demo(self, words: list[str]) -> None:
        if self._demo is not None:
            assert words == self._demo_words, "this tutorial starts another demo than the one before"
            return
        self._demo_words = words
        asked = ["0" if before == "--api-port" else word for before, word in pairwise(["", *words])]
        # The page is looked at by the tests of pages.
        self._demo = subprocess.Popen(
            [sys.executable, "-m", "spreadscope", "demo", *asked, "--no-dashboard", "--json"],
            cwd=self.folder, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._demo.stdout is not None
        line = self._demo.stdout.readline()
        assert line, "the demo did not start: see its message above"
        self.api = json.loads(line)["api"]
