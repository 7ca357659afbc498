"""A guide as a reader follows it: its files, changes and commands, read from the page and carried out on a copy.

A block of code belongs to the file whose name stands before it, between backticks and with a colon. A ``diff`` changes
that file, any other block is the file. Lines of a block without a language that begin with ``.venv/bin/`` are commands.
In a diff, a line that stays and ends with … stands for the line that begins so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: What is made by tools, and lies beside the project's own files.
LEFT_OUT = (
    ".git",
    ".venv*",
    "node_modules",
    ".*_cache",
    ".hypothesis",
    "dist",
    "build",
    "site",
    "site-versions",
    "spreadscope-data",
)

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", flags=re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`([\w./-]+)`:\s*\Z")


@dataclass(frozen=True)
class Step:
    """One block: a whole file, a change of one, or commands (then ``path`` is empty)."""

    path: str
    kind: str
    text: str


def steps(page: str) -> list[Step]:
    """Every block of a guide in its order. A block that follows another at once is of the same file."""
    found: list[Step] = []
    end = 0
    for block in _BLOCK.finditer(page):
        between = page[end : block.start()]
        end = block.end()
        named = _NAMED.search(between)
        path = named[1] if named else found[-1].path if found and not between.strip() else ""
        found.append(Step(path, block[2], textwrap.dedent(block[3])))
    return found


def changed(before: str, diff: str) -> str:
    """``before`` with a diff applied. Raises ``ValueError`` where its lines are not there, or more than once."""
    lines = before.splitlines()
    edit = [(line[:1], line[1:]) for line in diff.splitlines()]
    wanted = [text for sign, text in edit if sign != "+"]
    places = [
        place
        for place in range(len(lines) - len(wanted) + 1)
        if all(_is(lines[place + n], text) for n, text in enumerate(wanted))
    ]
    if len(places) != 1:
        raise ValueError(f"these lines are there {len(places)} times, not once:\n" + "\n".join(wanted))
    at, after = places[0], list[str]()
    for sign, text in edit:
        if sign == "+":
            after.append(text)
            continue
        if sign != "-":
            after.append(lines[at])
        at += 1
    return "\n".join([*lines[: places[0]], *after, *lines[at:]]) + "\n"


def _is(line: str, wanted: str) -> bool:
    return line.startswith(wanted.removesuffix("…")) if wanted.endswith("…") else line == wanted


class Copy:
    """A copy of the project, in which a guide is followed."""

    def __init__(self, folder: Path, *, project: Path = ROOT) -> None:
        self.folder = folder
        # Times are kept, so compiled kernels need not be compiled again.
        beside = shutil.ignore_patterns(*LEFT_OUT)

        def left_out(place: str, names: list[str]) -> set[str]:
            # A store of the developer; a folder of that name further down is the project's.
            return set(beside(place, names)) | ({"data"} if Path(place) == project else set())

        shutil.copytree(project, folder, ignore=left_out, dirs_exist_ok=True)

    def follow(self, guide: Path, *, also: tuple[str, ...] = ()) -> list[str]:
        """Carry a guide out; ``also`` are tests that its last command runs too.

        Returns the files that it made or changed.
        """
        found = steps(guide.read_text(encoding="utf-8"))
        commands = [shell for step in found if not step.kind for shell in step.text.splitlines()]
        files = [step for step in found if step.kind]
        if not commands or not all(step.path for step in files):
            raise ValueError(f"{guide.name} has a block without the name of its file, or no command")
        last = commands[-1]
        for step in found:
            if step.kind:
                self._write(step)
            else:
                for command in step.text.splitlines():
                    self.run(command, *(also if command == last else ()))
        return list(dict.fromkeys(step.path for step in files))

    def run(self, command: str, *arguments: str) -> None:
        """A command of the environment, as a reader types it, on the copy.

        Raises ``AssertionError`` with what it printed.
        """
        program, *given = command.split()
        name = program.removeprefix(".venv/bin/")
        if name == program:
            raise ValueError(f"{command!r} is no command of the environment")
        words = [sys.executable, *(() if name == "python" else ("-m", name)), *given, *arguments]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(self.folder / "src"), str(self.folder)])}
        environment.pop("PYTEST_ADDOPTS", None)
        done = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-4_000:]}\n{done.stderr[-2_000:]}"

    def _write(self, step: Step) -> None:
        path = self.folder / step.path
        if step.kind == "diff":
            path.write_text(changed(path.read_text(encoding="utf-8"), step.text), encoding="utf-8")
        elif path.exists():
            raise ValueError(f"{step.path} is there already: choose another example")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
