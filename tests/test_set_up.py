"""The set-up shows that it is at work: each step has a title, signs of life, and an end."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from spreadscope.commands import warm

ROOT = Path(__file__).parent.parent


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("step", ROOT / "scripts" / "step.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.05)
    return module


def test_a_step_says_what_it_does_how_far_it_is_and_that_it_is_done(
    step: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "arrived").write_bytes(bytes(2_000_000))
    program = "import time; time.sleep(0.3); print('its own words')"
    assert step.main(["2/4 packages", "--grows", str(tmp_path), "--", sys.executable, "-c", program]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "2/4 packages ..."
    assert f"  0 s, 2 MB in {tmp_path}" in lines
    assert "its own words" in lines
    assert lines[-1] == "  done in 0 s"


def test_a_step_that_fails_says_so_and_keeps_the_status(step: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    assert step.main(["packages", "--", sys.executable, "-c", "raise SystemExit(7)"]) == 7
    assert "failed after 0 s (exit status 7)" in capfd.readouterr().err
    assert step.main(["packages", "--", "/nonexistent/uv"]) == 1
    assert "/nonexistent/uv cannot be run: No such file" in capfd.readouterr().err


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_every_long_step_of_the_set_up_is_shown(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "-n", f"VENV={tmp_path / 'venv'}", "install"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    shown = [line for line in done.stdout.replace("\\\n", " ").splitlines() if "scripts/step.py" in line]
    titles = [line.split('"')[1] for line in shown]
    assert [title[:3] for title in titles] == ["1/4", "2/4", "3/4", "4/4", "the"]
    assert "MB to download" in titles[1]


def test_the_kernels_are_counted_while_they_are_compiled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[str] = []
    steps = [(name, lambda name=name: called.append(name)) for name in ("regression", "ADF")]
    monkeypatch.setattr(warm, "_steps", lambda: steps)
    warm.warm(warm._tell)
    assert called == ["regression", "ADF"]
    assert capsys.readouterr().err.splitlines() == ["  kernel 1 of 2: regression", "  kernel 2 of 2: ADF"]
