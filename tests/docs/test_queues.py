"""Every queue that could grow stands in the table of the queues, with its bound and what happens when it is full."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import spreadscope

SOURCES = Path(spreadscope.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
KINDS = {"Queue": 0, "LifoQueue": 0, "PriorityQueue": 0, "SimpleQueue": None, "deque": 1}  # the place of the bound


def unbounded(source: str) -> set[str]:
    """The names that are given a queue without a bound of its own."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
            continue
        function = node.value.func
        kind = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if kind not in KINDS or ast.unparse(function).startswith("contract."):
            continue
        place = KINDS[kind]
        named = any(word.arg in {"maxlen", "maxsize"} for word in node.value.keywords)
        if named or (place is not None and len(node.value.args) > place):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found |= {target.attr if isinstance(target, ast.Attribute) else ast.unparse(target) for target in targets}
    return found


def told() -> dict[str, list[str]]:
    """Place → the cells of its row in the table."""
    section = PAGE.read_text(encoding="utf-8").split("### Queues")[1].split("###")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:2] == "| "]
    return {match[1]: row for row in rows if (match := re.fullmatch(r"`([^`]+)`", row[1]))}


def test_a_queue_without_a_bound_is_found() -> None:
    text = (
        "self._a = asyncio.Queue()\nb: deque[int] = deque()\nc = deque(x, 3)\n"
        "d = deque(maxlen=2)\ne = queue.SimpleQueue()"
    )
    assert unbounded(text) == {"_a", "b", "e"}


def test_every_queue_has_a_bound_or_a_row() -> None:
    rows = told()
    found = {
        f"{path.relative_to(SOURCES).as_posix()}:{name}"
        for path in sorted(SOURCES.rglob("*.py"))
        for name in unbounded(path.read_text(encoding="utf-8"))
    }
    assert found <= set(rows), found - set(rows)
    assert all(len(row) == 4 and all(row) for row in rows.values())


def test_the_rows_are_about_what_there_is() -> None:
    for place in told():
        path, _, name = place.partition(":")
        assert re.search(rf"\b{name}\b", (SOURCES / path).read_text(encoding="utf-8")), place
