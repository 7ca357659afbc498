"""What a release is made of: known licences, a wheel with its chart library, files to deploy that name what we have."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from spreadscope.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
DEPLOYED = sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file())


def test_every_licence_is_known_and_listed() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "audit.py"), "--licences"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert re.search(r"licences: \d{2,} packages, 0 unknown", checked.stdout)


@pytest.mark.parametrize("lacking", ["VERSION", "lightweight-charts.standalone.production.mjs"])
def test_a_wheel_without_the_chart_library_is_not_built(tmp_path: Path, lacking: str) -> None:
    text = (ROOT / "hatch_build.py").read_text(encoding="utf-8")
    # The build tool is there only while something is built: its base class is replaced by one that keeps the root.
    own = text.replace(
        "from hatchling.builders.hooks.plugin.interface import BuildHookInterface", "BuildHookInterface = object"
    )
    space: dict[str, object] = {"__name__": "hatch_build"}
    exec(compile(own, "hatch_build.py", "exec"), space)  # noqa: S102 - our own file
    hook = space["ChartLibraryHook"]()  # type: ignore[operator]
    hook.root = str(tmp_path)
    vendor = tmp_path / "src/spreadscope/dashboard/assets/vendor"
    vendor.mkdir(parents=True)
    for name in ("lightweight-charts.standalone.production.mjs", "LICENSE", "NOTICE", "VERSION"):
        (vendor / name).write_text(name)
    hook.initialize("standard", {})
    (vendor / lacking).unlink()
    hook.initialize("editable", {})  # the library may be brought afterwards
    with pytest.raises(FileNotFoundError, match=f"lacks {lacking}: bring the chart library first"):
        hook.initialize("standard", {})


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda path: path.name)
def test_what_is_deployed_calls_commands_that_there_are(path: Path) -> None:
    known = {name for panel in COMMANDS.values() for name in panel} | {"alerts", "paper", "access"}
    text = path.read_text(encoding="utf-8")
    called = re.findall(r"bin/spreadscope\"? ([a-z]+)", text) + re.findall(r'^CMD \["([a-z]+)"', text, re.MULTILINE)
    assert set(called) <= known


def test_something_that_is_deployed_calls_a_command() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DEPLOYED)
    assert {"up", "backup", "restore", "doctor"} <= set(re.findall(r"bin/spreadscope\"? ([a-z]+)", text))
