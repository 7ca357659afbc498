"""The set-up shows that it is at work: each step has a title, signs of life, and an end."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

from spreadscope.commands import compile_kernels
from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.hedge import HedgeName
from spreadscope.model.instrument import Pair
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.legs import Leg
from spreadscope.pairs.tracker import PairTracker

ROOT = Path(__file__).parent.parent


@pytest.fixture
def step() -> ModuleType:
    spec = importlib.util.spec_from_file_location("step", ROOT / "scripts" / "step.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_step_says_what_it_does_how_far_it_is_and_that_it_is_done(
    step: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "arrived").write_bytes(bytes(2_000_000))
    program = "import time; time.sleep(0.3); print('its own words')"
    assert (
        step.main(["2/4 packages", "--grows", str(tmp_path), "--", sys.executable, "-c", program], every_seconds=0.05)
        == 0
    )
    printed = capfd.readouterr()
    assert printed.out == "", "standard output is for what runs after the set-up"
    lines = printed.err.splitlines()
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


PYTHON = """#!/bin/sh
# Python as the set-up sees it: steps are run, all else says something and is done.
case "$1" in
  scripts/step.py) exec {python} "$@" ;;
  -c) exit 0 ;;
esac
echo "noise of python $*"
[ "$2" = venv ] && sh {make_environment}
exit 0
"""
UV = """#!/bin/sh
echo "noise of uv $*"
[ "$1" = venv ] && sh {make_environment}
exit 0
"""
MAKE_ENVIRONMENT = """
mkdir -p {venv}/bin
printf '#!/bin/sh\necho "noise of the environment $*"\n' > {venv}/bin/python
printf '#!/bin/sh\necho "$*" >&2; echo "{{}}"\n' > {venv}/bin/spreadscope
chmod +x {venv}/bin/*
"""


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("with_uv", [True, False], ids=["uv", "pip"])
def test_the_first_demo_in_json_prints_json_alone(tmp_path: Path, *, with_uv: bool) -> None:
    venv, script = tmp_path / "venv", tmp_path / "environment.sh"
    script.write_text(MAKE_ENVIRONMENT.format(venv=venv))
    for name, text in (("python3", PYTHON), ("uv", UV)):
        (tmp_path / name).write_text(text.format(python=sys.executable, make_environment=script))
        (tmp_path / name).chmod(0o755)
    uv = tmp_path / "uv" if with_uv else ""
    # One make that is called by another says on standard output which folder it is in, and no Makefile can forbid it.
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    done = subprocess.run(
        ["make", f"VENV={venv}", f"PYTHON={tmp_path / 'python3'}", f"UV={uv}", "demo", "ARGS=--json"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60, env=environment,
    )  # fmt: skip
    assert done.stdout == "{}\n"
    assert "Setting up in" in done.stderr
    assert "4/4 compiling the numerical kernels" in done.stderr
    assert done.stderr.count("noise of") >= 4
    assert done.stderr.endswith("demo --json\n")


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_the_tests_of_the_javascript_run_before_those_of_python_and_arguments_are_for_these(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "-n", f"VENV={tmp_path / 'venv'}", "test", "ARGS=-k something"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    lines = done.stdout.replace("\\\n", " ").splitlines()
    (lint, test), (pytest_line,) = (
        [line for line in lines if " npm --prefix frontend/checks " in line],
        [line for line in lines if "bin/pytest" in line],
    )
    assert lint.endswith("run --silent lint")
    assert test.endswith("run --silent test")
    assert pytest_line.endswith("-k something")
    assert lines.index(test) < lines.index(pytest_line)
    assert any("scripts/step.py" in line and "scripts/fetch_checks.py" in line for line in lines)


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return ROOT / "scripts"


def test_what_npm_has_installed_is_compared_with_the_lock(scripts: Path, tmp_path: Path) -> None:
    up_to_date = runpy.run_path(str(scripts / "fetch_checks.py"))["up_to_date"]
    lock = {"packages": {"": {"name": "ours"}, "node_modules/a": {"version": "1.0.0"}}}
    there = tmp_path / "node_modules" / ".package-lock.json"
    there.parent.mkdir()
    assert not up_to_date(tmp_path)
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    assert not up_to_date(tmp_path)
    for text, right in (
        (json.dumps({"packages": {"node_modules/a": {"version": "1.0.0"}}}), True),
        (json.dumps({"packages": {"node_modules/a": {"version": "1.0.1"}}}), False),
        (json.dumps({"packages": {}}), False),
        ("{", False),
    ):
        there.write_text(text)
        assert up_to_date(tmp_path) is right, text


def program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    (folder / name).chmod(0o755)


def test_a_node_that_is_too_old_is_passed_over(scripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del scripts
    import node  # type: ignore[import-not-found,unused-ignore]  # a script of ours

    system, environment = tmp_path / "system", tmp_path / "environment"
    monkeypatch.setenv("PATH", str(system))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(environment))
    program(system, "npm", "10.0.0")
    program(system, "node", "v18.20.1")
    assert node.version(str(system / "node")) == (18, 20)
    assert node.npm((16, 0)) == str(system / "npm")
    monkeypatch.setattr(node, "sys", type("sys", (), {"executable": str(system / "npm")}))  # installs nothing
    with pytest.raises(node.NodeError, match=r"no Node\.js 20\.19 or newer"):
        node.npm((20, 19))
    program(environment, "npm", "11.0.0")
    program(environment, "node", "v24.1.0")
    assert node.npm((20, 19)) == str(environment / "npm")


def test_what_npm_says_is_said(scripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del scripts
    import node  # type: ignore[import-not-found,unused-ignore]  # a script of ours

    system = tmp_path / "system"
    monkeypatch.setenv("PATH", f"{system}:/bin:/usr/bin")
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path / "environment"))
    program(system, "node", "v24.1.0")
    program(system, "npm", "'no such host' >&2; exit 7")
    with pytest.raises(node.NodeError, match=r"npm ci in .* failed: no such host\. Check the network"):
        node.install(tmp_path, (20, 19))


def test_the_kernels_are_counted_while_they_are_compiled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[str] = []
    steps = [(name, lambda name=name: called.append(name)) for name in ("regression", "ADF")]
    monkeypatch.setattr(compile_kernels, "_steps", lambda: steps)
    compile_kernels.load_kernels(compile_kernels._print_step)
    assert called == ["regression", "ADF"]
    assert capsys.readouterr().err.splitlines() == ["  kernel 1 of 2: regression", "  kernel 2 of 2: ADF"]


def test_nothing_is_compiled_at_the_rows_and_looks_of_a_pair() -> None:
    """A kernel that is first called in the engine would hold it up for seconds."""
    compile_kernels.load_kernels()
    before = _compiled()
    rng = np.random.default_rng(1)
    x = 4.0 + np.cumsum(1e-3 * rng.standard_normal(400))
    y = x + 1e-3 * rng.standard_normal(400)
    x[50:60] = np.nan
    for hedge in HedgeName:
        tracker = PairTracker(Pair("AUSDT", "BUSDT"), Timeframe.S1, AnalyticsConfig(hedge=hedge, evidence_window=240))
        for time, prices in enumerate(np.exp(np.column_stack([y, x])).tolist()):
            legs = [
                Leg(None, None, None, complete=True) if math.isnan(p) else Leg(p, p, 0, complete=True) for p in prices
            ]
            row = tracker.step(1_000 * time, *legs, halted=False, state=SignalState.FLAT)
            if time == 300:
                tracker.freeze()
        assert row["looks"].value == 4.0
    assert _compiled() == before


def _compiled() -> dict[str, int]:
    """The number of compiled versions of each kernel."""
    return {
        f"{name}.{key}": len(value.signatures)
        for name, module in tuple(sys.modules.items())
        if name.startswith("spreadscope.")
        for key, value in vars(module).items()
        if isinstance(value, Dispatcher)
    }
