"""The examples in docstrings run (those of the statistics have a test of their own)."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"


def with_examples() -> list[str]:
    files = [path for path in (SOURCE / "spreadscope").rglob("*.py") if ">>> " in path.read_text(encoding="utf-8")]
    names = [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in files]
    return sorted(name for name in names if ".stats" not in name)


@pytest.mark.parametrize("name", with_examples())
def test_the_examples_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
