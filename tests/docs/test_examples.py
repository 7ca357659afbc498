"""The examples of the documentation run as they stand, and what they print is true of their made-up market."""

from __future__ import annotations

import re
import runpy
import time
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_runs_in_a_few_seconds(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    runpy.run_path(str(path), run_name="__main__")
    assert time.monotonic() - started < 15
    assert capsys.readouterr().out
    assert "# %%" in path.read_text(encoding="utf-8")


def test_the_example_of_a_pair_finds_what_its_closes_were_made_with(capsys: pytest.CaptureFixture[str]) -> None:
    found = runpy.run_path(str(EXAMPLES / "pairs.py"))
    text = capsys.readouterr().out
    assert abs(found["fit"].beta - 1.2) < 2 * found["fit"].se_beta
    assert found["life"].low < 30 < found["life"].high
    assert found["evidence"].standing.cointegrated
    assert found["surrogates"].pvalue < 0.05
    assert "12 of BBBUSDT missing" in text
    assert "(y: AAAUSDT, x: BBBUSDT)" in text
    assert re.search(r"half-life \d+ minutes, 95% interval from \d+ to \d+", text)
    assert found["z"].columns == ["open_time", "z", "reason"]
