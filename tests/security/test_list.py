"""The security list has a test for each of its lines, and each that is named exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What the list asks for, by a word of the line of docs/access.md that says it.
ASKED = (
    "path", "NUL", "symbolic links", "zip-slip", "bombs", "bodies", "uploads", "sockets", "subscriptions", "exports",
    "on pages", "in files, messages, logs and terminals", "`eval`, `exec`, `pickle`, `yaml.load`", "0600", "masked",
    "SSRF", "telemetry",
)  # fmt: skip


def listed() -> dict[str, list[tuple[str, str]]]:
    """The tests (file and name) of each line of the table."""
    page = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    table = page.partition("## What is tried against it\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!line \||---)(.+?) \| (.+) \|$", table, flags=re.MULTILINE)
    named = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_\w+)`")
    for line, cell in rows:
        assert named.sub("", cell).replace("<br>", "") == "", f"{line}: something else than tests stands in {cell}"
    return {line: named.findall(cell) for line, cell in rows}


def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_line_of_the_list_is_held_by_tests_that_exist() -> None:
    lines = listed()
    assert [asked for asked in ASKED if not any(asked in line for line in lines)] == []
    assert [line for line, tests in lines.items() if not tests] == []
    files = {file for tests in lines.values() for file, _ in tests}
    there = {file: functions_of(file) for file in files}
    assert [f"{file}::{name}" for tests in lines.values() for file, name in tests if name not in there[file]] == []


def test_each_file_of_this_folder_stands_in_the_list() -> None:
    named = {file for tests in listed().values() for file, _ in tests}
    here = {f"tests/security/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert here - named == {f"tests/security/{Path(__file__).name}"}
