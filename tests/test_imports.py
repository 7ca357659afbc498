"""One way to import what tests share: by its whole name, from a module that is no test itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
FILES = sorted(TESTS.rglob("*.py"))


def imported(source: str) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"
            yield from (f"{node.module}.{name.name}" for name in node.names if node.module and not node.level)


def test_every_folder_is_a_package() -> None:
    folders = {path.parent for path in FILES}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_nothing_is_imported_from_a_test_or_a_conftest_or_by_a_short_name() -> None:
    helpers = {path.stem for path in FILES} - {"__init__", "__main__", "conftest", "rows", "codec", "columns"}
    wrong = []
    for path in FILES:
        for name in imported(path.read_text(encoding="utf-8")):
            from_a_test = re.match(r"tests\.(\w+\.)*(test_\w+|conftest)(\.|$)", name)
            short = "." not in name and name in helpers and name != "tests"
            if from_a_test or short or name.startswith("."):
                wrong.append(f"{path.relative_to(TESTS)}: {name}")
    assert wrong == []


def test_no_path_is_put_before_others() -> None:
    """But where a program is run by its path, and knows no package."""
    allowed = {"reference/run_cases.py", "test_imports.py"}
    found = {path.relative_to(TESTS).as_posix() for path in FILES if "sys.path" in path.read_text(encoding="utf-8")}
    assert found <= allowed
