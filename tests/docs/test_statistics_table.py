"""The table of statistics is that of the declarations."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_table_is_that_of_the_declarations() -> None:
    program = runpy.run_path(str(ROOT / "scripts" / "write_statistics_table.py"))
    kept = (ROOT / "docs" / "statistics-table.md").read_text(encoding="utf-8")
    assert kept == program["table"](), "run python scripts/write_statistics_table.py"
